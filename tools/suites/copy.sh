# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
#
# The copy sample, in Debian's kernel behind one backend of each kind, and behind intel in the
# test kernel; with FULL behind every backend, and in the debug kernel too.
# To be sourced by tools/test, which says where "here" is.

# copy_backends KERNEL
copy_backends() {
	case $1-$FULL in
	stock-) echo "intel amd virtio none swiotlb" ;;
	test-) echo "intel" ;;
	*) echo "$BACKENDS" ;;
	esac
}

copy_suite() {
	local kernel backend log kernels="stock test${FULL:+ debug}"
	for kernel in $kernels; do "$here/kernel/$kernel"; done
	"$here/vm/program"
	"$here/modules/build" stock
	for kernel in $kernels; do
		for backend in $(copy_backends "$kernel"); do
			ARGS="test $(backend_translation "$backend")" boot_soon "$kernel" "$backend" copy-tests \
				"$PHYR_CACHE/log/copy-$kernel-$backend.log"
		done
	done
	for kernel in $kernels; do
		for backend in $(copy_backends "$kernel"); do
			log=$PHYR_CACHE/log/copy-$kernel-$backend.log
			if ! booted "$log" &&
				! grep -q '^phyr-guest: job ended with [1-9]' "$log"; then
				result fail "copy: $kernel: $backend" "the guest did not end well; console: $log"
				continue
			fi
			ktap_results "copy: $kernel: $backend" "$log"
			if grep '^phyr-guest: leak' "$log"; then result fail "copy: $kernel: $backend: leak"; fi
			dmesg_result "copy: $kernel: $backend" "$log"
		done
	done
}

copy_suite
