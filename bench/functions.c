// SPDX-License-Identifier: GPL-2.0
/*
 * Which functions the instructions of a mapping are in.  The CPU traps after each of them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kallsyms.h>
#include <linux/kdebug.h>
#include <linux/sizes.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include "functions.h"

/* What a list of 256 entries takes three times. */
#define MOST_STEPS	SZ_1M
#define WARM_UP		32

/* Where the CPU was, in the order in which it was there. */
struct steps {
	unsigned long *at;
	unsigned int nr;
};

static struct steps steps;

/* There is one CPU, and with interrupts off nobody else can step. */
static bool is_stepping;

static int step_taken(struct notifier_block *block, unsigned long why, void *data)
{
	const struct die_args *args = data;

	if (why != DIE_DEBUG || user_mode(args->regs) || !is_stepping)
		return NOTIFY_DONE;
	if (steps.nr < MOST_STEPS)
		steps.at[steps.nr] = args->regs->ip;
	steps.nr++;
	return NOTIFY_STOP;
}

static struct notifier_block notifier = { .notifier_call = step_taken };

static __always_inline void step(bool on)
{
	if (on)
		asm volatile("pushf; orq %0, (%%rsp); popf"
			     : : "i" (X86_EFLAGS_TF) : "memory", "cc");
	else
		asm volatile("pushf; andq %0, (%%rsp); popf"
			     : : "i" (~X86_EFLAGS_TF) : "memory", "cc");
}

/* Not inlined, for the instructions around the call to have names of their own. */
static noinline int step_map(struct bench *bench, const struct bench_path *path)
{
	int ret;

	step(true);
	ret = path->map(bench);
	step(false);
	return ret;
}

static noinline void step_unmap(struct bench *bench, const struct bench_path *path)
{
	step(true);
	path->unmap(bench);
	step(false);
}

static int map_and_unmap(struct bench *bench, const struct bench_path *path,
			 unsigned int *unmap_from)
{
	unsigned long flags;
	int nr;

	local_irq_save(flags);
	steps.nr = 0;
	is_stepping = true;
	nr = step_map(bench, path);
	*unmap_from = steps.nr;
	if (nr > 0) {
		bench->nr_ranges = nr;
		step_unmap(bench, path);
	}
	is_stepping = false;
	local_irq_restore(flags);
	return nr;
}

static int warm_up(struct bench *bench, const struct bench_path *path)
{
	for (int i = 0; i < WARM_UP; i++) {
		unsigned long flags;
		int nr;

		local_irq_save(flags);
		nr = path->map(bench);
		if (nr > 0) {
			bench->nr_ranges = nr;
			path->unmap(bench);
		}
		local_irq_restore(flags);
		if (nr <= 0)
			return nr ?: -EIO;
	}
	/* The flush queue is empty after this. */
	msleep(25);
	return 0;
}

static int ascending(const void *a, const void *b)
{
	const unsigned long *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* One line for each function; those that step are none of the path's. */
static void print_functions(const char *what, unsigned long *at, unsigned int nr)
{
	char name[KSYM_SYMBOL_LEN], last[KSYM_SYMBOL_LEN] = "";
	unsigned int count = 0;

	sort(at, nr, sizeof(*at), ascending, NULL);
	for (unsigned int i = 0; i <= nr; i++) {
		if (i < nr && i && at[i] == at[i - 1]) {
			count++;
			continue;
		}
		if (i < nr) {
			sprint_symbol_no_offset(name, at[i]);
			strreplace(name, ' ', '\0');
		}
		if (i == nr || strcmp(name, last)) {
			if (count && strncmp(last, "step_", strlen("step_")))
				pr_info("function %s name=%s insns=%u\n", what, last,
					count);
			strscpy(last, name);
			count = 0;
		}
		count++;
	}
}

static void print_steps(const struct bench *bench, const struct bench_path *path,
			const char *layout, unsigned int unmap_from)
{
	char what[128];

	snprintf(what, sizeof(what), "layout=%s n=%u path=%s part=map", layout,
		 bench->list.nr, path->name);
	print_functions(what, steps.at, unmap_from);
	snprintf(what, sizeof(what), "layout=%s n=%u path=%s part=unmap", layout,
		 bench->list.nr, path->name);
	print_functions(what, steps.at + unmap_from, steps.nr - unmap_from);
}

int functions_print(struct bench *bench, const struct bench_path *path,
		    const char *layout)
{
	unsigned int unmap_from;
	int ret = warm_up(bench, path);

	if (ret)
		return ret;
	steps.at = vmalloc_array(MOST_STEPS, sizeof(*steps.at));
	if (!steps.at)
		return -ENOMEM;
	ret = register_die_notifier(&notifier);
	if (ret)
		goto out_free;
	ret = map_and_unmap(bench, path, &unmap_from);
	unregister_die_notifier(&notifier);

	if (!ret)
		ret = -EIO;
	else if (ret > 0)
		ret = steps.nr > MOST_STEPS ? -EOVERFLOW : 0;
	if (!ret)
		print_steps(bench, path, layout, unmap_from);
out_free:
	vfree(steps.at);
	steps.at = NULL;
	return ret;
}
