// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_stats: the counters are exact, whoever allocates and frees,
 * wherever and however.
 *
 * What is compared are differences, in size classes that are hardly used by
 * anybody else in a kernel without userland.
 */

#include <kunit/device.h>
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/kasan.h>
#include <linux/kstrtox.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <linux/prandom.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/workqueue.h>

/* What reads and switches the counters is of no header for all. */
#include "kvmalloc_debug.h"

#include "files.h"
#include "kvmalloc_test.h"

/* Classes are powers of two from 8 bytes on, as many as an int can say. */
#define FIRST_ORDER	3
#define LAST_ORDER	31

static const size_t sizes[] = {
	5, 700, 5000, 70000, KMALLOC_MAX_CACHE_SIZE + 1,
};

static unsigned int order_of(size_t size)
{
	return max_t(unsigned int, order_base_2(size), FIRST_ORDER);
}

/* How things were at mark(), by class. */
static struct kvmalloc_stats marks[LAST_ORDER + 1];

static void mark(void)
{
	unsigned int i;

	for (i = FIRST_ORDER; i <= LAST_ORDER; i++)
		kvmalloc_stats_read(1UL << i, &marks[i]);
}

static struct kvmalloc_stats now(size_t size)
{
	struct kvmalloc_stats stats;

	kvmalloc_stats_read(size, &stats);
	return stats;
}

/* What happened in the class of @size since. */
static void expect_since(struct kunit *test, size_t size, unsigned int slab,
			 unsigned int vmalloc, unsigned int failed, long live)
{
	const struct kvmalloc_stats *then = &marks[order_of(size)];
	struct kvmalloc_stats stats = now(size);

	KUNIT_EXPECT_EQ_MSG(test, stats.slab - then->slab, slab, "%zu", size);
	KUNIT_EXPECT_EQ_MSG(test, stats.vmalloc - then->vmalloc, vmalloc, "%zu",
			    size);
	KUNIT_EXPECT_EQ_MSG(test, stats.failed - then->failed, failed, "%zu",
			    size);
	KUNIT_EXPECT_EQ_MSG(test, (long)(stats.live - then->live), live, "%zu",
			    size);
}

static int stats_init(struct kunit *test)
{
	int ret = kvmalloc_stats_enable(true);

	if (ret)
		return ret;
	mark();
	return kv_test_init(test);
}

static void stats_exit(struct kunit *test)
{
	kvmalloc_stats_enable(false);
	kv_test_exit(test);
}

static void stats_served(struct kunit *test)
{
	const unsigned int nr_slab = 10, nr_vmalloc = 7;
	void *p[17];
	int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		const size_t size = sizes[i];
		unsigned int nr = nr_slab;

		for (j = 0; j < nr_slab; j++)
			p[j] = kv_from_slab(test, kv_size(size), GFP_KERNEL);
		expect_since(test, size, nr_slab, 0, 0, nr_slab * size);

		if (size > PAGE_SIZE) {
			for (nr += nr_vmalloc; j < nr; j++)
				p[j] = kv_from_vmalloc(test, size, GFP_KERNEL);
			expect_since(test, size, nr_slab, nr_vmalloc, 0,
				     nr * size);
		}
		while (j--) {
			kvfree(p[j]);
			expect_since(test, size, nr_slab, nr - nr_slab, 0,
				     j * size);
		}
	}
}

/* Each limit is in the class below it, and one byte more in the next. */
static void stats_classes(struct kunit *test)
{
	size_t limit;
	void *p, *q;

	for (limit = 8; limit < KMALLOC_MAX_SIZE; limit *= 2) {
		mark();
		p = kvmalloc(kv_size(limit), GFP_KERNEL);
		q = kvmalloc(kv_size(limit + 1), GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, now(limit).live -
				marks[ilog2(limit)].live, limit);
		KUNIT_EXPECT_EQ(test, now(2 * limit).live -
				marks[ilog2(limit) + 1].live, limit + 1);
		kvfree(p);
		kvfree(q);
	}
	/* The first class takes all that is smaller, too. */
	mark();
	for (limit = 1; limit <= 8; limit++)
		kvfree(kvmalloc(kv_size(limit), GFP_KERNEL));
	expect_since(test, 8, 8, 0, 0, 0);
}

static noinline void *ask_constant(gfp_t flags)
{
	return kvmalloc(700, flags);
}

