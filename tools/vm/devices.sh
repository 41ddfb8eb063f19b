# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The DMA backends that a guest can have.  To be sourced.

BACKENDS="intel intel-lazy amd virtio none"

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
	intel | intel-lazy) echo "-device intel-iommu" ;;
	amd) echo "-device amd-iommu" ;;
	virtio) echo "-device virtio-iommu-pci" ;;
	none) ;;
	esac
}

# backend_cmdline NAME: the kernel's arguments.
backend_cmdline() {
	case $1 in
	intel | amd | virtio) echo "intel_iommu=on iommu.strict=1 swiotlb=force" ;;
	intel-lazy) echo "intel_iommu=on iommu.strict=0 swiotlb=force" ;;
	none) echo "intel_iommu=off" ;;
	esac
}

# backend_domain NAME: the type of the IOMMU domain that a device then has.
backend_domain() {
	case $1 in
	intel | amd | virtio) echo DMA ;;
	intel-lazy) echo DMA-FQ ;;
	none) echo none ;;
	esac
}

# backend_translation NAME: the same for tools/phyr-copy.
backend_translation() {
	case $1 in
	virtio) echo virtio ;;
	none) ;;
	*) echo translated ;;
	esac
}
