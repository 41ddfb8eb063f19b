// SPDX-License-Identifier: GPL-2.0
/*
 * Which functions the instructions of a mapping are in.  The CPU traps after each of them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/export.h>
#include <linux/kallsyms.h>
#include <linux/kdebug.h>
#include <linux/sizes.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

#include "functions.h"

/* Room for a list of 256 entries: each turn of a string instruction is a step of its own. */
#define MOST_STEPS	SZ_4M
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

/* A symbol is printed as name+offset/size, with [module] behind that. */
static void print_place(const char *what, const char *symbol, unsigned int count)
{
	const char *offset = strchrnul(symbol, '+');
	const char *module = strchr(symbol, '[') ?: "[]";

	/* Those that step are none of the path's. */
	if (!count || !strncmp(symbol, "step_", strlen("step_")))
		return;
	pr_info("function %s name=%.*s at=%.*s module=%.*s insns=%u\n", what,
		(int)(offset - symbol), symbol, (int)strcspn(offset, "/"), offset,
		(int)strcspn(module + 1, "]"), module + 1, count);
}

/* In phyr.ko each place counts, for its files are its ideas; elsewhere functions do. */
static bool is_same_place(const char *one, const char *other)
{
	size_t len = strcspn(one, "+");

	return !strncmp(one, other, len + 1) && !strstr(one, "[phyr]");
}

static void print_places(const char *what, unsigned long *at, unsigned int nr)
{
	char symbol[KSYM_SYMBOL_LEN], last[KSYM_SYMBOL_LEN] = "";
	unsigned int count = 0;

	sort(at, nr, sizeof(*at), ascending, NULL);
	for (unsigned int i = 0; i < nr; i++) {
		if (!i || at[i] != at[i - 1]) {
			sprint_symbol(symbol, at[i]);
			if (!is_same_place(last, symbol)) {
				print_place(what, last, count);
				count = 0;
			}
			strscpy(last, symbol);
		}
		count++;
	}
	print_place(what, last, count);
}

static void print_steps(const struct bench *bench, const struct bench_path *path,
			const char *layout, unsigned int unmap_from)
{
	char what[128];

	snprintf(what, sizeof(what), "layout=%s n=%u path=%s part=map", layout,
		 bench->list.nr, path->name);
	print_places(what, steps.at, unmap_from);
	snprintf(what, sizeof(what), "layout=%s n=%u path=%s part=unmap", layout,
		 bench->list.nr, path->name);
	print_places(what, steps.at + unmap_from, steps.nr - unmap_from);
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
EXPORT_SYMBOL_GPL(functions_print);
