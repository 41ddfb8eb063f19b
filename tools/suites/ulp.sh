# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
#
# The RDMA sample, and the ULPs of patches/ulps: over siw and rxe, which have no DMA, and over rxe
# with DMA, behind some backends in Debian's kernel and one each in the test and the debug kernel,
# some of them in turn, or with FULL all and more; the device taken away meanwhile; and programs that
# know nothing of phyr, for the device that is built for tests to be one.  JOB narrows it to some of
# tools/vm/jobs.
# To be sourced by tools/test, which says where "here" is.
# shellcheck source=../lib/turn.sh
. "$here/lib/turn.sh"

# KERNEL:JOB:KIND:BACKEND[:PARAMETER[:ROUTE[:ULPS]]], ROUTE being one of P2P_ROUTES of tools/vm/devices.sh,
# ULPS one of the folders of tools/modules/ulps.
ULP_GUESTS="test:rdma-layouts:xlat-lsi:intel test:rdma-p2p:xlat-cpu:intel::bus
	stock:ulp-tests:siw:none stock:ulp-tests:xlat-lsi:virtio
	stock:nvmeof-tests:xlat-lsi:intel stock:nfs-tests:xlat-lsi:intel"
# One in three.
ULP_GUESTS_IN_TURN="debug:rdma-layouts:xlat-cpu:amd test:rdma-layouts:siw:none test:rdma-layouts:rxe:none
	test:rdma-layouts:xlat-lsi:swiotlb test:rdma-p2p:xlat-lsi:amd::bridge stock:rdma-tools:xlat-lsi:intel
	test:rdma-p2p:xlat-lsi:intel:ib_core.force_mr=1:bridge test:rdma-p2p:rxe:none::bus stock:ulp-removal:xlat-lsi:amd
	stock:nvmeof-removal:xlat-lsi:amd:::ulps-premapped stock:ulp-tests:rxe:none:ib_core.force_mr=1
	stock:ulp-pair:xlat-lsi:intel
	stock:nvmeof-p2p:xlat-lsi:intel::bridge stock:nvmeof-upstream:xlat-lsi:swiotlb stock:nvmeof-bounced:xlat-lsi:swiotlb"

# One of each kind.
ULP_BACKENDS="intel amd virtio none swiotlb"

# all_ulp_guests: those of FULL, among them all that run without it.
all_ulp_guests() { { echo "$ULP_GUESTS $ULP_GUESTS_IN_TURN"; more_ulp_guests; } | xargs -n 1 | awk '!seen[$0]++'; }
more_ulp_guests() {
	local backend kernel kind job route
	for route in $P2P_ROUTES; do
		for backend in intel amd none; do echo "test:rdma-p2p:xlat-cpu:$backend::$route"; done
		# QEMU's AMD-Vi takes all devices to be on bus 0.
		for backend in intel none; do echo "test:rdma-p2p:xlat-lsi:$backend::$route"; done
	done
	for route in bus bridge; do echo "debug:rdma-p2p:xlat-lsi:intel::$route"; done
	echo test:rdma-p2p:siw:none::bridge

	for backend in $ULP_BACKENDS; do
		for kind in xlat-cpu xlat-lsi; do echo "test:rdma-layouts:$kind:$backend"; done
	done
	echo test:rdma-layouts:rxe:none:ib_core.force_mr=1
	echo debug:rdma-layouts:xlat-lsi:swiotlb debug:rdma-layouts:siw:none

	for kernel in debug test; do
		echo "$kernel:ulp-tests:siw:none" "$kernel:ulp-tests:rxe:none:ib_core.force_mr=1"
		for backend in intel amd virtio none; do echo "$kernel:ulp-tests:xlat-lsi:$backend"; done
		echo "$kernel:ulp-tests:xlat-cpu:intel"
		echo "$kernel:ulp-removal:xlat-lsi:intel" "$kernel:ulp-pair:xlat-lsi:intel"
	done
	for backend in $BACKENDS; do echo "stock:ulp-tests:xlat-lsi:$backend"; done
	for backend in intel amd virtio none; do echo "stock:ulp-tests:xlat-cpu:$backend"; done
	echo stock:ulp-tests:xlat-bare:intel stock:ulp-tests:rxe:none stock:ulp-tests:xlat-lsi:intel:ib_core.force_mr=1

	for backend in intel virtio none; do echo "stock:ulp-removal:xlat-lsi:$backend"; done
	echo stock:ulp-removal:xlat-bare:intel stock:ulp-removal:siw:none stock:ulp-removal:rxe:none
	echo stock:ulp-pair:xlat-cpu:amd
	for kind in $RDMA_KINDS; do echo "stock:rdma-tools:$kind:intel"; done
	for kind in xlat-cpu xlat-lsi; do echo "stock:rdma-pyverbs:$kind:intel"; done

	for backend in amd none; do echo "stock:nvmeof-p2p:xlat-lsi:$backend::bridge"; done
	for kernel in stock debug; do
		echo "$kernel:nvmeof-removal:xlat-lsi:intel" "$kernel:nvmeof-removal:xlat-lsi:intel:::ulps-premapped"
		echo "$kernel:nvmeof-tests:xlat-lsi:intel:::ulps-premapped"
	done
	for job in nvmeof-tests nfs-tests; do
		for backend in intel-lazy amd virtio none swiotlb high; do echo "stock:$job:xlat-lsi:$backend"; done
		echo "stock:$job:rxe:none" "stock:$job:siw:none" "stock:$job:xlat-lsi:intel:ib_core.force_mr=1"
		for backend in intel swiotlb; do echo "stock:$job:xlat-lsi:$backend:::ulps-without"; done
		for backend in intel amd swiotlb; do echo "debug:$job:xlat-lsi:$backend"; done
	done
	# Not siw: its sockets are of the first network namespace.
	echo stock:nfs-clients:xlat-lsi:intel stock:nfs-clients:rxe:none debug:nfs-clients:xlat-lsi:intel
	# Debian's kernel has it not.
	for backend in intel amd none swiotlb; do echo "debug:smb-tests:xlat-lsi:$backend"; done
	echo debug:smb-tests:rxe:none debug:smb-tests:xlat-lsi:intel:ib_core.force_mr=1 debug:smb-tests:xlat-lsi:intel:::ulps-without
}

