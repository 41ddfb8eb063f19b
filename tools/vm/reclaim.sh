# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=busybox
#
# Memory that the kernel has to take back while it is used, for jobs that have an ULP to take it to.
# The group that is short of memory is a process's own: whoever serves the ULP in the same guest has
# some, as another machine would.
# To be sourced behind tools/vm/rdma.sh.

group=/tmp/groups/short

# short_of_memory BYTES COMMAND...: in a control group that has so many.
short_of_memory() {
	if ! [ -e /tmp/groups ]; then
		mkdir /tmp/groups && mount -t cgroup2 none /tmp/groups || return 1
		echo +memory >/tmp/groups/cgroup.subtree_control || return 1
	fi
	mkdir -p $group && echo "$1" >$group/memory.max || return 1
	shift
	(
		# In a subshell $$ is another's.
		sh -c "echo \$PPID" >$group/cgroup.procs && "$@"
	)
}

swap_count() { sed -n "s/^$1 //p" /proc/vmstat; }

# written_and_read FILE: puts 64 MiB of random bytes there, and reads them again.
written_and_read() {
	local written
	written=$(head -c 67108864 /dev/urandom | tee "$1" | sha256sum) && sync && [ "$written" = "$(sha256sum <"$1")" ]
}

# swapped_to FILE: whether what does not fit into memory goes to this swap space, and is the same
# when it comes back.
swapped_to() {
	local out in status
	out=$(swap_count pswpout)
	in=$(swap_count pswpin)
	mkdir -p /tmp/swapped && mount -t tmpfs -o size=100m none /tmp/swapped || return 1
	debian mkswap "$1" && debian swapon "$1" || return 1
	short_of_memory 16M written_and_read /tmp/swapped/bytes
	status=$?
	umount /tmp/swapped && debian swapoff "$1" || return 1
	out=$(($(swap_count pswpout) - out))
	in=$(($(swap_count pswpin) - in))
	echo "report: pages_swapped_out=$out"
	echo "report: pages_swapped_in=$in"
	[ $status = 0 ] && [ $out -gt 8192 ] && [ $in -gt 8192 ]
}
