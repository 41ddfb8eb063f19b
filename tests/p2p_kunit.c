// SPDX-License-Identifier: GPL-2.0
/*
 * Lists with the memory of other PCI devices, mapped for the edu device.  Which of
 * the cases can run depends on where the guest has its devices.
 */
#include <kunit/device.h>
#include <linux/dma-mapping.h>
#include <linux/dma-phyr.h>
#include <linux/io.h>
#include <linux/random.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>

#include "../rust/glue.h"
#include "edu.h"
#include "edu_dma.h"
#include "memory.h"
#include "p2p_driver.h"

#define MAX_SEGMENTS 8

/**
 * struct p2p_list - a list of RAM and memory of peers
 * @memory: its entries and the room for DMA ranges
 * @segments: whose memory the entries are
 * @nr_segments: entries in @segments
 */
struct p2p_list {
	struct memory *memory;
	struct dma_phyr_segment segments[MAX_SEGMENTS];
	unsigned int nr_segments;
};

static struct p2p_list *list_alloc(struct kunit *test)
{
	struct p2p_list *list = kunit_kzalloc(test, sizeof(*list), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, list);
	list->memory = memory_alloc(test);
	return list;
}

static void list_add_segment(struct p2p_list *list, unsigned int nr,
			     struct p2pdma_provider *provider)
{
	list->segments[list->nr_segments++] = (struct dma_phyr_segment) {
		.nr = nr,
		.provider = provider,
	};
}

static void list_add_entry(struct p2p_list *list, phys_addr_t paddr, size_t len)
{
	struct memory *memory = list->memory;

	memory->phyrs[memory->nr++] = (struct phys_vec) {
		.paddr = paddr,
		.len = len,
	};
}

/* Two runs, the second of odd ends, that no other segment of the list has. */
static void list_add_ram(struct p2p_list *list)
{
	unsigned int page = 4 * list->memory->nr;

	memory_add(list->memory, 0, page, 0, PAGE_SIZE);
	memory_add(list->memory, 0, page + 2, 100, 1000);
	list_add_segment(list, 2, NULL);
}

static void list_add_peer(struct p2p_list *list, const struct p2p_peer *peer)
{
	phys_addr_t paddr = peer->paddr + 4 * list->memory->nr * PAGE_SIZE;

	list_add_entry(list, paddr, 2 * PAGE_SIZE);
	list_add_entry(list, paddr + 3 * PAGE_SIZE + 12, 300);
	list_add_segment(list, 2, peer->provider);
}

static struct dma_phyr_list list_phyrs(const struct p2p_list *list)
{
	return (struct dma_phyr_list) {
		.phyrs = list->memory->phyrs,
		.nr = list->memory->nr,
		.segments = list->segments,
		.nr_segments = list->nr_segments,
	};
}

static int list_map(struct kunit *test, struct device *dev,
		    const struct p2p_list *list, struct dma_phyr_map *map)
{
	const struct dma_phyr_list phyrs = list_phyrs(list);

	memset(map, 0xff, sizeof(*map));
	return dma_map_phyr_list(dev, &phyrs, map, list->memory->ranges,
				 MAX_ENTRIES, DMA_BIDIRECTIONAL, 0);
}

static enum phyr_p2p_route route_to(struct kunit *test,
				    struct p2pdma_provider *provider)
{
	u64 bus_offset;

	return phyr_shim_p2p_route(provider, edu_dev(test), &bus_offset);
}

/* Whether phyr gets the routes from the kernel, which finds each of them once. */
static bool kernel_keeps_routes(void)
{
#ifdef pci_p2pdma_map_type
	return true;
#else
	return IS_BUILTIN(CONFIG_PHYR);
#endif
}

/* The DMA address of byte @offset of a list, or 0 if it is behind the end. */
static dma_addr_t addr_of_byte(const struct p2p_list *list, int nr_ranges,
			       size_t offset)
{
	const struct dma_vec *range = list->memory->ranges;

	for (; nr_ranges--; range++) {
		if (offset < range->len)
			return range->addr + offset;
		offset -= range->len;
	}
	return 0;
}

