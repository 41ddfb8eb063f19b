# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# KUnit in guests.  To be sourced by a suite, where tools/test says where "here" is.

# What depends on how a device reaches memory, and on the kernel.
MAPPING_SUITES="phyr_plan_cut phyr_plan_granule phyr_plan_index phyr_plan_layout phyr_plan_premapped phyr_plan_record
	phyr_plan_run phyr_plan_strategy phyr_injection phyr_map phyr_map_errors phyr_differential
	phyr_upstream phyr_limits phyr_watch phyr_attrs phyr_untrusted phyr_direct phyr_bounce
	phyr_buffers phyr_buffer_devices phyr_files
	phyr_rdma phyr_rdma_virt phyr_rdma_cursors phyr_rdma_signed phyr_rdma_failures
	phyr_rdma_mr_failures phyr_rdma_by_rust phyr_rdma_own phyr_rdma_random
	phyr_rdma_plan_message phyr_rdma_plan_segments phyr_rdma_plan_stretch phyr_rdma_plan_way"
# Of these, what takes no longer where all is bounced.
ELSEWHERE_SUITES="phyr_rdma_virt phyr_rdma_cursors phyr_rdma_signed phyr_rdma_mr_failures phyr_rdma_by_rust
	phyr_rdma_own"
# What the ranges are made of.
LIST_SUITES="phyr_sources phyr_requests phyr_lists phyr_list_readers phyr_list_failures phyr_ends
	phyr_pins phyr_pin_rules phyr_examples"

# kunit_part KERNEL BACKEND: the suites that run there, or nothing if all do.  Without FULL some
# guests have a part; all of a kernel's together have every suite.
kunit_part() {
	if [ -n "$KUNIT_ONLY" ]; then
		echo "$KUNIT_ONLY"
		return
	fi
	case $1-$2-$FULL in
	debug-swiotlb-) echo "phyr_bounce phyr_map phyr_map_errors phyr_differential $ELSEWHERE_SUITES $LIST_SUITES" ;;
	debug-intel-) echo "$MAPPING_SUITES" | xargs -n 1 | grep -vxF "$(echo "$ELSEWHERE_SUITES" | xargs -n 1)" ;;
	batch-*- | debug-*- | test-intel-?*- | test-amd- | test-virtio*- | test-swiotlb-) echo "$MAPPING_SUITES" ;;
	esac
}

# kunit_args KERNEL BACKEND: parameters of phyr_kunit.ko.  The debug kernel is slow, most of all behind
# virtio-iommu, where each page is a request.
kunit_args() {
	case $1-$FULL-$2 in
	test--*) echo "lists=2500" ;;
	debug--*) echo "lists=250 many=2500" ;;
	debug-?*-virtio*) echo "lists=500 many=5000" ;;
	debug-?*-*) echo "lists=2000 many=50000" ;;
	esac
}

# kunit_limit KERNEL: seconds.  Behind virtio-iommu the suites phyr_rdma* alone took 4,400.
kunit_limit() {
	case $1-$FULL in
	debug-?*) echo 9000 ;;
	esac
}

# kunit_patience KERNEL: one test may take twenty minutes there, for which whoever loads the module waits.
kunit_patience() {
	case $1-$FULL in
	debug-?*) echo " sysctl.kernel.hung_task_timeout_secs=3600" ;;
	esac
}

# kunit_guests KERNEL BACKEND...: a guest for each backend.  KUNIT_ONLY may name the suites
# that run.
kunit_guests() {
	local kernel=$1 backend log suite part name
	shift
	"$here/kernel/$kernel"
	"$here/vm/program"
	for backend in "$@"; do
		part=$(kunit_part "$kernel" "$backend" | xargs | tr ' ' ,)
		# KUnit gives a test 300 seconds, and the machine may have other guests to run.
		CMDLINE="kunit.timeout=1200$(kunit_patience "$kernel")" TIME_LIMIT=$(kunit_limit "$kernel") \
			ARGS="$(kunit_args "$kernel" "$backend")${part:+ suites=$part}" boot_soon "$kernel" "$backend" kunit \
			"$PHYR_CACHE/log/kunit-$kernel-$backend.log"
	done
	for backend in "$@"; do
		name="kunit: $kernel: $backend"
		log=$PHYR_CACHE/log/kunit-$kernel-$backend.log
		if ! booted "$log"; then
			result fail "$name" "the guest did not end well; console: $log"
			continue
		fi
		part=$(kunit_part "$kernel" "$backend")
		for suite in ${part:-$MAPPING_SUITES $LIST_SUITES}; do
			grep -q "# Subtest: $suite\$" "$log" ||
				result fail "$name: $suite" "it did not run; console: $log"
		done
		if grep -q 'no edu device' "$log"; then result fail "$name: no edu device in the guest"; fi
		if [[ $backend = high || $backend = swiotlb ]] && grep -q '# phyr_bounce: pass:0' "$log"; then
			result fail "$name: phyr_bounce" "all of it was skipped; console: $log"
		fi
		if [[ $backend = high || $backend = swiotlb ]] && grep -q ' bytes, 0 bounced' "$log"; then
			result fail "$name: phyr_differential" "no list was bounced; console: $log"
		fi
		if [ "$backend" = high ] && grep -q '# SKIP no /huge/1G' "$log"; then
			result fail "$name: phyr_pin_rules" "no page of 1 GiB; console: $log"
		fi
		ktap_results "$name" "$log"
		dmesg_result "$name" "$log"
	done
}
