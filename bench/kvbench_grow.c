// SPDX-License-Identifier: GPL-2.0
/*
 * Growing by kvrealloc(): what it takes, and how much memory at its worst.
 *
 * Every case is run twice, as watching the memory is not free.  The peak is
 * exact, not sampled: how many pages are allocated is at its highest either at
 * the end or just before some page is freed, and then there is a tracepoint.
 */

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>
#ifdef CONFIG_TRACEPOINTS
#include <trace/events/kmem.h>
#endif

#include "kvbench.h"

static const struct growth {
	const char *name;
	size_t from;
	size_t to;
	size_t step;		/* 0 to double */
	gfp_t zero;
	unsigned int rounds;	/* the dear ones are long enough for one */
} growths[] = {
	{ "doubling/64K-64M", SZ_64K, SZ_64M, 0, 0, 2 },
	{ "doubling/64K-256M", SZ_64K, SZ_256M, 0, 0, 1 },
	{ "doubling-zero/64K-64M", SZ_64K, SZ_64M, 0, __GFP_ZERO, 1 },
	/* Huge pages from the beginning, as slab has no 8 MiB. */
	{ "doubling-huge/8M-128M", SZ_8M, SZ_128M, 0, 0, 1 },
	{ "steps/64K-32M", SZ_64K, SZ_32M, SZ_64K, 0, 1 },
	{ "steps-zero/64K-8M", SZ_64K, SZ_8M, SZ_64K, __GFP_ZERO, 1 },
};

/* Pages that are allocated, as far as this processor has allocated them. */
static long pages_now(void)
{
#ifdef CONFIG_VM_EVENT_COUNTERS
	struct vm_event_state *events = this_cpu_ptr(&vm_event_states);
	long pages = 0;
	int i;

	for (i = PGALLOC_NORMAL - ZONE_NORMAL; i <= PGALLOC_MOVABLE; i++)
		pages += events->event[i];
	return pages - events->event[PGFREE];
#else
	return 0;
#endif
}

static long most_pages;

static void note_pages(void)
{
	most_pages = max(most_pages, pages_now());
}

#ifdef CONFIG_TRACEPOINTS
static void page_is_freed(void *unused, struct page *page, unsigned int order)
{
	note_pages();
}

static bool watch_pages(void)
{
	return !register_trace_mm_page_free(page_is_freed, NULL);
}

static void watch_pages_no_more(void)
{
	unregister_trace_mm_page_free(page_is_freed, NULL);
	tracepoint_synchronize_unregister();
}
#else
static bool watch_pages(void)
{
	return false;
}

static void watch_pages_no_more(void)
{
}
#endif

/*
 * The memory that has grown, or NULL.  Something stands at its beginning all the
 * way, for a family that is fast but wrong.
 */
static u64 *grow(const struct kvbench_family *family, const struct growth *growth)
{
	gfp_t flags = GFP_KERNEL | growth->zero;
	size_t size = growth->from;
	u64 *p, *n;

	p = family->alloc(size, flags);
	if (!p)
		return NULL;
	*p = growth->to;
	while (size < growth->to) {
		size += growth->step ?: size;
		n = family->realloc(p, size, flags);
		if (!n || *n != growth->to) {
			family->free(n ?: p);
			return NULL;
		}
		p = n;
	}
	return p;
}

static bool one_round(const struct kvbench_family *family,
		      const struct growth *growth, u64 *grown, u64 *life)
{
	u64 start, taken;
	void *p;

	kvbench_settle();
	start = kvbench_now();
	p = grow(family, growth);
	if (!p)
		return false;
	kvbench_settle();
	taken = kvbench_now() - start - kvbench_overhead -
		kvbench_settle_overhead;
	*grown = min(*grown, taken);
	start = kvbench_now();
	family->free(p);
	kvbench_settle();
	taken += kvbench_now() - start - kvbench_overhead -
		 kvbench_settle_overhead;
	*life = min(*life, taken);
	cond_resched();

	return true;
}

static bool peak(const struct kvbench_family *family,
		 const struct growth *growth, u64 *bytes)
{
	long before;
	void *p;

	kvbench_settle();
	if (!watch_pages())
		return false;
	before = pages_now();
	most_pages = before;
	p = grow(family, growth);
	note_pages();
	watch_pages_no_more();
	if (!p)
		return false;
	*bytes = (u64)(most_pages - before) << PAGE_SHIFT;
	family->free(p);
	kvbench_settle();

	return true;
}

static void measure(const struct growth *growth)
{
	char name[KVBENCH_NAME];
	unsigned int round;
	int i;

	for (i = 0; i < ARRAY_SIZE(kvbench_families); i++) {
		const struct kvbench_family *family = &kvbench_families[i];
		u64 grown = U64_MAX, life = U64_MAX, bytes;

		snprintf(name, sizeof(name), "grow/%s", growth->name);
		for (round = 0; round < growth->rounds; round++) {
			if (!one_round(family, growth, &grown, &life)) {
				pr_info("kvbench: failed: %s %s\n", name,
					family->who);
				break;
			}
		}
		if (round < growth->rounds)
			continue;
		kvbench_result(name, kvbench_unit, family->who, grown);
		snprintf(name, sizeof(name), "life/%s", growth->name);
		kvbench_result(name, kvbench_unit, family->who, life);

		snprintf(name, sizeof(name), "peak/%s", growth->name);
		if (kvbench_wanted(name) && peak(family, growth, &bytes))
			kvbench_result(name, "bytes", family->who, bytes);
	}
}

void kvbench_grow(void)
{
	char name[KVBENCH_NAME];
	int i;

	for (i = 0; i < ARRAY_SIZE(growths); i++) {
		bool wanted = false;

		snprintf(name, sizeof(name), "grow/%s", growths[i].name);
		wanted |= kvbench_wanted(name);
		snprintf(name, sizeof(name), "life/%s", growths[i].name);
		wanted |= kvbench_wanted(name);
		snprintf(name, sizeof(name), "peak/%s", growths[i].name);
		wanted |= kvbench_wanted(name);
		if (wanted)
			measure(&growths[i]);
	}
}
