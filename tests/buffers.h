/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buffers to be mapped, and who uses them.
 */
#ifndef _PHYR_TESTS_BUFFERS_H
#define _PHYR_TESTS_BUFFERS_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/phyr-buffer.h>

#include "memory.h"

struct device;

/* A buffer of @memory, which does not hold it. */
struct phyr_buffer *buffer_of(struct kunit *test, const struct memory *memory,
			      bool is_writable,
			      const struct phyr_buffer_limits *limits);

/* @dev, to which a driver is bound. */
struct phyr_device *device_of(struct kunit *test, struct device *dev);

/* The mapping, which is made if there is none. */
struct phyr_mapping *used(struct kunit *test, struct phyr_buffer *buffer,
			  struct phyr_device *device, enum phyr_access access);

/* Maps it, and leaves it to itself. */
void map_once(struct kunit *test, struct phyr_buffer *buffer, struct phyr_device *device,
	      enum phyr_access access);

/* Ends what should be no use: 0 if it was one, and otherwise the error. */
int outcome(struct phyr_mapping *mapping);

/* Whether it is mapped. */
bool is_mapped(struct phyr_buffer *buffer, struct phyr_device *device,
	       enum phyr_access access);

/**
 * struct errand - something that is done beside a test, and may wait
 * @run: what is done
 * @data: of @run
 * @done: completed when it is done
 */
struct errand {
	void (*run)(void *data);
	void *data;
	struct completion done;
};

/* Begins it. */
void errand_begin(struct kunit *test, struct errand *errand, void (*run)(void *data),
		  void *data);

/* Whether it still waits for something after a while. */
bool errand_waits(struct errand *errand);

/* Whether it ends without being helped. */
bool errand_ends(struct errand *errand);

/* Waits until it is done. */
void errand_end(struct errand *errand);

/* For errand_begin(): unbinds the driver of a device. */
void unbind(void *dev);

/*
 * buffers_by_rust.rs: registers @len bytes of this process at @start, and has the device, to
 * which a driver is bound, read them by @part bytes.  Returns how many it was given, or a
 * negative errno.
 */
int phyr_buffers_read_by_rust(struct device *dev, unsigned long start, unsigned int len,
			      unsigned int part);

#endif /* _PHYR_TESTS_BUFFERS_H */
