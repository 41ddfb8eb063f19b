// SPDX-License-Identifier: GPL-2.0
/*
 * Drives the DMA engine of QEMU's edu device (docs/specs/edu.rst there).  It has a
 * buffer of its own, and one end of every transfer is there.
 */
#include <linux/io.h>
#include <linux/iopoll.h>

#include "edu.h"
#include "edu_dma.h"

#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_COMMAND	0x98
#define EDU_DMA_RUN	BIT(0)
#define EDU_DMA_WRITE	BIT(1)
#define EDU_BUFFER	0x40000

static void edu_dma_begin(struct edu_dma *dma, u64 src, u64 dst, size_t len,
			  u64 command)
{
	writeq(src, dma->regs + EDU_DMA_SRC);
	writeq(dst, dma->regs + EDU_DMA_DST);
	writeq(len, dma->regs + EDU_DMA_COUNT);
	writeq(command | EDU_DMA_RUN, dma->regs + EDU_DMA_COMMAND);
}

void edu_dma_begin_read(struct edu_dma *dma, dma_addr_t from, size_t len)
{
	edu_dma_begin(dma, from, EDU_BUFFER, len, 0);
}

int edu_dma_wait(struct edu_dma *dma)
{
	u64 state;

	return readq_poll_timeout(dma->regs + EDU_DMA_COMMAND, state,
				  !(state & EDU_DMA_RUN), USEC_PER_MSEC,
				  10 * USEC_PER_SEC);
}

int edu_dma_write(struct edu_dma *dma, dma_addr_t to, size_t len)
{
	edu_dma_begin(dma, EDU_BUFFER, to, len, EDU_DMA_WRITE);
	return edu_dma_wait(dma);
}

static void edu_disable(void *pdev)
{
	pci_disable_device(pdev);
}

static void edu_unmap(void *regs)
{
	iounmap((void __iomem *)regs);
}

struct edu_dma edu_dma_open(struct kunit *test)
{
	struct pci_dev *pdev = edu_of(test)->pdev;
	struct edu_dma dma;

	KUNIT_ASSERT_EQ(test, 0, pci_enable_device(pdev));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, edu_disable, pdev));
	pci_set_master(pdev);
	dma.regs = pci_ioremap_bar(pdev, 0);
	KUNIT_ASSERT_NOT_NULL(test, dma.regs);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, edu_unmap,
						  (void __force *)dma.regs));
	return dma;
}

void edu_dma_copy(struct kunit *test, dma_addr_t from, dma_addr_t to, size_t len)
{
	struct edu_dma dma = edu_dma_open(test);

	KUNIT_ASSERT_LE(test, len, EDU_DMA_MAX);
	edu_dma_begin_read(&dma, from, len);
	KUNIT_ASSERT_EQ(test, 0, edu_dma_wait(&dma));
	KUNIT_ASSERT_EQ(test, 0, edu_dma_write(&dma, to, len));
}
