# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# KUnit, in the test kernel, behind a backend of each kind, and one in two of those that are another's
# relatives; with FULL behind all, and some of it once more where ib_core.force_mr is set, which rdma/rw.h
# reads, and is compared there for devices that it is for.
# To be sourced by tools/test, which says where "here" is.
# shellcheck source=../lib/kunit.sh
. "$here/lib/kunit.sh"
# shellcheck source=../lib/turn.sh
. "$here/lib/turn.sh"

# forced_guest: KUNIT_ONLY may have it be nothing.
forced_guest() {
	local name="kunit: test: intel: ib_core.force_mr" log=$PHYR_CACHE/log/kunit-test-force-mr.log
	if [[ " ${KUNIT_ONLY:-phyr_rdma} " != *" phyr_rdma "* ]]; then return; fi
	ARGS="suites=phyr_rdma,phyr_rdma_virt" CMDLINE=ib_core.force_mr=1 boot_soon test intel kunit "$log"
	if ! booted "$log"; then
		result fail "$name" "the guest did not end well; console: $log"
		return
	fi
	if ! grep -q 'ib_core.force_mr is set' "$log"; then result fail "$name" "it is not set; console: $log"; fi
	ktap_results "$name" "$log"
	dmesg_result "$name" "$log"
}

# shellcheck disable=SC2046 # They are words.
kunit_guests test none intel amd virtio swiotlb high $(of_this_turn 2 intel-lazy intel-cm intel-pt virtio-lazy)
if [ -n "$FULL" ]; then forced_guest; fi