/* Sizes that the compiler knows are counted while anything is. */
static void stats_constant(struct kunit *test)
{
	void *p = ask_constant(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	expect_since(test, 700, 1, 0, 0, 700);
	kvfree(p);
	expect_since(test, 700, 1, 0, 0, 0);

	p = KV_FAIL_NTH(1, ask_constant(KV_NOWAIT));
	KUNIT_EXPECT_NULL(test, p);
	expect_since(test, 700, 1, 0, 1, 0);
}

/* Nothing is not a request. */
static void stats_nothing(struct kunit *test)
{
	unsigned int i;

	kvfree(kvmalloc(kv_size(0), GFP_KERNEL));
	kvfree(NULL);
	kvfree(kvrealloc(NULL, kv_size(0), GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kvmalloc_array(kv_size(SIZE_MAX), 700,
					       GFP_KERNEL));
	for (i = FIRST_ORDER; i < LAST_ORDER; i++)
		expect_since(test, 1UL << i, 0, 0, 0, 0);
}

static void stats_failed(struct kunit *test)
{
	const gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;
	void *p;

	p = KV_FAIL_NTH(1, kvmalloc(kv_size(700), KV_ATOMIC));
	KUNIT_EXPECT_NULL(test, p);
	expect_since(test, 700, 0, 0, 1, 0);

	/* Both were asked; it is one request. */
	if (totalram_pages() < INT_MAX >> PAGE_SHIFT) {
		KUNIT_EXPECT_NULL(test, kvmalloc(kv_size(INT_MAX), quiet));
		expect_since(test, INT_MAX, 0, 0, 1, 0);
	}
	mark();
	KUNIT_EXPECT_NULL(test, kvmalloc(kv_size((size_t)INT_MAX + 1), quiet));
	expect_since(test, (size_t)INT_MAX + 1, 0, 0, 1, 0);

	/* A fallback is no failure. */
	p = kv_from_vmalloc(test, 70000, GFP_KERNEL);
	expect_since(test, 70000, 0, 1, 0, 70000);
	kvfree(p);
}

/* The most there was, not what there is, nor what was asked for in all. */
static void stats_peak(struct kunit *test)
{
	const size_t size = 70000;
	void *p, *q;
	unsigned long live;

	kvmalloc_stats_reset();
	live = now(size).live;
	KUNIT_EXPECT_EQ(test, now(size).peak, live);

	p = kv_from_slab(test, size, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, now(size).peak, live + size);
	q = kv_from_vmalloc(test, size, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, now(size).peak, live + 2 * size);
	kvfree(p);
	p = kv_from_slab(test, size - 1, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, now(size).peak, live + 2 * size);
	KUNIT_EXPECT_EQ(test, now(size).live, live + 2 * size - 1);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, now(size).peak, live + 2 * size);

	/* What is live is the new peak. */
	kvmalloc_stats_reset();
	KUNIT_EXPECT_EQ(test, now(size).live, live + size);
	KUNIT_EXPECT_EQ(test, now(size).peak, live + size);
	KUNIT_EXPECT_EQ(test, now(size).slab, 0);
	KUNIT_EXPECT_EQ(test, now(size).vmalloc, 0);
	kvfree(q);
	KUNIT_EXPECT_EQ(test, now(size).live, live);
}

/*
 * Every way of giving memory back.
 */
struct with_head {
	struct rcu_head head;
};

static void *free_kvfree(void *p, size_t size)
{
	kvfree(p);
	return NULL;
}

static void *free_atomic(void *p, size_t size)
{
	kvfree_atomic(p);
	return NULL;
}

static void *free_sensitive(void *p, size_t size)
{
	kvfree_sensitive(p, size);
	return NULL;
}

static void *free_scope(void *p, size_t size)
{
	void *scoped __free(kvfree) = p;

	return scoped ? NULL : p;
}

static void *free_realloc(void *p, size_t size)
{
	return kvrealloc(p, kv_size(0), GFP_KERNEL);
}

static void *free_rcu(void *p, size_t size)
{
	struct with_head *q = p;

	kvfree_rcu(q, head);
	kvfree_rcu_barrier();
	return NULL;
}

static void *free_rcu_mightsleep(void *p, size_t size)
{
	kvfree_rcu_mightsleep(p);
	kvfree_rcu_barrier();
	return NULL;
}

static void stats_freed(struct kunit *test)
{
	static void *(*const ways[])(void *p, size_t size) = {
		free_kvfree, free_atomic, free_sensitive, free_scope,
		free_realloc, free_rcu, free_rcu_mightsleep,
	};
	static const size_t freed[] = { 700, 5000, 70000 };
	int i, j;
	void *p;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		for (j = 0; j < ARRAY_SIZE(freed); j++) {
			const size_t size = freed[j];
			bool rcu = ways[i] == free_rcu ||
				   ways[i] == free_rcu_mightsleep;

			mark();
			/* Of slab RCU frees past the watch, if above a page. */
			if (size <= PAGE_SIZE || !rcu) {
				p = kv_from_slab(test, kv_size(size),
						 GFP_KERNEL);
				expect_since(test, size, 1, 0, 0, size);
				ways[i](p, size);
				expect_since(test, size, 1, 0, 0, 0);
			}
			mark();
			if (size > PAGE_SIZE) {
				p = kv_from_vmalloc(test, size, GFP_KERNEL);
				expect_since(test, size, 0, 1, 0, size);
				ways[i](p, size);
				expect_since(test, size, 0, 1, 0, 0);
			}
		}
	}
}

