# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# The test kernel with patches/batch-link: its own KUnit tests of IOMMU page tables, and phyr's behind
# every kind of IOMMU, where phyr links a list by one call.  Not among those that run if no SUITE is
# named.  To be sourced by tools/test, which says where "here" is.
# shellcheck source=../lib/kunit.sh
. "$here/lib/kunit.sh"

page_tables_guest() {
	local name="kunit: batch: page tables" log=$PHYR_CACHE/log/kunit-batch-page-tables.log format
	TIME_LIMIT=1800 boot_soon batch none page-tables "$log"
	if ! booted "$log"; then
		result fail "$name" "the guest did not end well; console: $log"
		return
	fi
	for format in amdv1 amdv1_mock riscv_64 vtdss x86_64; do
		grep -q "# Subtest: ${format}_iommu_test\$" "$log" ||
			result fail "$name: $format" "it did not run; console: $log"
	done
	ktap_results "$name" "$log"
	dmesg_result "$name" "$log"
}

kunit_guests batch intel intel-lazy intel-cm amd virtio none
page_tables_guest
