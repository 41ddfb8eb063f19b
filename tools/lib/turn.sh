# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# What not every commit's tests need.  To be sourced by a suite, where tools/test says what FULL is.

# of_this_turn N ITEM...: one in N of them, which ones the commit says; with FULL all.
of_this_turn() {
	local of=$1 turn item at=0
	shift
	turn=$(git -C "$PHYR_REPO" rev-parse HEAD 2>/dev/null || echo 0)
	turn=$((16#${turn:0:6} % of))
	for item in "$@"; do
		if [ -n "$FULL" ] || [ $((at % of)) = $turn ]; then echo "$item"; fi
		at=$((at + 1))
	done
}