static void stats_devm(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "device");
	void *p;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	mark();
	p = devm_kvmalloc(dev, kv_size(70000), GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	p = KV_FAIL_NTH(1, devm_kvmalloc(dev, kv_size(70001), GFP_KERNEL));
	KUNIT_EXPECT_NOT_NULL(test, p);
	expect_since(test, 70000, 1, 1, 0, 140001);
	devm_kvfree(dev, p);
	expect_since(test, 70000, 1, 1, 0, 70000);
	device_release_driver(dev);
	expect_since(test, 70000, 1, 1, 0, 0);
	kunit_device_unregister(test, dev);
}

/* Memory that stays where it was is no new request; its size is a new one. */
static void stats_realloc(struct kunit *test)
{
	size_t room;
	void *p, *n;

	p = kv_from_slab(test, kv_size(700), GFP_KERNEL);
	room = ksize(p);
	n = kvrealloc(p, kv_size(room), GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, n, p);
	expect_since(test, 700, 1, 0, 0, room);
	n = kvrealloc(p, kv_size(5), GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, n, p);
	expect_since(test, 700, 1, 0, 0, 0);
	expect_since(test, 5, 0, 0, 0, 5);

	/* Slab to slab, slab to vmalloc, vmalloc to vmalloc. */
	n = kvrealloc(p, kv_size(5000), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, n);
	expect_since(test, 5, 0, 0, 0, 0);
	expect_since(test, 5000, 1, 0, 0, 5000);
	n = KV_FAIL_NTH(1, kvrealloc(n, kv_size(20000), GFP_KERNEL));
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(n));
	expect_since(test, 5000, 1, 0, 0, 0);
	expect_since(test, 20000, 0, 1, 0, 20000);
	n = kvrealloc(n, kv_size(70000), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, n);
	expect_since(test, 20000, 0, 1, 0, 0);
	expect_since(test, 70000, 0, 1, 0, 70000);
	n = kvrealloc(n, kv_size(5), GFP_KERNEL);
	expect_since(test, 70000, 0, 1, 0, 0);
	expect_since(test, 5, 0, 0, 0, 5);
	kvfree(n);
	expect_since(test, 5, 0, 0, 0, 0);
}

static void stats_realloc_fails(struct kunit *test)
{
	void *p = kv_from_slab(test, kv_size(700), GFP_KERNEL);

	KUNIT_EXPECT_NULL(test, KV_FAIL_NTH(1, kvrealloc(p, kv_size(3000),
							 KV_NOWAIT)));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	expect_since(test, 700, 1, 0, 0, 700);
	expect_since(test, 3000, 0, 0, 1, 0);
	KUNIT_EXPECT_NULL(test, kvrealloc(p, kv_size(SIZE_MAX),
					  GFP_KERNEL | __GFP_NOWARN));
	expect_since(test, 700, 1, 0, 0, 700);
	kvfree(p);
	expect_since(test, 700, 1, 0, 0, 0);
}

