// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_align: memory has the alignment that was asked for, from slab
 * where slab gives it and from vmalloc where it does not, and keeps its
 * contents when it has to move for it.
 */

#include <linux/log2.h>

#include "kvmalloc_test.h"

#define LARGEST		SZ_2M

/* Whether slab can align: it does to the size's power of two, a page or more */
static bool slab_can(size_t size, unsigned long align)
{
	return size <= KMALLOC_MAX_SIZE &&
	       align <= max(PAGE_SIZE, roundup_pow_of_two(size));
}

static void check_one(struct kunit *test, size_t size, unsigned long align,
		      bool fail_slab)
{
	bool can = slab_can(size, align);
	void *p;

	kv_forget();
	p = fail_slab ? KV_FAIL_NTH(1, kvmalloc_node_align(size, align,
							   GFP_KERNEL,
							   NUMA_NO_NODE)) :
			kvmalloc_node_align(size, align, GFP_KERNEL,
					    NUMA_NO_NODE);
	KUNIT_ASSERT_NOT_NULL_MSG(test, p, "%zu bytes aligned to %lu", size,
				  align);
	KUNIT_EXPECT_TRUE_MSG(test, IS_ALIGNED((unsigned long)p, align),
			      "%zu bytes not aligned to %lu", size, align);
	if (!can)
		KUNIT_EXPECT_TRUE_MSG(test, is_vmalloc_addr(p),
				      "%zu bytes aligned to %lu", size, align);
	else if (size <= PAGE_SIZE)
		KUNIT_EXPECT_FALSE_MSG(test, is_vmalloc_addr(p),
				       "%zu bytes aligned to %lu", size, align);
	kv_fill(p, 0, size, 3);
	KV_EXPECT_FILLED(test, p, 0, size, 3);
	kvfree(p);
}

static void align_powers_of_two(struct kunit *test)
{
	unsigned long align;

	for (align = 1; align <= LARGEST; align *= 2) {
		const size_t sizes[] = {
			1, align / 2, align - 1, align, align + 1,
			align + align / 2, 3 * align, 100, 5000,
		};
		int i;

		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			if (sizes[i])
				check_one(test, kv_size(sizes[i]), align,
					  false);
		}
	}
}

/* The fallback keeps the alignment that slab would have given. */
static void align_fallback(struct kunit *test)
{
	unsigned long align;

	for (align = 2 * PAGE_SIZE; align <= LARGEST; align *= 2) {
		check_one(test, kv_size(align - 1), align, true);
		KUNIT_EXPECT_TRUE(test, kv_failed());
		check_one(test, kv_size(align + 1), align, true);
		KUNIT_EXPECT_TRUE(test, kv_failed());
	}
}

/* Many at a time: the first of a fresh slab is aligned by luck. */
static void align_neighbours(struct kunit *test)
{
	static const struct { size_t size; unsigned long align; } shapes[] = {
		{ 1, 64 }, { 24, 32 }, { 65, 64 }, { 96, 64 }, { 96, 128 },
		{ 100, 128 }, { 130, 64 }, { 200, 256 }, { 300, 512 },
		{ 600, 1024 }, { 1, 2048 }, { 1025, 1024 },
	};
	void *held[20];
	int i, j;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		unsigned long align = shapes[i].align;

		for (j = 0; j < ARRAY_SIZE(held); j++) {
			void *p = kvmalloc_node_align(kv_size(shapes[i].size),
						      align, GFP_KERNEL,
						      NUMA_NO_NODE);

			KUNIT_EXPECT_NOT_NULL(test, p);
			KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
			KUNIT_EXPECT_TRUE_MSG(test,
					      IS_ALIGNED((unsigned long)p,
							 align),
					      "%zu bytes aligned to %lu",
					      shapes[i].size, align);
			held[j] = p;
		}
		for (j = 0; j < ARRAY_SIZE(held); j++)
			kvfree(held[j]);
	}
}

