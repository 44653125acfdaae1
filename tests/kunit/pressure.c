// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_pressure: a bad day.  When memory is in pieces requests fall
 * back to vmalloc, and the machine does not notice; when there is none left
 * they fail, and nothing is lost.
 *
 * Slow, and unkind to the kernel that it runs in: for `make pressure`, in a
 * guest of its own with half a gigabyte (scripts/variants.sh).
 *
 * The OOM killer
 * --------------
 * KUnit runs before there is a userland.  With nobody to kill, the first OOM
 * kill is a panic.  What the suite does about it:
 *
 * - An OOM notifier is asked first, counts, and gives back a block that was set
 *   aside.  So a kill that was due is seen as a number, and the hand-written
 *   allocation, which brings it about, can be run to its end.
 * - While memory is exhausted the OOM killer is disabled, as it is while a
 *   machine is suspended: allocations that would have killed fail instead.
 */

#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mmzone.h>
#include <linux/oom.h>
#include <linux/prandom.h>
#include <linux/sched/mm.h>
#include <linux/swap.h>

#include "kvmalloc_test.h"

/* Where drain_all_pages() is declared, if not in gfp.h: a header of mm/. */
#if __has_include("page_alloc.h")
#include "page_alloc.h"
#endif

#define SMALLEST	SZ_16K
#define LARGEST		SZ_4M
#define LARGE_ORDER	2	/* of SMALLEST */
#define NR_REQUESTS	10000

/* Of these at a time are alive so many bytes, in so many allocations at most. */
#define MAX_ALIVE	SZ_64M
#define NR_SLOTS	256

/* What must be free, in small pieces, for all of this. */
#define ENOUGH_PAGES	(2 * MAX_ALIVE / PAGE_SIZE)

/*
 * Pages that come and go for other reasons: slabs that the failing requests'
 * own bookkeeping is from, what workers and timers allocate meanwhile.
 */
#define NOISE_PAGES	128

/*
 * How long pages may take to come back.  A page that is not leaked takes
 * milliseconds, or seconds where the host is busy.
 */
#define PATIENCE	(60 * HZ)

/* How often in a row a request may get pages that others have just freed. */
#define SERVED_MAX	10

/*
 * To the last page, without reclaim: nothing is to be pushed out.  Not movable,
 * so compaction has nothing to work with.
 */
#define HOLD_GFP	(__GFP_MEMALLOC | __GFP_HIGHMEM | __GFP_NORETRY | \
			 __GFP_NOWARN)

/* The largest block for which the page allocator would kill. */
#define SPARE_ORDER	PAGE_ALLOC_COSTLY_ORDER
#define NR_SPARE	(NR_SLOTS + 64)

static LIST_HEAD(held);		/* single pages */
static long nr_held;
static LIST_HEAD(spare);	/* blocks of SPARE_ORDER */
static DEFINE_SPINLOCK(spare_lock);
static atomic_t nr_ooms;
static bool oom_disabled;

static unsigned long large_blocks(void)
{
	unsigned long nr = 0;
	unsigned int order;
	struct zone *zone;

	for_each_populated_zone(zone) {
		for (order = LARGE_ORDER; order < NR_PAGE_ORDERS; order++)
			nr += READ_ONCE(zone->free_area[order].nr_free);
	}
	return nr;
}

/* Without the pages that a processor keeps for itself nothing adds up. */
static unsigned long drained_large_blocks(void)
{
	drain_all_pages(NULL);
	return large_blocks();
}

static unsigned long drained_free_pages(void)
{
	drain_all_pages(NULL);
	return global_zone_page_state(NR_FREE_PAGES);
}

static void hold(struct page *page, unsigned int order)
{
	unsigned int i;

	if (order)
		split_page(page, order);
	for (i = 0; i < 1U << order; i++)
		list_add(&page[i].lru, &held);
	nr_held += 1L << order;
}

static void give_back(struct page *page)
{
	list_del(&page->lru);
	nr_held--;
	__free_page(page);
}

