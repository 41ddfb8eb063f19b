# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Deliberate bugs: one in thirty-two, which ones the commit says; with FULL all; or those that
# MUTANT names, which may be a pattern.  Each must be caught by the first rung that its patch
# names, and with FULL by every one: the host's tests, loom, KUnit, KUnit's suite phyr_p2p, the copy
# sample, its registered buffers, or, over rxe with DMA, the RDMA sample, KUnit's suites
# phyr_rdma_wire* (layouts, which takes the device that the patch names, if it names one), NVMe-oF,
# NFS or SMB, whose ULPs may have the bug as well.  Of KUnit's suites those run that the patch
# names, if it names any: they were written for such a bug.  That these pass without a mutant is
# what the other suites show.  A mutant that does not build, or whose guest does not get as far as a
# test, is not caught.  To be sourced by tools/test, which says where "here" is.

# shellcheck source=../lib/loom.sh
. "$here/lib/loom.sh"
# shellcheck source=../lib/turn.sh
. "$here/lib/turn.sh"

mutant_field() { sed -n "s/^$2: //p" "$PHYR_REPO/tests/mutants/$1.patch"; }

# mutants_of_this_turn: the patches that are looked at.
mutants_of_this_turn() {
	local patches
	mapfile -t patches < <(compgen -G "$PHYR_REPO/tests/mutants/${MUTANT:-*}.patch" | sort)
	if [ -n "$MUTANT" ]; then
		printf '%s\n' "${patches[@]}"
	else
		of_this_turn 32 "${patches[@]}"
	fi
}

# mutant_rungs MUTANT
mutant_rungs() {
	local rungs
	rungs=$(mutant_field "$1" Caught-by)
	if [ -n "$FULL" ]; then echo "$rungs"; else echo "${rungs%% *}"; fi
}

# host_catches MUTANT
host_catches() {
	local log=$PHYR_CACHE/log/mutant-$1-host.log
	# It takes longer to compile than to run.
	progress "$1: host" "$log" 0 "$here/root/enter" --setenv MUTANT "$1" --setenv CASES 200 \
		--setenv CARGO_PROFILE_TEST_OPT_LEVEL 1 --setenv CARGO_PROFILE_TEST_DEBUG 0 -- \
		/phyr/tools/root/cargo host test --lib --tests || true
	grep -q '^test result: FAILED' "$log"
}

# loom_catches MUTANT: what loom finds may end the process before cargo can count it.
loom_catches() {
	local log=$PHYR_CACHE/log/mutant-$1-loom.log
	progress "$1: loom" "$log" 0 loom_orders "$1" || true
	grep -q ' panicked at ' "$log"
}

# is_in_an_ulp MUTANT: of those that patches/ulps converts.
is_in_an_ulp() { grep -qE '^\+\+\+ b/(drivers|net|fs)/' "$PHYR_REPO/tests/mutants/$1.patch"; }

# guest_soon MUTANT RUNG: a guest with these modules, while the next ones are built.
guest_soon() {
	local mutant=$1 rung=$2 kernel=test job=$2 p2p="" args="" modules="" ulps="" backend suites device tests limit=120
	backend=$(mutant_field "$mutant" Backend)
	suites=$(mutant_field "$mutant" Suites)
	device=$(mutant_field "$mutant" Device)
	tests=$(mutant_field "$mutant" Tests)
	case $rung in
	kunit) args="lists=200${suites:+ suites=${suites// /,}}" ;;
	p2p) p2p=bus ;;
	copy)
		kernel=stock
		job=copy-tests
		args="layouts $(backend_translation "$backend")"
		;;
	registered)
		kernel=stock
		job=premapped-tests
		args=$(backend_translation "$backend")
		limit=240
		;;
	layouts)
		job=rdma-layouts
		args=${device:-xlat-lsi}
		limit=400
		"$here/vm/userland"
		"$here/modules/rdma-drivers" test
		;;
	ulp)
		kernel=stock
		job=ulp-tests
		args=xlat-lsi
		limit=400
		"$here/vm/userland"
		"$here/modules/rdma-drivers" stock
		;;
	nvmeof | nfs | smb)
		kernel=$(mutant_field "$mutant" Kernel)
		: "${kernel:=stock}"
		job=$rung-tests
		args="xlat-lsi few $(mutant_field "$mutant" Of)${tests:+ only=${tests// /,}}"
		limit=200
		if [ "$kernel" = debug ]; then limit=600; fi
		"$here/vm/userland"
		"$here/kernel/$kernel"
		"$here/modules/rdma-drivers" "$kernel"
		"$here/modules/build" stock
		"$here/modules/ulps" "$kernel"
		;;
	esac
	rm -f "$(guest_log "$mutant" "$rung")"
	if is_in_an_ulp "$mutant"; then
		ulps=ulps-$mutant
		"$here/modules/ulps" "$kernel" "$mutant" || return 0
	else
		"$here/modules/build" "$kernel" "$mutant" || return 0
		modules=$("$here/modules/build" "$kernel" "$mutant" --path)
	fi
	# A kernel that complains of every page need not be heard out.
	TIME_LIMIT=$limit P2P=$p2p ARGS=$args ULPS=$ulps boot_soon "$kernel" "$backend" "$job" \
		"$(guest_log "$mutant" "$rung")" "$modules"
}

