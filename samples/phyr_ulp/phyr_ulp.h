/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * User interface of the phyr_ulp sample: /dev/phyr_ulp.
 *
 * An open file becomes a server or a client, once.  A server gives away memory of its process:
 * clients put bytes there and get bytes from there.  It is the server that moves them, by RDMA
 * READ and WRITE, from and into memory that the client has registered.
 */
#ifndef _PHYR_ULP_H
#define _PHYR_ULP_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Most bytes of one move. */
#define PHYR_ULP_MAX_MOVE	(1024 * 1024)
/* Most bytes that a client registers. */
#define PHYR_ULP_MAX_MEMORY	(64 * PHYR_ULP_MAX_MOVE)
/* Moves of a client that are under way at the same time; more wait. */
#define PHYR_ULP_DEPTH		32

/**
 * struct phyr_ulp_end - a server, or a client
 * @addr: [in] address of a struct sockaddr_storage: that to listen at, or to connect to
 * @memory: [in] address of memory of the process, which is pinned until the file is closed, and
 *	written
 * @bytes: [in] its length, at most PHYR_ULP_MAX_MEMORY for a client
 * @stretch: [out] for a client: no move may go beyond a multiple of so many bytes of @memory
 */
struct phyr_ulp_end {
	__u64 addr;
	__u64 memory;
	__u64 bytes;
	__u64 stretch;
};

/* From the client's memory to the server's, by RDMA READ, and back, by RDMA WRITE. */
#define PHYR_ULP_PUT	1
#define PHYR_ULP_GET	2

/* For tests: the server is told a key that is none, which ends the connection. */
#define PHYR_ULP_WRONG_KEY	1

/**
 * struct phyr_ulp_move - a move between the client's memory and the server's
 * @op: [in] PHYR_ULP_PUT or PHYR_ULP_GET
 * @flags: [in] 0 or PHYR_ULP_WRONG_KEY
 * @local: [in] offset in the client's memory, in bytes
 * @remote: [in] offset in the server's memory, in bytes
 * @bytes: [in] how many, at most PHYR_ULP_MAX_MOVE
 */
struct phyr_ulp_move {
	__u32 op;
	__u32 flags;
	__u64 local;
	__u64 remote;
	__u64 bytes;
};

/**
 * struct phyr_ulp_counts - what a server has done
 * @connections: clients that were accepted
 * @reads: RDMA READs that were asked for
 * @writes: RDMA WRITEs that were asked for
 * @failed: those that failed, or were refused
 * @wqes: work requests that they took
 * @bytes: bytes of those that did not fail
 * @entries: ranges of the server's memory
 */
struct phyr_ulp_counts {
	__u64 connections;
	__u64 reads;
	__u64 writes;
	__u64 failed;
	__u64 wqes;
	__u64 bytes;
	__u64 entries;
};

/*
 * Errors of all: EFAULT (memory that is not there, or not writable), EINVAL (no bytes, beyond
 * the end, an address that is none), E2BIG (more than the maxima above), EBUSY (the file is
 * something already), ENOTCONN (it is not what that needs), ENOMEM (may succeed later), EINTR.
 * Of PHYR_ULP_CONNECT: ECONNREFUSED, EHOSTUNREACH.  Of PHYR_ULP_MOVE: ECONNRESET (the
 * connection is gone), and what the server refused it with.
 *
 * PHYR_ULP_SERVE lets go of clients that have gone, and returns when a signal comes: EINTR.
 */
#define PHYR_ULP_LISTEN		_IOW('|', 0x98, struct phyr_ulp_end)
#define PHYR_ULP_SERVE		_IO('|', 0x99)
#define PHYR_ULP_CONNECT	_IOWR('|', 0x9a, struct phyr_ulp_end)
#define PHYR_ULP_MOVE		_IOW('|', 0x9b, struct phyr_ulp_move)
#define PHYR_ULP_COUNTS		_IOR('|', 0x9c, struct phyr_ulp_counts)

#endif /* _PHYR_ULP_H */
