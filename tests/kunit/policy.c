// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_policy: which sizes and flags get what from whom, as the table
 * on top of <linux/kvmalloc.h> promises.
 */

#include <linux/spinlock.h>

#include "grow_test.h"

static const size_t above_page[] = {
	PAGE_SIZE + 1, KMALLOC_MAX_CACHE_SIZE - 1, KMALLOC_MAX_CACHE_SIZE,
	KMALLOC_MAX_CACHE_SIZE + 1, SZ_64K, KMALLOC_MAX_SIZE - 1,
	KMALLOC_MAX_SIZE,
};

static void policy_size_0(struct kunit *test)
{
	static const gfp_t flags[] = {
		GFP_KERNEL, GFP_KERNEL | __GFP_ZERO, KV_NOWAIT,
		GFP_KERNEL | __GFP_NOFAIL,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		void *p = kvmalloc(kv_size(0), flags[i]);

		KUNIT_EXPECT_PTR_EQ(test, p, ZERO_SIZE_PTR);
		kvfree(p);
	}
	KUNIT_EXPECT_PTR_EQ(test, kvmalloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
}

/* Up to a page: slab, asked in the caller's own words. */
static void policy_to_a_page(struct kunit *test)
{
	static const size_t sizes[] = {
		1, 7, 8, 64, 96, 1000, PAGE_SIZE - 1, PAGE_SIZE,
	};
	static const gfp_t flags[] = {
		GFP_KERNEL, GFP_KERNEL_ACCOUNT, GFP_USER, GFP_NOFS, GFP_NOIO,
		GFP_KERNEL | __GFP_NOFAIL, GFP_KERNEL | __GFP_RETRY_MAYFAIL,
		GFP_KERNEL | __GFP_NORETRY, GFP_KERNEL | __GFP_ZERO,
		GFP_NOWAIT, GFP_ATOMIC,
	};
	int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			void *p;

			kv_forget();
			p = kvmalloc(kv_size(sizes[i]), flags[j]);
			KUNIT_ASSERT_NOT_NULL(test, p);
			KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
			KUNIT_EXPECT_EQ(test, kv_attempts(sizes[i]), 1);
			KUNIT_EXPECT_EQ(test, kv_last_attempt(sizes[i]).flags,
					flags[j]);
			KUNIT_EXPECT_PTR_EQ(test, kv_last_attempt(sizes[i]).p,
					    (const void *)p);
			kv_fill(p, 0, sizes[i], i);
			kvfree(p);
			KUNIT_EXPECT_TRUE(test, kv_kfreed(p));
		}
	}
}

/* What slab cannot give up to a page, nobody gives. */
static void policy_to_a_page_without_slab(struct kunit *test)
{
	static const size_t sizes[] = { 1, 64, PAGE_SIZE - 1, PAGE_SIZE };
	static const gfp_t flags[] = {
		KV_NOWAIT, KV_ATOMIC,
		(GFP_KERNEL | __GFP_NOWARN) & ~__GFP_DIRECT_RECLAIM,
	};
	int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			void *p;

			kv_forget();
			p = KV_FAIL_NTH(1, kvmalloc(kv_size(sizes[i]),
						    flags[j]));
			KUNIT_EXPECT_TRUE(test, kv_failed());
			KUNIT_EXPECT_NULL(test, p);
			KUNIT_EXPECT_EQ(test, kv_attempts(sizes[i]), 1);
			KUNIT_EXPECT_EQ(test, kv_areas(), 0);
			kvfree(p);
		}
	}
}

