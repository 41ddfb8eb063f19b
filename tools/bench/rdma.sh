# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# What it takes to prepare an RDMA READ or WRITE of a list, in Debian's kernel: over rxe with
# DMA behind an IOMMU, and over rxe that has none.  To be sourced, where "here", "work" and
# report() are known.

# count_rdma GUESTS ARGS: writes rdma.json and rdma.txt to "work".  GUESTS are each KIND:BACKEND.
count_rdma() {
	local guest kind backend guests=$1 log=$PHYR_CACHE/log/bench-modules-stock.log records=()
	"$here/../vm/userland"
	"$here/../modules/rdma-drivers" stock
	progress "building phyr's modules and the bench" "$log" 0 "$here/../root/enter" -- \
		/phyr/tools/modules/build-in-root /cache/modules-bench /cache/stock "" CONFIG_PHYR_BENCH=m ||
		fail_with_log "$log" "could not build phyr's bench"
	for guest in $guests; do
		IFS=: read -r kind backend <<<"$guest"
		COUNT=yes ARGS="$kind $2" TIME_LIMIT=600 boot_soon stock "$backend" bench-rdma \
			"$PHYR_CACHE/log/bench-rdma-$kind.log" "$PHYR_CACHE/modules-bench"
	done
	for guest in $guests; do
		IFS=: read -r kind backend <<<"$guest"
		booted "$PHYR_CACHE/log/bench-rdma-$kind.log"
		report rdma --iommu "$(bench_iommu "$backend")" --mode "$(bench_mode "$backend")" \
			"/cache/log/bench-rdma-$kind.log" >"$work/rdma-$kind.json"
		records+=("/cache/bench-results/rdma-$kind.json")
	done
	report join "${records[@]}" >"$work/rdma.json"
	report rdma-table /cache/bench-results/rdma.json >"$work/rdma.txt"
}