guest_log() { echo "$PHYR_CACHE/log/mutant-$1-$2.log"; }

# guest_caught MUTANT RUNG: a failed test, a complaint of the kernel's, what the device with DMA did
# not find, which a ULP may try again for ever, or bytes that are mapped through the IOMMU and not
# unmapped.
guest_caught() {
	local log subtest='^ *# Subtest:'
	log=$(guest_log "$1" "$2")
	if [ -n "${guest_pids[$log]:-}" ]; then booted "$log" || true; fi
	# KUnit's lines have the time before them; a kernel that has it tests phyr before a job of another kind.
	case $2 in
	kunit | p2p | layouts) subtest='# Subtest:' ;;
	esac
	if ! grep -q "$subtest" "$log" 2>/dev/null; then return 1; fi
	grep -qE '^(\[ *[0-9.]+\] )? *not ok |rxe_xlat .*: (nothing is mapped|other bytes were moved) at ' "$log" ||
		grep -qE '^phyr-guest: leak|^report: (missed|differed)=[1-9]' "$log" ||
		[ "$(reported "$log" iommu_map)" != "$(reported "$log" iommu_unmap)" ] ||
		[ "$(reported "$log" phyr_maps)" != "$(reported "$log" phyr_unmaps)" ] || ! "$here/vm/dmesg" "$log" >/dev/null
}

# mutant_result MUTANT RUNG COMMAND...: whether it was caught, as COMMAND says.
mutant_result() {
	if "${@:3}"; then
		result pass "mutant $1: caught by $2"
	else
		result fail "mutant $1: not caught by $2" "logs: $PHYR_CACHE/log/mutant-$1-*, *-mutants.log"
	fi
}

mutants_suite() {
	local patch mutant rung guest waiting=()
	: "${MUTANT:=}"
	if [ -n "$MUTANT" ] && ! compgen -G "$PHYR_REPO/tests/mutants/$MUTANT.patch" >/dev/null; then
		die "there is no mutant '$MUTANT': use MUTANT=name of one of tests/mutants/*.patch, or a pattern of several"
	fi
	"$here/kernel/test"
	"$here/vm/program"
	for patch in $(mutants_of_this_turn); do
		mutant=$(basename "$patch" .patch)
		for rung in $(mutant_rungs "$mutant"); do
			case $rung in
			host) mutant_result "$mutant" host host_catches "$mutant" ;;
			loom) mutant_result "$mutant" loom loom_catches "$mutant" ;;
			kunit | p2p | copy | registered | layouts | ulp | nvmeof | nfs | smb)
				guest_soon "$mutant" "$rung"
				waiting+=("$mutant $rung")
				;;
			*) result fail "mutant $mutant" "there is no rung '$rung': see the head of tools/suites/mutants.sh" ;;
			esac
		done
	done
	for guest in "${waiting[@]}"; do
		read -r mutant rung <<<"$guest"
		mutant_result "$mutant" "$rung" guest_caught "$mutant" "$rung"
	done
}

mutants_suite