/* That address leads to @paddr, of the memory of @provider or RAM. */
static bool leads_to(struct kunit *test, dma_addr_t addr, phys_addr_t paddr,
		     struct p2pdma_provider *provider)
{
	if (provider && route_to(test, provider) == PHYR_P2P_BUS_ADDR)
		return addr == paddr + provider->bus_offset;
	return edu_reaches(test, addr) == paddr;
}

/* The first byte of each page of an entry and its last byte. */
static void expect_entry(struct kunit *test, const struct p2p_list *list,
			 int nr_ranges, size_t before,
			 const struct phys_vec *phyr,
			 struct p2pdma_provider *provider)
{
	size_t offset = 0;

	while (offset < phyr->len) {
		dma_addr_t addr = addr_of_byte(list, nr_ranges, before + offset);

		if (!leads_to(test, addr, phyr->paddr + offset, provider)) {
			KUNIT_FAIL(test, "byte %zu of an entry is at %pad",
				   offset, &addr);
			return;
		}
		if (offset == phyr->len - 1)
			break;
		offset = min(offset + PAGE_SIZE, phyr->len - 1);
	}
}

static void expect_list(struct kunit *test, const struct p2p_list *list,
			int nr_ranges)
{
	const struct phys_vec *phyr = list->memory->phyrs;
	size_t in = 0, out = 0;

	for (int i = 0; i < list->nr_segments; i++)
		for (int n = 0; n < list->segments[i].nr; n++, phyr++) {
			expect_entry(test, list, nr_ranges, in, phyr,
				     list->segments[i].provider);
			in += phyr->len;
		}
	for (int i = 0; i < nr_ranges; i++)
		out += list->memory->ranges[i].len;
	KUNIT_EXPECT_EQ(test, in, out);
}

static void list_unmap(struct kunit *test, struct device *dev,
		       const struct p2p_list *list, struct dma_phyr_map *map)
{
	bool keep = dma_phyrs_keep_ranges(map);

	memset(list->memory->phyrs, 0xff, sizeof(struct phys_vec));
	dma_unmap_phyrs(dev, map, keep ? list->memory->ranges : NULL);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
	dma_unmap_phyrs(dev, map, NULL);
}

static void expect_refused(struct kunit *test, const struct p2p_list *list)
{
	struct dma_phyr_map map;

	KUNIT_EXPECT_EQ(test, -EREMOTEIO,
			list_map(test, edu_dev(test), list, &map));
	KUNIT_EXPECT_EQ(test, 0, map.nr_ranges);
	KUNIT_EXPECT_FALSE(test, dma_phyrs_keep_ranges(&map));
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
	dma_unmap_phyrs(edu_dev(test), &map, NULL);
}

/* Says which way was found. */
static void finds_a_route(struct kunit *test)
{
	const enum p2p_peer_kind *kind = test->param_value;
	const struct p2p_peer *peer = p2p_need(test, *kind);
	u64 bus_offset = ~0ULL;

	kunit_info(test, "the route is: %s",
		   p2p_route_name(phyr_shim_p2p_route(peer->provider, edu_dev(test),
						      &bus_offset)));
	KUNIT_EXPECT_EQ(test, bus_offset, peer->provider->bus_offset);
}

/* Of what dma_map_sgtable() does with a page one can see what the kernel chose. */
static void route_is_the_kernels(struct kunit *test)
{
	const struct p2p_peer *peer = p2p_need(test, P2P_WITH_PAGES);
	enum phyr_p2p_route expected;
	struct scatterlist sg;
	struct sg_table table = { .sgl = &sg, .orig_nents = 1 };
	int ret;

	sg_init_table(&sg, 1);
	sg_set_page(&sg, pfn_to_page(PHYS_PFN(peer->paddr)), PAGE_SIZE, 0);
	ret = dma_map_sgtable(edu_dev(test), &table, DMA_BIDIRECTIONAL, 0);
	if (ret) {
		KUNIT_ASSERT_EQ(test, -EREMOTEIO, ret);
		expected = PHYR_P2P_REFUSED;
	} else {
		expected = sg_dma_is_bus_address(&sg) ? PHYR_P2P_BUS_ADDR :
							PHYR_P2P_HOST_BRIDGE;
		dma_unmap_sgtable(edu_dev(test), &table, DMA_BIDIRECTIONAL, 0);
	}
	KUNIT_EXPECT_EQ(test, expected, route_to(test, peer->provider));
}

