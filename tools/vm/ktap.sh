# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=busybox
#
# Test results of a job in the kernel's format, KTAP, and what several jobs test.  To be sourced.

# uses_phyr MODULE: whether that, an ULP, is one that moves its data through phyr.
uses_phyr() { [ -e "/sys/module/phyr_rdma/holders/$1" ]; }

# has WORD: whether it is among the job's ARGS, which are in $args.
# shellcheck disable=SC2154
has() { case " $args " in *" $1 "*) ;; *) return 1 ;; esac }

# has_only: whether "only=TEST[,TEST]" is among them; $only are these tests.
has_only() {
	only=$(echo "$args" | sed -n 's/.*only=\([^ ]*\).*/\1/p' | tr , ' ')
	[ -n "$only" ]
}

# load OPTION...: has bytes move, for something to happen meanwhile; verified() is the job's.
load() {
	rm -f /tmp/load-ended
	{
		verified "$@"
		echo $? >/tmp/load-ended
	} &
}
# is_loaded: whether they still do.
is_loaded() { [ ! -e /tmp/load-ended ] || { echo "nothing moves any more" && return 1; }; }
# load_ended: waits until all have moved, and says whether they are what they were.
load_ended() { wait && return "$(cat /tmp/load-ended)"; }

# sums FOLDER: the checksum of all files in it, of which there must be some.
sums() {
	(cd "$1" && find . -type f -exec sha256sum {} + | sort >/tmp/sums && [ "$(wc -l </tmp/sums)" -gt 50 ] &&
		sha256sum </tmp/sums)
}

# ktap_suite NAME TEST...: runs each TEST, a function, and says whether it succeeded; fails if one
# did not.
ktap_suite() {
	local suite=$1 test number=0 failed=0
	shift
	echo "KTAP version 1"
	echo "1..1"
	echo "    KTAP version 1"
	echo "    # Subtest: $suite"
	echo "    1..$#"
	for test in "$@"; do
		number=$((number + 1))
		if "$test" >/tmp/said 2>&1; then
			grep '^report:' /tmp/said
			echo "    ok $number $test"
		else
			failed=1
			sed 's/^/    # /' /tmp/said
			echo "    not ok $number $test"
		fi
	done
	[ $failed = 0 ] && echo "ok 1 $suite" || echo "not ok 1 $suite"
	return $failed
}
