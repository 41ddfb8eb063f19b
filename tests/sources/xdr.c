// SPDX-License-Identifier: GPL-2.0
/*
 * RPC messages to make cursors of.
 */
#include <linux/sunrpc/xdr.h>

#include "../sources.h"

#define PAGES	20

/**
 * struct message - a message, until the test ends
 * @buf: its parts
 * @pages: its pages
 */
struct message {
	struct xdr_buf buf;
	struct page *pages[PAGES];
};

static struct message *make(struct kunit *test, const struct memory *memory, size_t head,
			    unsigned int page_base, unsigned int page_len, size_t tail)
{
	struct message *message = kunit_kzalloc(test, sizeof(*message), GFP_KERNEL);
	struct xdr_buf *buf;

	KUNIT_ASSERT_NOT_NULL(test, message);
	for (int i = 0; i < PAGES; i++)
		message->pages[i] = source_page(memory, i);
	buf = &message->buf;
	xdr_buf_init(buf, page_address(memory->blocks[1]) + 40, head);
	buf->pages = message->pages;
	buf->page_base = page_base;
	buf->page_len = page_len;
	buf->tail[0].iov_base = page_address(memory->blocks[2]) + 4090;
	buf->tail[0].iov_len = tail;
	buf->len = head + page_len + tail;
	return message;
}

/* The list goes on with @len bytes that start @at bytes into the message. */
static void expect_bytes(struct memory *memory, const struct message *message, size_t at,
			 size_t len)
{
	const struct xdr_buf *buf = &message->buf;
	size_t end = at + len;

	while (at < end) {
		size_t head = buf->head[0].iov_len, pages_end = head + buf->page_len;
		size_t part;

		if (at < head) {
			part = min(end, head) - at;
			expect_piece(memory, memory->blocks[1], 40 + at, part);
		} else if (at < pages_end) {
			size_t pos = buf->page_base + at - head;

			part = min3(end - at, pages_end - at, PAGE_SIZE - pos % PAGE_SIZE);
			expect_piece(memory, message->pages[pos / PAGE_SIZE], pos % PAGE_SIZE,
				     part);
		} else {
			part = end - at;
			expect_piece(memory, memory->blocks[2], 4090 + at - pages_end, part);
		}
		at += part;
	}
}

static struct phyr_iter from_a_message(struct kunit *test, struct memory *memory)
{
	struct message *message = make(test, memory, 140, PAGE_SIZE + 100, 15 * PAGE_SIZE, 12);

	expect_bytes(memory, message, 0, message->buf.len);
	return phyr_iter_xdr(&message->buf, 0, message->buf.len);
}

static struct phyr_iter from_a_message_in_part(struct kunit *test, struct memory *memory)
{
	struct message *message = make(test, memory, 140, 512, 10 * PAGE_SIZE, 8);

	expect_bytes(memory, message, 100, message->buf.len - 105);
	return phyr_iter_xdr(&message->buf, 100, message->buf.len - 105);
}

static struct phyr_iter from_the_pages_of_a_message(struct kunit *test, struct memory *memory)
{
	struct message *message = make(test, memory, 140, 0, 10 * PAGE_SIZE, 0);

	expect_bytes(memory, message, 140 + 700, 5 * PAGE_SIZE);
	return phyr_iter_xdr(&message->buf, 140 + 700, 5 * PAGE_SIZE);
}

static struct phyr_iter from_pages_inside_of_a_message(struct kunit *test, struct memory *memory)
{
	struct message *message = make(test, memory, 140, PAGE_SIZE + 1000, 10 * PAGE_SIZE, 20);

	expect_bytes(memory, message, 140 + 700, 5 * PAGE_SIZE);
	return phyr_iter_xdr(&message->buf, 140 + 700, 5 * PAGE_SIZE);
}

static struct phyr_iter from_a_message_of_vmalloc(struct kunit *test, struct memory *memory)
{
	struct message *message = make(test, memory, 0, 0, 0, 0);
	void *addr = source_vmalloc(test, 4 * PAGE_SIZE);

	message->buf.head[0] = (struct kvec) { addr + 20, 2 * PAGE_SIZE };
	message->buf.tail[0] = (struct kvec) { addr + 3 * PAGE_SIZE, 100 };
	expect_vmalloc(memory, addr + 20, 2 * PAGE_SIZE);
	expect_vmalloc(memory, addr + 3 * PAGE_SIZE, 100);
	return phyr_iter_xdr(&message->buf, 0, 2 * PAGE_SIZE + 100);
}

/* All bytes of the message next to where a part or a page of it begins or ends. */
static unsigned int places(const struct xdr_buf *buf, unsigned int *at)
{
	const unsigned int pages = buf->head[0].iov_len;
	const unsigned int second = pages + PAGE_SIZE - buf->page_base % PAGE_SIZE;
	const unsigned int edges[] = {
		0, pages, second, second + PAGE_SIZE, pages + buf->page_len, buf->len,
	};
	unsigned int nr = 0;

	for (int i = 0; i < ARRAY_SIZE(edges); i++)
		for (int beside = -1; beside <= 1; beside++)
			if (edges[i] + beside <= buf->len)
				at[nr++] = edges[i] + beside;
	return nr;
}

void xdr_from_place_to_place(struct kunit *test)
{
	static const struct {
		unsigned int head, page_base, page_len, tail;
	} messages[] = {
		{ 140, 0, 4 * PAGE_SIZE, 12 },
		{ 140, 3 * PAGE_SIZE + 1000, 3 * PAGE_SIZE + 17, 12 },
		{ 140, 1000, 3 * PAGE_SIZE, 0 },
		{ 0, 100, 2 * PAGE_SIZE, 40 },
		{ 0, PAGE_SIZE - 1, 2 * PAGE_SIZE, 0 },
		{ 140, 0, 0, 40 },
		{ 0, 0, 0, 40 },
		{ 140, 0, 0, 0 },
		{ 1, 4, 1, 1 },
	};
	struct memory *memory = memory_alloc(test);
	unsigned int at[18];

	for (int i = 0; i < ARRAY_SIZE(messages); i++) {
		struct message *message = make(test, memory, messages[i].head,
					       messages[i].page_base, messages[i].page_len,
					       messages[i].tail);
		unsigned int nr = places(&message->buf, at);

		for (int from = 0; from < nr; from++) {
			for (int to = 0; to < nr; to++) {
				if (at[from] > at[to])
					continue;
				memory->nr = 0;
				expect_bytes(memory, message, at[from], at[to] - at[from]);
				expect_given(test, memory,
					     phyr_iter_xdr(&message->buf, at[from],
							   at[to] - at[from]));
			}
		}
	}
}

const struct source xdr_sources[] = {
	SOURCE(from_a_message),
	SOURCE(from_a_message_in_part),
	SOURCE(from_the_pages_of_a_message),
	SOURCE(from_pages_inside_of_a_message),
	SOURCE(from_a_message_of_vmalloc),
	{}
};
