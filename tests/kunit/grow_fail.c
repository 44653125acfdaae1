// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_grow_fail: a growth that fails, at whatever step, has not
 * happened: the buffer is as it was, nothing is lost, and the next one works.
 *
 * Each allocation inside a growth is made to fail in turn, once alone and once
 * with all that follow it: where a first attempt is a gentle one, it takes both
 * to see the second fail.  Page tables are only allocated where nothing was
 * mapped before, so for them a buffer begins a GiB that is new to vmalloc.
 */

#include <linux/delay.h>

#include "grow_test.h"

#define OLD_SIZE	(10 * PAGE_SIZE + 10)
#define MOST_STEPS	1500
#define QUIET		(GFP_KERNEL | __GFP_NOWARN)

/* 32 bits do not have GiBs, so page tables need not be seen there. */
#define NEW_TABLES	(IS_ENABLED(CONFIG_64BIT) ? SZ_1G : PAGE_SIZE)

static void *make_growable(struct kunit *test, const void *self)
{
	return kvmalloc_growable(kv_size(OLD_SIZE), 4 * SZ_1M, GFP_KERNEL);
}

static void *make_growable_far_off(struct kunit *test, const void *self)
{
	return kvmalloc_growable_node_align(kv_size(OLD_SIZE), 4 * SZ_1M,
					    NEW_TABLES, GFP_KERNEL,
					    NUMA_NO_NODE);
}

static void *make_new(struct kunit *test, const void *self)
{
	return grow_new(test, OLD_SIZE, GFP_KERNEL);
}

static void *make_special(struct kunit *test, const void *self)
{
	void *p = grow_new(test, OLD_SIZE, GFP_KERNEL);

	find_vm_area(p)->flags |= VM_DMA_COHERENT;
	return p;
}

static void *make_with_room(struct kunit *test, const void *self)
{
	return grow_new_with_room(test, OLD_SIZE, 0);
}

static void *make_far_off(struct kunit *test, const void *self)
{
	return __vmalloc_node_range(kv_size(OLD_SIZE), NEW_TABLES,
				    VMALLOC_START, VMALLOC_END, GFP_KERNEL,
				    PAGE_KERNEL, 0, NUMA_NO_NODE, self);
}

static void *make_in_slab(struct kunit *test, const void *self)
{
	return kv_from_slab(test, OLD_SIZE, GFP_KERNEL | __GFP_ZERO);
}

/* On 32 bits what grows stays in slab as long as it can. */
#define LEAVES_SLAB \
	(IS_ENABLED(CONFIG_64BIT) ? (size_t)SZ_256K : (size_t)KV_ABOVE_SLAB)

/**
 * struct setting - A growth that is to fail.
 * @name: What it is called.
 * @make: Make memory of OLD_SIZE bytes.
 * @size: What it is to become.
 * @align: What is asked for with that.
 * @how: What becomes of it if nothing fails.
 */
static const struct setting {
	const char *name;
	void *(*make)(struct kunit *test, const void *self);
	size_t size;
	unsigned long align;
	enum kvmalloc_how how;
} settings[] = {
	{ "in place", make_growable, 100 * PAGE_SIZE, 1, KVMALLOC_IN_PLACE },
	{ "in place, huge", make_growable, 3 * SZ_1M, 1, KVMALLOC_IN_PLACE },
	{ "in place, tables", make_growable_far_off, 3 * SZ_1M, 1,
	  KVMALLOC_IN_PLACE },
	{ "remapped", make_new, 40 * PAGE_SIZE, 1, KVMALLOC_REMAPPED },
	{ "remapped again", make_with_room, 40 * PAGE_SIZE, 1,
	  KVMALLOC_REMAPPED },
	{ "remapped, large", make_new, 2 * SZ_1M + SZ_64K, 1,
	  KVMALLOC_REMAPPED },
	{ "remapped, tables", make_far_off, 40 * PAGE_SIZE, NEW_TABLES,
	  KVMALLOC_REMAPPED },
	{ "copied", make_special, 40 * PAGE_SIZE, 1, KVMALLOC_COPIED },
	{ "from slab", make_in_slab, LEAVES_SLAB, 1, KVMALLOC_MOVED },
};

