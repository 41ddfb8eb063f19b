# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=busybox
#
# RDMA devices in a guest, for jobs that have the lines
#   # Drivers: dummy rdma_cm
#   # Kept: rdma_rxe siw rdma_rxe@xlat siw@siw
#   # Userland
# To be sourced.
# shellcheck source=/dev/null # It is tools/vm/iommu.sh.
. /iommu.sh

mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 debian /debian || exit 1
for folder in dev proc sys tmp; do mount -o bind /$folder /debian/$folder; done

# debian COMMAND...: one of the userland's programs.
debian() { chroot /debian "$@"; }

# kept NAME: the driver that is built apart if there is one, else the kernel's.
kept() {
	if [ -e "/modules/$1.ko" ]; then echo "/modules/$1.ko"; else echo "/modules/${1%@*}.ko"; fi
}

# rdma_device KIND: makes one, "r0", with the address 10.0.0.1.
rdma_device() {
	rdma_driver "$1"
	# TCP to an address of this machine goes that way.
	ip link set lo up
	rdma_device_again "$1"
}

# rdma_driver KIND: loads it.  KIND is siw, rxe, or one that has DMA: xlat-cpu, or xlat-lsi, where the
# device moves the bytes, or xlat-bare, where nobody but its IOMMU looks what is mapped.  $xlat_parameters
# are more of xlat-lsi's.
# shellcheck disable=SC2086,SC2154 # They are words, of jobs that have some.
rdma_driver() {
	case $1 in
	siw) insmod "$(kept siw@siw)" ;;
	rxe) insmod /modules/rdma_rxe.ko dma_dev=0 2>/dev/null || insmod /modules/rdma_rxe.ko ;;
	xlat-cpu) insmod "$(kept rdma_rxe@xlat)" ;;
	xlat-lsi) insmod "$(kept rdma_rxe@xlat)" mover_lsi=1 verify=1 cpu_at_page_ends="$(behind_virtio)" $xlat_parameters ;;
	xlat-bare) insmod "$(kept rdma_rxe@xlat)" mover_lsi=1 check=0 cpu_at_page_ends="$(behind_virtio)" ;;
	*) echo "there is no kind '$1' of RDMA device: use siw, rxe, xlat-cpu, xlat-lsi or xlat-bare" ;;
	esac || exit 1
}

# behind_virtio: whether the IOMMU is virtio's, 0 or 1.
behind_virtio() {
	for iommu in /sys/bus/virtio/drivers/virtio_iommu/virtio*; do
		if [ -e "$iommu" ]; then echo 1; else echo 0; fi
	done
}

# rdma_type KIND: what "rdma link add" calls it.
rdma_type() {
	case $1 in
	siw) echo siw ;;
	*) echo rxe ;;
	esac
}

# rdma_device_again KIND [N]: of the driver that is loaded; "rN", with the address 10.0.N.1.
rdma_device_again() {
	local n=${2:-0}
	ip link add "dummy$n" type dummy 2>/dev/null
	ip link set "dummy$n" mtu 4200 up
	ip addr add "10.0.$n.1/24" dev "dummy$n" 2>/dev/null
	debian rdma link add "r$n" type "$(rdma_type "$1")" netdev "dummy$n" || exit 1
}

# phyr_loaded: where it is built out of tree nobody has loaded it for the ULPs that need it.
phyr_loaded() { [ -e /sys/module/phyr_rdma ] || { insmod /modules/phyr.ko && insmod /modules/phyr_rdma.ko; }; }

# phyr_bytes_counted: counts from here on the bytes that phyr maps for devices with DMA, and how often it
# maps and unmaps.
phyr_map=/sys/kernel/tracing/events/phyr/phyr_map
phyr_unmap=/sys/kernel/tracing/events/phyr/phyr_unmap
phyr_bytes_counted() {
	echo 'hist:keys=dir:vals=bytes' >$phyr_map/trigger && echo 'hist:keys=dir' >$phyr_unmap/trigger
}
# phyr_bytes_not_counted: no more, and says how often.  All is to be unmapped by then.  Who goes on counting
# has phyr.ko warn when it is unloaded.
phyr_bytes_not_counted() {
	grep -q '^hist' $phyr_map/trigger 2>/dev/null || return 0
	for event in map unmap; do
		echo "report: phyr_${event}s=$(sed -n 's/.*hitcount: *\([0-9]*\).*/\1/p' /sys/kernel/tracing/events/phyr/phyr_$event/hist |
			awk '{ hits += $1 } END { printf "%.0f", hits }')"
	done
	echo '!hist:keys=dir:vals=bytes' >$phyr_map/trigger
	echo '!hist:keys=dir' >$phyr_unmap/trigger
}

# phyr_bytes DIR: how many they are: 1 to the device, 2 from it.
phyr_bytes() { awk -v dir="$1" '$2 == "dir:" && $3 == dir { bytes = $NF } END { printf "%.0f", bytes }' $phyr_map/hist; }

# rdma_device_gone: takes all of them and their driver away, and tells what its counters say, if it has some.
# Fails if what they say is that something was not mapped.
rdma_device_gone() {
	local counters link wrong=0
	for link in /sys/class/infiniband/*; do debian rdma link delete "${link##*/}"; done
	counters=$(find /sys/kernel/debug/rxe_xlat -mindepth 1 -type d 2>/dev/null)
	if [ -n "$counters" ]; then
		for counter in "$counters"/*; do
			echo "report: ${counter##*/}=$(cat "$counter")"
		done
		wrong=$(cat "$counters/missed" "$counters/differed" | sort -u)
	fi
	rdma_driver_gone && [ "$wrong" = 0 ]
}

rdma_driver_gone() {
	if [ -e /sys/module/siw ]; then rmmod siw; else rmmod rdma_rxe; fi
}