/*
 * Take every block of LARGE_ORDER and more, from every zone and every reserve.
 * More than one round is needed, as the page allocator fills the processors'
 * lists by the batch.
 */
static void hold_large_blocks(void)
{
	unsigned int rounds = 10;
	struct page *page;
	int order;

	while (drained_large_blocks() && rounds--) {
		for (order = MAX_PAGE_ORDER; order >= LARGE_ORDER; order--) {
			while ((page = alloc_pages(HOLD_GFP, order))) {
				hold(page, order);
				cond_resched();
			}
		}
	}
}

static void hold_spare_blocks(unsigned int nr)
{
	struct page *page;

	while (nr-- && (page = alloc_pages(HOLD_GFP, SPARE_ORDER))) {
		spin_lock(&spare_lock);
		list_add(&page->lru, &spare);
		spin_unlock(&spare_lock);
	}
}

static bool give_spare_block_back(void)
{
	struct page *page;

	spin_lock(&spare_lock);
	page = list_first_entry_or_null(&spare, struct page, lru);
	if (page)
		list_del(&page->lru);
	spin_unlock(&spare_lock);

	if (page)
		__free_pages(page, SPARE_ORDER);
	return page;
}

/*
 * Break all free memory up: half of it is taken, two pages of each four, and
 * the other two cannot become a block of four.
 */
static void fragment(struct kunit *test)
{
	struct page *page, *next;

	if (PAGE_SIZE << LARGE_ORDER != SMALLEST)
		kunit_skip(test, "needs pages of 4 KiB");
	if (drained_free_pages() < 2 * ENOUGH_PAGES)
		kunit_skip(test, "needs %lu MiB of free memory",
			   2 * ENOUGH_PAGES >> (20 - PAGE_SHIFT));

	hold_spare_blocks(NR_SPARE);
	hold_large_blocks();
	list_for_each_entry_safe(page, next, &held, lru) {
		if (!(page_to_pfn(page) & 2))
			give_back(page);
	}

	/* What was free before in twos and ones may have been completed. */
	hold_large_blocks();
	KUNIT_ASSERT_EQ(test, drained_large_blocks(), 0);
	if (drained_free_pages() < ENOUGH_PAGES)
		kunit_skip(test, "needs %lu MiB of free memory in pieces",
			   ENOUGH_PAGES >> (20 - PAGE_SHIFT));
}

static void let_go(void)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &held, lru)
		give_back(page);
	while (give_spare_block_back())
		;
}

static int count_oom(struct notifier_block *nb, unsigned long unused,
		     void *freed)
{
	atomic_inc(&nr_ooms);
	if (give_spare_block_back()) {
		/* Where the one who is about to kill finds it. */
		drain_all_pages(NULL);
		*(unsigned long *)freed += 1 << SPARE_ORDER;
	}
	return NOTIFY_OK;
}

static struct notifier_block oom_counter = {
	.notifier_call = count_oom,
};

static int pressure_init(struct kunit *test)
{
	atomic_set(&nr_ooms, 0);
	return register_oom_notifier(&oom_counter);
}

static void hold_no_more(void)
{
	let_go();
	if (oom_disabled)
		oom_killer_enable();
	oom_disabled = false;
}

/* KUnit calls this also for a test that was aborted. */
static void pressure_exit(struct kunit *test)
{
	hold_no_more();
	unregister_oom_notifier(&oom_counter);
}

/*
 * What requests do to the machine, as /proc/vmstat has it.
 */
struct harm {
	unsigned long allocstall;	/* reclaimed by the one who asks */
	unsigned long compact_stall;	/* compacted by the one who asks */
	unsigned long compact_scanned;	/* pages looked at for that */
	unsigned long slabs_scanned;	/* objects of caches looked at */
	unsigned long oom_kills;	/* that happened, or were due */
};

static struct harm harm_so_far(void)
{
	/* KUnit runs one test at a time. */
	static unsigned long events[NR_VM_EVENT_ITEMS];
	struct harm harm = { .oom_kills = atomic_read(&nr_ooms) };
	int i;