/* What was not counted when it came is not counted when it goes. */
static void stats_foreign(struct kunit *test)
{
	void *p, *q, *n;

	p = kmalloc(kv_size(700), GFP_KERNEL);
	q = vmalloc(70000);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, q);
	kvfree(p);
	kvfree_atomic(q);
	expect_since(test, 700, 0, 0, 0, 0);
	expect_since(test, 70000, 0, 0, 0, 0);
	KUNIT_EXPECT_TRUE(test, kv_released(q));

	/* Moved by this family it has become its memory. */
	p = kmalloc(kv_size(700), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	n = kvrealloc(p, kv_size(600), GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, n, p);
	expect_since(test, 700, 0, 0, 0, 0);
	n = kvrealloc(p, kv_size(5000), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, n);
	expect_since(test, 5000, 1, 0, 0, 5000);
	kvfree(n);
	expect_since(test, 700, 0, 0, 0, 0);
	expect_since(test, 5000, 1, 0, 0, 0);
}

/* Memory may be freed and taken again by those who say nothing of it. */
static void stats_foreign_free(struct kunit *test)
{
	void *p = kv_from_slab(test, kv_size(5), GFP_KERNEL);
	int i;

	kfree(p);
	for (i = 0; i < 64; i++) {
		void *q = kmalloc(kv_size(5), GFP_KERNEL);

		kvfree(q);
	}
	/* At worst it is still taken for live, and never less than nothing. */
	KUNIT_EXPECT_LE(test, now(5).live - marks[order_of(5)].live, 5);
}

/* Until the address is the family's again. */
static void stats_foreign_free_is_found_out(struct kunit *test)
{
	const size_t size = kv_size(5000);
	void *lost, *p[64];
	int n = 0;

	if (IS_ENABLED(CONFIG_KASAN_GENERIC))
		kunit_skip(test, "needs a kernel without KASAN, which keeps what is freed");
	set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));

	lost = kv_from_slab(test, size, GFP_KERNEL);
	kfree(lost);
	expect_since(test, size, 1, 0, 0, size);
	do {
		p[n] = kv_from_slab(test, size, GFP_KERNEL);
		/* KASAN gives an object another tag each time. */
	} while (kasan_reset_tag(p[n++]) != kasan_reset_tag(lost) &&
		 n < ARRAY_SIZE(p));
	KUNIT_EXPECT_PTR_EQ(test, kasan_reset_tag(p[n - 1]), kasan_reset_tag(lost));
	expect_since(test, size, 1 + n, 0, 0, n * size);

	while (n)
		kvfree(p[--n]);
	KUNIT_EXPECT_EQ(test, now(size).live, marks[order_of(size)].live);
}

static void stats_switch(struct kunit *test)
{
	const size_t size = 70000;
	struct kvmalloc_stats last, stats;
	void *p, *q, *r;

	p = kv_from_slab(test, kv_size(size), GFP_KERNEL);
	q = kv_from_slab(test, kv_size(size), GFP_KERNEL);
	last = now(size);

	/* Off: what was counted can be read, and changes no more. */
	KUNIT_EXPECT_EQ(test, kvmalloc_stats_enable(false), 0);
	r = kv_from_slab(test, kv_size(size), GFP_KERNEL);
	kvfree(q);
	KUNIT_EXPECT_NULL(test, KV_FAIL_NTH(1, kvmalloc(kv_size(700),
							KV_NOWAIT)));
	stats = now(size);
	KUNIT_EXPECT_EQ(test, memcmp(&stats, &last, sizeof(stats)), 0);

	/* On: anew, and without what was allocated before. */
	KUNIT_EXPECT_EQ(test, kvmalloc_stats_enable(true), 0);
	memset(&last, 0, sizeof(last));
	stats = now(size);
	KUNIT_EXPECT_EQ(test, memcmp(&stats, &last, sizeof(stats)), 0);
	kvfree(p);
	kvfree(r);
	stats = now(size);
	KUNIT_EXPECT_EQ(test, memcmp(&stats, &last, sizeof(stats)), 0);

	/* On again is no news. */
	p = kv_from_slab(test, kv_size(size), GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, kvmalloc_stats_enable(true), 0);
	KUNIT_EXPECT_EQ(test, now(size).slab, 1);
	KUNIT_EXPECT_EQ(test, now(size).live, size);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, now(size).live, 0);
}

/*
 * Several processors.
 */