# is_wanted JOB_OF_A_GUEST: whether it is one of those that JOB names, which may be patterns.
is_wanted() {
	local pattern
	set -f
	for pattern in $JOB; do
		# shellcheck disable=SC2254 # It is a pattern.
		case $1 in $pattern) break ;; esac
		pattern=
	done
	set +f
	[ -n "$pattern" ]
}

# wanted_guests GUEST...
wanted_guests() {
	local guest job
	for guest in "$@"; do
		IFS=: read -r _ job _ <<<"$guest"
		if is_wanted "$job"; then echo "$guest"; fi
	done
}

ulp_suite() {
	local guest kernel kind size guests=$ULP_GUESTS sizes=10M
	if [ "$JOB" = '*' ]; then
		# shellcheck disable=SC2086 # They are words.
		guests+=" $(of_this_turn 3 $ULP_GUESTS_IN_TURN)"
	else
		guests+=" $ULP_GUESTS_IN_TURN"
	fi
	if [ -n "$FULL" ]; then
		guests=$(all_ulp_guests)
		sizes="1 100M 1G"
	fi
	# shellcheck disable=SC2086 # They are words.
	guests=$(wanted_guests $guests)
	is_wanted ulp-file || sizes=
	[ -n "$guests$sizes" ] || die "there is no guest with the job '$JOB': use JOB=name of one of those in tools/suites/ulp.sh, or a pattern of several"
	"$here/vm/program"
	"$here/vm/userland"
	for kernel in stock test debug; do
		"$here/kernel/$kernel"
		"$here/modules/rdma-drivers" "$kernel"
	done
	if [[ $guests = *:nvmeof-bounced:* ]]; then "$here/modules/rdma-drivers" stock core; fi
	"$here/modules/build" stock
	for kernel in stock debug; do
		if [[ $guests =~ $kernel:(nvmeof|nfs|smb)- ]]; then "$here/modules/ulps" "$kernel"; fi
	done
	for guest in $guests; do begin_guest "$guest"; done
	for guest in $guests; do end_guest "$guest"; done
	for size in $sizes; do
		for kind in siw rxe xlat-lsi; do file_result "$kind" "$size"; done
	done
}

# file_result KIND SIZE: whether a file gets to the server and back, as users move one.
file_result() {
	local log=$PHYR_CACHE/log/ulp-file-$1-$2.log
	if RDMA=$1 SIZE=$2 FILE="" IOMMU=amd "$here/samples/ulp" >"$log" 2>&1 && grep -q 'sha256 match$' "$log"; then
		result pass "ulp: a file of $2 bytes over $1"
	else
		result fail "ulp: a file of $2 bytes over $1" "$(tail -n 1 "$log") (log: $log)"
	fi
}

