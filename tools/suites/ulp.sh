# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
#
# The RDMA sample, in Debian's kernel: over siw and rxe, which have no DMA, and over rxe with
# DMA behind one backend of each kind; with FULL behind every backend.  Before that programs that
# know nothing of phyr, for the device that is built for tests to be one.
# To be sourced by tools/test, which says where "here" is.

# KIND:BACKEND[:PARAMETER]
TOOLS_GUESTS="siw:none xlat-cpu:amd xlat-lsi:intel"
ULP_GUESTS="siw:none rxe:none rxe:none:ib_core.force_mr=1 xlat-cpu:intel xlat-lsi:intel xlat-lsi:amd xlat-lsi:virtio xlat-lsi:swiotlb"

ulp_suite() {
	local guest backend kind guests=$ULP_GUESTS
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
	for guest in $TOOLS_GUESTS; do begin_guest rdma-tools "$guest"; done
	for guest in $guests; do begin_guest ulp-tests "$guest"; done
	for guest in $TOOLS_GUESTS; do end_guest rdma-tools "$guest"; done
	for guest in $guests; do end_guest ulp-tests "$guest"; done
}

# begin_guest JOB GUEST, end_guest JOB GUEST
begin_guest() {
	local kind backend parameter
	IFS=: read -r kind backend parameter <<<"$2"
	ARGS=$kind CMDLINE=$parameter TIME_LIMIT=400 boot_soon stock "$backend" "$1" \
		"$PHYR_CACHE/log/$1-${2//:/-}.log"
}
end_guest() {
	local kind backend parameter log=$PHYR_CACHE/log/$1-${2//:/-}.log name
	IFS=: read -r kind backend parameter <<<"$2"
	name="ulp: $1: $backend: $kind${parameter:+, $parameter}"
	if ! booted "$log" && ! grep -q '^phyr-guest: job ended with [1-9]' "$log"; then
		result fail "$name" "the guest did not end well; console: $log"
		return
	fi
	ktap_results "$name" "$log"
	addresses_result "$name" "$log"
	dmesg_result "$name" "$log"
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