/* Also not for those who may sleep. */
static void policy_to_a_page_without_slab_sleeping(struct kunit *test)
{
	static const size_t sizes[] = { 1, 64, PAGE_SIZE - 1, PAGE_SIZE };
	static const gfp_t flags[] = {
		GFP_KERNEL, GFP_NOFS, GFP_NOIO, GFP_KERNEL | __GFP_ZERO,
		GFP_KERNEL | __GFP_RETRY_MAYFAIL,
	};
	int i, j;

	kv_fail_with_reclaim(test);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			gfp_t quiet = flags[j] | __GFP_NOWARN;
			void *p;

			kv_forget();
			p = KV_FAIL_NTH(1, kvmalloc(kv_size(sizes[i]), quiet));
			KUNIT_EXPECT_TRUE(test, kv_failed());
			KUNIT_EXPECT_NULL(test, p);
			kvfree(p);

			/* Slab aligns up to a page, so this is the same. */
			p = KV_FAIL_NTH(1, kvmalloc_node_align(kv_size(sizes[i]),
							       PAGE_SIZE, quiet,
							       NUMA_NO_NODE));
			KUNIT_EXPECT_TRUE(test, kv_failed());
			KUNIT_EXPECT_NULL(test, p);
			KUNIT_EXPECT_EQ(test, kv_areas(), 0);
			kvfree(p);
		}
	}
}

/* Whoever wants slab to try hard still gets the fallback when it fails. */
static void policy_fallback_after_retry(struct kunit *test)
{
	const gfp_t flags = GFP_KERNEL | __GFP_RETRY_MAYFAIL;
	int i;

	kv_fail_with_reclaim(test);
	for (i = 0; i < ARRAY_SIZE(above_page); i++) {
		void *p;

		kv_forget();
		p = KV_FAIL_NTH(1, kvmalloc(kv_size(above_page[i]), flags));
		KUNIT_EXPECT_TRUE(test, kv_failed());
		KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
		KUNIT_EXPECT_EQ(test, kv_attempts(above_page[i]), 1);
		kvfree(p);
	}
}

/*
 * Above a page slab is asked once, quietly, and without reclaim unless the
 * caller wants to retry; never is it made to loop.
 */
static void policy_attempt_above_a_page(struct kunit *test)
{
	static const gfp_t flags[] = {
		GFP_KERNEL, GFP_KERNEL_ACCOUNT, GFP_USER, GFP_NOFS, GFP_NOIO,
		GFP_KERNEL | __GFP_NOWARN, GFP_KERNEL | __GFP_ZERO,
		GFP_KERNEL | __GFP_NORETRY, GFP_KERNEL | __GFP_NOFAIL,
		GFP_KERNEL | __GFP_RETRY_MAYFAIL,
		GFP_NOFS | __GFP_RETRY_MAYFAIL, GFP_NOWAIT, GFP_ATOMIC,
	};
	const gfp_t treated = __GFP_NOWARN | __GFP_NOFAIL |
			      __GFP_DIRECT_RECLAIM;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(above_page); i++) {
		size_t size = above_page[i];

		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			struct kv_request asked;
			bool retry = flags[j] & __GFP_RETRY_MAYFAIL;
			void *p;

			kv_forget();
			p = kvmalloc(kv_size(size), flags[j]);
			asked = kv_last_attempt(size);
			KUNIT_EXPECT_EQ(test, kv_attempts(size), 1);
			KUNIT_EXPECT_TRUE(test, asked.flags & __GFP_NOWARN);
			KUNIT_EXPECT_FALSE(test, asked.flags & __GFP_NOFAIL);
			KUNIT_EXPECT_EQ(test, retry,
					!!(asked.flags & __GFP_DIRECT_RECLAIM));
			KUNIT_EXPECT_EQ(test, asked.flags & ~treated,
					flags[j] & ~treated);

			/* Its answer is taken, and nothing else done then. */
			if (asked.p) {
				KUNIT_EXPECT_PTR_EQ(test, asked.p,
						    (const void *)p);
				KUNIT_EXPECT_EQ(test, kv_areas(), 0);
			}
			kvfree(p);
		}
	}
}

/* The fallback is taken when slab fails, once, and is whole. */
static void policy_fallback(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(above_page); i++) {
		size_t size = above_page[i];
		void *p;

		kv_forget();
		p = KV_FAIL_NTH(1, kvmalloc(kv_size(size), GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, kv_failed());
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
		KUNIT_EXPECT_EQ(test, kv_attempts(size), 1);
		KUNIT_EXPECT_NULL(test, kv_last_attempt(size).p);
		kv_fill(p, 0, size, i);
		KV_EXPECT_FILLED(test, p, 0, size, i);
		kvfree(p);
		KUNIT_EXPECT_TRUE(test, kv_released(p));
	}
}