begin_guest() {
	local kernel job kind backend parameter route ulps args limit=400
	IFS=: read -r kernel job kind backend parameter route ulps <<<"$1"
	args=$kind
	if [ -n "$ulps" ]; then args+=" ${ulps#ulps-}"; fi
	if [ "$kernel" = debug ]; then
		limit=1500
		case $job in ulp-tests | nvmeof-tests | nfs-tests) args+=" few" ;; esac
	fi
	ARGS=$args CMDLINE=$parameter P2P=$route ULPS=$ulps TIME_LIMIT=$limit boot_soon "$kernel" "$backend" "$job" \
		"$PHYR_CACHE/log/${1//:/-}.log"
}
end_guest() {
	local kernel job kind backend parameter route ulps log=$PHYR_CACHE/log/${1//:/-}.log name
	IFS=: read -r kernel job kind backend parameter route ulps <<<"$1"
	name="ulp: $kernel: $job: $backend: $kind${parameter:+, $parameter}${route:+, $route}${ulps:+, $ulps}"
	if ! booted "$log" && ! grep -q '^phyr-guest: job ended with [1-9]' "$log"; then
		result fail "$name" "the guest did not end well; console: $log"
		return
	fi
	ktap_results "$name" "$log"
	if grep '^phyr-guest: leak' "$log"; then result fail "$name: leak" "console: $log"; fi
	if ! grep -q '^phyr-guest: job ended with 0' "$log" && ! grep -qE '^ *not ok ' "$log"; then
		result fail "$name" "its tests passed, but the job failed: see the end of the console: $log"
	fi
	addresses_result "$name" "$log"
	iommu_result "$name" "$log"
	mappings_result "$name" "$log"
	if [ "$job" = rdma-p2p ]; then route_result "$name" "$log" "$kind" "$(p2p_expected "$route" "$backend")"; fi
	dmesg_result "$name" "$log"
}

# addresses_result NAME LOG: whether all addresses that a device with DMA was given were mapped.
addresses_result() {
	local looked_up missed differed
	if [[ $1 = *xlat-bare* ]]; then return; fi
	if [[ $1 != *xlat* || $1 = *removal* || $1 = *pyverbs* ]]; then return; fi
	looked_up=$(reported "$2" looked_up)
	missed=$(reported "$2" missed)
	differed=$(reported "$2" differed)
	if [ "${looked_up:-0}" -gt 0 ] && [ "$missed$differed" = 00 ]; then
		result pass "$1: addresses" "$looked_up looked up"
	else
		result fail "$1: addresses" "of ${looked_up:-none} that were looked up ${missed:-?} were not mapped, ${differed:-?} had other bytes"
	fi
}

# route_result NAME LOG KIND ROUTE: whether memory of peers was moved where there is that route, and by
# a device with DMA, and refused elsewhere.
route_result() {
	local expected=$4 pageless
	if [[ $3 != xlat-* ]]; then expected=refused; fi
	pageless=$(reported "$2" bytes_pageless)
	if [ "$(grep -c "the route is: $expected\$" "$2")" != 4 ]; then
		result fail "$1: route" "it is not '$expected' for both peers; console: $2"
	elif [ "$expected" = refused ]; then
		result pass "$1: route" "refused"
	elif [ "${pageless:-0}" -gt 0 ]; then
		result pass "$1: route" "$expected, $pageless bytes of memory without pages"
	else
		result fail "$1: route" "no memory without pages was moved; console: $2"
	fi
}

# iommu_result NAME LOG: whether all that was mapped through the IOMMU was unmapped.
iommu_result() {
	local mapped unmapped
	mapped=$(reported "$2" iommu_map)
	unmapped=$(reported "$2" iommu_unmap)
	# The kernel cannot count them, or there is no IOMMU to map through.
	if [ -z "$mapped" ] || ! grep -q '^phyr-guest: domain=DMA' "$2"; then return; fi
	if [ "$mapped" != 0 ] && [ "$mapped" = "$unmapped" ]; then
		result pass "$1: bytes mapped through the IOMMU" "$mapped"
	else
		result fail "$1: bytes mapped through the IOMMU" "$mapped, but ${unmapped:-none} were unmapped"
	fi
}

# mappings_result NAME LOG: whether phyr unmapped as often as it mapped, where the job counts that.
mappings_result() {
	local maps unmaps
	maps=$(reported "$2" phyr_maps)
	unmaps=$(reported "$2" phyr_unmaps)
	if [ -z "$maps" ]; then return; fi
	if [ "$maps" -gt 0 ] && [ "$maps" = "$unmaps" ]; then
		result pass "$1: mappings of phyr" "$maps"
	else
		result fail "$1: mappings of phyr" "$maps, but ${unmaps:-none} were unmapped"
	fi
}

ulp_suite
