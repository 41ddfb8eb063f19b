# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# The crate tools/loom.  To be sourced by a suite, where tools/test says where "here" is.

# loom_orders [MUTANT]: plays all orders through, with a deliberate bug if one is named.  Its
# crates come from cargo's registry, and are kept in the cache.
loom_orders() {
	local network
	mapfile -t network < <("$here/root/network")
	"$here/root/enter" "${network[@]}" -- /phyr/tools/root/cargo loom fetch &&
		"$here/root/enter" --setenv MUTANT "${1:-}" -- \
			/phyr/tools/root/cargo loom test --tests --no-fail-fast
}