static long take(void *size)
{
	return (long)kvmalloc(*(size_t *)size, GFP_KERNEL);
}

static long give(void *p)
{
	kvfree(p);
	return 0;
}

static void stats_other_cpu(struct kunit *test)
{
	int from, to, i;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two processors: boot with -smp 2");

	for_each_online_cpu(from) {
		to = cpumask_next(from, cpu_online_mask);
		if (to >= nr_cpu_ids)
			to = cpumask_first(cpu_online_mask);
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			size_t size = sizes[i];
			void *p;

			mark();
			p = (void *)work_on_cpu(from, take, &size);
			KUNIT_ASSERT_NOT_NULL(test, p);
			expect_since(test, size, !is_vmalloc_addr(p),
				     is_vmalloc_addr(p), 0, size);
			work_on_cpu(to, give, p);
			expect_since(test, size, !is_vmalloc_addr(p),
				     is_vmalloc_addr(p), 0, 0);
		}
	}
}

/* A thread that does all sorts of things, and keeps its own books. */
#define HELD	24
#define ROUNDS	1500

struct hammer {
	struct completion done;
	struct rnd_state random;
	void *p[HELD];
	size_t size[HELD];
	unsigned int slab[LAST_ORDER + 1];
	unsigned int vmalloc[LAST_ORDER + 1];
	unsigned int failed[LAST_ORDER + 1];
	long live[LAST_ORDER + 1];
};

static size_t random_size(struct hammer *h)
{
	return 1 + prandom_u32_state(&h->random) %
	       (2U << prandom_u32_state(&h->random) % 15);
}

/* The size of slot @i, when that is @p now. */
static void enter(struct hammer *h, int i, void *p, size_t size)
{
	if (h->p[i])
		h->live[order_of(h->size[i])] -= h->size[i];
	if (p != h->p[i] && p) {
		if (is_vmalloc_addr(p))
			h->vmalloc[order_of(size)]++;
		else
			h->slab[order_of(size)]++;
	}
	h->p[i] = p;
	h->size[i] = size;
	if (p)
		h->live[order_of(size)] += size;
}

static void hammer_once(struct hammer *h)
{
	int i = prandom_u32_state(&h->random) % HELD;
	u32 what = prandom_u32_state(&h->random) % 8;
	size_t size = random_size(h);
	gfp_t flags = GFP_KERNEL;
	void *p;

	if (h->p[i] && what < 3) {
		kvfree(h->p[i]);
		enter(h, i, NULL, 0);
		return;
	}

	/* Half of what is large is to come from vmalloc; some small fails. */
	if (size > PAGE_SIZE) {
		current->fail_nth = what % 2;
	} else if (what == 7) {
		current->fail_nth = 1;
		flags = KV_NOWAIT;
	}
	p = kvrealloc(h->p[i], size, flags);
	current->fail_nth = 0;
	if (p)
		enter(h, i, p, size);
	else
		h->failed[order_of(size)]++;
}

static int hammer_on(void *data)
{
	struct hammer *h = data;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		hammer_once(h);
		if (i % 64 == 0)
			cond_resched();
	}
	complete(&h->done);
	return 0;
}

static void stats_hammer(struct kunit *test)
{
	static struct hammer hammers[4];
	unsigned int order, served = 0, failed = 0;
	int t, i;

	memset(hammers, 0, sizeof(hammers));
	mark();
	for (t = 0; t < ARRAY_SIZE(hammers); t++) {
		init_completion(&hammers[t].done);
		prandom_seed_state(&hammers[t].random, 1000 + t);
		KUNIT_ASSERT_FALSE(test,
				   IS_ERR(kthread_run(hammer_on, &hammers[t],
						      "kvmalloc_hammer%d", t)));
	}
	for (t = 0; t < ARRAY_SIZE(hammers); t++)
		wait_for_completion(&hammers[t].done);

	for (order = FIRST_ORDER; order <= 16; order++) {
		unsigned int slab = 0, vmalloc = 0, fail = 0;
		long live = 0;

		for (t = 0; t < ARRAY_SIZE(hammers); t++) {
			slab += hammers[t].slab[order];
			vmalloc += hammers[t].vmalloc[order];
			fail += hammers[t].failed[order];
			live += hammers[t].live[order];
		}
		expect_since(test, 1UL << order, slab, vmalloc, fail, live);
		KUNIT_EXPECT_GE(test, now(1UL << order).peak,
				now(1UL << order).live);
		served += slab + vmalloc;
		failed += fail;
	}
	KUNIT_EXPECT_GT(test, served, ARRAY_SIZE(hammers) * ROUNDS / 4);
	KUNIT_EXPECT_GT(test, failed, 10);

	/* All that they held goes at once, by somebody else's hand. */
	for (t = 0; t < ARRAY_SIZE(hammers); t++) {
		for (i = 0; i < HELD; i++) {
			if (hammers[t].p[i])
				kvfree(hammers[t].p[i]);
		}
	}
	for (order = FIRST_ORDER; order <= 16; order++)
		KUNIT_EXPECT_EQ(test, now(1UL << order).live,
				marks[order].live);
}

