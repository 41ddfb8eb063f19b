# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# What a table of what Debian's kernel takes says of itself.  To be sourced, where "here" is known.

# about_stock: report.py's arguments, a line each.
about_stock() {
	printf -- '--about\n%s\n' \
		"phyr=$(git -C "$PHYR_REPO" describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)" \
		"kernel=$(cat "$("$here/../kernel/stock" --path)/release")" \
		"qemu=$("$here/../root/enter" qemu-system-x86_64 --version | head -n 1)"
}
