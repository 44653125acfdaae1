// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_array: n elements of some size, or NULL and silence when that
 * is more than a size_t can say.
 */

#include "kvmalloc_test.h"

#define HALF	(1UL << (BITS_PER_LONG / 2))

static void array_overflow(struct kunit *test)
{
	static const struct { size_t n, size; } shapes[] = {
		{ SIZE_MAX, 2 }, { 2, SIZE_MAX }, { SIZE_MAX, SIZE_MAX },
		{ SIZE_MAX / 2 + 1, 2 }, { SIZE_MAX / 8 + 1, 8 },
		{ HALF, HALF }, { HALF + 1, HALF },
		/* What is left of these products is a size to be had. */
		{ SIZE_MAX / 16 + 2, 16 }, { HALF + 1, HALF + 1 },
		{ SIZE_MAX / PAGE_SIZE + 2, PAGE_SIZE },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		size_t n = kv_size(shapes[i].n), size = kv_size(shapes[i].size);

		KUNIT_EXPECT_NULL(test, kvmalloc_array(n, size, GFP_KERNEL));
		KUNIT_EXPECT_NULL(test, kvcalloc(n, size, GFP_KERNEL));
		KUNIT_EXPECT_NULL(test, kvmalloc_array_node(n, size, GFP_KERNEL,
							    NUMA_NO_NODE));
		KUNIT_EXPECT_NULL(test, kvcalloc_node(n, size, GFP_KERNEL,
						      NUMA_NO_NODE));
	}
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
}

/* Products that do fit: the table of sizes again. */
static void array_boundaries(struct kunit *test)
{
	static const struct { size_t n, size; } shapes[] = {
		{ 1, 1 }, { 1, PAGE_SIZE }, { PAGE_SIZE, 1 }, { 7, 13 },
		{ PAGE_SIZE / 8, 8 }, { PAGE_SIZE / 8 + 1, 8 },
		{ KMALLOC_MAX_CACHE_SIZE / 16 + 1, 16 },
	};
	const gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;
	int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		size_t n = shapes[i].n, size = shapes[i].size, all = n * size;
		void *p;

		kv_forget();
		p = kvmalloc_array(kv_size(n), kv_size(size), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, kv_attempts(all), 1);
		kv_fill(p, 0, all, i);
		kvfree(p);

		p = kvcalloc(kv_size(n), kv_size(size), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KV_EXPECT_ZEROED(test, p, 0, all);
		kv_fill(p, 0, all, i);
		kvfree(p);
	}

	/* No overflow, yet more than anybody means. */
	KUNIT_EXPECT_NULL(test, kvmalloc_array(kv_size(SIZE_MAX), 1, quiet));
	KUNIT_EXPECT_NULL(test, kvmalloc_array(kv_size(INT_MAX / 8 + 1), 8,
					       quiet));
	KUNIT_EXPECT_NULL(test, kvcalloc(1, kv_size((size_t)INT_MAX + 1),
					 quiet));
}

static void array_of_nothing(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, kvmalloc_array(kv_size(0), 8, GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kvmalloc_array(8, kv_size(0), GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kvcalloc(kv_size(0), kv_size(SIZE_MAX),
					   GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kvcalloc_node(0, 0, GFP_KERNEL, NUMA_NO_NODE),
			    ZERO_SIZE_PTR);
}

static void array_fallback(struct kunit *test)
{
	const size_t n = 3000, size = 24;
	void *p;

	p = KV_FAIL_NTH(1, kvmalloc_array(kv_size(n), size, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_EQ(test, kv_attempts(n * size), 1);
	kv_fill(p, 0, n * size, 1);
	KV_EXPECT_FILLED(test, p, 0, n * size, 1);
	kvfree(p);
}

static struct kunit_case array_cases[] = {
	KUNIT_CASE(array_overflow),
	KUNIT_CASE(array_boundaries),
	KUNIT_CASE(array_of_nothing),
	KV_AREA_CASE(array_fallback),
	{ }
};

static struct kunit_suite kvmalloc_array_suite = {
	.name = "kvmalloc_array",
	KV_SUITE_HOOKS,
	.test_cases = array_cases,
};

kunit_test_suite(kvmalloc_array_suite);
