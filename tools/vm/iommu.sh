# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=busybox
#
# What is mapped through an IOMMU, as its own tracepoints tell.  To be sourced.

iommu_events=/sys/kernel/tracing/events/iommu
# can_count: whether this kernel counts what tracepoints tell.
can_count() { [ -e $iommu_events/map/hist ]; }

# iommu_bytes_counted: counts from here on the bytes that are mapped through an IOMMU, and
# unmapped, if the kernel can.
iommu_bytes_counted() {
	echo 'hist:keys=common_cpu:vals=size' >$iommu_events/map/trigger 2>/dev/null
	echo 'hist:keys=common_cpu:vals=unmapped_size' >$iommu_events/unmap/trigger 2>/dev/null
}

# iommu_bytes_reported: says how many they are. All is to be unmapped by then.
iommu_bytes_reported() {
	for event in map unmap; do
		[ -e $iommu_events/$event/hist ] || return
		echo "report: iommu_$event=$(awk '/hitcount:/ { bytes += $NF } END { printf "%.0f", bytes }' \
			$iommu_events/$event/hist)"
	done
}
