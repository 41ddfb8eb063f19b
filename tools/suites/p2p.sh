# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
#
# KUnit's suite phyr_p2p, in the test kernel, for every way between two devices with an IOMMU,
# for all but one of them without, and for one way behind each kind of IOMMU.  In the debug kernel, which
# has patches/, once.  With FULL every way behind each kind, and phyr_p2p_cursors behind every
# backend.
# To be sourced by tools/test, which says where "here" is.

P2P_BACKENDS="intel intel-lazy amd virtio none"
P2P_ONLY=

p2p_suite() {
	"$here/kernel/test"
	"$here/kernel/debug"
	"$here/vm/program"
	if [ -n "$FULL" ]; then
		p2p_guests test "$P2P_ROUTES" "$P2P_BACKENDS"
		p2p_guests debug "$P2P_ROUTES" "intel none"
		P2P_ONLY=phyr_p2p_cursors
		p2p_guests test bus "$(others_than "$P2P_BACKENDS")"
		p2p_guests debug bus "$(others_than "intel none")"
		P2P_ONLY=
	else
		p2p_guests test bus "intel amd virtio none"
		p2p_guests test "bridge refused" "intel none"
		p2p_guests test acs intel
		p2p_guests debug bus intel
	fi
}

# others_than BACKENDS: all but these.
others_than() {
	local backend
	for backend in $BACKENDS; do
		case " $1 " in *" $backend "*) ;; *) echo "$backend" ;; esac
	done
}

# p2p_guests KERNEL ROUTES BACKENDS: a guest for each route and backend.  P2P_ONLY may name the
# suite that runs.
p2p_guests() {
	local kernel=$1 routes=$2 backends=$3 backend route log name expected
	for route in $routes; do
		for backend in $backends; do
			ARGS="${P2P_ONLY:+suites=$P2P_ONLY}" P2P=$route boot_soon "$kernel" "$backend" p2p "$PHYR_CACHE/log/p2p-$kernel-$route-$backend.log"
		done
	done
	for route in $routes; do
		for backend in $backends; do
			name="p2p: $kernel: $route: $backend"
			log=$PHYR_CACHE/log/p2p-$kernel-$route-$backend.log
			if ! booted "$log"; then
				result fail "$name" "the guest did not end well; console: $log"
				continue
			fi
			expected=$(p2p_expected "$route" "$backend")
			if [ -z "$P2P_ONLY" ] && [ "$(grep -c "# finds_a_route: the route is: $expected\$" "$log")" != 2 ]; then
				result fail "$name" "not both peers have the route '$expected'; console: $log"
			fi
			grep -q '# Subtest: phyr_p2p_cursors$' "$log" ||
				result fail "$name: phyr_p2p_cursors" "it did not run; console: $log"
			[ -n "$P2P_ONLY" ] || grep -q '# Subtest: phyr_p2p_rdma$' "$log" ||
				result fail "$name: phyr_p2p_rdma" "it did not run; console: $log"
			ktap_results "$name" "$log"
			dmesg_result "$name" "$log"
		done
	done
}

p2p_suite
