# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
#
# The RDMA sample, in Debian's kernel: over siw and rxe, which have no DMA, and over rxe with
# DMA behind some backends, or with FULL all; the device taken away meanwhile; and programs that
# know nothing of phyr, for the device that is built for tests to be one.
# To be sourced by tools/test, which says where "here" is.

# JOB:KIND:BACKEND[:PARAMETER]
ULP_GUESTS="ulp-tests:siw:none ulp-tests:rxe:none:ib_core.force_mr=1 ulp-tests:xlat-lsi:intel
	ulp-tests:xlat-lsi:virtio ulp-removal:xlat-lsi:amd rdma-tools:xlat-lsi:intel"

ulp_suite() {
	local guest backend kind guests=$ULP_GUESTS
	"$here/vm/program"
	"$here/vm/userland"
	"$here/modules/build" stock
	"$here/modules/rdma-drivers"
	if [ -n "$FULL" ]; then
		guests="ulp-tests:siw:none ulp-tests:rxe:none ulp-tests:rxe:none:ib_core.force_mr=1
			ulp-tests:xlat-lsi:intel:ib_core.force_mr=1 ulp-removal:siw:none ulp-removal:rxe:none"
		for kind in xlat-cpu xlat-lsi; do
			for backend in $BACKENDS; do guests+=" ulp-tests:$kind:$backend"; done
			for backend in intel amd virtio none; do guests+=" ulp-removal:$kind:$backend"; done
		done
		for kind in $RDMA_KINDS; do guests+=" rdma-tools:$kind:intel"; done
	fi
	for guest in $guests; do begin_guest "$guest"; done
	for guest in $guests; do end_guest "$guest"; done
}

begin_guest() {
	local job kind backend parameter
	IFS=: read -r job kind backend parameter <<<"$1"
	ARGS=$kind CMDLINE=$parameter TIME_LIMIT=400 boot_soon stock "$backend" "$job" \
		"$PHYR_CACHE/log/${1//:/-}.log"
}
end_guest() {
	local job kind backend parameter log=$PHYR_CACHE/log/${1//:/-}.log name
	IFS=: read -r job kind backend parameter <<<"$1"
	name="ulp: $job: $backend: $kind${parameter:+, $parameter}"
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
	if [[ $1 != *xlat* || $1 = *removal* ]]; then return; fi
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
