# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# What it takes to prepare an RDMA READ or WRITE of a list, in Debian's kernel.  To be sourced, where
# "here", "work" and report() are known.
# shellcheck source=about.sh
. "$here/about.sh"

# KIND:BACKEND of each guest: rxe with DMA behind an IOMMU, and rxe and siw that have none.  With
# :force_mr MRs are taken for all; siw takes them for each READ.
RDMA_GUESTS="xlat-cpu:intel xlat-cpu:intel:force_mr rxe:none rxe:none:force_mr siw:none"
# What QUICK=1 has of them: all layouts, and some where MRs are taken.
RDMA_GUESTS_QUICK="xlat-cpu:intel rxe:none"
RDMA_GUESTS_QUICK_MRS="xlat-cpu:intel:force_mr siw:none"

# count_rdma_in GUESTS ARGS: boots them.
count_rdma_in() {
	local guest kind backend forced
	for guest in $1; do
		IFS=: read -r kind backend forced <<<"$guest"
		COUNT=yes ARGS="$kind $2" CMDLINE=${forced:+ib_core.$forced=1} TIME_LIMIT=1800 \
			boot_soon stock "$backend" bench-rdma "$PHYR_CACHE/log/bench-rdma-$kind$forced.log" \
			"$PHYR_CACHE/modules-bench"
	done
}

# read_rdma_of GUESTS: writes rdma.json and rdma.txt to "work", when they have ended.
read_rdma_of() {
	local guest kind backend forced about records=()
	mapfile -t about < <(about_stock)
	for guest in $1; do
		IFS=: read -r kind backend forced <<<"$guest"
		booted "$PHYR_CACHE/log/bench-rdma-$kind$forced.log"
		report rdma --device "$kind${forced:+ $forced}" \
			--iommu "$(bench_iommu "$backend")" --mode "$(bench_mode "$backend")" \
			"${about[@]}" \
			"/cache/log/bench-rdma-$kind$forced.log" >"$work/rdma-$kind$forced.json"
		records+=("/cache/bench-results/rdma-$kind$forced.json")
	done
	report join "${records[@]}" >"$work/rdma.json"
	report rdma-table /cache/bench-results/rdma.json >"$work/rdma.txt"
}

# prepare_rdma: what the guests need.
prepare_rdma() {
	local log=$PHYR_CACHE/log/bench-modules-stock.log
	"$here/../vm/userland"
	"$here/../modules/rdma-drivers" stock
	progress "building phyr's modules and the bench" "$log" 0 "$here/../root/enter" -- \
		/phyr/tools/modules/build-in-root /cache/modules-bench /cache/stock "" CONFIG_PHYR_BENCH=m ||
		fail_with_log "$log" "could not build phyr's bench"
}

# count_rdma: all lists of each guest.
count_rdma() {
	prepare_rdma
	count_rdma_in "$RDMA_GUESTS" ""
	read_rdma_of "$RDMA_GUESTS"
}

# begin_rdma_quickly: boots for short lists, and few where MRs are taken.
begin_rdma_quickly() {
	prepare_rdma
	count_rdma_in "$RDMA_GUESTS_QUICK" bytes=4096,65536,1048576
	count_rdma_in "$RDMA_GUESTS_QUICK_MRS" "bytes=4096,65536,1048576 layout=folio16,scattered"
}

# read_rdma_quickly: when they have ended.
read_rdma_quickly() {
	read_rdma_of "$RDMA_GUESTS_QUICK $RDMA_GUESTS_QUICK_MRS"
}