/* Slab is not bothered with what it cannot do. */
static void policy_above_slab(struct kunit *test)
{
	static const size_t sizes[] = {
		KV_ABOVE_SLAB, KMALLOC_MAX_SIZE + PAGE_SIZE,
		2 * KMALLOC_MAX_SIZE + 1,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p;

		kv_forget();
		p = kvmalloc(kv_size(sizes[i]), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
		KUNIT_EXPECT_EQ(test, kv_attempts(sizes[i]), 0);
		kv_fill(p, 0, sizes[i], i);
		KV_EXPECT_FILLED(test, p, 0, sizes[i], i);
		kvfree(p);
	}
}

/* __GFP_NOWARN asks for no warning; suite kvmalloc_warns has the other half. */
static void policy_above_int_max(struct kunit *test)
{
	static const size_t sizes[] = {
		(size_t)INT_MAX + 1, (size_t)INT_MAX + PAGE_SIZE, UINT_MAX,
		SIZE_MAX / 2, SIZE_MAX - PAGE_SIZE, SIZE_MAX - 1, SIZE_MAX,
	};
	static const gfp_t flags[] = {
		GFP_KERNEL, GFP_KERNEL | __GFP_ZERO, GFP_ATOMIC,
		GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_KERNEL | __GFP_NOFAIL,
	};
	int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			void *p = kvmalloc(kv_size(sizes[i]),
					   flags[j] | __GFP_NOWARN);

			KUNIT_EXPECT_NULL(test, p);
			KUNIT_EXPECT_EQ(test, kv_attempts(sizes[i]), 0);
			kvfree(p);
		}
	}
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

/*
 * The largest size that is not taken for a mistake does reach vmalloc, which
 * says itself that it has not that much.
 */
static void policy_int_max(struct kunit *test)
{
	void *p;

	if (totalram_pages() >= INT_MAX >> PAGE_SHIFT)
		kunit_skip(test, "needs a machine with less memory than INT_MAX");

	kv_expect_complaint();
	p = kvmalloc(kv_size(INT_MAX), GFP_KERNEL);
	kv_end_of_complaint();
	KUNIT_EXPECT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, kv_vmalloc_errors(), 1);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

static DEFINE_SPINLOCK(lock);

/* Who may not sleep gets slab, or what this kernel's vmalloc can do for him. */
static void policy_atomic(struct kunit *test)
{
	static const size_t sizes[] = {
		PAGE_SIZE + 1, KMALLOC_MAX_CACHE_SIZE,
		KMALLOC_MAX_CACHE_SIZE + 1, SZ_64K, KV_ABOVE_SLAB,
	};
	static const gfp_t flags[] = { KV_NOWAIT, KV_ATOMIC };
	int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			size_t size = kv_size(sizes[i]), bad = size;
			bool by_vmalloc = false;
			void *p;

			kv_forget();
			spin_lock(&lock);
			if (size > KMALLOC_MAX_SIZE)
				p = kvmalloc(size, flags[j]);
			else
				p = KV_FAIL_NTH(1, kvmalloc(size, flags[j]));
			if (p) {
				by_vmalloc = is_vmalloc_addr(p);
				kv_fill(p, 0, size, i);
				bad = kv_first_bad(p, 0, size, i);
			}
			kvfree_atomic(p);
			spin_unlock(&lock);

			if (size <= KMALLOC_MAX_SIZE)
				KUNIT_EXPECT_TRUE(test, kv_failed());
			if (IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK)) {
				KUNIT_EXPECT_TRUE(test, by_vmalloc);
				KUNIT_EXPECT_EQ(test, bad, size);
			} else {
				KUNIT_EXPECT_NULL(test, p);
				KUNIT_EXPECT_EQ(test, kv_areas(), 0);
			}
		}
	}
}