static void describe_setting(const struct setting *s, char *desc)
{
	strscpy(desc, s->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(setting, settings, describe_setting);

/* How a buffer, and all of vmalloc, is at some time. */
struct snapshot {
	unsigned long vmalloc_pages;
	unsigned int live;
	size_t room;
	struct page *first, *last;
};

static struct snapshot look(const void *p)
{
	struct snapshot s = {
		.vmalloc_pages = grow_vmalloc_pages(),
		.live = kv_live(),
		.room = kvmalloc_room(p),
	};

	if (is_vmalloc_addr(p)) {
		s.first = vmalloc_to_page(p);
		s.last = vmalloc_to_page(p + OLD_SIZE - 1);
	}
	return s;
}

/* What vmalloc() cannot complete a worker frees, soon. */
static void settle(unsigned long vmalloc_pages, unsigned int live)
{
	unsigned int patience = 300;

	while ((grow_vmalloc_pages() > vmalloc_pages || kv_live() != live) &&
	       patience--)
		usleep_range(2000, 5000);
}

static void expect_as_before(struct kunit *test, const void *p,
			     const struct snapshot *before, unsigned int n)
{
	struct snapshot now;

	settle(before->vmalloc_pages, before->live);
	now = look(p);
	/* A thread that ended before has had a stack. */
	KUNIT_EXPECT_LE_MSG(test, now.vmalloc_pages, before->vmalloc_pages,
			    "step %u", n);
	KUNIT_EXPECT_EQ_MSG(test, now.live, before->live, "step %u", n);
	KUNIT_EXPECT_EQ_MSG(test, now.room, before->room, "step %u", n);
	KUNIT_EXPECT_PTR_EQ_MSG(test, now.first, before->first, "step %u", n);
	KUNIT_EXPECT_PTR_EQ_MSG(test, now.last, before->last, "step %u", n);
	if (is_vmalloc_addr(p))
		grow_check(test, p, OLD_SIZE);
	KV_EXPECT_FILLED(test, p, 0, OLD_SIZE, n);
}

static void *resize(void *p, const struct setting *s, gfp_t flags)
{
	return kvrealloc_node_align(p, kv_size(s->size), s->align, flags,
				    NUMA_NO_NODE);
}

/* The seed is what the memory was filled with. */
static void expect_grown(struct kunit *test, void *p, const struct setting *s,
			 gfp_t flags, unsigned int seed)
{
	KV_EXPECT_FILLED(test, p, 0, OLD_SIZE, seed);
	if (flags & __GFP_ZERO)
		KV_EXPECT_ZEROED(test, p, OLD_SIZE, s->size);
	memset(p, 0xff, s->size);
	grow_check(test, p, s->size);
}

/*
 * Fail from the n-th allocation on, for each n that there is, @times times.
 * Returns how many of the growths failed for it.
 */
static unsigned int fail_each(struct kunit *test, const struct setting *s,
			      int times, gfp_t flags)
{
	unsigned int n, failures = 0, nr_held = 0;
	void *held[64], *p, *q;

	for (n = 1; n < MOST_STEPS; n++) {
		unsigned long vmalloc_pages = grow_vmalloc_pages();
		unsigned int live = kv_live();
		struct snapshot before;

		p = s->make(test, test);
		KUNIT_ASSERT_NOT_NULL(test, p);
		kv_fill(p, 0, OLD_SIZE, n);
		before = look(p);
		grow_forget();
		q = KV_FAIL_FROM(n, times, resize(p, s, flags));
		if (!q) {
			KUNIT_EXPECT_TRUE(test, kv_failed());
			failures++;
			expect_as_before(test, p, &before, n);
			grow_forget();
			q = resize(p, s, flags);
			KUNIT_ASSERT_NOT_NULL(test, q);
		}
		if (!kv_failed())
			KUNIT_EXPECT_EQ_MSG(test, grow_times(s->how), 1,
					    "step %u: %u in place, %u remapped, %p to %p",
					    n, grow_times(KVMALLOC_IN_PLACE),
					    grow_times(KVMALLOC_REMAPPED), p, q);
		expect_grown(test, q, s, flags, n);

		/* Page tables stay, so what has some is not to come back. */
		if (IS_ENABLED(CONFIG_64BIT) &&
		    (s->make == make_growable_far_off ||
		     s->make == make_far_off)) {
			held[nr_held++ % ARRAY_SIZE(held)] = q;
		} else {
			kvfree(q);
			settle(vmalloc_pages, live);
		}
		if (!kv_failed() || nr_held == ARRAY_SIZE(held))
			break;
	}
	KUNIT_EXPECT_LT(test, n, MOST_STEPS);
	while (nr_held)
		kvfree(held[--nr_held]);

	return failures;
}

static void fail_one(struct kunit *test)
{
	const struct setting *s = test->param_value;

	kv_fail_anything(test);
	fail_each(test, s, 1, QUIET);
	fail_each(test, s, 1, QUIET | __GFP_ZERO);
}

static void fail_all(struct kunit *test)
{
	static const gfp_t flags[] = {
		QUIET, QUIET | __GFP_ZERO, GFP_NOFS | __GFP_NOWARN,
		GFP_NOIO | __GFP_NOWARN, QUIET | __GFP_RETRY_MAYFAIL,
	};
	const struct setting *s = test->param_value;
	int i;

	kv_fail_anything(test);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		/* Such a buffer stays in slab. */
		if (s->make == make_in_slab && flags[i] & __GFP_RETRY_MAYFAIL)
			continue;
		KUNIT_EXPECT_GT(test, fail_each(test, s, -1, flags[i]), 0);
	}
}

/* Who cannot take no for an answer gets none, as long as it ends some time. */
static void fail_nofail(struct kunit *test)
{
	const struct setting *s = test->param_value;
	const gfp_t flags = GFP_KERNEL | __GFP_NOFAIL;
	unsigned int n, injected = 0;
	int times;
	void *p, *q;

	kv_fail_anything(test);
	for (times = 1; times < 4; times++) {
		for (n = 1; n < 8; n++) {
			p = s->make(test, test);
			KUNIT_ASSERT_NOT_NULL(test, p);
			kv_fill(p, 0, OLD_SIZE, n);
			q = KV_FAIL_FROM(n, times, resize(p, s, flags));
			injected += kv_failed();
			KUNIT_ASSERT_NOT_NULL(test, q);
			expect_grown(test, q, s, flags, n);
			kvfree(q);
		}
	}
	kunit_info(test, "%u times something failed\n", injected);
}

/* The same with pages: what is allocated is given back, all of it. */
static void fail_leaks_nothing(struct kunit *test)
{
	const struct setting *s = test->param_value;
	unsigned int n, round, failures = 0, patience = 100;
	long before = 0;
	void *p;

	kv_fail_anything(test);
	p = s->make(test, test);
	KUNIT_ASSERT_NOT_NULL(test, p);
	kv_fill(p, 0, OLD_SIZE, 1);

	/* The first rounds are for caches to fill, and for page tables. */
	for (round = 0; round < 12; round++) {
		if (round == 2)
			before = grow_free_pages();
		for (n = 1; n < 40; n++) {
			void *q = KV_FAIL_FROM(n, -1, resize(p, s, QUIET));

			if (q) {
				kvfree(q);
				p = s->make(test, test);
				KUNIT_ASSERT_NOT_NULL(test, p);
				kv_fill(p, 0, OLD_SIZE, 1);
				break;
			}
			failures++;
		}
	}
	KUNIT_EXPECT_GT(test, failures, 0);
	/* One for each failure would be more.  KASAN keeps what is freed. */
	if (!IS_ENABLED(CONFIG_KASAN)) {
		while (grow_free_pages() <= before - 64 && patience--)
			msleep(20);
		KUNIT_EXPECT_GT(test, grow_free_pages(), before - 64);
	}
	KV_EXPECT_FILLED(test, p, 0, OLD_SIZE, 1);
	kvfree(p);
}

/* Memory with a limit comes whole or not at all. */
static void fail_growable(struct kunit *test)
{
	static const struct {
		size_t size, max;
		unsigned long align;
	} shapes[] = {
		{ 5000, SZ_64K, 1 }, { SZ_64K, SZ_4M, 1 },
		{ 3 * SZ_1M, SZ_4M, 1 }, { 100, SZ_1M, NEW_TABLES },
	};
	unsigned int n, failures = 0;
	int times, i;

	kv_fail_anything(test);
	for (i = 0; i < ARRAY_SIZE(shapes) * 2; i++) {
		const unsigned long align = shapes[i / 2].align;
		const size_t size = kv_size(shapes[i / 2].size);
		const size_t max = shapes[i / 2].max;

		times = i % 2 ? -1 : 1;
		for (n = 1; n < MOST_STEPS; n++) {
			unsigned long before = grow_vmalloc_pages();
			unsigned int live = kv_live();
			void *p;

			p = KV_FAIL_FROM(n, times,
					 kvmalloc_growable_node_align(size, max,
								      align, QUIET,
								      NUMA_NO_NODE));
			failures += !p;
			if (p)
				grow_check(test, p, size);
			kvfree(p);
			settle(before, live);
			KUNIT_EXPECT_LE(test, grow_vmalloc_pages(), before);
			KUNIT_EXPECT_EQ(test, kv_live(), live);
			if (!kv_failed())
				break;
		}
		KUNIT_EXPECT_LT(test, n, MOST_STEPS);
	}
	KUNIT_EXPECT_GT(test, failures, 0);
}

/* A huge mapping that cannot be added to is as huge as before. */
static void fail_huge(struct kunit *test)
{
	unsigned int n, failures = 0;
	int times;

	kv_fail_anything(test);
	for (times = -1; times <= 1; times += 2) {
		for (n = 1; n < 40; n++) {
			u8 *p = grow_new_huge(test, PMD_SIZE), *q;
			struct page *page;

			page = vmalloc_to_page(p + PMD_SIZE - 1);
			p[0] = n;
			p[PMD_SIZE - 1] = n + 1;
			q = KV_FAIL_FROM(n, times,
					 kvrealloc(p, kv_size(PMD_SIZE + SZ_64K),
						   QUIET));
			failures += !q;
			q = q ?: p;
			/* Without a range that is aligned it moves as well. */
			if (q == p || !kv_failed())
				KUNIT_EXPECT_TRUE(test, grow_is_huge(q, 0));
			KUNIT_EXPECT_PTR_EQ(test,
					    vmalloc_to_page(q + PMD_SIZE - 1),
					    page);
			KUNIT_EXPECT_EQ(test, q[0], n);
			KUNIT_EXPECT_EQ(test, q[PMD_SIZE - 1], n + 1);
			if (q == p)
				grow_check(test, q, PMD_SIZE);
			kvfree(q);
			if (!kv_failed())
				break;
		}
	}
	KUNIT_EXPECT_GT(test, failures, 0);
}

/* More than there is: known at once, and nothing is begun. */
static void fail_for_want_of_memory(struct kunit *test)
{
	const size_t size = (totalram_pages() + 1) << PAGE_SHIFT;
	unsigned long before;
	void *p;

	if (size > INT_MAX)
		kunit_skip(test, "needs a machine with less memory than INT_MAX");

	p = grow_new_with_room(test, OLD_SIZE, 1);
	before = grow_vmalloc_pages();
	kv_forget();
	KUNIT_EXPECT_NULL(test, kvrealloc(p, kv_size(size), QUIET));
	KUNIT_EXPECT_NULL(test, vrealloc(p, kv_size(size), QUIET));
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
	KUNIT_EXPECT_EQ(test, grow_vmalloc_pages(), before);
	grow_check(test, p, OLD_SIZE);
	KV_EXPECT_FILLED(test, p, 0, OLD_SIZE, 1);
	kvfree(p);
	KUNIT_EXPECT_NULL(test, kvmalloc_growable(kv_size(size), size, QUIET));
}

static struct kunit_case fail_cases[] = {
	KUNIT_CASE_PARAM(fail_one, setting_gen_params),
	KUNIT_CASE_PARAM(fail_all, setting_gen_params),
	KUNIT_CASE_PARAM(fail_nofail, setting_gen_params),
	KUNIT_CASE_PARAM(fail_leaks_nothing, setting_gen_params),
	KUNIT_CASE(fail_growable),
	KUNIT_CASE(fail_huge),
	KUNIT_CASE(fail_for_want_of_memory),
	{ }
};

static struct kunit_suite kvmalloc_grow_fail_suite = {
	.name = "kvmalloc_grow_fail",
	GROW_SUITE_HOOKS,
	.test_cases = fail_cases,
};

kunit_test_suite(kvmalloc_grow_fail_suite);
