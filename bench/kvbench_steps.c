// SPDX-License-Identifier: GPL-2.0
/*
 * One step of growth, from N to 2 N, each way that there is: from it follows
 * when a growing buffer should leave slab (Documentation/performance.rst).
 */

#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "kvbench.h"

#define ROUNDS	8
#define FIRST	SZ_8K
#define LAST	SZ_4M

/* Stay in slab: allocate, copy, free. */
static void *step_krealloc(void *p, size_t size)
{
	return krealloc(p, 2 * size, GFP_KERNEL);
}

/* Leave slab. */
static void *step_leave(void *p, size_t size)
{
	void *n = vmalloc(2 * size);

	if (!n)
		return NULL;
	memcpy(n, p, size);
	kfree(p);
	return n;
}

/* Whatever the policy is. */
static void *step_ours(void *p, size_t size)
{
	return kvrealloc(p, 2 * size, GFP_KERNEL);
}

static void *step_upstream(void *p, size_t size)
{
	return upstream_kvrealloc(p, 2 * size, GFP_KERNEL);
}

/* Memory to take a step from. */
static void *from_slab(size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

/* Not grown so far. */
static void *from_vmalloc(size_t size)
{
	return vmalloc(size);
}

/* Grown in vmalloc from half of it, by one and by the other. */
static void *from_ours(size_t size)
{
	void *p = vmalloc(size / 2), *n;

	n = kvrealloc(p, size, GFP_KERNEL);
	if (!n)
		vfree(p);
	return n;
}

static void *from_upstream(size_t size)
{
	void *p = vmalloc(size / 2), *n;

	n = upstream_kvrealloc(p, size, GFP_KERNEL);
	if (!n)
		vfree(p);
	return n;
}

static const struct way {
	const char *name;
	const char *who;
	void *(*from)(size_t size);
	void *(*step)(void *p, size_t size);
	size_t most;
} ways[] = {
	{ "slab", "krealloc", from_slab, step_krealloc, KMALLOC_MAX_SIZE / 2 },
	{ "slab", "leave", from_slab, step_leave, KMALLOC_MAX_SIZE },
	{ "slab", "ours", from_slab, step_ours, KMALLOC_MAX_SIZE },
	{ "slab", "upstream", from_slab, step_upstream, KMALLOC_MAX_SIZE },
	{ "vmalloc", "ours", from_vmalloc, step_ours, LAST },
	{ "vmalloc", "upstream", from_vmalloc, step_upstream, LAST },
	{ "grown", "ours", from_ours, step_ours, LAST },
	{ "grown", "upstream", from_upstream, step_upstream, LAST },
};

/* What it takes, with what it leaves to be done later; 0 without memory. */
static u64 one_step(const struct way *way, size_t size)
{
	u64 start, taken;
	void *p, *n;

	p = way->from(size);
	if (!p)
		return 0;
	kvbench_settle();
	start = kvbench_now();
	n = way->step(p, size);
	kvbench_settle();
	taken = kvbench_now() - start - kvbench_overhead -
		kvbench_settle_overhead;
	kvfree(n ?: p);

	return n ? taken : 0;
}

static void measure(const struct way *way, size_t size)
{
	char name[KVBENCH_NAME], buf[KVBENCH_NAME];
	unsigned int rounds = ROUNDS;
	u64 best = U64_MAX;

	snprintf(name, sizeof(name), "step/%s/%s", way->name,
		 kvbench_size(buf, size));
	if (!kvbench_wanted(name) || !one_step(way, size))
		return;
	while (rounds--) {
		u64 taken = one_step(way, size);

		if (!taken)
			return;
		best = min(best, taken);
	}
	kvbench_result(name, kvbench_unit, way->who, best);
}

void kvbench_steps(void)
{
	size_t size;
	int i;

	for (size = FIRST; size <= LAST; size *= 2) {
		for (i = 0; i < ARRAY_SIZE(ways); i++) {
			if (size <= ways[i].most)
				measure(&ways[i], size);
		}
	}
}
