# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# rust/plan on the host: unit, property and documentation tests, and every order in which one
# mapping of a buffer is used.  To be sourced by tools/test, which says where "here" is.

# shellcheck source=../lib/loom.sh
. "$here/lib/loom.sh"

# cargo_results NAME LOG: what cargo's tests said.
cargo_results() {
	local log=$2 results
	grep -E '^test .* FAILED$' "$log" | sed 's/^/        /' || true
	results=$(sed -n 's/^test result: [a-zA-Z]*\. \([0-9]*\) passed; \([0-9]*\) failed; \([0-9]*\) ignored.*/\1 \2 \3/p' "$log" |
		awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }')
	if [ "$results" = "0 0 0" ]; then
		tail -n 25 "$log"
		result fail "$1" "it does not build; log: $log"
		return
	fi
	# shellcheck disable=SC2086 # Three words.
	add_results "$1" $results
}

host_suite() {
	local log=$PHYR_CACHE/log/host.log
	progress "testing the plan on the host" "$log" 0 \
		"$here/root/enter" /phyr/tools/root/cargo host test --no-fail-fast || true
	cargo_results "host" "$log"
	log=$PHYR_CACHE/log/loom.log
	progress "playing all orders through" "$log" 0 loom_orders || true
	cargo_results "host: loom" "$log"
}

host_suite
