# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# KUnit, in the test kernel, behind every backend.
# To be sourced by tools/test, which says where "here" is.

KUNIT_SUITES="phyr_plan_cut phyr_plan_granule phyr_plan_index phyr_plan_layout phyr_plan_record
	phyr_plan_run phyr_plan_strategy phyr_map phyr_map_errors phyr_differential phyr_upstream
	phyr_limits phyr_watch phyr_attrs phyr_untrusted phyr_injection"

kunit_suite() {
	local backend log suite
	"$here/kernel/test"
	"$here/vm/program"
	for backend in $BACKENDS; do
		log=$PHYR_CACHE/log/kunit-$backend.log
		if ! "$here/vm/boot" test "$backend" kunit "$log"; then
			result fail "kunit: $backend" "the guest did not end well; console: $log"
			continue
		fi
		for suite in $KUNIT_SUITES; do
			grep -q "# Subtest: $suite\$" "$log" ||
				result fail "kunit: $backend: $suite" "it did not run; console: $log"
		done
		if grep -q 'no edu device' "$log"; then result fail "kunit: $backend: no edu device in the guest"; fi
		ktap_results "kunit: $backend" "$log"
		dmesg_result "kunit: $backend" "$log"
	done
}

kunit_suite
