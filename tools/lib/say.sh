# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What a person sees: steps with the time they began, the progress of long
# commands, and errors that name the remedy.  To be sourced.

: "${PHYR_STARTED:=$(date +%s)}"
export PHYR_STARTED

elapsed() {
	local seconds=$(($(date +%s) - PHYR_STARTED))
	printf '%2d:%02d' $((seconds / 60)) $((seconds % 60))
}

step() {
	printf '[%s] %s\n' "$(elapsed)" "$*"
}

# die MESSAGE: one line with the thing, the reason and the remedy.
die() {
	printf 'phyr: error: %s\n' "$*" >&2
	exit 1
}

# progress LABEL LOG TOTAL COMMAND...: runs COMMAND into LOG and shows how far it
# is: lines of LOG that look like kbuild's, of TOTAL if that is not 0.
progress() {
	local label=$1 log=$2 total=$3 pid status built every=20 last now
	shift 3

	if [ -t 1 ]; then every=1; fi
	step "$label"
	# A process group of its own, so that all of it can be ended.
	set -m
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	set +m
	# shellcheck disable=SC2064 # The id is known now.
	trap "kill -- -$pid 2>/dev/null; wait $pid 2>/dev/null; exit 130" INT TERM HUP
	last=$(date +%s)
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.2
		now=$(date +%s)
		if [ $((now - last)) -lt "$every" ]; then continue; fi
		last=$now
		if [ "$total" -gt 0 ]; then
			built=$(grep -cE '^  [A-Z]+( \[M\]| PL| L)? ' "$log")
			show "$label: $built of about $total objects"
		else
			show "$label: $(tail -n 1 "$log" | cut -c 1-60)"
		fi
	done
	wait "$pid"
	status=$?
	trap - INT TERM HUP
	if [ -t 1 ]; then printf '\r\033[K'; fi
	return "$status"
}

show() {
	if [ -t 1 ]; then
		printf '\r\033[K[%s] %s' "$(elapsed)" "$*"
	else
		step "$*"
	fi
}

# fail_with_log LOG MESSAGE: what a failed command said last, then die.
fail_with_log() {
	tail -n 25 "$1" >&2
	die "$2 (whole log: $1)"
}