	all_vm_events(events);
	for (i = ALLOCSTALL_NORMAL - ZONE_NORMAL; i <= ALLOCSTALL_MOVABLE; i++)
		harm.allocstall += events[i];
	harm.compact_stall = events[COMPACTSTALL];
	/* Less what kcompactd does, which nobody waits for. */
	harm.compact_scanned = events[COMPACTMIGRATE_SCANNED] +
			       events[COMPACTFREE_SCANNED] -
			       events[KCOMPACTD_MIGRATE_SCANNED] -
			       events[KCOMPACTD_FREE_SCANNED];
	harm.slabs_scanned = events[SLABS_SCANNED];
	harm.oom_kills += events[OOM_KILL];
	return harm;
}

static struct harm harm_since(struct harm before)
{
	struct harm now = harm_so_far();

	return (struct harm) {
		.allocstall = now.allocstall - before.allocstall,
		.compact_stall = now.compact_stall - before.compact_stall,
		.compact_scanned = now.compact_scanned - before.compact_scanned,
		.slabs_scanned = now.slabs_scanned - before.slabs_scanned,
		.oom_kills = now.oom_kills - before.oom_kills,
	};
}

static void expect_no_harm(struct kunit *test, struct harm before)
{
	struct harm harm = harm_since(before);

	KUNIT_EXPECT_EQ(test, harm.allocstall, 0);
	KUNIT_EXPECT_EQ(test, harm.compact_stall, 0);
	KUNIT_EXPECT_EQ(test, harm.oom_kills, 0);
}

/*
 * The same sequence of requests for whoever serves them: 16 KiB to 4 MiB, each
 * power of two as often as the others, freed in another order than they came,
 * with up to MAX_ALIVE bytes alive.
 */
struct outcome {
	unsigned int requests;
	unsigned int slab;
	unsigned int vmalloc;
	unsigned int failed;
	unsigned int damaged;
	unsigned int most_alive;
	struct harm harm;
	s64 ms;
};

struct slot {
	void *p;
	size_t size;
	u32 tag;
};

static size_t draw_size(struct rnd_state *rnd)
{
	size_t base = SMALLEST << prandom_u32_state(rnd) %
				  ilog2(LARGEST / SMALLEST);

	return base + prandom_u32_state(rnd) % (base + 1);
}

/* A word on each page: memory that is handed out twice would show. */
static void tag_pages(struct slot *slot)
{
	size_t i;

	for (i = 0; i < slot->size; i += PAGE_SIZE)
		*(u32 *)(slot->p + i) = slot->tag + i;
}

static bool tags_are_there(struct slot *slot)
{
	size_t i;

	for (i = 0; i < slot->size; i += PAGE_SIZE) {
		if (*(u32 *)(slot->p + i) != (u32)(slot->tag + i))
			return false;
	}
	return true;
}

static void release(struct slot *slot, size_t *alive, struct outcome *outcome)
{
	bool slab;

	if (!slot->p)
		return;
	slab = !is_vmalloc_addr(slot->p);
	if (!tags_are_there(slot))
		outcome->damaged++;
	kvfree(slot->p);
	slot->p = NULL;
	*alive -= slot->size;

	/* A block that slab was given, by us, is not to stay whole. */
	if (slab) {
		hold_spare_blocks(1);
		hold_large_blocks();
	}
}

static struct outcome serve_requests(void *(*alloc)(size_t size))
{
	static struct slot slots[NR_SLOTS];
	struct outcome outcome = { .requests = NR_REQUESTS };
	struct harm before = harm_so_far();
	unsigned int i, next, nr_alive;
	struct rnd_state rnd;
	size_t alive = 0;
	s64 ns = 0;

	prandom_seed_state(&rnd, 1);

