# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The cache folder.  What has its final name there is whole: it is made under
# another name and renamed, or has a stamp that is written last.  To be sourced.

# Whoever sources this ends when its parent does, so that no guest and no build
# outlives the command that started it.
if [ "${PHYR_TIED:-}" != $$ ]; then
	PHYR_TIED=$$ exec setpriv --pdeathsig TERM -- "$BASH" "$0" "$@"
fi

: "${HOME:=/root}"
PHYR_REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PHYR_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/phyr
export PHYR_REPO PHYR_CACHE

mkdir -p "$PHYR_CACHE/log" || die "cannot make $PHYR_CACHE: set XDG_CACHE_HOME to a folder that you may write to"

# lock_cache: one command at a time works in the cache.  Those that it starts
# are part of it.
lock_cache() {
	if [ -n "${PHYR_LOCKED:-}" ]; then return; fi
	exec 9>"$PHYR_CACHE/lock"
	if ! flock -n 9; then
		step "waiting for another command that works in $PHYR_CACHE"
		flock 9
	fi
	export PHYR_LOCKED=yes
	rm -rf "$PHYR_CACHE"/*.partial
}

# need_space GIBIBYTES
need_space() {
	local have
	have=$(df --output=avail -k "$PHYR_CACHE" | tail -n 1)
	if [ "$have" -lt $(($1 * 1024 * 1024)) ]; then
		die "$PHYR_CACHE has $((have / 1024 / 1024)) GiB free and needs $1: make room, or set XDG_CACHE_HOME to a folder on a larger disk"
	fi
}

# key FILE...: a name for what is made from these files.
key() {
	cat "$@" | sha256sum | cut -c 1-12
}
