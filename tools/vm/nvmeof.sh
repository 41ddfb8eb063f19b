# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=busybox
#
# An NVMe over Fabrics target and its host in one guest, over the RDMA device that tools/vm/rdma.sh
# makes, for jobs that have the lines
#   # Drivers: dummy rdma_cm configfs nvme-core nvme-fabrics nvmet
#   # Kept: rdma_rxe siw rdma_rxe@xlat siw@siw nvmet-rdma nvme-rdma nvmet-rdma@ulps nvme-rdma@ulps null_blk
# The host's controller is $fabrics, nvme0 if that is not said.
# To be sourced behind that.  $ulps says which of tools/modules/ulps is taken, if not that with phyr, and
# $target which for the target, if that is another; $target_parameters are that module's.

nvmet=/sys/kernel/config/nvmet

# nvmeof_target: with a namespace in memory.
nvmeof_target() {
	insmod /modules/null_blk.ko gb=1 memory_backed=1 discard=1 cache_size=4 submit_queues=2 || return 1
	nvmeof_target_of /dev/nullb0
}

# nvmeof_target_of DISK [P2PMEM]: with this one for a namespace, and its data in the memory of a PCI device
# if P2PMEM is 1, or names one.
nvmeof_target_of() {
	# shellcheck disable=SC2086,SC2154 # They are words; whoever has patches/premapped sets them.
	insmod "$(kept "nvmet-rdma@${target:-${ulps:-ulps}}")" $target_parameters || return 1
	mount -t configfs none /sys/kernel/config 2>/dev/null
	mkdir -p $nvmet/subsystems/phyr/namespaces/1 $nvmet/ports/1 || return 1
	echo 1 >$nvmet/subsystems/phyr/attr_allow_any_host
	echo -n "$1" >$nvmet/subsystems/phyr/namespaces/1/device_path
	if [ -n "$2" ]; then echo "$2" >$nvmet/subsystems/phyr/namespaces/1/p2pmem || return 1; fi
	echo 1 >$nvmet/subsystems/phyr/namespaces/1/enable
	# Each write is READ from the host, however short.
	echo 0 >$nvmet/ports/1/param_inline_data_size
	echo rdma >$nvmet/ports/1/addr_trtype
	echo ipv4 >$nvmet/ports/1/addr_adrfam
	echo 10.0.0.1 >$nvmet/ports/1/addr_traddr
	echo 4420 >$nvmet/ports/1/addr_trsvcid
	ln -s $nvmet/subsystems/phyr $nvmet/ports/1/subsystems/phyr
}

fabrics=nvme0

# nvmeof_connect: makes /dev/nvme0n1, or that of $fabrics.
nvmeof_connect() {
	[ -e /sys/module/nvme_rdma ] || insmod "$(kept "nvme-rdma@${ulps:-ulps}")" || return 1
	echo -n "transport=rdma,traddr=10.0.0.1,trsvcid=4420,nqn=phyr,nr_io_queues=2,ctrl_loss_tmo=60,reconnect_delay=1" \
		>/dev/nvme-fabrics || return 1
	for _ in $(seq 100); do
		[ -b "/dev/${fabrics}n1" ] && return
		sleep 0.1
	done
	echo "there is no /dev/${fabrics}n1, but $(echo /dev/nvme*)"
	return 1
}

nvmeof_disconnect() { echo 1 >"/sys/class/nvme/$fabrics/delete_controller"; }

# nvmeof_no_queues: waits until the target has let go of the device, for until then that has the
# receive buffers of the port that was there before.
nvmeof_no_queues() {
	for _ in $(seq 100); do
		debian rdma resource show pd | grep -q nvmet_rdma || return 0
		sleep 0.1
	done
	return 1
}

# nvmeof_no_target: takes the target away, and its modules.
nvmeof_no_target() {
	rm -f $nvmet/ports/1/subsystems/phyr
	rmdir $nvmet/ports/1 $nvmet/subsystems/phyr/namespaces/1 $nvmet/subsystems/phyr
	rmmod nvme_rdma nvmet_rdma && { [ ! -e /sys/module/null_blk ] || rmmod null_blk; }
}

# sectors_moved: how many of 512 bytes the host has read or written.
sectors_moved() { awk '{ printf "%d", $3 + $7 }' "/sys/block/${fabrics}n1/stat"; }

# only_the_host_maps: whether that is so where the target's buffers stay mapped, of what fits in one;
# verified() is the job's.
only_the_host_maps() {
	local moved mapped
	verified --rw=randwrite --ioengine=libaio --iodepth=16 --bsrange=4k-128k --size=8m || return 1
	moved=$(sectors_moved)
	mapped=$(($(phyr_bytes 1) + $(phyr_bytes 2)))
	verified --rw=randwrite --ioengine=libaio --iodepth=16 --bsrange=4k-128k --size=8m || return 1
	moved=$((($(sectors_moved) - moved) * 512))
	mapped=$(($(phyr_bytes 1) + $(phyr_bytes 2) - mapped))
	echo "report: disk=$moved"
	echo "report: phyr_mapped=$mapped"
	[ "$mapped" -ge "$moved" ] && [ "$mapped" -lt $((moved + moved / 16)) ]
}