static void route_with_interrupts_off(struct kunit *test)
{
	const enum p2p_peer_kind *kind = test->param_value;
	const struct p2p_peer *peer = p2p_need(test, *kind);
	enum phyr_p2p_route expected = route_to(test, peer->provider);
	enum phyr_p2p_route is;
	unsigned long flags;

	local_irq_save(flags);
	is = route_to(test, peer->provider);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, expected, is);
}

static void provider_of_a_page(struct kunit *test)
{
#ifdef pci_p2pdma_page_provider
	const struct p2p_peer *peer = p2p_need(test, P2P_WITH_PAGES);
	struct page *page = pfn_to_page(PHYS_PFN(peer->paddr));

	KUNIT_EXPECT_PTR_EQ(test, peer->provider,
			    pci_p2pdma_page_provider(page));
	KUNIT_EXPECT_NULL(test, pci_p2pdma_page_provider(virt_to_page(test)));
#else
	kunit_skip(test, "the kernel is without pci_p2pdma_page_provider()");
#endif
}

static void no_pci_device(struct kunit *test)
{
	const enum p2p_peer_kind *kind = test->param_value;
	const struct p2p_peer *peer = p2p_need(test, *kind);
	struct device *dev = kunit_device_register(test, "phyr_no_pci");
	u64 bus_offset;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_EXPECT_EQ(test, PHYR_P2P_REFUSED,
			phyr_shim_p2p_route(peer->provider, dev, &bus_offset));
}

static bool is_above(struct pci_dev *port, struct pci_dev *pdev)
{
	while (pdev && pdev != port)
		pdev = pci_upstream_bridge(pdev);
	return pdev;
}

/*
 * A redirect at the bridge where the ways from @a and @b meet, or below, leads to the
 * host bridge.  The class of a bridge, 0604h, has the bit of ACS P2P request redirect.
 */
static void redirect_each_bridge(struct kunit *test, struct pci_dev *a,
				 struct pci_dev *b,
				 struct p2pdma_provider *provider)
{
	struct pci_dev *below = a, *port = pci_upstream_bridge(a);

	for (; port; below = port, port = pci_upstream_bridge(port)) {
		u16 acs_cap = port->acs_cap;
		bool is_bus_addr;

		port->acs_cap = PCI_CLASS_DEVICE - PCI_ACS_CTRL;
		is_bus_addr = route_to(test, provider) == PHYR_P2P_BUS_ADDR;
		port->acs_cap = acs_cap;
		KUNIT_EXPECT_EQ_MSG(test, is_above(below, b), is_bus_addr,
				    "with a redirect at %s", pci_name(port));
	}
}

static void expect_redirects(struct kunit *test, const struct p2p_peer *peer)
{
	struct pci_dev *client = edu_of(test)->pdev;

	redirect_each_bridge(test, client, peer->pdev, peer->provider);
	redirect_each_bridge(test, peer->pdev, client, peer->provider);
}

/* On x86 a bus address is the physical address, unless one says otherwise. */
static void expect_bus_addresses(struct kunit *test, const struct p2p_peer *peer)
{
	static const u64 offsets[] = { 0, SZ_1M, -SZ_1M };
	struct p2p_list *list = list_alloc(test);
	u64 bus_offset = peer->provider->bus_offset;
	struct dma_phyr_map map;

	list_add_peer(list, peer);
	for (int i = 0; i < ARRAY_SIZE(offsets); i++) {
		int nr;

		peer->provider->bus_offset = bus_offset + offsets[i];
		nr = list_map(test, edu_dev(test), list, &map);
		KUNIT_EXPECT_EQ(test, 2, nr);
		KUNIT_EXPECT_EQ(test, 0, edu_of(test)->maps);
		expect_list(test, list, nr);
		dma_unmap_phyrs(edu_dev(test), &map, list->memory->ranges);
	}

	/* More than the DMA mask. */
	peer->provider->bus_offset = BIT_ULL(40);
	expect_refused(test, list);
	peer->provider->bus_offset = bus_offset;
}

