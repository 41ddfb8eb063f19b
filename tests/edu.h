/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device that the suites map for, and what its IOMMU is seen to do.
 */
#ifndef _PHYR_TESTS_EDU_H
#define _PHYR_TESTS_EDU_H

#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/pci.h>

#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

/**
 * struct edu - QEMU's edu device, with no driver bound to it
 * @pdev: the device
 * @domain: the IOMMU domain that translates its DMA, or %NULL
 * @task: whose mappings are counted
 * @maps: calls that mapped into a domain, since the test began
 * @mapped: bytes mapped into a domain less bytes unmapped from it
 */
struct edu {
	struct pci_dev *pdev;
	struct iommu_domain *domain;
	struct task_struct *task;
	unsigned int maps;
	long mapped;
};

/*
 * For .init and .exit of a suite.  A test leaks if it ends with bytes mapped.  The
 * device begins without segment limits.
 */
int edu_init(struct kunit *test);
void edu_exit(struct kunit *test);

/* Whether all that the device reaches are bounce buffers. */
bool edu_bounces(struct kunit *test);

/* The longest DMA range, in bytes, and the mask of the boundary. */
void edu_set_limits(struct kunit *test, unsigned int max_seg,
		    unsigned long boundary);

static inline struct edu *edu_of(struct kunit *test)
{
	return test->priv;
}

static inline struct device *edu_dev(struct kunit *test)
{
	return &edu_of(test)->pdev->dev;
}

/*
 * The physical address that the device reaches at @addr, or 0.  Without an IOMMU
 * that is @addr.
 */
static inline phys_addr_t edu_reaches(struct kunit *test, dma_addr_t addr)
{
	struct iommu_domain *domain = edu_of(test)->domain;

	return domain ? iommu_iova_to_phys(domain, addr) : addr;
}

/*
 * Whether memory may be synced that is mapped more than once.  Without an IOMMU that is at the same
 * address, and dma-debug does not find the mapping: it looks for one of another type.
 */
static inline bool edu_syncs_overlaps(struct kunit *test)
{
	return edu_of(test)->domain || !IS_ENABLED(CONFIG_DMA_API_DEBUG);
}

#endif /* _PHYR_TESTS_EDU_H */
