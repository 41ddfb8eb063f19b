# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Deliberate bugs.  Each must be caught by the first rung that its patch names, and with
# FULL by every one: the host's tests, KUnit, KUnit's suite phyr_p2p, or the copy
# sample.  That these pass without a mutant is what the other suites show.  A mutant
# that does not build, or whose guest does not get as far as a test, is not caught.
# To be sourced by tools/test, which says where "here" is.

mutant_field() { sed -n "s/^$2: //p" "$PHYR_REPO/tests/mutants/$1.patch"; }

# host_catches MUTANT
host_catches() {
	local log=$PHYR_CACHE/log/mutant-$1-host.log
	# It takes longer to compile than to run.
	progress "$1: host" "$log" 0 "$here/root/enter" --setenv MUTANT "$1" --setenv CASES 200 \
		--setenv CARGO_PROFILE_TEST_OPT_LEVEL 1 --setenv CARGO_PROFILE_TEST_DEBUG 0 -- \
		/phyr/tools/root/cargo host test --lib --tests || true
	grep -q '^test result: FAILED' "$log"
}

# guest_catches MUTANT KERNEL JOB ARGUMENTS: a failed test, or a complaint of the
# kernel's.
guest_catches() {
	local mutant=$1 kernel=$2 job=$3 backend log
	backend=$(mutant_field "$mutant" Backend)
	log=$PHYR_CACHE/log/mutant-$mutant-$job.log
	rm -f "$log"
	"$here/modules/build" "$kernel" "$mutant" || return 1
	# A kernel that complains of every page need not be heard out.
	TIME_LIMIT=60 ARGS=$4 "$here/vm/boot" "$kernel" "$backend" "$job" "$log" \
		"$("$here/modules/build" "$kernel" "$mutant" --path)" || true
	if ! grep -q '# Subtest:' "$log" 2>/dev/null; then return 1; fi
	grep -qE '^(\[ *[0-9.]+\] )? *not ok ' "$log" ||
		grep -q '^phyr-guest: leak' "$log" || ! "$here/vm/dmesg" "$log" >/dev/null
}

mutants_suite() {
	local mutant rung rungs patch
	"$here/kernel/test"
	"$here/vm/program"
	for patch in "$PHYR_REPO"/tests/mutants/*.patch; do
		mutant=$(basename "$patch" .patch)
		rungs=$(mutant_field "$mutant" Caught-by)
		if [ -z "$FULL" ]; then rungs=${rungs%% *}; fi
		for rung in $rungs; do
			if case $rung in
			host) host_catches "$mutant" ;;
			kunit) guest_catches "$mutant" test kunit "lists=200" ;;
			p2p) P2P=bus guest_catches "$mutant" test p2p "" ;;
			copy) guest_catches "$mutant" stock copy-tests "layouts $(backend_translation "$(mutant_field "$mutant" Backend)")" ;;
			*) false ;;
			esac; then
				result pass "mutant $mutant: caught by $rung"
			else
				result fail "mutant $mutant: not caught by $rung" "logs: $PHYR_CACHE/log/mutant-$mutant-*"
			fi
		done
	done
}

mutants_suite