static void expect_through_host_bridge(struct kunit *test,
				       const struct p2p_peer *peer)
{
	struct p2p_list *list = list_alloc(test);
	struct edu *edu = edu_of(test);
	struct dma_phyr_map map;
	int nr;

	list_add_peer(list, peer);
	nr = list_map(test, edu_dev(test), list, &map);
	KUNIT_ASSERT_GT(test, nr, 0);
	KUNIT_EXPECT_EQ(test, edu->domain ? 2 : 0, edu->maps);
	expect_list(test, list, nr);
	list_unmap(test, edu_dev(test), list, &map);
}

/* What can be seen depends on the guest. */
static void memory_of_a_peer(struct kunit *test)
{
	const enum p2p_peer_kind *kind = test->param_value;
	const struct p2p_peer *peer = p2p_need(test, *kind);
	struct p2p_list *list = list_alloc(test);

	switch (route_to(test, peer->provider)) {
	case PHYR_P2P_BUS_ADDR:
		expect_bus_addresses(test, peer);
		if (!kernel_keeps_routes())
			expect_redirects(test, peer);
		break;
	case PHYR_P2P_HOST_BRIDGE:
		expect_through_host_bridge(test, peer);
		break;
	default:
		list_add_peer(list, peer);
		expect_refused(test, list);
	}
}

/* A device reaches its own memory without leaving itself, in any guest. */
static void own_memory(struct kunit *test)
{
	const enum p2p_peer_kind *kind = test->param_value;
	const struct p2p_peer *peer = p2p_need(test, *kind);
	struct p2p_list *list = list_alloc(test);
	struct dma_vec *range = list->memory->ranges;
	struct dma_phyr_map map;

	list_add_entry(list, peer->paddr, PAGE_SIZE);
	list_add_segment(list, 1, peer->provider);
	KUNIT_ASSERT_EQ(test, 1,
			list_map(test, &peer->pdev->dev, list, &map));
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->maps);
	KUNIT_EXPECT_EQ(test, peer->paddr + peer->provider->bus_offset,
			range->addr);
	KUNIT_EXPECT_EQ(test, PAGE_SIZE, range->len);
	list_unmap(test, &peer->pdev->dev, list, &map);
}

/* r: RAM; p, P: the memory of the peer without and with pages. */
static const char *const orders[] = {
	"rp", "pr", "rpr", "prp", "rP", "Pr", "rPr", "PrP",
	"pP", "Pp", "rpP", "pPr", "prP", "Prp", "rprPr", "rPprpPr",
};