/*
 * Who falls back.
 */
static noinline void *fall_back(size_t size)
{
	void *p;

	current->fail_nth = 1;
	p = kvmalloc(size, GFP_KERNEL);
	current->fail_nth = 0;
	return p;
}

static noinline void *fall_back_too(size_t size)
{
	void *p;

	current->fail_nth = 1;
	p = kvzalloc(size, GFP_KERNEL);
	current->fail_nth = 0;
	return p;
}

static noinline void *never_fall_back(size_t size)
{
	void *p = kvmalloc(size, GFP_KERNEL);

	barrier();
	return p;
}

static long fall_back_there(void *size)
{
	kvfree(fall_back(*(size_t *)size));
	return 0;
}

static void stats_callers(struct kunit *test)
{
	static size_t others = 30000;
	struct kvmalloc_caller c;
	int cpu, cpus = 0;

	kvmalloc_callers_reset();
	KUNIT_EXPECT_FALSE(test, kvmalloc_callers_read((unsigned long)fall_back,
						       &c));

	kvfree(fall_back(5000));
	kvfree(fall_back(70000));
	kvfree(fall_back(5001));
	kvfree(fall_back_too(6000));
	kvfree(never_fall_back(6000));
	KUNIT_EXPECT_TRUE(test, kvmalloc_callers_read((unsigned long)fall_back,
						      &c));
	KUNIT_EXPECT_EQ(test, c.count, 3);
	KUNIT_EXPECT_EQ(test, c.fuzzed, 0);
	KUNIT_EXPECT_EQ(test, c.bytes, 80001);
	KUNIT_EXPECT_EQ(test, c.smallest, 5000);
	KUNIT_EXPECT_EQ(test, c.largest, 70000);
	KUNIT_EXPECT_TRUE(test,
			  kvmalloc_callers_read((unsigned long)fall_back_too,
						&c));
	KUNIT_EXPECT_EQ(test, c.count, 1);
	KUNIT_EXPECT_EQ(test, c.bytes, 6000);
	KUNIT_EXPECT_FALSE(test,
			   kvmalloc_callers_read((unsigned long)never_fall_back,
						 &c));

	/* The processors' tables are added up. */
	for_each_online_cpu(cpu) {
		work_on_cpu(cpu, fall_back_there, &others);
		cpus++;
	}
	KUNIT_EXPECT_TRUE(test, kvmalloc_callers_read((unsigned long)fall_back,
						      &c));
	KUNIT_EXPECT_EQ(test, c.count, 3 + cpus);
	KUNIT_EXPECT_EQ(test, c.bytes, 80001 + cpus * others);
	KUNIT_EXPECT_EQ(test, c.smallest, 5000);

	kvmalloc_callers_reset();
	KUNIT_EXPECT_FALSE(test, kvmalloc_callers_read((unsigned long)fall_back,
						       &c));
	kvfree(fall_back(9000));
	KUNIT_EXPECT_TRUE(test, kvmalloc_callers_read((unsigned long)fall_back,
						      &c));
	KUNIT_EXPECT_EQ(test, c.count, 1);
	KUNIT_EXPECT_EQ(test, c.smallest, 9000);

	/* Failures are no fallbacks. */
	KUNIT_EXPECT_EQ(test, kvmalloc_stats_enable(false), 0);
	kvfree(fall_back(9000));
	KUNIT_EXPECT_EQ(test, kvmalloc_stats_enable(true), 0);
	KUNIT_EXPECT_FALSE(test, kvmalloc_callers_read((unsigned long)fall_back,
						       &c));
}