	for (i = 0; i < NR_REQUESTS; i++) {
		u32 dice = prandom_u32_state(&rnd);
		struct slot *slot = &slots[dice % NR_SLOTS];
		size_t size = draw_size(&rnd);
		ktime_t start;

		release(slot, &alive, &outcome);
		for (next = dice; alive + size > MAX_ALIVE; next += 7)
			release(&slots[next % NR_SLOTS], &alive, &outcome);

		/* A slab that became empty may have completed a block. */
		hold_large_blocks();
		start = ktime_get();
		slot->p = alloc(size);
		ns += ktime_to_ns(ktime_sub(ktime_get(), start));
		if (!slot->p) {
			outcome.failed++;
			continue;
		}
		if (is_vmalloc_addr(slot->p))
			outcome.vmalloc++;
		else
			outcome.slab++;
		slot->size = size;
		slot->tag = dice;
		tag_pages(slot);
		alive += size;
		for (next = 0, nr_alive = 0; next < NR_SLOTS; next++)
			nr_alive += !!slots[next].p;
		outcome.most_alive = max(outcome.most_alive, nr_alive);
		cond_resched();
	}

	outcome.harm = harm_since(before);
	outcome.ms = div_s64(ns, NSEC_PER_MSEC);
	for (i = 0; i < NR_SLOTS; i++)
		release(&slots[i], &alive, &outcome);

	return outcome;
}

static void *ask_kvmalloc(size_t size)
{
	return kvmalloc(size, GFP_KERNEL);
}

/*
 * As it is found in drivers.  The kinder ones have the __GFP_NOWARN.  Without
 * it there would be a backtrace and a list of all zones for most of these
 * requests on top, and the log would fail the run.
 */
static void *ask_hand_written(size_t size)
{
	return kmalloc(size, GFP_KERNEL | __GFP_NOWARN) ?: vmalloc(size);
}

static void compare(struct kunit *test, const struct outcome *ours,
		    const struct outcome *theirs)
{
#define ROW(what, format, member)					\
	kunit_info(test, "%-28s %10" format " %22" format "\n", what,	\
		   ours->member, theirs->member)

	kunit_info(test, "%-28s %10s %22s\n", "", "kvmalloc()",
		   "kmalloc() ?: vmalloc()");
	ROW("requests", "u", requests);
	ROW("served by slab", "u", slab);
	ROW("served by vmalloc", "u", vmalloc);
	ROW("failed", "u", failed);
	ROW("most alive at once", "u", most_alive);
	ROW("allocstall", "lu", harm.allocstall);
	ROW("compact_stall", "lu", harm.compact_stall);
	ROW("pages scanned to compact", "lu", harm.compact_scanned);
	ROW("slab objects scanned", "lu", harm.slabs_scanned);
	ROW("OOM kills due", "lu", harm.oom_kills);
	ROW("milliseconds", "lld", ms);
#undef ROW
}

/* Ours do no harm, and the hand-written ones show that there was harm to do. */
static void requests_in_fragments(struct kunit *test)
{
	struct outcome ours, theirs;

	fragment(test);
	ours = serve_requests(ask_kvmalloc);
	kunit_info(test, "%u requests in %lld ms, allocstall %lu, compact_stall %lu\n",
		   ours.requests, ours.ms, ours.harm.allocstall,
		   ours.harm.compact_stall);

	hold_large_blocks();
	KUNIT_EXPECT_EQ(test, drained_large_blocks(), 0);
	theirs = serve_requests(ask_hand_written);
	compare(test, &ours, &theirs);

	KUNIT_EXPECT_EQ(test, ours.vmalloc, ours.requests);
	KUNIT_EXPECT_EQ(test, ours.slab, 0);
	KUNIT_EXPECT_EQ(test, ours.failed, 0);
	KUNIT_EXPECT_EQ(test, ours.damaged, 0);
	KUNIT_EXPECT_GE(test, ours.most_alive, 32);
	KUNIT_EXPECT_EQ(test, ours.harm.allocstall, 0);
	KUNIT_EXPECT_EQ(test, ours.harm.compact_stall, 0);
	KUNIT_EXPECT_EQ(test, ours.harm.oom_kills, 0);

	/* Or else memory was not as fragmented as it looked. */
	KUNIT_EXPECT_GT(test, theirs.harm.allocstall, 0);
	KUNIT_EXPECT_GT(test, theirs.harm.compact_stall, 0);
	KUNIT_EXPECT_EQ(test, theirs.damaged, 0);
}

