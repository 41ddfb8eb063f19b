/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transfers and mappings by what Rust ULPs use, of lists that C has.
 */
#ifndef _PHYR_TESTS_RDMA_BY_RUST_H
#define _PHYR_TESTS_RDMA_BY_RUST_H

#include <linux/types.h>
#include <rdma/ib_verbs.h>

/**
 * struct rust_transfer - a transfer, and what Rust says of it
 * @qp: its queue pair
 * @phyrs: the list, until it is over
 * @remote_addr: where it goes to, or comes from
 * @nr: entries in @phyrs
 * @rkey: the other side's key
 * @port_num: port of @qp
 * @is_read: whether it is a READ
 * @is_array: whether Rust is told that the list is an array
 * @is_writable: whether Rust is told that a device may write the memory
 * @is_given_back: whether Rust was given back what it could not post, or not prepare
 * @done: how often it was told that it is over
 * @status: what it was told then
 * @held: what Rust has of it
 */
struct rust_transfer {
	struct ib_qp		*qp;
	const struct phys_vec	*phyrs;
	u64			remote_addr;
	u32			nr;
	u32			rkey;
	u32			port_num;
	bool			is_read;
	bool			is_array;
	bool			is_writable;
	bool			is_given_back;
	u32			done;
	u32			status;
	void			*held;
};

/* Prepares it.  Returns the work requests that it took, or an errno. */
int phyr_rdma_prepare_by_rust(struct rust_transfer *transfer);

/* Cancels what was prepared. */
void phyr_rdma_cancel_by_rust(struct rust_transfer *transfer);

/*
 * Prepares and posts it.  Returns the same; what was not posted is dropped, what was posted in part
 * is kept.
 */
int phyr_rdma_post_by_rust(struct rust_transfer *transfer);

/* Takes back what was posted in part, when the queue pair has done with it. */
void phyr_rdma_drained_by_rust(struct rust_transfer *transfer);

/* Maps its memory for the device of its queue pair.  Returns its DMA ranges, or an errno. */
int phyr_rdma_map_by_rust(struct rust_transfer *transfer, struct ib_device *dev);

/* Drops what was mapped. */
void phyr_rdma_unmap_by_rust(struct rust_transfer *transfer);

#endif /* _PHYR_TESTS_RDMA_BY_RUST_H */