static void order_name(const char *const *order, char *name)
{
	strscpy(name, *order, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(order, orders, order_name);

static void list_add_order(struct kunit *test, struct p2p_list *list,
			   const char *order)
{
	for (; *order; order++) {
		switch (*order) {
		case 'p':
			list_add_peer(list, p2p_need(test, P2P_WITHOUT_PAGES));
			break;
		case 'P':
			list_add_peer(list, p2p_need(test, P2P_WITH_PAGES));
			break;
		default:
			list_add_ram(list);
		}
	}
}

static bool any_refused(struct kunit *test, const struct p2p_list *list)
{
	for (int i = 0; i < list->nr_segments; i++)
		if (list->segments[i].provider &&
		    route_to(test, list->segments[i].provider) == PHYR_P2P_REFUSED)
			return true;
	return false;
}

static void mixed_with_ram(struct kunit *test)
{
	const char *const *order = test->param_value;
	struct p2p_list *list = list_alloc(test);
	struct dma_phyr_map map;
	int nr;

	list_add_order(test, list, *order);
	if (any_refused(test, list)) {
		expect_refused(test, list);
		return;
	}

	nr = list_map(test, edu_dev(test), list, &map);
	KUNIT_ASSERT_GT(test, nr, 0);
	KUNIT_EXPECT_EQ(test, nr, map.nr_ranges);
	expect_list(test, list, nr);
	list_unmap(test, edu_dev(test), list, &map);
}

static void mixed_with_interrupts_off(struct kunit *test)
{
	const char *const *order = test->param_value;
	struct p2p_list *list = list_alloc(test);
	struct dma_phyr_map map;
	unsigned long flags;
	int nr;

	list_add_order(test, list, *order);
	if (any_refused(test, list))
		kunit_skip(test, "there is no route");

	local_irq_save(flags);
	nr = list_map(test, edu_dev(test), list, &map);
	local_irq_restore(flags);
	KUNIT_ASSERT_GT(test, nr, 0);
	expect_list(test, list, nr);
	local_irq_save(flags);
	dma_unmap_phyrs(edu_dev(test), &map, list->memory->ranges);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

#define PART_ROOM	3
#define MAX_PARTS	32

static void mixed_in_parts(struct kunit *test)
{
	const char *const *order = test->param_value;
	struct p2p_list *list = list_alloc(test);
	struct dma_phyr_cursor cursor = {};
	struct dma_phyr_list phyrs;
	struct dma_vec (*parts)[PART_ROOM];
	struct dma_phyr_map *maps;
	int nr, total = 0, done = 0;

	list_add_order(test, list, *order);
	if (any_refused(test, list))
		kunit_skip(test, "there is no route");
	phyrs = list_phyrs(list);
	parts = kunit_kcalloc(test, MAX_PARTS, sizeof(*parts), GFP_KERNEL);
	maps = kunit_kcalloc(test, MAX_PARTS, sizeof(*maps), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, parts);
	KUNIT_ASSERT_NOT_NULL(test, maps);

	do {
		nr = dma_map_phyrs_next(edu_dev(test), &phyrs, &cursor,
					&maps[done], parts[done], PART_ROOM,
					DMA_BIDIRECTIONAL, 0);
		if (nr > 0) {
			memcpy(list->memory->ranges + total, parts[done],
			       nr * sizeof(**parts));
			total += nr;
			done++;
		}
	} while (nr > 0 && done < MAX_PARTS);
	KUNIT_EXPECT_EQ(test, 0, nr);
	KUNIT_EXPECT_GT(test, done, 1);
	KUNIT_EXPECT_EQ(test, phyrs.nr, cursor.entry);
	expect_list(test, list, total);

	while (done--)
		dma_unmap_phyrs(edu_dev(test), &maps[done], parts[done]);
	KUNIT_EXPECT_EQ(test, 0, edu_of(test)->mapped);
}

static void mmio_without_provider(struct kunit *test)
{
	const enum p2p_peer_kind *kind = test->param_value;
	const struct p2p_peer *peer = p2p_need(test, *kind);
	struct p2p_list *list = list_alloc(test);
	struct memory *memory = list->memory;
	struct dma_phyr_map map;
	int nr;

	list_add_peer(list, peer);
	list->segments[0].provider = NULL;
	nr = dma_map_phyrs(edu_dev(test), memory->phyrs, memory->nr, &map,
			   memory->ranges, MAX_ENTRIES, DMA_BIDIRECTIONAL,
			   DMA_ATTR_MMIO);
	KUNIT_ASSERT_GT(test, nr, 0);
	expect_list(test, list, nr);
	list_unmap(test, edu_dev(test), list, &map);
}

static void segments_that_do_not_fit(struct kunit *test)
{
	static const unsigned int wrong[][2] = {
		{ 1, 2 }, { 2, 3 }, { 4, 1 }, { 4, 0 }, { 0, 4 }, { 0, 0 },
		{ UINT_MAX, 5 }, { 5, UINT_MAX },
	};
	const struct p2p_peer *peer = p2p_need(test, P2P_WITHOUT_PAGES);
	struct p2p_list *list = list_alloc(test);
	struct dma_phyr_map map;

	list_add_ram(list);
	list_add_peer(list, peer);
	for (int i = 0; i < ARRAY_SIZE(wrong); i++) {
		list->segments[0].nr = wrong[i][0];
		list->segments[1].nr = wrong[i][1];
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    list_map(test, edu_dev(test), list, &map),
				    "segments of %u and %u", wrong[i][0],
				    wrong[i][1]);
		KUNIT_EXPECT_EQ(test, 0, map.nr_ranges);
		KUNIT_EXPECT_EQ(test, 0, edu_of(test)->maps);
	}
}

static void unmap_peer(void *mem)
{
	iounmap((void __iomem *)mem);
}

/*
 * Whether the device reaches what the kernel maps for it.  Not behind a bridge and
 * QEMU's AMD-Vi, up to 10.0 at least: that takes all devices to be on bus 0.
 */
static bool reaches_ram(struct kunit *test)
{
	const size_t len = EDU_DMA_MAX;
	u8 *ram = kunit_kzalloc(test, 2 * len, GFP_KERNEL);
	dma_addr_t addr;

	KUNIT_ASSERT_NOT_NULL(test, ram);
	get_random_bytes(ram, len);
	addr = dma_map_single(edu_dev(test), ram, 2 * len, DMA_BIDIRECTIONAL);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(edu_dev(test), addr));
	edu_dma_copy(test, addr, addr + len, len);
	dma_unmap_single(edu_dev(test), addr, 2 * len, DMA_BIDIRECTIONAL);
	return !memcmp(ram, ram + len, len);
}

/* RAM to the peer, by the device. */
static void transfer(struct kunit *test)
{
	const enum p2p_peer_kind *kind = test->param_value;
	const struct p2p_peer *peer = p2p_need(test, *kind);
	enum phyr_p2p_route is = route_to(test, peer->provider);
	struct p2p_list *list = list_alloc(test);
	const size_t len = EDU_DMA_MAX;
	struct dma_phyr_map map;
	void __iomem *mem;
	u8 *ram, *copy;
	int nr;

	if (is == PHYR_P2P_REFUSED)
		kunit_skip(test, "there is no route");
	if (is == PHYR_P2P_BUS_ADDR && edu_of(test)->domain)
		kunit_skip(test, "QEMU's bridges send everything to the IOMMU");
	if (!reaches_ram(test))
		kunit_skip(test, "QEMU's IOMMU does not know the device");

	mem = ioremap(peer->paddr, len);
	KUNIT_ASSERT_NOT_NULL(test, mem);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, unmap_peer,
						  (void __force *)mem));
	memset_io(mem, 0x55, len);
	ram = page_address(list->memory->blocks[0]);
	get_random_bytes(ram, len);
	copy = kunit_kzalloc(test, len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);

	memory_add(list->memory, 0, 0, 0, len);
	list_add_segment(list, 1, NULL);
	list_add_entry(list, peer->paddr, len);
	list_add_segment(list, 1, peer->provider);
	nr = list_map(test, edu_dev(test), list, &map);
	KUNIT_ASSERT_GT(test, nr, 0);
	edu_dma_copy(test, addr_of_byte(list, nr, 0),
		     addr_of_byte(list, nr, len), len);
	list_unmap(test, edu_dev(test), list, &map);

	memcpy_fromio(copy, mem, len);
	KUNIT_EXPECT_MEMEQ(test, ram, copy, len);
}