/* Arrays are zeroed, whatever was on these pages before. */
static void arrays_in_fragments(struct kunit *test)
{
	struct rnd_state rnd;
	struct harm before;
	unsigned int i;

	fragment(test);
	before = harm_so_far();
	prandom_seed_state(&rnd, 2);

	for (i = 0; i < 300; i++) {
		size_t each = 1 + prandom_u32_state(&rnd) % 256;
		size_t n = draw_size(&rnd) / each, size;
		u8 *p;

		/* Not less than the smallest, for the rounding. */
		n = max(n, DIV_ROUND_UP(SMALLEST, each));
		size = n * each;
		hold_large_blocks();
		p = kvcalloc(n, each, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
		KV_EXPECT_ZEROED(test, p, 0, size);
		memset(p, 0xff, size);
		kvfree(p);
	}

	expect_no_harm(test, before);
}

/*
 * From half a page up to LARGEST and down again, in uneven steps.  Up to a page
 * it is slab's, with whatever that takes; so harm is what happens above.
 */
static void resizing_in_fragments(struct kunit *test)
{
	struct rnd_state rnd;
	struct harm before;
	unsigned int i;

	fragment(test);
	prandom_seed_state(&rnd, 3);

	for (i = 0; i < 25; i++) {
		size_t size = PAGE_SIZE / 2, new;
		u8 *p = kvmalloc(kv_size(size), GFP_KERNEL), *n;
		bool up = true;

		KUNIT_ASSERT_NOT_NULL(test, p);
		kv_fill(p, 0, size, i);
		before = harm_so_far();

		while (up || size > SMALLEST) {
			u32 percent = 10 + prandom_u32_state(&rnd) % 90;

			new = up ? size + size * percent / 50 :
				   size - size * percent / 150;
			if (new > LARGEST) {
				new = LARGEST;
				up = false;
			}
			hold_large_blocks();
			n = kvrealloc(p, new, GFP_KERNEL);
			if (!n)
				kvfree(p);
			KUNIT_ASSERT_NOT_NULL(test, n);
			p = n;
			KV_EXPECT_FILLED(test, p, 0, min(size, new), i);
			if (new > size)
				kv_fill(p, size, new, i);
			if (new >= SMALLEST)
				KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
			size = new;
		}

		expect_no_harm(test, before);
		kvfree(p);
	}
}

/*
 * Take what a request of @gfp could get, page by page.  The reserves are left
 * to interrupts and the like.
 */
static unsigned int hold_all_for(gfp_t gfp)
{
	unsigned int nr = 0;
	struct page *page;

	while ((page = alloc_page(gfp | __GFP_HIGHMEM | __GFP_NOWARN))) {
		hold(page, 0);
		cond_resched();
		nr++;
	}
	return nr;
}

static void exhaust(struct kunit *test)
{
	unsigned int rounds = 100, quiet;

	if (drained_free_pages() < ENOUGH_PAGES)
		kunit_skip(test, "needs %lu MiB of free memory",
			   ENOUGH_PAGES >> (20 - PAGE_SHIFT));

	/* Nobody will be killed from here on; see the top of this file. */
	KUNIT_ASSERT_TRUE(test, oom_killer_disable(HZ));
	oom_disabled = true;

	/*
	 * Without reclaim first, which takes no time; then what reclaim finds.
	 */
	hold_all_for(GFP_KERNEL & ~__GFP_RECLAIM);
	hold_all_for(GFP_KERNEL | __GFP_NORETRY);
	/* What kswapd and RCU are about to free counts as well. */
	for (quiet = 0; quiet < 5 && rounds--; quiet++) {
		drain_all_pages(NULL);
		if (hold_all_for(GFP_KERNEL | __GFP_RETRY_MAYFAIL))
			quiet = 0;
		msleep(20);
	}
}

/* Whether the machine serves everything again. */
static void expect_service(struct kunit *test)
{
	static const size_t sizes[] = {
		64, PAGE_SIZE, SMALLEST, SZ_256K, LARGEST, KV_ABOVE_SLAB,
		SZ_16M,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *p = kvzalloc(kv_size(sizes[i]), GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, p);
		KV_EXPECT_ZEROED(test, p, 0, sizes[i]);
		kvfree(p);
	}
}

static unsigned long vmalloc_pages(void)
{
#ifdef KV_HAVE_VMALLOC_NR_PAGES
	return vmalloc_nr_pages();
#else
	return global_node_page_state(NR_VMALLOC);
#endif
}

/* Where pages are.  Those that the test holds count as free. */
struct pages {
	long free;
	long vmalloc;
};

static struct pages count_pages(void)
{
	return (struct pages) {
		.free = drained_free_pages() + nr_held,
		.vmalloc = vmalloc_pages(),
	};
}

/*
 * The tests make many times as many requests as NOISE_PAGES, so a leak of one
 * page per request exceeds the tolerance.
 */
static bool pages_are_back(struct pages before, struct pages now)
{
	return now.free >= before.free - NOISE_PAGES &&
	       now.vmalloc <= before.vmalloc + NOISE_PAGES;
}

/*
 * Count pages when they are back, or after PATIENCE.  7.3's vmalloc() leaves
 * the pages of a failed attempt to a work item, which runs when a worker is
 * free and the host lets the guest run, so there is no fixed time after which
 * they are back.
 */
static struct pages wait_for_pages(struct pages before)
{
	const unsigned long end = jiffies + PATIENCE;
	struct pages now = count_pages();

	while (!pages_are_back(before, now) && time_before(jiffies, end)) {
		msleep(20);
		now = count_pages();
	}
	return now;
}

static void expect_nothing_leaked(struct kunit *test, struct pages before,
				  struct pages after)
{
	kunit_info(test, "pages before and after: free %ld, %ld; vmalloc's %ld, %ld\n",
		   before.free, after.free, before.vmalloc, after.vmalloc);
	KUNIT_EXPECT_GE(test, after.free, before.free - NOISE_PAGES);
	KUNIT_EXPECT_LE(test, after.vmalloc, before.vmalloc + NOISE_PAGES);
}

/* Free so many of the pages that the test holds, as a work item might. */
static void free_held(size_t nr)
{
	while (nr-- && !list_empty(&held))
		give_back(list_first_entry(&held, struct page, lru));
}

/* Memory that requests try to grow, and what kv_fill() wrote into it. */
struct buffer {
	void *p;
	size_t size;
	u8 seed;
};

static void allocate(struct kunit *test, struct buffer *buffer)
{
	buffer->p = kvmalloc(kv_size(buffer->size), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buffer->p);
	kv_fill(buffer->p, 0, buffer->size, buffer->seed);
}

/* Allocate the memory anew, from the reserves: its old size, its old backing. */
static void replace(struct kunit *test, struct buffer *buffer, void *grown)
{
	unsigned int scope;

	KV_EXPECT_FILLED(test, grown, 0, buffer->size, buffer->seed);
	kvfree(grown);
	scope = memalloc_noreclaim_save();
	allocate(test, buffer);
	memalloc_noreclaim_restore(scope);
}

/*
 * Whether kvmalloc() with @gfp, or kvrealloc() of @old, returns NULL while
 * alloc_page() with @gfp finds nothing.
 *
 * Work items, RCU callbacks and kswapd free pages at any time, and a request
 * may get those.  So a request that was served proves nothing: free its memory,
 * take all pages again, and repeat the request.  It fails the test if it is
 * served SERVED_MAX times in a row.  @nr_served counts every time.
 */
static bool is_refused(struct kunit *test, struct buffer *old, size_t size,
		       gfp_t gfp, unsigned int *nr_served)
{
	unsigned int i;

	for (i = 0; i < SERVED_MAX; i++) {
		void *n = old ? kvrealloc(old->p, size, gfp) :
				kvmalloc(size, gfp);

		if (!n)
			return true;
		++*nr_served;
		if (old)
			replace(test, old, n);
		else
			kvfree(n);
		drain_all_pages(NULL);
		hold_all_for(gfp);
		hold_all_for(GFP_KERNEL | __GFP_NORETRY);
	}
	return false;
}

/*
 * Requests return NULL while no page is free, whatever their flags and whether
 * they allocate, move slab memory or grow a vmalloc area; the memory that they
 * were to grow keeps its contents, and no page is leaked.
 */
static void nothing_left(struct kunit *test)
{
	static const gfp_t flags[] = {
		GFP_NOWAIT, GFP_KERNEL | __GFP_NORETRY,
		GFP_NOFS | __GFP_NORETRY, GFP_NOIO | __GFP_NORETRY,
	};
	unsigned int left, nr_not_refused = 0, nr_served = 0;
	struct pages at_first, before, after;
	struct buffer slab = { .size = PAGE_SIZE, .seed = 1 };
	struct buffer area = { .size = KV_ABOVE_SLAB, .seed = 2 };
	struct rnd_state rnd;
	int i;

	at_first = count_pages();
	allocate(test, &slab);
	allocate(test, &area);

	exhaust(test);
	left = hold_all_for(GFP_KERNEL | __GFP_RETRY_MAYFAIL);
	before = count_pages();

	prandom_seed_state(&rnd, 4);
	for (i = 0; i < 8 * NOISE_PAGES; i++) {
		size_t size = draw_size(&rnd);
		gfp_t gfp = flags[i % ARRAY_SIZE(flags)] | __GFP_NOWARN;
		struct buffer *old = i & 4 ? NULL : i & 8 ? &slab : &area;

		/* Now and then the test is the one that frees pages. */
		if (i % 37 == 0)
			free_held(size / PAGE_SIZE + NOISE_PAGES);
		if (old == &area)
			size += 2 * KV_ABOVE_SLAB;
		nr_not_refused += !is_refused(test, old, size, gfp, &nr_served);
		cond_resched();
	}

	/* Without the OOM killer these flags do not get memory, either. */
	nr_not_refused += !is_refused(test, NULL, kv_size(SMALLEST),
				      GFP_KERNEL | __GFP_NOWARN, &nr_served);
	nr_not_refused += !is_refused(test, NULL, kv_size(SZ_1M),
				      GFP_KERNEL | __GFP_NOWARN |
				      __GFP_RETRY_MAYFAIL, &nr_served);
	nr_not_refused += !is_refused(test, &slab, SZ_1M,
				      GFP_KERNEL | __GFP_NOWARN, &nr_served);
	after = wait_for_pages(before);
	hold_no_more();

	/* Printing allocates, so the expectations follow here. */
	kunit_info(test, "free pages: %ld at first, %ld while exhausted; requests served from pages freed meanwhile: %u\n",
		   at_first.free, before.free, nr_served);
	/* Less than the smallest request. */
	KUNIT_EXPECT_LT(test, left, SMALLEST / PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, nr_not_refused, 0);
	KUNIT_EXPECT_GT(test, nr_served, 0);
	expect_nothing_leaked(test, before, after);
	KV_EXPECT_FILLED(test, slab.p, 0, slab.size, slab.seed);
	KV_EXPECT_FILLED(test, area.p, 0, area.size, area.seed);
	kvfree(slab.p);
	kvfree(area.p);
	expect_service(test);
	expect_nothing_leaked(test, at_first, wait_for_pages(at_first));
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_ooms), 0);
}

