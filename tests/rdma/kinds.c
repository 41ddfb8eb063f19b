// SPDX-License-Identifier: GPL-2.0
/*
 * RDMA devices of every kind.
 */
#include "kinds.h"

const struct kind kinds[KINDS] = {
	{ .max_sge = 30 },
	{ .max_sge = 3 },
	{ .max_sge = 1 },
	{ .max_sge = 4, .mrs = FAKE_MRS, .iwarp = true },
	{ .max_sge = 4, .mrs = 1, .iwarp = true },
	{ .max_sge = 30, .mrs = FAKE_MRS, .max_sgl_rd = 2 },
	{ .max_sge = 30, .mrs = 1, .max_sgl_rd = 2 },
	/* ib_core.force_mr */
	{ .max_sge = 30, .mrs = FAKE_MRS },
};

void fake_rdma_be(struct fake_rdma *fake, const struct kind *kind)
{
	fake->qp.max_write_sge = kind->max_sge;
	fake->qp.max_read_sge = kind->max_sge;
	fake->dev.attrs.max_sge_rd = kind->max_sge;
	fake->dev.attrs.max_sgl_rd = kind->max_sgl_rd;
	fake->ports[FAKE_PORT].immutable.core_cap_flags =
		kind->iwarp ? RDMA_CORE_PORT_IWARP : RDMA_CORE_PORT_IBA_IB;
	fake_rdma_mrs(fake, kind->mrs);
}
