// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the device that the suites map for and watches its IOMMU.
 */
#include <linux/dma-mapping.h>
#include <linux/sizes.h>
#include <linux/swiotlb.h>
#include <trace/events/iommu.h>

#include "edu.h"

static void edu_saw_map(void *data, unsigned long iova, phys_addr_t paddr,
			size_t size)
{
	struct edu *edu = data;

	if (current != edu->task)
		return;
	edu->maps++;
	edu->mapped += size;
}

static void edu_saw_unmap(void *data, unsigned long iova, size_t size,
			  size_t unmapped_size)
{
	struct edu *edu = data;

	if (current == edu->task)
		edu->mapped -= unmapped_size;
}

void edu_set_limits(struct kunit *test, unsigned int max_seg,
		    unsigned long boundary)
{
	dma_set_max_seg_size(edu_dev(test), max_seg);
	dma_set_seg_boundary(edu_dev(test), boundary);
}

bool edu_bounces(struct kunit *test)
{
	return !edu_of(test)->domain &&
	       is_swiotlb_force_bounce(edu_dev(test));
}

int edu_init(struct kunit *test)
{
	struct edu *edu = kunit_kzalloc(test, sizeof(*edu), GFP_KERNEL);
	struct iommu_domain *domain;

	KUNIT_ASSERT_NOT_NULL(test, edu);
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "needs CONFIG_TRACEPOINTS");
	edu->pdev = pci_get_device(EDU_VENDOR, EDU_DEVICE, NULL);
	if (!edu->pdev)
		kunit_skip(test, "no edu device: run QEMU with -device edu");
	if (edu->pdev->dev.driver) {
		pci_dev_put(edu->pdev);
		kunit_skip(test, "a driver is bound to the edu device");
	}
	test->priv = edu;
	edu->task = current;
	edu_set_limits(test, UINT_MAX, ULONG_MAX);

	/* A domain of the DMA API translates; an identity domain does not. */
	domain = iommu_get_domain_for_dev(&edu->pdev->dev);
	if (domain && domain->type & __IOMMU_DOMAIN_DMA_API)
		edu->domain = domain;

	KUNIT_ASSERT_EQ(test, 0, register_trace_map(edu_saw_map, edu));
	KUNIT_ASSERT_EQ(test, 0, register_trace_unmap(edu_saw_unmap, edu));
	return 0;
}

void edu_exit(struct kunit *test)
{
	struct edu *edu = edu_of(test);

	if (!edu)
		return;
	unregister_trace_map(edu_saw_map, edu);
	unregister_trace_unmap(edu_saw_unmap, edu);
	tracepoint_synchronize_unregister();

	KUNIT_EXPECT_EQ_MSG(test, 0, edu->mapped, "bytes left mapped");
	/* As the PCI core has them. */
	edu_set_limits(test, SZ_64K, U32_MAX);
	pci_dev_put(edu->pdev);
}
