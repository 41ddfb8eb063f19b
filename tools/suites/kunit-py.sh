# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# The kernel's own kunit.py, with phyr built in: on UML, which needs no guest; with FULL
# for x86-64 too, in a guest behind VT-d.
# To be sourced by tools/test, which says where "here" is.

# kunit_py NAME [OPTION...]
kunit_py() {
	local log=$PHYR_CACHE/log/kunit-py-$1.log results
	progress "kunit.py: $1" "$log" 0 "$here/root/enter" /phyr/tools/kernel/kunit-py "$@" || true
	shown <"$log"
	results=$(counted <"$log")
	if [ -z "$results" ]; then
		tail -n 25 "$log"
		result fail "kunit.py: $1" "it ran no test; log: $log"
		return
	fi
	if grep -E '(^|: )warning: ' "$log"; then
		result fail "kunit.py: $1" "a compiler warned; log: $log"
	fi
	# shellcheck disable=SC2086 # Three words.
	add_results "kunit.py: $1" $results
}

"$here/kernel/test"
kunit_py um
if [ -n "$FULL" ]; then
	kunit_py x86_64 --qemu_config=drivers/phyr/tests/qemu_x86_64.py \
		--kunitconfig=/phyr/tools/kernel/kunit-py.config
fi