static struct kunit_case p2p_cases[] = {
	KUNIT_CASE_PARAM(finds_a_route, peer_gen_params),
	KUNIT_CASE(route_is_the_kernels),
	KUNIT_CASE_PARAM(route_with_interrupts_off, peer_gen_params),
	KUNIT_CASE(provider_of_a_page),
	KUNIT_CASE_PARAM(no_pci_device, peer_gen_params),
	KUNIT_CASE_PARAM(memory_of_a_peer, peer_gen_params),
	KUNIT_CASE_PARAM(own_memory, peer_gen_params),
	KUNIT_CASE_PARAM(mixed_with_ram, order_gen_params),
	KUNIT_CASE_PARAM(mixed_with_interrupts_off, order_gen_params),
	KUNIT_CASE_PARAM(mixed_in_parts, order_gen_params),
	KUNIT_CASE_PARAM(mmio_without_provider, peer_gen_params),
	KUNIT_CASE(segments_that_do_not_fit),
	KUNIT_CASE_PARAM(transfer, peer_gen_params),
	{}
};

static struct kunit_suite p2p_suite = {
	.name = "phyr_p2p",
	.suite_init = p2p_driver_register,
	.suite_exit = p2p_driver_unregister,
	.init = edu_init,
	.exit = edu_exit,
	.test_cases = p2p_cases,
};

kunit_test_suite(p2p_suite);
