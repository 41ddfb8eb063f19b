// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that map a list and unmap it, as often as they can.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "layouts.h"
#include "scale.h"

#define MOST_THREADS	64

struct worker {
	struct bench bench;
	const struct bench_path *path;
	struct task_struct *task;
	u64 lists;
	int err;
};

static int map_once(struct worker *worker)
{
	struct bench *bench = &worker->bench;
	int nr = worker->path->map(bench);

	if (nr <= 0)
		return nr ?: -EIO;
	bench->nr_ranges = nr;
	worker->path->unmap(bench);
	worker->lists++;
	return 0;
}

static int work(void *data)
{
	struct worker *worker = data;

	while (!kthread_should_stop()) {
		if (worker->err)
			msleep(20);
		else
			worker->err = map_once(worker);
		cond_resched();
	}
	return 0;
}

static int prepare(struct worker *worker, const struct scale *scale)
{
	struct bench *bench = &worker->bench;
	int err = bench_alloc(bench, scale->granule);

	if (err)
		return err;
	bench->dev = scale->dev;
	bench->dir = scale->dma_dir;
	bench_layout_fill(bench_find_layout("scattered"), scale->granule,
			  &bench->list);
	return 0;
}

static int run(struct worker *workers, const struct scale *scale,
	       unsigned int threads, const struct bench_path *path)
{
	u64 lists = 0;
	int err = 0;

	for (int i = 0; i < threads; i++) {
		workers[i].path = path;
		workers[i].lists = 0;
		workers[i].err = 0;
		workers[i].task = kthread_create_on_cpu(work, &workers[i],
							i % num_online_cpus(),
							"phyr_bench/%u");
		if (IS_ERR(workers[i].task)) {
			err = PTR_ERR(workers[i].task);
			threads = i;
		}
	}
	for (int i = 0; i < threads; i++)
		wake_up_process(workers[i].task);
	if (!err)
		ssleep(scale->seconds);
	for (int i = 0; i < threads; i++) {
		kthread_stop(workers[i].task);
		lists += workers[i].lists;
		err = err ?: workers[i].err;
	}
	if (err)
		return err;
	pr_info("scale granule=%u threads=%u path=%s lists=%llu seconds=%u\n",
		scale->granule, threads, path->name, lists, scale->seconds);
	return 0;
}

/* Twice as many, but @most before there are more; none after that. */
static unsigned int next(unsigned int threads, unsigned int most)
{
	return threads < most ? min(2 * threads, most) : 0;
}

int scale_print(const struct scale *scale)
{
	unsigned int most = clamp(scale->threads, 1, MOST_THREADS);
	struct worker *workers = kzalloc_objs(*workers, most);
	int err = -ENOMEM, prepared;

	if (!workers)
		return err;
	for (prepared = 0; prepared < most; prepared++) {
		err = prepare(&workers[prepared], scale);
		if (err)
			break;
	}
	for (unsigned int threads = 1; !err && threads; threads = next(threads, most))
		for (int i = 0; !err && i < bench_nr_paths; i++)
			/* By hand it is a measure, and no way to map lists. */
			if (bench_paths[i] != &bench_by_hand)
				err = run(workers, scale, threads, bench_paths[i]);
	while (prepared--)
		bench_free(&workers[prepared].bench);
	kfree(workers);
	return err;
}
