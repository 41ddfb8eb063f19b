# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# The series that tools/to-kernel makes: it applies to a pristine source, and what it comes
# to is what tools/in-tree makes of that.  With FULL its documentation builds, its patches pass
# checkpatch, and it compiles at each commit.
# To be sourced by tools/test, which says where "here" is.

series=$PHYR_CACHE/series
source=$("$here/kernel/stock" --path)/source
export GIT_AUTHOR_NAME=phyr GIT_AUTHOR_EMAIL=phyr@localhost GIT_COMMITTER_NAME=phyr GIT_COMMITTER_EMAIL=phyr@localhost

in_tree() { git -C "$series/tree" -c core.hooksPath=/dev/null -c commit.gpgSign=false "$@"; }

# made: the same twice.
made() {
	"$here/to-kernel" "$series/patches" "$source" && "$here/to-kernel" "$series/again" "$source" &&
		diff -r "$series/patches" "$series/again"
}

# applies: to links to the files of the source, which git replaces.
applies() {
	cp -al "$source" "$series/tree" && in_tree init -q -b series || return 1
	# All that a patch can change; the rest of the kernel need not be known to git.
	sed -n 's|^--- a/||p' "$series"/patches/*.patch | sort -u | grep -v '^drivers/phyr/' |
		(cd "$series/tree" && xargs git add --force) || return 1
	# The cover letter is empty.
	in_tree commit -q -m "Linux 7.2" && in_tree tag base &&
		in_tree am -q --empty=drop --whitespace=error "$series"/patches/*.patch
}

# is_in_tree: but for what goes to MAINTAINERS and Documentation.
is_in_tree() {
	local patch differ
	cp -al "$source" "$series/in-tree" && "$here/in-tree" "$series/in-tree" || return 1
	for patch in "$PHYR_REPO"/patches/{,core/,ulps/}*.patch; do
		patch -s --no-backup-if-mismatch -d "$series/in-tree" -p1 <"$patch" || return 1
	done
	differ=$(diff -rq --exclude=.git "$series/in-tree" "$series/tree" |
		grep -vE '/MAINTAINERS differ$|/Documentation/driver-api/index.rst differ$|/Documentation/driver-api: phyr$')
	echo "$differ"
	[ -z "$differ" ]
}

# compiles COMMIT OPTIONS: what the series touches.
compiles() {
	local targets
	in_tree checkout -q --detach "$1" || return 1
	mapfile -t targets < <(in_tree diff --name-only base series -- '*.c' | sed -n '/^drivers\/phyr/!s|/[^/]*$|/|p' | sort -u)
	if [ -e "$series/tree/drivers/phyr/Kbuild" ]; then targets+=(drivers/phyr/); fi
	"$here/root/enter" --bind "$series/tree" /cache/stock/source --bind "$series/build" /cache/stock/build -- \
		/phyr/tools/kernel/build-series "$2" "${targets[@]}"
}

# all_compiled: that there is an object of each C file of phyr.
all_compiled() {
	local file bad=0
	while read -r file; do
		if [ ! -e "$series/build/${file%.c}.o" ]; then
			echo "$file was not compiled"
			bad=1
		fi
	done < <(cd "$series/tree" && find drivers/phyr -name '*.c')
	return $bad
}

# series_part NAME COMMAND...
series_part() {
	local log=$PHYR_CACHE/log/series.log
	if progress "$1" "$log" 0 "${@:2}"; then
		result pass "series: $1"
	else
		tail -n 25 "$log"
		result fail "series: $1"
		return 1
	fi
}

compile_each() {
	local commit options
	options=$(sed -n 's/^+config \(.*\)/CONFIG_\1=y/p' "$PHYR_REPO"/patches/ulps/*.patch)
	cp -a "$(dirname "$source")/build" "$series/build"
	for commit in $(in_tree rev-list --reverse base..series); do
		series_part "$(in_tree log -1 --format='compiles: %s' "$commit")" compiles "$commit" "$options" || return
	done
	series_part "all of phyr was compiled" all_compiled || true
	series_part "compiles: without the ULPs' options" compiles series "${options//=y/=n}" || true
}

series_suite() {
	rm -rf "$series"
	mkdir "$series"
	series_part "made, the same twice" made || return 0
	series_part "applies" applies || return 0
	series_part "is what tools/in-tree makes" is_in_tree || true
	if [ -n "$FULL" ]; then
		series_part "documentation" "$here/root/enter" /phyr/tools/docs /tmp/html /cache/series/tree \
			Documentation/driver-api/phyr || true
		series_part "checkpatch" "$here/root/enter" /phyr/tools/checks series || true
		compile_each || true
	fi
	rm -rf "$series"
}

series_suite
