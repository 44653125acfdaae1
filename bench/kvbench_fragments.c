// SPDX-License-Identifier: GPL-2.0
/*
 * Requests for memory that is there in small pieces only, so that slab fails and
 * everybody falls back to vmalloc: what a request takes until it is served.
 *
 * No request is smaller than a block for which the page allocator would kill:
 * there is nobody yet who could be killed.
 */

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>

/* Where drain_all_pages() is declared, if not in gfp.h: a header of mm/. */
#if __has_include("page_alloc.h")
#include "page_alloc.h"
#endif

#include "kvbench.h"

#define NR_REQUESTS	32
#define LARGE_ORDER	2

/*
 * To the last page, without reclaim: nothing is to be pushed out.  Not movable,
 * so compaction has nothing to work with.
 */
#define HOLD_GFP	(__GFP_MEMALLOC | __GFP_HIGHMEM | __GFP_NORETRY | \
			 __GFP_NOWARN)

static LIST_HEAD(held);

static unsigned long large_blocks(void)
{
	unsigned long nr = 0;
	unsigned int order;
	struct zone *zone;

	drain_all_pages(NULL);
	for_each_populated_zone(zone) {
		for (order = LARGE_ORDER; order < NR_PAGE_ORDERS; order++)
			nr += READ_ONCE(zone->free_area[order].nr_free);
	}
	return nr;
}

static void hold(struct page *page, unsigned int order)
{
	unsigned int i;

	split_page(page, order);
	for (i = 0; i < 1U << order; i++)
		list_add(&page[i].lru, &held);
}

static void hold_large_blocks(void)
{
	unsigned int rounds = 10;
	struct page *page;
	int order;

	while (large_blocks() && rounds--) {
		for (order = MAX_PAGE_ORDER; order >= LARGE_ORDER; order--) {
			while ((page = alloc_pages(HOLD_GFP, order)))
				hold(page, order);
		}
	}
}

static void let_go(bool all)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &held, lru) {
		/* Two of each four, which never make a block of four. */
		if (!all && page_to_pfn(page) & 2)
			continue;
		list_del(&page->lru);
		__free_page(page);
	}
}

static bool fragment(void)
{
	hold_large_blocks();
	let_go(false);
	/* What was free before in twos and ones may have been completed. */
	hold_large_blocks();
	return !large_blocks();
}

static void *ask_ours(size_t size)
{
	return kvmalloc(size, GFP_KERNEL);
}

static void *ask_upstream(size_t size)
{
	return upstream_kvmalloc(size, GFP_KERNEL);
}

/* As it is found in drivers, of the kind that spare the log. */
static void *ask_by_hand(size_t size)
{
	return kmalloc(size, GFP_KERNEL | __GFP_NOWARN) ?: vmalloc(size);
}

static void *ask_vmalloc(size_t size)
{
	return vmalloc(size);
}

static const struct {
	const char *who;
	void *(*ask)(size_t size);
} askers[] = {
	{ "ours", ask_ours },
	{ "upstream", ask_upstream },
	{ "vmalloc", ask_vmalloc },
	/* Last, as it makes the page allocator change its mind. */
	{ "by-hand", ask_by_hand },
};

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

/*
 * The median, as interrupts come now and then.  What is woken, kswapd and
 * kcompactd, has to wait: on a machine with more than one processor it would run
 * elsewhere.
 */
static void measure(const char *name, int asker, size_t size)
{
	u64 taken[NR_REQUESTS];
	int i;

	sched_set_fifo(current);
	for (i = 0; i < NR_REQUESTS; i++) {
		u64 start;
		void *p;

		hold_large_blocks();
		start = kvbench_now();
		p = askers[asker].ask(size);
		taken[i] = kvbench_now() - start - kvbench_overhead;
		if (!p || !is_vmalloc_addr(p)) {
			pr_info("kvbench: failed: %s %s: %s\n", name,
				askers[asker].who, p ? "from slab" : "no memory");
			kvfree(p);
			sched_set_normal(current, 0);
			return;
		}
		kvfree(p);
	}
	sched_set_normal(current, 0);
	/* Now it is their turn. */
	msleep(100);
	sort(taken, NR_REQUESTS, sizeof(*taken), compare, NULL);
	kvbench_result(name, "instructions", askers[asker].who,
		       taken[NR_REQUESTS / 2]);
}

void kvbench_fragments(void)
{
	char name[KVBENCH_NAME], buf[KVBENCH_NAME];
	size_t size;
	int asker;

	if (!kvbench_wanted("fragments/"))
		return;
	if (!fragment()) {
		pr_info("kvbench: failed: fragments: %lu large blocks left\n",
			large_blocks());
		let_go(true);
		return;
	}
	for (asker = 0; asker < ARRAY_SIZE(askers); asker++) {
		for (size = SZ_64K; size <= SZ_4M; size *= 4) {
			snprintf(name, sizeof(name), "fragments/%s",
				 kvbench_size(buf, size));
			if (kvbench_wanted(name))
				measure(name, asker, size);
		}
	}
	let_go(true);
}
