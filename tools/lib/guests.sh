# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Guests that run at the same time, one for each CPU of this machine and 2 GiB of its
# free memory.  To be sourced.

declare -A guest_pids
guests_at_once=$(awk -v cpus="$(nproc)" '/^MemAvailable:/ {
	room = int($2 / 1024 / 1024 / 2)
	print room < 1 ? 1 : room < cpus ? room : cpus
}' /proc/meminfo)

# boot_soon KERNEL BACKEND JOB LOG [MODULES]: tools/vm/boot, as soon as there is room.
boot_soon() {
	while [ "$(jobs -rp | wc -l)" -ge "$guests_at_once" ]; do sleep 0.5; done
	rm -f "$4.ended"
	# Not in a subshell: it ends when its parent does.
	"$PHYR_REPO/tools/vm/boot" "$@" &
	guest_pids[$4]=$!
}

# booted LOG: waits for the guest that has this console, and fails if it did not end well.
# Its exit status may be lost by then: the shell forgets it when the pid is used again.
booted() {
	wait "${guest_pids[$1]}" || true
	[ -e "$1.ended" ]
}