/*
 * The files.
 */
static char *file_read(struct kunit *test, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "kvmalloc/%s", name);
	return kv_file_read(test, "debugfs", path);
}

static int file_write(struct kunit *test, const char *name, const char *text)
{
	char path[32];

	snprintf(path, sizeof(path), "kvmalloc/%s", name);
	return kv_file_write(test, "debugfs", path, text);
}

#define WORDS	8

/* Cut a line into words; how many there are. */
static unsigned int words_of(char *line, char *word[WORDS])
{
	unsigned int n = 0;
	char *w;

	while (n < WORDS && (w = strsep(&line, " "))) {
		if (*w)
			word[n++] = w;
	}
	return n;
}

static u64 number(struct kunit *test, const char *word)
{
	u64 n = 0;

	KUNIT_EXPECT_EQ_MSG(test, kstrtou64(word, 10, &n), 0, "%s", word);
	return n;
}

static void expect_header(struct kunit *test, char *line, const char *const *is,
			  unsigned int nr)
{
	char *word[WORDS];
	unsigned int i;

	KUNIT_ASSERT_EQ(test, words_of(line, word), nr);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_STREQ(test, word[i], is[i]);
}

static void stats_file(struct kunit *test)
{
	static const char *const header[] = {
		"size", "slab", "vmalloc", "failed", "live", "peak",
	};
	void *p = kv_from_slab(test, kv_size(70000), GFP_KERNEL);
	void *q = kv_from_vmalloc(test, 70000, GFP_KERNEL);
	u64 sum[6] = { }, n[6], last = 0;
	struct kvmalloc_stats stats;
	bool has_total = false, has_ours = false;
	char *text, *line, *word[WORDS];
	int i;

	KUNIT_EXPECT_NULL(test, KV_FAIL_NTH(1, kvmalloc(kv_size(700),
							KV_NOWAIT)));
	text = file_read(test, "stats");
	expect_header(test, strsep(&text, "\n"), header, ARRAY_SIZE(header));

	while ((line = strsep(&text, "\n")) && *line) {
		KUNIT_EXPECT_FALSE(test, has_total);
		KUNIT_ASSERT_EQ(test, words_of(line, word), 6);
		has_total = !strcmp(word[0], "total");
		for (i = has_total; i < 6; i++)
			n[i] = number(test, word[i]);
		if (has_total) {
			for (i = 1; i < 5; i++)
				KUNIT_EXPECT_EQ_MSG(test, n[i], sum[i], "%s",
						    header[i]);
			KUNIT_EXPECT_GE(test, n[5], n[4]);
			continue;
		}

		/* Classes rise, and each has something to say. */
		KUNIT_EXPECT_GT(test, n[0], last);
		KUNIT_EXPECT_TRUE(test, is_power_of_2(n[0]));
		KUNIT_EXPECT_TRUE(test, n[1] || n[2] || n[3] || n[5]);
		last = n[0];
		for (i = 1; i < 6; i++)
			sum[i] += n[i];
		if (n[0] == SZ_128K) {
			has_ours = true;
			stats = now(70000);
			KUNIT_EXPECT_EQ(test, n[1], stats.slab);
			KUNIT_EXPECT_EQ(test, n[2], stats.vmalloc);
			KUNIT_EXPECT_EQ(test, n[3], stats.failed);
			KUNIT_EXPECT_EQ(test, n[4], stats.live);
			KUNIT_EXPECT_EQ(test, n[5], stats.peak);
			KUNIT_EXPECT_GE(test, n[4], 140000);
		}
	}
	KUNIT_EXPECT_TRUE(test, has_total);
	KUNIT_EXPECT_TRUE(test, has_ours);

	/* A write of anything resets. */
	KUNIT_EXPECT_EQ(test, file_write(test, "stats", "0\n"), 0);
	KUNIT_EXPECT_EQ(test, now(70000).slab, 0);
	KUNIT_EXPECT_EQ(test, now(70000).vmalloc, 0);
	KUNIT_EXPECT_GE(test, now(70000).live, 140000);
	KUNIT_EXPECT_EQ(test, now(70000).peak, now(70000).live);
	kvfree(p);
	kvfree(q);
}