/* What slab cannot align it is not asked for, and what it can it is. */
static void align_who_is_asked(struct kunit *test)
{
	void *p;

	p = kvmalloc_node_align(kv_size(3 * PAGE_SIZE), 8 * PAGE_SIZE,
				GFP_KERNEL, NUMA_NO_NODE);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_EQ(test, kv_attempts(3 * PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, kv_attempts(8 * PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, kv_area_align(), 8 * PAGE_SIZE);
	kvfree(p);

	kv_forget();
	p = kvmalloc_node_align(kv_size(3 * PAGE_SIZE), 4 * PAGE_SIZE,
				GFP_KERNEL, NUMA_NO_NODE);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, kv_attempts(4 * PAGE_SIZE), 1);
	kvfree(p);

	/* Up to a page in the caller's own words, however it is aligned. */
	kv_forget();
	p = kvmalloc_node_align(kv_size(PAGE_SIZE), PAGE_SIZE, GFP_NOFS,
				NUMA_NO_NODE);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, kv_attempts(PAGE_SIZE), 1);
	KUNIT_EXPECT_EQ(test, kv_last_attempt(PAGE_SIZE).flags, GFP_NOFS);
	kvfree(p);

	/* Alignment is no reason for a small request to leave slab. */
	kv_forget();
	p = KV_FAIL_NTH(1, kvmalloc_node_align(kv_size(100), PAGE_SIZE,
					       KV_NOWAIT, NUMA_NO_NODE));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_EXPECT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
}

static void check_move(struct kunit *test, void *p, size_t old, size_t new,
		       unsigned long align)
{
	const size_t kept = min(old, new);
	void *n;

	kv_fill(p, 0, old, 5);
	n = kvrealloc_node_align(p, kv_size(new), align, GFP_KERNEL,
				 NUMA_NO_NODE);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)n, align));
	KV_EXPECT_FILLED(test, n, 0, kept, 5);
	kv_fill(n, 0, new, 6);
	KV_EXPECT_FILLED(test, n, 0, new, 6);
	kvfree(n);
}

static void align_realloc(struct kunit *test)
{
	static const size_t sizes[] = {
		24, 100, 1000, PAGE_SIZE, 5000, 3 * PAGE_SIZE, SZ_64K + 100,
	};
	unsigned long align;
	int i, j;

	for (align = 16; align <= LARGEST; align *= 4) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			for (j = 0; j < ARRAY_SIZE(sizes); j++) {
				size_t old = sizes[i], new = sizes[j];

				check_move(test, kv_from_slab(test, old,
							      GFP_KERNEL),
					   old, new, align);
				check_move(test, kv_from_vmalloc(test, old,
								 GFP_KERNEL),
					   old, new, align);
			}
		}
	}
}

/*
 * Somewhere an object that lacks the alignment is found, or nothing moved in
 * the test above.
 */
static void align_realloc_moves(struct kunit *test)
{
	/* vmalloc() has areas put by, some of them aligned, of other sizes. */
	const size_t size = 11 * PAGE_SIZE + 1;
	void *p[4], *n;
	int i, moved = 0;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = kv_from_vmalloc(test, size, GFP_KERNEL);
		kv_fill(p[i], 0, size, i);
	}
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		bool aligned = IS_ALIGNED((unsigned long)p[i], SZ_1M);

		n = kvrealloc_node_align(p[i], kv_size(PAGE_SIZE), SZ_1M,
					 GFP_KERNEL, NUMA_NO_NODE);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KUNIT_EXPECT_EQ(test, n == p[i], aligned);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)n, SZ_1M));
		KV_EXPECT_FILLED(test, n, 0, PAGE_SIZE, i);
		moved += n != p[i];
		p[i] = n;
	}
	KUNIT_EXPECT_GT(test, moved, 0);
	for (i = 0; i < ARRAY_SIZE(p); i++)
		kvfree(p[i]);
}

/*
 * Slab has objects with room enough and the wrong alignment: those of 96 bytes
 * do not begin where ones of 64 would.
 */
static void align_realloc_moves_in_slab(struct kunit *test)
{
	static const struct { size_t size; unsigned long align; } shapes[] = {
		{ 96, 64 }, { 192, 128 },
	};
	void *p[20], *n;
	int i, j, lacking = 0;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		unsigned long align = shapes[i].align;

		for (j = 0; j < ARRAY_SIZE(p); j++) {
			p[j] = kv_from_slab(test, shapes[i].size, GFP_KERNEL);
			kv_fill(p[j], 0, shapes[i].size, j);
			lacking += !IS_ALIGNED((unsigned long)p[j], align);
		}
		for (j = 0; j < ARRAY_SIZE(p); j++) {
			n = kvrealloc_node_align(p[j], kv_size(50), align,
						 GFP_KERNEL, NUMA_NO_NODE);
			KUNIT_ASSERT_NOT_NULL(test, n);
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)n,
							   align));
			KV_EXPECT_FILLED(test, n, 0, 50, j);
			kvfree(n);
		}
	}
	if (!lacking)
		kunit_skip(test, "needs slab objects that lack an alignment");
}