/*
 * Lower the watermarks to what they were: a pageblock that changes its mobility
 * raises them for a while (watermark_boost), by more than the test leaves free.
 * kswapd lowers them, unless it has given up for lack of reclaimable pages.
 * Return by how many pages.
 */
static unsigned long lower_watermarks(void)
{
	unsigned long flags, boost = 0;
	struct zone *zone;

	for_each_populated_zone(zone) {
		spin_lock_irqsave(&zone->lock, flags);
		boost += zone->watermark_boost;
		zone->watermark_boost = 0;
		spin_unlock_irqrestore(&zone->lock, flags);
	}
	return boost;
}

/* Some memory, but not enough: what was taken so far is given back. */
static void not_enough_left(struct kunit *test)
{
	const unsigned long nr_left = SZ_4M / PAGE_SIZE;
	const unsigned int nr_requests = 4 * NOISE_PAGES;
	struct page *page, *next;
	struct pages before, after;
	unsigned long nr = 0, boost;
	bool served, fits;
	u8 *p, *n;
	int i;

	p = kvmalloc(kv_size(SZ_1M), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	kv_fill(p, 0, SZ_1M, 1);

	exhaust(test);
	list_for_each_entry_safe(page, next, &held, lru) {
		if (nr++ == nr_left)
			break;
		give_back(page);
	}
	before = count_pages();

	for (i = 0; i < nr_requests; i++) {
		size_t size = SZ_8M + SZ_64K * (1 + i % 32);
		gfp_t gfp = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;

		n = i & 1 ? kvrealloc(p, size, gfp) : kvmalloc(size, gfp);
		KUNIT_ASSERT_NULL(test, n);
		cond_resched();
	}
	n = kvmalloc(kv_size(SZ_16M), GFP_KERNEL | __GFP_NOWARN);
	served = n;
	kvfree(n);
	after = wait_for_pages(before);

	boost = lower_watermarks();
	/* A request that fits is served, once the failed ones gave back. */
	n = kvmalloc(kv_size(SZ_1M), GFP_KERNEL | __GFP_NOWARN);
	fits = n;
	kvfree(n);
	hold_no_more();

	kunit_info(test, "watermarks lowered by %lu pages\n", boost);
	KUNIT_EXPECT_FALSE(test, served);
	KUNIT_EXPECT_TRUE(test, fits);
	expect_nothing_leaked(test, before, after);
	KV_EXPECT_FILLED(test, p, 0, SZ_1M, 1);
	kvfree(p);
	expect_service(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&nr_ooms), 0);
}

