# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
#
# The RDMA sample, in Debian's kernel: over siw and rxe, which have no DMA, and over rxe with
# DMA behind one backend of each kind; with FULL behind every backend.
# To be sourced by tools/test, which says where "here" is.

# KIND:BACKEND[:PARAMETER]
ULP_GUESTS="siw:none rxe:none rxe:none:ib_core.force_mr=1 xlat-cpu:intel xlat-lsi:intel xlat-lsi:amd xlat-lsi:virtio xlat-lsi:swiotlb"

ulp_suite() {
	local guest kind backend parameter log name guests=$ULP_GUESTS
	"$here/vm/program"
	"$here/vm/userland"
	"$here/modules/build" stock
	"$here/modules/rdma-drivers"
	if [ -n "$FULL" ]; then
		for backend in $BACKENDS; do
			for kind in xlat-cpu xlat-lsi; do
				[[ " $guests " = *" $kind:$backend "* ]] || guests+=" $kind:$backend"
			done
		done
		guests+=" xlat-lsi:intel:ib_core.force_mr=1"
	fi
	for guest in $guests; do
		IFS=: read -r kind backend parameter <<<"$guest"
		ARGS=$kind CMDLINE=$parameter TIME_LIMIT=400 boot_soon stock "$backend" ulp-tests \
			"$PHYR_CACHE/log/ulp-${guest//:/-}.log"
	done
	for guest in $guests; do
		IFS=: read -r kind backend parameter <<<"$guest"
		log=$PHYR_CACHE/log/ulp-${guest//:/-}.log
		name="ulp: $backend: $kind${parameter:+, $parameter}"
		if ! booted "$log" && ! grep -q '^phyr-guest: job ended with [1-9]' "$log"; then
			result fail "$name" "the guest did not end well; console: $log"
			continue
		fi
		ktap_results "$name" "$log"
		addresses_result "$name" "$log"
		dmesg_result "$name" "$log"
	done
}

# addresses_result NAME LOG: whether all addresses that a device with DMA was given were mapped.
addresses_result() {
	local looked_up missed differed
	[[ $1 = *xlat* ]] || return 0
	looked_up=$(sed -n 's/^report: looked_up=//p' "$2")
	missed=$(sed -n 's/^report: missed=//p' "$2")
	differed=$(sed -n 's/^report: differed=//p' "$2")
	if [ "${looked_up:-0}" -gt 0 ] && [ "$missed$differed" = 00 ]; then
		result pass "$1: addresses" "$looked_up looked up"
	else
		result fail "$1: addresses" "of ${looked_up:-none} that were looked up ${missed:-?} were not mapped, ${differed:-?} had other bytes"
	fi
}

ulp_suite
