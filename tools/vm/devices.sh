# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The DMA backends that a guest can have.  To be sourced.

BACKENDS="intel intel-lazy intel-cm intel-pt amd virtio virtio-lazy none swiotlb high"

# check_backend NAME: dies unless there is such a backend.
check_backend() {
	case " $BACKENDS " in
	*" $1 "*) ;;
	*) die "there is no IOMMU '$1': use IOMMU=$(echo "$BACKENDS" | tr ' ' '|')" ;;
	esac
}

# backend_devices NAME: QEMU's arguments.  The IOMMU comes before what it serves.
backend_devices() {
	case $1 in
	intel | intel-lazy | intel-pt) echo "-device intel-iommu" ;;
	intel-cm) echo "-device intel-iommu,caching-mode=on" ;;
	amd) echo "-device amd-iommu" ;;
	virtio | virtio-lazy) echo "-device virtio-iommu-pci" ;;
	none | swiotlb) ;;
	# The rest of the guest's memory is above 4 GiB.
	high) echo "-machine max-ram-below-4g=1G" ;;
	esac
}

# backend_cmdline NAME: the kernel's arguments.
backend_cmdline() {
	case $1 in
	intel | intel-cm | amd | virtio) echo "intel_iommu=on iommu.strict=1 swiotlb=force" ;;
	intel-lazy | virtio-lazy) echo "intel_iommu=on iommu.strict=0 swiotlb=force" ;;
	intel-pt) echo "intel_iommu=on iommu=pt" ;;
	none | high) echo "intel_iommu=off" ;;
	swiotlb) echo "intel_iommu=off swiotlb=force" ;;
	esac
}

# backend_memory NAME: how much of it the guest has, and its huge pages: one of 1 GiB where
# there is room for it.
backend_memory() {
	case $1 in
	high) echo 3G ;;
	*) echo 1G ;;
	esac
}
backend_huge_pages() {
	case $1 in
	high) echo "hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=20" ;;
	*) echo "hugepages=20" ;;
	esac
}

# backend_domain NAME: the type of the IOMMU domain that a device then has.
backend_domain() {
	case $1 in
	intel | intel-cm | amd | virtio) echo DMA ;;
	intel-lazy | virtio-lazy) echo DMA-FQ ;;
	intel-pt) echo identity ;;
	none | swiotlb | high) echo none ;;
	esac
}

# check_bench_backend NAME: dies unless instructions are counted behind it.  What is bounced is
# copied, and would count bytes.
BENCH_BACKENDS="none intel-lazy intel intel-cm intel-pt amd virtio virtio-lazy"
check_bench_backend() {
	case " $BENCH_BACKENDS " in
	*" $1 "*) ;;
	*) die "nothing is measured behind '$1': use IOMMU=$(echo "$BENCH_BACKENDS" | tr ' ' '|')" ;;
	esac
}

# bench_iommu NAME, bench_mode NAME: what it is called in tables.
bench_iommu() { echo "${1%-lazy}"; }
bench_mode() {
	case $(backend_domain "$1") in
	DMA) echo strict ;;
	DMA-FQ) echo lazy ;;
	*) echo direct ;;
	esac
}

# The kinds of RDMA device that a guest can have.  The last two have DMA, by the CPU's look
# into the page table, and by the device itself.
RDMA_KINDS="siw rxe xlat-cpu xlat-lsi"

# check_rdma NAME: dies unless there is such a kind.
check_rdma() {
	case " $RDMA_KINDS " in
	*" $1 "*) ;;
	*) die "there is no RDMA device '$1': use RDMA=$(echo "$RDMA_KINDS" | tr ' ' '|')" ;;
	esac
}

# backend_translation NAME: the same for phyr-copy of tools/guest.
backend_translation() {
	case $1 in
	virtio | virtio-lazy) echo virtio ;;
	swiotlb | high) echo bounced ;;
	intel-pt | none) ;;
	*) echo translated ;;
	esac
}

# The ways there can be between a device, edu or lsi53c895a, and the memory of two others,
# ivshmem-plain and nvme:
#   bus      below one PCIe switch
#   bridge   through the host bridge, on a CPU for which the kernel allows that
#   refused  through the host bridge, on a CPU for which it does not
#   acs      functions of one device, below a root port that redirects if there is an
#            IOMMU
P2P_ROUTES="bus bridge refused acs"

# check_p2p_route NAME: dies unless there is such a route.
check_p2p_route() {
	case " $P2P_ROUTES " in
	*" $1 "*) ;;
	*) die "there is no way '$1' between two devices: use P2P=$(echo "$P2P_ROUTES" | tr ' ' '|')" ;;
	esac
}

# p2p_expected ROUTE BACKEND: what the kernel makes of it.
p2p_expected() {
	case $1-$2 in
	bus-* | acs-none) echo "bus address" ;;
	bridge-* | acs-*) echo "host bridge" ;;
	refused-*) echo "refused" ;;
	esac
}

# p2p_devices ROUTE: QEMU's arguments, for the edu device as well.  Where the lsi53c895a that
# every guest has is on another way, there is a second one.
p2p_devices() {
	local edu=edu,dma_mask=0xffffffffffffffff
	local shm=ivshmem-plain,memdev=shm nvme=nvme,serial=phyr,cmb_size_mb=4
	echo "-object memory-backend-ram,id=shm,size=4M,share=on"
	case $1 in
	bus)
		echo "-device pcie-root-port,id=root,chassis=1,slot=1,addr=10"
		echo "-device x3130-upstream,id=up,bus=root"
		echo "-device xio3130-downstream,id=a,bus=up,chassis=2,slot=2,addr=1"
		echo "-device xio3130-downstream,id=b,bus=up,chassis=3,slot=3,addr=2"
		echo "-device xio3130-downstream,id=c,bus=up,chassis=4,slot=4,addr=3"
		echo "-device xio3130-downstream,id=d,bus=up,chassis=5,slot=5,addr=4"
		echo "-device $edu,bus=a -device $shm,bus=b -device $nvme,bus=c -device lsi53c895a,bus=d"
		;;
	bridge | refused) echo "-device $edu,addr=6 -device $shm,addr=7 -device $nvme,addr=8" ;;
	acs)
		echo "-device pcie-root-port,id=root,chassis=1,slot=1,addr=10"
		echo "-device $edu,bus=root,addr=0.0,multifunction=on"
		echo "-device $shm,bus=root,addr=0.1 -device $nvme,bus=root,addr=0.2"
		echo "-device lsi53c895a,bus=root,addr=0.3"
		;;
	esac
}

# hot_plug_ports: QEMU's arguments, for two root ports that devices are plugged into and pulled out
# of, by their own registers, and for QEMU's monitor at the guest's second serial port, by which
# the guest has that done.  SLOTS of phyr-copy of tools/guest are these.
hot_plug_ports() {
	local monitor=/tmp/monitor
	echo "-global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"
	echo "-device pcie-root-port,id=port1,chassis=1,slot=1,addr=10"
	echo "-device pcie-root-port,id=port2,chassis=2,slot=2,addr=11"
	echo "-chardev socket,id=monitor,path=$monitor,server=on,wait=off -mon chardev=monitor,mode=control"
	echo "-chardev socket,id=asked,path=$monitor -serial chardev:asked"
}

# p2p_cpu ROUTE: what QEMU's CPU is to be.  The kernel allows P2P through the host
# bridge on AMD's from family 17h; that of "max" is 0Fh.
p2p_cpu() {
	case $1 in
	bridge | acs) echo "max,vendor=AuthenticAMD,family=23,model=1,stepping=2" ;;
	*) echo max ;;
	esac
}