static void stats_file_of_callers(struct kunit *test)
{
	static const char *const header[] = {
		"count", "fuzzed", "bytes", "smallest", "largest", "caller",
	};
	char *text, *word[WORDS];
	int i;

	KUNIT_EXPECT_EQ(test, file_write(test, "callers", "0\n"), 0);
	for (i = 0; i < 20; i++)
		kvfree(fall_back_too(6000 + i));
	for (i = 0; i < 30; i++)
		kvfree(fall_back(5000 + i));

	/* Who falls back most comes first. */
	text = file_read(test, "callers");
	expect_header(test, strsep(&text, "\n"), header, ARRAY_SIZE(header));
	KUNIT_ASSERT_GE(test, words_of(strsep(&text, "\n"), word), 6);
	KUNIT_EXPECT_EQ(test, number(test, word[0]), 30);
	KUNIT_EXPECT_EQ(test, number(test, word[1]), 0);
	KUNIT_EXPECT_EQ(test, number(test, word[2]), 30 * 5000 + 29 * 30 / 2);
	KUNIT_EXPECT_EQ(test, number(test, word[3]), 5000);
	KUNIT_EXPECT_EQ(test, number(test, word[4]), 5029);
	KUNIT_EXPECT_EQ(test, strncmp(word[5], "fall_back+0x", 12), 0);
	KUNIT_ASSERT_GE(test, words_of(strsep(&text, "\n"), word), 6);
	KUNIT_EXPECT_EQ(test, number(test, word[0]), 20);
	KUNIT_EXPECT_EQ(test, strncmp(word[5], "fall_back_too+0x", 16), 0);

	KUNIT_EXPECT_EQ(test, file_write(test, "callers", "0\n"), 0);
	text = file_read(test, "callers");
	KUNIT_EXPECT_NULL(test, strstr(text, "fall_back"));
}

static void stats_file_of_the_switch(struct kunit *test)
{
	static const char *const bad[] = { "2\n", "-1\n", "x\n" };
	int i;

	KUNIT_EXPECT_STREQ(test, file_read(test, "enable"), "1\n");
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, file_write(test, "enable", bad[i]),
				    -EINVAL, "%s", bad[i]);
	KUNIT_EXPECT_STREQ(test, file_read(test, "enable"), "1\n");

	KUNIT_EXPECT_EQ(test, file_write(test, "enable", "0\n"), 0);
	KUNIT_EXPECT_STREQ(test, file_read(test, "enable"), "0\n");
	mark();
	kvfree(kvmalloc(kv_size(70000), GFP_KERNEL));
	expect_since(test, 70000, 0, 0, 0, 0);

	KUNIT_EXPECT_EQ(test, file_write(test, "enable", "1\n"), 0);
	KUNIT_EXPECT_STREQ(test, file_read(test, "enable"), "1\n");
	mark();
	kvfree(kvmalloc(kv_size(70000), GFP_KERNEL));
	expect_since(test, 70000, 1, 0, 0, 0);
}

static struct kunit_case stats_cases[] = {
	KV_AREA_CASE(stats_served),
	KUNIT_CASE(stats_classes),
	KUNIT_CASE(stats_constant),
	KUNIT_CASE(stats_nothing),
	KUNIT_CASE(stats_failed),
	KV_AREA_CASE(stats_peak),
	KUNIT_CASE(stats_freed),
	KV_AREA_CASE(stats_devm),
	KV_AREA_CASE(stats_realloc),
	KUNIT_CASE(stats_realloc_fails),
	KUNIT_CASE(stats_foreign),
	KUNIT_CASE(stats_foreign_free),
	KUNIT_CASE(stats_foreign_free_is_found_out),
	KUNIT_CASE(stats_switch),
	KUNIT_CASE(stats_other_cpu),
	KUNIT_CASE(stats_hammer),
	KUNIT_CASE(stats_callers),
	KV_AREA_CASE(stats_file),
	KUNIT_CASE(stats_file_of_callers),
	KUNIT_CASE(stats_file_of_the_switch),
	{ }
};

static struct kunit_suite kvmalloc_stats_suite = {
	.name = "kvmalloc_stats",
	.suite_init = kv_suite_init,
	.suite_exit = kv_suite_exit,
	.init = stats_init,
	.exit = stats_exit,
	.test_cases = stats_cases,
};

kunit_test_suite(kvmalloc_stats_suite);