/*
 * An object of 96 bytes may have an alignment of 64 by chance.  Then it is large
 * enough for 90 bytes with that alignment, although padding makes 128 of them.
 */
static void align_realloc_leaves_what_fits(struct kunit *test)
{
	void *p[64], *n;
	int i, aligned = 0;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = kv_from_slab(test, 96, GFP_KERNEL);
		kv_fill(p[i], 0, 96, i);
	}
	kv_forget();
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		if (!IS_ALIGNED((unsigned long)p[i], 64))
			continue;
		n = kvrealloc_node_align(p[i], kv_size(90), 64, KV_NOWAIT,
					 NUMA_NO_NODE);
		KUNIT_EXPECT_PTR_EQ(test, n, p[i]);
		KV_EXPECT_FILLED(test, n ?: p[i], 0, 90, i);
		p[i] = n ?: p[i];
		aligned++;
	}
	KUNIT_EXPECT_EQ(test, kv_attempts(90) + kv_attempts(128), 0);
	for (i = 0; i < ARRAY_SIZE(p); i++)
		kvfree(p[i]);
	if (!aligned)
		kunit_skip(test, "needs an object of 96 bytes that is aligned to 64");
}

/*
 * Slab aligns a size by padding it, and the padding is beyond the size as well:
 * what was there before a shrink must not be there when it is asked for again.
 */
static void align_realloc_zero(struct kunit *test)
{
	static const size_t sizes[] = { 100, 1000, 5000, SZ_16K };
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	unsigned long align;
	int i, k;

	for (align = 64; align <= 4 * PAGE_SIZE; align *= 4) {
		for (i = 0; i < ARRAY_SIZE(sizes) * 2; i++) {
			const size_t old = sizes[i / 2], new = old / 2 + 1;
			void *p, *n;

			p = i % 2 ? kv_from_vmalloc(test, old, flags) :
				    kv_from_slab(test, old, flags);
			memset(p, 0xff, old);
			for (k = 0; k < 2; k++) {
				n = kvrealloc_node_align(p,
							 kv_size(k ? old : new),
							 align, flags,
							 NUMA_NO_NODE);
				KUNIT_ASSERT_NOT_NULL(test, n);
				p = n;
			}
			KUNIT_EXPECT_EQ(test, ((u8 *)p)[new - 1], 0xff);
			KV_EXPECT_ZEROED(test, p, new, old);
			kvfree(p);
		}
	}
}

/* An alignment that nobody can give is a failure like any other. */
static void align_realloc_fails(struct kunit *test)
{
	const unsigned long align = 1UL << (BITS_PER_LONG - 1);
	const gfp_t flags = GFP_KERNEL | __GFP_NOWARN;
	void *p;

	p = kvmalloc_node_align(kv_size(100), align, flags, NUMA_NO_NODE);
	KUNIT_EXPECT_NULL(test, p);

	p = kv_from_slab(test, 5000, GFP_KERNEL);
	kv_fill(p, 0, 5000, 1);
	KUNIT_EXPECT_NULL(test, kvrealloc_node_align(p, kv_size(6000), align,
						     flags, NUMA_NO_NODE));
	KV_EXPECT_FILLED(test, p, 0, 5000, 1);
	kvfree(p);

	p = kv_from_vmalloc(test, 5000, GFP_KERNEL);
	kv_fill(p, 0, 5000, 2);
	KUNIT_EXPECT_NULL(test, kvrealloc_node_align(p, kv_size(6000), align,
						     flags, NUMA_NO_NODE));
	KV_EXPECT_FILLED(test, p, 0, 5000, 2);
	kvfree(p);
}

static struct kunit_case align_cases[] = {
	KV_AREA_CASE(align_powers_of_two),
	KUNIT_CASE(align_fallback),
	KUNIT_CASE(align_neighbours),
	KV_AREA_CASE(align_who_is_asked),
	KUNIT_CASE(align_realloc),
	KUNIT_CASE(align_realloc_moves),
	KUNIT_CASE(align_realloc_moves_in_slab),
	KUNIT_CASE(align_realloc_leaves_what_fits),
	KUNIT_CASE(align_realloc_zero),
	KUNIT_CASE(align_realloc_fails),
	{ }
};

static struct kunit_suite kvmalloc_align_suite = {
	.name = "kvmalloc_align",
	KV_SUITE_HOOKS,
	.test_cases = align_cases,
};

kunit_test_suite(kvmalloc_align_suite);