/* More than there is: NULL at once, for whoever asks in whatever way. */
static void more_than_the_machine_has(struct kunit *test)
{
	const size_t size = (totalram_pages() + 1) * PAGE_SIZE;
	struct pages pages = count_pages();
	struct harm before = harm_so_far();
	unsigned int i;
	void *p, *n;

	if (totalram_pages() >= INT_MAX / PAGE_SIZE)
		kunit_skip(test, "needs a machine with less than 2 GiB");

	p = kvmalloc(kv_size(SZ_64K), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	kv_fill(p, 0, SZ_64K, 1);
	for (i = 0; i < 4 * NOISE_PAGES; i++) {
		n = i & 1 ? kvrealloc(p, size, GFP_KERNEL | __GFP_NOWARN) :
			    kvmalloc(size, GFP_KERNEL | __GFP_NOWARN);
		KUNIT_ASSERT_NULL(test, n);
	}
	KV_EXPECT_FILLED(test, p, 0, SZ_64K, 1);
	kvfree(p);

	expect_no_harm(test, before);
	expect_nothing_leaked(test, pages, wait_for_pages(pages));
	expect_service(test);
}

static struct kunit_case pressure_cases[] = {
	KUNIT_CASE_SLOW(requests_in_fragments),
	KUNIT_CASE_SLOW(arrays_in_fragments),
	KUNIT_CASE_SLOW(resizing_in_fragments),
	KUNIT_CASE_SLOW(nothing_left),
	KUNIT_CASE_SLOW(not_enough_left),
	KUNIT_CASE_SLOW(more_than_the_machine_has),
	{ }
};

static struct kunit_suite pressure_suite = {
	.name = "kvmalloc_pressure",
	.init = pressure_init,
	.exit = pressure_exit,
	.test_cases = pressure_cases,
};

kunit_test_suite(pressure_suite);