static void policy_atomic_slab(struct kunit *test)
{
	static const size_t sizes[] = { 1, PAGE_SIZE, PAGE_SIZE + 1, SZ_32K };
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p;

		kv_forget();
		spin_lock(&lock);
		p = kvmalloc(kv_size(sizes[i]), KV_ATOMIC);
		if (p)
			kv_fill(p, 0, sizes[i], i);
		kvfree_atomic(p);
		spin_unlock(&lock);

		KUNIT_EXPECT_NOT_NULL(test, p);
		KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
		KUNIT_EXPECT_EQ(test, kv_areas(), 0);
	}
}

/*
 * vmalloc asks slab for its list of pages with those of its own flags that say
 * how hard to try, which is where they can be seen.
 */
static gfp_t fallback_effort(struct kunit *test, gfp_t flags)
{
	const size_t pages = 3, list = pages * sizeof(struct page *);
	void *p;

	kv_forget();
	p = KV_FAIL_NTH(1, kvmalloc(kv_size(pages * PAGE_SIZE), flags));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_ASSERT_GE(test, kv_attempts(list), 1);
	kvfree(p);

	return kv_last_attempt(list).flags;
}

/* Slab was spared it, but the caller's __GFP_NOFAIL holds. */
static void policy_nofail(struct kunit *test)
{
	gfp_t effort = fallback_effort(test, GFP_KERNEL | __GFP_NOFAIL);

	KUNIT_EXPECT_TRUE(test, effort & __GFP_NOFAIL);
	KUNIT_EXPECT_TRUE(test, effort & __GFP_DIRECT_RECLAIM);

	effort = fallback_effort(test, GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, effort & __GFP_NOFAIL);
	KUNIT_EXPECT_TRUE(test, effort & __GFP_DIRECT_RECLAIM);
	KUNIT_EXPECT_FALSE(test, effort & __GFP_NOWARN);
}

/*
 * Page tables come with flags of vmalloc's choice, unless it takes care.  A new
 * one is needed where nothing was mapped before: a GiB further on each time.
 */
static void check_page_tables(struct kunit *test, gfp_t flags, gfp_t never,
			      gfp_t sometimes)
{
	void *held[8];
	int i, n = 0;

	kv_forget();
	while (n < ARRAY_SIZE(held) &&
	       !kv_page_requests(__GFP_ZERO | sometimes, never)) {
		held[n] = kvmalloc_node_align(kv_size(2 * PAGE_SIZE), SZ_1G,
					      flags, NUMA_NO_NODE);
		if (!held[n])
			break;
		n++;
	}
	KUNIT_EXPECT_GT_MSG(test, kv_page_requests(__GFP_ZERO, 0), 0,
			    "no page table was needed");
	KUNIT_EXPECT_GT(test, kv_page_requests(__GFP_ZERO | sometimes, never),
			0);
	KUNIT_EXPECT_EQ(test, kv_page_requests(0, 0),
			kv_page_requests(0, never));
	for (i = 0; i < n; i++)
		kvfree(held[i]);
}

static void policy_nofs_noio(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_64BIT))
		kunit_skip(test, "needs a vmalloc range of several GiB");

	check_page_tables(test, GFP_KERNEL, 0, __GFP_FS | __GFP_IO);
	check_page_tables(test, GFP_NOFS, __GFP_FS, __GFP_IO);
	check_page_tables(test, GFP_NOIO, __GFP_FS | __GFP_IO, 0);
}

/* Huge pages, if they are free, where vmalloc_huge() uses them, too. */
static void policy_huge(struct kunit *test)
{
	const size_t size = kv_size(max(KV_ABOVE_SLAB, 2 * PMD_SIZE));
	void *p = vmalloc_huge(size, GFP_KERNEL);
	bool possible = p && is_vm_area_hugepages(p);

	vfree(p);
	if (!possible)
		kunit_skip(test, "needs an arch with huge vmalloc mappings");

	p = kvmalloc(size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, grow_is_huge(p, 0));
	kv_fill(p, 0, size, 1);
	KV_EXPECT_FILLED(test, p, 0, size, 1);
	kvfree(p);

	/* Mapping huge pages sleeps, so these flags get single pages. */
	p = kvmalloc(size, KV_NOWAIT);
	if (p)
		KUNIT_EXPECT_FALSE(test, grow_is_huge(p, 0));
	kvfree(p);
}

