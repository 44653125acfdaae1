// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_zero: __GFP_ZERO clears every byte, in memory that was dirty
 * before.  What reallocating has to clear is suite kvmalloc_realloc's.
 */

#include "kvmalloc_test.h"

#define NR_PIECES	8

static void *get(size_t size, gfp_t flags, bool fail_slab)
{
	return fail_slab ? KV_FAIL_NTH(1, kvmalloc(size, flags)) :
			   kvmalloc(size, flags);
}

/*
 * Leave @size bytes in the allocator that are not zero, and find out whether
 * they come back.  They do not where memory is cleared or quarantined anyway,
 * and then a test of clearing shows nothing.
 */
static bool dirt_comes_back(size_t size, bool fail_slab)
{
	void *pieces[NR_PIECES];
	bool dirty = false;
	int i;

	for (i = 0; i < NR_PIECES; i++) {
		pieces[i] = get(size, GFP_KERNEL, fail_slab);
		if (pieces[i])
			memset(pieces[i], 0xa5, size);
	}
	for (i = 0; i < NR_PIECES; i++)
		kvfree(pieces[i]);

	for (i = 0; i < NR_PIECES; i++) {
		pieces[i] = get(size, GFP_KERNEL, fail_slab);
		if (pieces[i])
			dirty |= kv_first_nonzero(pieces[i], 0, size) != size;
	}
	for (i = 0; i < NR_PIECES; i++) {
		if (pieces[i])
			memset(pieces[i], 0x5a, size);
		kvfree(pieces[i]);
	}

	return dirty;
}

static void check_zeroing(struct kunit *test, const size_t *sizes, int nr,
			  bool fail_slab)
{
	bool dirty = false;
	int i, j;

	for (i = 0; i < nr; i++) {
		size_t size = kv_size(sizes[i]);
		void *pieces[NR_PIECES];

		dirty |= dirt_comes_back(size, fail_slab);

		for (j = 0; j < NR_PIECES; j++) {
			pieces[j] = fail_slab ?
				KV_FAIL_NTH(1, kvzalloc(size, GFP_KERNEL)) :
				kvzalloc(size, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, pieces[j]);
			KUNIT_EXPECT_EQ(test, is_vmalloc_addr(pieces[j]),
					fail_slab || size > KMALLOC_MAX_SIZE);
			KV_EXPECT_ZEROED(test, pieces[j], 0, size);
			memset(pieces[j], 0xff, size);
		}
		for (j = 0; j < NR_PIECES; j++)
			kvfree(pieces[j]);
	}

	if (!dirty)
		kunit_skip(test, "needs a kernel that hands out dirty memory");
}

static void zero_slab(struct kunit *test)
{
	static const size_t sizes[] = {
		1, 8, 13, 64, 100, 512, 1000, PAGE_SIZE - 1, PAGE_SIZE,
		PAGE_SIZE + 1, KMALLOC_MAX_CACHE_SIZE,
		KMALLOC_MAX_CACHE_SIZE + 1, SZ_64K - 1,
	};

	check_zeroing(test, sizes, ARRAY_SIZE(sizes), false);
}

static void zero_vmalloc(struct kunit *test)
{
	static const size_t sizes[] = {
		PAGE_SIZE + 1, 3 * PAGE_SIZE, KMALLOC_MAX_CACHE_SIZE,
		KMALLOC_MAX_CACHE_SIZE + 1, SZ_64K - 1, SZ_1M + 1,
	};

	check_zeroing(test, sizes, ARRAY_SIZE(sizes), true);
}

static void zero_above_slab(struct kunit *test)
{
	static const size_t sizes[] = { KV_ABOVE_SLAB };

	check_zeroing(test, sizes, ARRAY_SIZE(sizes), false);
}

/* The other spellings come to the same. */
static void zero_spellings(struct kunit *test)
{
	const size_t size = kv_size(5000);
	int i, j;

	dirt_comes_back(size, false);
	dirt_comes_back(size, true);
	for (i = 0; i < 8; i++) {
		void *p[6] = { };

		kv_fail_nth(i % 2);
		p[0] = kvzalloc_node(size, GFP_KERNEL, NUMA_NO_NODE);
		kv_fail_nth(i % 2);
		p[1] = kvcalloc(size / 8, 8, GFP_KERNEL);
		kv_fail_nth(i % 2);
		p[2] = kvcalloc_node(size / 8, 8, GFP_KERNEL, NUMA_NO_NODE);
		kv_fail_nth(i % 2);
		p[3] = kvmalloc_array(size / 8, 8, GFP_KERNEL | __GFP_ZERO);
		kv_fail_nth(i % 2);
		p[4] = kvmalloc_node_align(size, 64, GFP_KERNEL | __GFP_ZERO,
					   NUMA_NO_NODE);
		kv_fail_nth(i % 2);
		p[5] = kvrealloc(NULL, size, GFP_KERNEL | __GFP_ZERO);
		kv_fail_nth(0);

		for (j = 0; j < ARRAY_SIZE(p); j++) {
			KUNIT_ASSERT_NOT_NULL(test, p[j]);
			KUNIT_EXPECT_EQ(test, is_vmalloc_addr(p[j]), i % 2);
			KV_EXPECT_ZEROED(test, p[j], 0, size);
			memset(p[j], 0xff, size);
		}
		for (j = 0; j < ARRAY_SIZE(p); j++)
			kvfree(p[j]);
	}
}

static struct kunit_case zero_cases[] = {
	KUNIT_CASE(zero_slab),
	KUNIT_CASE(zero_vmalloc),
	KUNIT_CASE(zero_above_slab),
	KUNIT_CASE(zero_spellings),
	{ }
};

static struct kunit_suite kvmalloc_zero_suite = {
	.name = "kvmalloc_zero",
	KV_SUITE_HOOKS,
	.test_cases = zero_cases,
};

kunit_test_suite(kvmalloc_zero_suite);