/*
 * Slab takes flags that vmalloc warns of or misinterprets: compound pages, and
 * mobility, which pages of an area do not have.
 */
static void policy_vmalloc_gets_its_flags_only(struct kunit *test)
{
	static const gfp_t others[] = {
		__GFP_COMP, __GFP_MOVABLE, __GFP_RECLAIMABLE, __GFP_WRITE,
		__GFP_COMP | __GFP_ZERO,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		const gfp_t flags = GFP_KERNEL | others[i];
		void *p, *n;

		kv_forget();
		p = kvmalloc(kv_size(KV_ABOVE_SLAB), flags);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
		/* Only the pages of areas may be high. */
		KUNIT_EXPECT_EQ(test, kv_page_requests(__GFP_HIGHMEM |
						       (others[i] & ~__GFP_ZERO),
						       0), 0);
		KUNIT_EXPECT_GT(test, kv_page_requests(__GFP_HIGHMEM, 0), 0);
		kvfree(p);

		p = kv_from_vmalloc(test, 5000, GFP_KERNEL);
		kv_fill(p, 0, 5000, i);
		n = kvrealloc(p, kv_size(50000), flags);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KV_EXPECT_FILLED(test, n, 0, 5000, i);
		kvfree(n);

		p = kvmalloc_growable(kv_size(5000), SZ_64K, flags);
		KUNIT_ASSERT_NOT_NULL(test, p);
		kvfree(p);
	}
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

/* The fallback and pages that are added later come from the requested zone. */
static void policy_vmalloc_takes_zone_dma(struct kunit *test)
{
#ifdef CONFIG_ZONE_DMA
	size_t size = 3 * PAGE_SIZE, offset;
	void *p, *n;

	p = kv_from_vmalloc(test, size, GFP_KERNEL | GFP_DMA);
	n = kvrealloc(p, kv_size(2 * size), GFP_KERNEL | GFP_DMA);
	KUNIT_EXPECT_NOT_NULL(test, n);
	for (offset = 0; n && offset < 2 * size; offset += PAGE_SIZE)
		KUNIT_EXPECT_EQ(test, page_zonenum(vmalloc_to_page(n + offset)),
				ZONE_DMA);
	kvfree(n ?: p);
#else
	kunit_skip(test, "needs CONFIG_ZONE_DMA");
#endif
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(policy_size_0),
	KUNIT_CASE(policy_to_a_page),
	KUNIT_CASE(policy_to_a_page_without_slab),
	KUNIT_CASE(policy_to_a_page_without_slab_sleeping),
	KUNIT_CASE(policy_attempt_above_a_page),
	KV_AREA_CASE(policy_fallback),
	KV_AREA_CASE(policy_fallback_after_retry),
	KV_AREA_CASE(policy_above_slab),
	KUNIT_CASE(policy_above_int_max),
	KV_AREA_CASE(policy_int_max),
	KV_AREA_CASE(policy_atomic),
	KUNIT_CASE(policy_atomic_slab),
	KV_AREA_CASE(policy_nofail),
	KV_AREA_CASE(policy_nofs_noio),
	KV_AREA_CASE(policy_huge),
	KV_AREA_CASE(policy_vmalloc_gets_its_flags_only),
	KUNIT_CASE(policy_vmalloc_takes_zone_dma),
	{ }
};

static struct kunit_suite kvmalloc_policy_suite = {
	.name = "kvmalloc_policy",
	KV_SUITE_HOOKS,
	.test_cases = policy_cases,
};

kunit_test_suite(kvmalloc_policy_suite);
