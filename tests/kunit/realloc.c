// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_realloc: contents survive growing and shrinking in and between
 * both backings, __GFP_ZERO clears what is new and nothing else, and a failure
 * changes nothing.
 */

#include <linux/prandom.h>
#include <linux/spinlock.h>

#include "kvmalloc_test.h"

static DEFINE_SPINLOCK(lock);

/* kvrealloc() with slab failing on demand, above a page at least. */
static void *resize(void *p, size_t size, gfp_t flags, bool fail_slab)
{
	return fail_slab ? KV_FAIL_NTH(1, kvrealloc(p, kv_size(size), flags)) :
			   kvrealloc(p, kv_size(size), flags);
}

/* From each size to each other, from each backing, to each backing. */
static void realloc_every_step(struct kunit *test)
{
	static const size_t sizes[] = {
		1, 100, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1,
		KMALLOC_MAX_CACHE_SIZE, KMALLOC_MAX_CACHE_SIZE + 1, 5 * SZ_4K,
		SZ_64K + 1,
	};
	int i, j, k;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			for (k = 0; k < 4; k++) {
				size_t old = sizes[i], new = sizes[j];
				bool vmalloc = k & 1, fail = k & 2;
				void *p, *n;

				p = vmalloc ?
				    kv_from_vmalloc(test, old, GFP_KERNEL) :
				    kv_from_slab(test, old, GFP_KERNEL);
				kv_fill(p, 0, old, k);
				n = resize(p, new, GFP_KERNEL, fail);
				KUNIT_ASSERT_NOT_NULL(test, n);
				KV_EXPECT_FILLED(test, n, 0, min(old, new), k);

				/* vmalloc memory stays that. */
				if (vmalloc)
					KUNIT_EXPECT_TRUE(test,
							  is_vmalloc_addr(n));
				kv_fill(n, 0, new, k + 1);
				KV_EXPECT_FILLED(test, n, 0, new, k + 1);
				kvfree(n);
			}
		}
	}
}

/* Across the border and beyond what slab has at all, and back. */
static void realloc_up_and_down(struct kunit *test)
{
	static const size_t sizes[] = {
		1, 10, 100, 1000, PAGE_SIZE, 3 * PAGE_SIZE, SZ_64K, SZ_1M,
		KMALLOC_MAX_SIZE, KV_ABOVE_SLAB, KMALLOC_MAX_SIZE + SZ_64K,
		KMALLOC_MAX_SIZE, SZ_1M, SZ_64K, 3 * PAGE_SIZE, PAGE_SIZE, 100,
		1,
	};
	size_t old = 0;
	void *p = NULL;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *n = kvrealloc(p, kv_size(sizes[i]), GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, n);
		KV_EXPECT_FILLED(test, n, 0, min(old, sizes[i]), 7);
		if (sizes[i] > old)
			kv_fill(n, old, sizes[i], 7);
		old = sizes[i];
		p = n;
	}
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	kvfree(p);
}

/*
 * A long random walk next to a model of what the memory must contain.  With
 * @zero each step has __GFP_ZERO, and all that is new must be 0.
 */
static void walk(struct kunit *test, u64 seed, bool zero)
{
	static const size_t marks[] = {
		16, 192, 2048, PAGE_SIZE, KMALLOC_MAX_CACHE_SIZE, 5 * SZ_4K,
		SZ_64K,
	};
	const gfp_t flags = zero ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL;
	const size_t room = SZ_64K + SZ_1K;
	struct rnd_state rnd;
	u8 *model = vmalloc(room);
	u8 *p = NULL;
	size_t size = 0;
	int step;

	KUNIT_ASSERT_NOT_NULL(test, model);
	prandom_seed_state(&rnd, seed);

	for (step = 0; step < 150; step++) {
		u32 dice = prandom_u32_state(&rnd);
		size_t new = marks[dice % ARRAY_SIZE(marks)];
		size_t same, must;
		u8 *n;

		new = new - 8 + (dice >> 8) % 17;
		if (dice >> 29 == 0)
			new = 0;

		n = resize(p, new, flags, dice & BIT(20));
		KUNIT_ASSERT_NOT_NULL(test, n);
		p = n;
		if (new > size)
			memset(model + size, 0, new - size);

		must = zero ? new : min(size, new);
		for (same = 0; same < must; same++) {
			if (p[same] != model[same])
				break;
		}
		KUNIT_EXPECT_EQ_MSG(test, same, must,
				    "step %d: %zu to %zu bytes, %s", step, size,
				    new, is_vmalloc_addr(p) ? "vmalloc" :
							      "slab");

		size = new;
		kv_fill(model, 0, size, step | 1);
		if (size)
			memcpy(p, model, size);
	}

	kvfree(p);
	vfree(model);
}

static void realloc_walk(struct kunit *test)
{
	walk(test, 1, false);
	walk(test, 2, false);
}

static void realloc_walk_zero(struct kunit *test)
{
	walk(test, 3, true);
	walk(test, 4, true);
	walk(test, 5, true);
}

/*
 * The steps of that walk which are easy to get wrong, one by one.  Everything
 * that may be written is written, so that what ought to be 0 is not by luck.
 */
static void realloc_zero_steps(struct kunit *test)
{
	/* Up to three sizes in turn; the last is checked. */
	static const struct {
		size_t size[3];
		bool vmalloc;		/* where the memory starts */
		bool fail_slab;		/* in the last step */
	} steps[] = {
		/* slab: room left, another object, larger than any object */
		{ { 33, 60 } }, { { 40, 3000 } }, { { 3000, 20000 } },
		/* slab to vmalloc, with part of the object never asked for */
		{ { 5000, 30000 }, .fail_slab = true },
		{ { 4097, 8193 }, .fail_slab = true },
		{ { 9000, 70000 }, .fail_slab = true },
		/* shrink, then grow: in place, in slab, to vmalloc */
		{ { 60, 10, 60 } }, { { 8000, 50, 8000 } },
		{ { 8000, 50, 20000 } },
		{ { 8000, 50, 20000 }, .fail_slab = true },
		{ { 60000, 9000, 60000 } },
		{ { 60000, 9000, 70000 }, .fail_slab = true },
		/* vmalloc: room left, new pages, shrink and grow */
		{ { 5000, 8000 }, .vmalloc = true },
		{ { 5000, 9000 }, .vmalloc = true },
		{ { 5000, 100, 5000 }, .vmalloc = true },
		{ { 40000, 100, 40000 }, .vmalloc = true },
		{ { 40000, 5000, 8192 }, .vmalloc = true },
		{ { 40000, 5000, 90000 }, .vmalloc = true },
		{ { 8192, 8191, 8193 }, .vmalloc = true },
	};
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		int last = steps[i].size[2] ? 2 : 1;
		size_t size = steps[i].size[0], kept = size;
		void *p = steps[i].vmalloc ?
			  kv_from_vmalloc(test, size, flags) :
			  kv_from_slab(test, size, flags);

		for (j = 0; j <= last; j++) {
			void *n;

			size = steps[i].size[j];
			n = resize(p, size, flags,
				   j == last && steps[i].fail_slab);
			KUNIT_ASSERT_NOT_NULL(test, n);
			p = n;
			kept = min(kept, size);
			if (j < last)
				memset(p, 0xff, size);
		}
		if (steps[i].fail_slab) {
			/* On 64 bits larger memory leaves slab without an attempt. */
			if (size <= SZ_64K || !IS_ENABLED(CONFIG_64BIT))
				KUNIT_EXPECT_TRUE(test, kv_failed());
			KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
		}
		for (j = 0; j < kept; j++) {
			if (((u8 *)p)[j] != 0xff)
				break;
		}
		KUNIT_EXPECT_EQ_MSG(test, j, kept, "step %d: kept bytes", i);
		KUNIT_EXPECT_EQ_MSG(test, kv_first_nonzero(p, kept, size), size,
				    "step %d: %zu to %zu", i, kept, size);
		kvfree(p);
	}
}

/*
 * vmalloc does know the size to the byte, so there the flag means the same when
 * it comes late.
 */
static void realloc_zero_late(struct kunit *test)
{
	static const size_t sizes[] = { 5000, 8000, 8192, 9000, SZ_64K };
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p = kv_from_vmalloc(test, 8192, GFP_KERNEL), *n;

		memset(p, 0xff, 8192);
		n = kvrealloc(p, kv_size(4999), GFP_KERNEL);
		KUNIT_ASSERT_PTR_EQ(test, n, p);
		n = kvrealloc(p, kv_size(sizes[i]), GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KUNIT_EXPECT_EQ(test, ((u8 *)n)[4998], 0xff);
		KV_EXPECT_ZEROED(test, n, 4999, sizes[i]);
		kvfree(n);
	}
}

/*
 * Memory that shrinks while it moves: what is copied is the new size.  Its end
 * is looked at the way a user would come across it, by growing again.
 */
static void realloc_shrinks_and_moves(struct kunit *test)
{
	static const size_t sizes[] = { 5000, 8192, 9000, SZ_64K };
	static const size_t small[] = { 1, 100, PAGE_SIZE - 1 };
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	int i, j, k;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(small); j++) {
			for (k = 0; k < 2; k++) {
				void *p, *n;

				p = k ? kv_from_vmalloc(test, sizes[i], flags) :
					kv_from_slab(test, sizes[i], flags);
				memset(p, 0xff, sizes[i]);

				/*
				 * No slab object has this alignment, and 32
				 * bits have not more of it.
				 */
				n = kvrealloc_node_align(p, kv_size(small[j]),
							 IS_ENABLED(CONFIG_64BIT) ?
							 SZ_256M : SZ_16M, flags,
							 NUMA_NO_NODE);
				KUNIT_ASSERT_NOT_NULL(test, n);
				KUNIT_EXPECT_PTR_NE(test, n, p);
				p = kvrealloc(n, kv_size(PAGE_SIZE), flags);
				KUNIT_EXPECT_PTR_EQ(test, n, p);
				KV_EXPECT_ZEROED(test, p, small[j], PAGE_SIZE);
				kvfree(p);
			}
		}
	}
}

/* Size 0 frees and gives the same answer for whatever it freed. */
static void realloc_to_0(struct kunit *test)
{
	static const gfp_t flags[] = {
		GFP_KERNEL, GFP_KERNEL | __GFP_ZERO, KV_NOWAIT,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		void *p;

		p = kv_from_slab(test, 100, GFP_KERNEL);
		KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(0), flags[i]),
				    ZERO_SIZE_PTR);
		KUNIT_EXPECT_TRUE(test, kv_kfreed(p));

		p = kv_from_slab(test, SZ_32K, GFP_KERNEL);
		KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(0), flags[i]),
				    ZERO_SIZE_PTR);
		KUNIT_EXPECT_TRUE(test, kv_kfreed(p));

		p = kv_from_vmalloc(test, 5000, GFP_KERNEL);
		KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(0), flags[i]),
				    ZERO_SIZE_PTR);
		KUNIT_EXPECT_TRUE(test, kv_released(p));

		KUNIT_EXPECT_PTR_EQ(test, kvrealloc(NULL, kv_size(0), flags[i]),
				    ZERO_SIZE_PTR);
		KUNIT_EXPECT_PTR_EQ(test, kvrealloc(ZERO_SIZE_PTR, kv_size(0),
						    flags[i]),
				    ZERO_SIZE_PTR);
	}
}

/* Nothing before: an allocation like any other, with its whole policy. */
static void realloc_from_nothing(struct kunit *test)
{
	void *const nothing[] = { NULL, ZERO_SIZE_PTR };
	int i;

	for (i = 0; i < ARRAY_SIZE(nothing); i++) {
		void *p;

		kv_forget();
		p = kvrealloc(nothing[i], kv_size(100), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
		KUNIT_EXPECT_EQ(test, kv_last_attempt(100).flags, GFP_KERNEL);
		kvfree(p);

		kv_forget();
		p = resize(nothing[i], 5000, GFP_KERNEL | __GFP_ZERO, true);
		KUNIT_EXPECT_TRUE(test, kv_failed());
		KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
		KUNIT_EXPECT_EQ(test, kv_attempts(5000), 1);
		KV_EXPECT_ZEROED(test, p, 0, 5000);
		kvfree(p);

		p = kvrealloc_node_align(nothing[i], kv_size(100), SZ_64K,
					 GFP_KERNEL, NUMA_NO_NODE);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, SZ_64K));
		kvfree(p);

		KUNIT_EXPECT_NULL(test, kvrealloc(nothing[i], kv_size(SIZE_MAX),
						  GFP_KERNEL | __GFP_NOWARN));
	}
}

/* Memory of kmalloc() and vmalloc() is welcome. */
static void realloc_foreign(struct kunit *test)
{
	void *p, *n;

	p = kmalloc(100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	kv_fill(p, 0, 100, 1);
	n = resize(p, 10000, GFP_KERNEL, true);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(n));
	KV_EXPECT_FILLED(test, n, 0, 100, 1);
	kvfree(n);

	p = vmalloc(100);
	KUNIT_ASSERT_NOT_NULL(test, p);
	kv_fill(p, 0, 100, 1);
	n = kvrealloc(p, kv_size(100000), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(n));
	KV_EXPECT_FILLED(test, n, 0, 100, 1);
	kvfree(n);
}

/* Memory with room stays: no allocation, same address. */
static void realloc_in_place(struct kunit *test)
{
	void *p;

	p = kv_from_slab(test, 60, GFP_KERNEL);
	kv_forget();
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(10), GFP_KERNEL), p);
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(60), GFP_KERNEL), p);
	KUNIT_EXPECT_EQ(test, kv_attempts(10) + kv_attempts(60), 0);
	kvfree(p);

	p = kv_from_vmalloc(test, 2 * PAGE_SIZE, GFP_KERNEL);
	kv_forget();
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(PAGE_SIZE + 1),
					    GFP_KERNEL), p);
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(2 * PAGE_SIZE),
					    GFP_KERNEL), p);
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(1), GFP_KERNEL), p);
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(PAGE_SIZE), GFP_KERNEL),
			    p);
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
	KUNIT_EXPECT_EQ(test, kv_attempts(PAGE_SIZE), 0);
	kvfree(p);
}

/* Slab is asked as kvmalloc() asks it: once, and gently above a page. */
static void realloc_attempt(struct kunit *test)
{
	static const gfp_t flags[] = {
		GFP_KERNEL, GFP_NOFS, GFP_KERNEL | __GFP_NOFAIL,
		GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_KERNEL | __GFP_ZERO,
	};
	static const size_t sizes[] = { 9000, SZ_64K, KV_ABOVE_SLAB };
	int i, j, fail;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		for (j = 0; j < ARRAY_SIZE(sizes) * 2; j++) {
			size_t size = sizes[j / 2];
			bool retry = flags[i] & __GFP_RETRY_MAYFAIL;
			struct kv_request asked;
			void *p, *n;

			/* Who retries with reclaim cannot be made to fail. */
			fail = j % 2 && !retry && size <= KMALLOC_MAX_SIZE;
			p = kv_from_slab(test, 200, GFP_KERNEL);
			kv_forget();
			n = resize(p, size, flags[i], fail);
			KUNIT_ASSERT_NOT_NULL(test, n);
			KUNIT_EXPECT_TRUE(test, kv_kfreed(p));
			asked = kv_last_attempt(size);
			if (size > KMALLOC_MAX_SIZE) {
				KUNIT_EXPECT_EQ(test, kv_attempts(size), 0);
				kvfree(n);
				continue;
			}
			KUNIT_EXPECT_EQ(test, kv_attempts(size), 1);
			KUNIT_EXPECT_EQ(test, is_vmalloc_addr(n), !asked.p);
			KUNIT_EXPECT_FALSE(test, fail && asked.p);
			KUNIT_EXPECT_TRUE(test, asked.flags & __GFP_NOWARN);
			KUNIT_EXPECT_FALSE(test, asked.flags & __GFP_NOFAIL);
			KUNIT_EXPECT_EQ(test, retry,
					!!(asked.flags & __GFP_DIRECT_RECLAIM));
			kvfree(n);
		}
	}

	/* Up to a page: unchanged. */
	kv_forget();
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		void *p = kv_from_slab(test, 200, GFP_KERNEL);

		p = kvrealloc(p, kv_size(PAGE_SIZE), flags[i]);
		KUNIT_EXPECT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, kv_attempts(PAGE_SIZE), 1);
		KUNIT_EXPECT_EQ(test, kv_last_attempt(PAGE_SIZE).flags,
				flags[i]);
		kvfree(p);
		kv_forget();
	}
}

/* A page at most never goes from slab to vmalloc. */
static void realloc_to_a_page_without_slab(struct kunit *test)
{
	static const size_t sizes[] = { 1000, PAGE_SIZE };
	int i;

	kv_fail_with_reclaim(test);
	for (i = 0; i < ARRAY_SIZE(sizes) * 2; i++) {
		const gfp_t flags = i % 2 ? KV_NOWAIT :
					    GFP_KERNEL | __GFP_NOWARN;
		void *p = kv_from_slab(test, 100, GFP_KERNEL), *n;

		kv_fill(p, 0, 100, 1);
		kv_forget();
		n = resize(p, sizes[i / 2], flags, true);
		KUNIT_EXPECT_TRUE(test, kv_failed());
		KUNIT_EXPECT_NULL(test, n);
		KUNIT_EXPECT_EQ(test, kv_areas(), 0);
		KUNIT_EXPECT_FALSE(test, kv_kfreed(p));
		KV_EXPECT_FILLED(test, p, 0, 100, 1);
		kvfree(p);
	}
}

/* Old memory after a failure: whole, alive, and to be freed by its owner. */
static void check_failure(struct kunit *test, bool vmalloc, size_t new,
			  gfp_t flags)
{
	const size_t old = 5000;
	void *p = vmalloc ? kv_from_vmalloc(test, old, GFP_KERNEL) :
			    kv_from_slab(test, old, GFP_KERNEL);

	kv_fill(p, 0, old, 2);
	kv_forget();
	KUNIT_EXPECT_NULL(test, kvrealloc(p, kv_size(new), flags));
	KUNIT_EXPECT_FALSE(test, kv_kfreed(p));
	if (vmalloc)
		KUNIT_EXPECT_NOT_NULL(test, find_vm_area(p));
	KV_EXPECT_FILLED(test, p, 0, old, 2);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

static void realloc_fails_too_large(struct kunit *test)
{
	static const size_t sizes[] = {
		(size_t)INT_MAX + 1, SIZE_MAX - PAGE_SIZE, SIZE_MAX,
	};
	const gfp_t flags = GFP_KERNEL | __GFP_NOWARN;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		check_failure(test, false, sizes[i], flags);
		check_failure(test, true, sizes[i], flags);
		check_failure(test, false, sizes[i], flags | __GFP_ZERO);
		check_failure(test, true, sizes[i], flags | __GFP_ZERO);
	}
}

static void realloc_fails_for_want_of_memory(struct kunit *test)
{
	const size_t size = (totalram_pages() + 1) << PAGE_SHIFT;
	const gfp_t flags = GFP_KERNEL | __GFP_NOWARN;

	if (size > INT_MAX)
		kunit_skip(test, "needs a machine with less memory than INT_MAX");

	check_failure(test, false, size, flags);
	check_failure(test, true, size, flags);
	check_failure(test, false, size, flags | __GFP_ZERO);
	check_failure(test, true, size, flags | __GFP_ZERO);
}

/*
 * Each allocation on the way can be made to fail: fail them one after the other
 * until none is left, once alone and once with all that follow.  Alone it need
 * not do any harm where somebody else is asked next, as after slab, after huge
 * pages and after the room that a buffer is given when it grows.
 */
static void check_every_failure(struct kunit *test, bool vmalloc, size_t old,
				size_t new, unsigned long align, gfp_t flags,
				int times)
{
	unsigned int n, failures = 0;

	for (n = 1; n < 50; n++) {
		void *p = vmalloc ? kv_from_vmalloc(test, old, GFP_KERNEL) :
				    kv_from_slab(test, old, GFP_KERNEL);
		void *q;

		kv_fill(p, 0, old, n);
		kv_forget();
		q = KV_FAIL_FROM(n, times,
				 kvrealloc_node_align(p, kv_size(new), align,
						      flags, NUMA_NO_NODE));
		if (q) {
			KV_EXPECT_FILLED(test, q, 0, min(old, new), n);
			kv_fill(q, 0, new, n + 1);
			KV_EXPECT_FILLED(test, q, 0, new, n + 1);
			kvfree(q);
			if (!kv_failed())
				break;
		} else {
			failures++;
			KUNIT_EXPECT_FALSE(test, kv_kfreed(p));
			if (vmalloc)
				KUNIT_EXPECT_NOT_NULL(test, find_vm_area(p));
			KV_EXPECT_FILLED(test, p, 0, old, n);
			kvfree(p);
			if (!kv_failed())
				break;
		}
	}
	if (times < 0 || !gfpflags_allow_blocking(flags))
		KUNIT_EXPECT_GT(test, failures, 0);
	KUNIT_EXPECT_LT(test, n, 50);
}

static void realloc_fails_at_every_step(struct kunit *test)
{
	static const gfp_t flags[] = {
		KV_NOWAIT, KV_ATOMIC, GFP_KERNEL | __GFP_NOWARN,
		GFP_NOFS | __GFP_NOWARN, GFP_KERNEL | __GFP_NOWARN | __GFP_ZERO,
	};
	int i, times;

	kv_fail_anything(test);
	for (i = 0; i < ARRAY_SIZE(flags) * 2; i++) {
		const gfp_t gfp = flags[i / 2];

		times = i % 2 ? -1 : 1;
		check_every_failure(test, false, 100, PAGE_SIZE, 1, gfp, times);
		check_every_failure(test, false, 5000, 6000, SZ_1M, gfp, times);
		check_every_failure(test, true, 100, SZ_16K, 1, gfp, times);
		check_every_failure(test, true, 5000, SZ_64K, 1, gfp, times);
	}
}

/* Resizing with a lock held: nothing on the way sleeps, freeing included. */
static void check_atomic(struct kunit *test, bool vmalloc, size_t old,
			 size_t new, bool fail_slab, gfp_t flags)
{
	void *p = vmalloc ? kv_from_vmalloc(test, old, GFP_KERNEL) :
			    kv_from_slab(test, old, GFP_KERNEL);
	size_t kept = min(old, new), bad = kept;
	bool released = false;
	void *n;

	kv_fill(p, 0, old, 4);
	kv_forget();
	spin_lock(&lock);
	n = resize(p, new, flags, fail_slab);
	if (n)
		bad = kv_first_bad(n, 0, kept, 4);
	spin_unlock(&lock);

	KUNIT_EXPECT_EQ(test, bad, kept);
	if (n && n != p) {
		released = vmalloc ? kv_released(p) : kv_kfreed(p);
		KUNIT_EXPECT_TRUE(test, released);
	}

	/* In place or in slab it works anywhere; by vmalloc where that can. */
	if (new <= (vmalloc ? PAGE_ALIGN(old) : old) ||
	    !(fail_slab || vmalloc) ||
	    IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK)) {
		KUNIT_EXPECT_NOT_NULL(test, n);
	} else {
		KUNIT_EXPECT_NULL(test, n);
		KV_EXPECT_FILLED(test, p, 0, old, 4);
	}
	kvfree(n ?: p);
}

static void realloc_atomic(struct kunit *test)
{
	/* What says whether it may sleep is direct reclaim, nothing else. */
	static const gfp_t flags[] = {
		KV_NOWAIT, KV_ATOMIC, KV_NOWAIT | __GFP_ZERO,
		(GFP_KERNEL | __GFP_NOWARN) & ~__GFP_DIRECT_RECLAIM,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		check_atomic(test, false, 100, 3000, false, flags[i]);
		check_atomic(test, false, 3000, 100, false, flags[i]);
		check_atomic(test, false, 100, 5000, false, flags[i]);
		check_atomic(test, false, 5000, SZ_64K, true, flags[i]);
		KUNIT_EXPECT_TRUE(test, kv_failed());
		check_atomic(test, true, SZ_64K, 5000, false, flags[i]);
		check_atomic(test, true, SZ_64K, 10, false, flags[i]);
		check_atomic(test, true, 5000, 8000, false, flags[i]);
		check_atomic(test, true, 5000, SZ_64K, false, flags[i]);
	}
}

static void realloc_to_0_atomic(struct kunit *test)
{
	void *p, *n;

	p = kv_from_vmalloc(test, 5000, GFP_KERNEL);
	spin_lock(&lock);
	n = kvrealloc(p, kv_size(0), KV_ATOMIC);
	spin_unlock(&lock);
	KUNIT_EXPECT_PTR_EQ(test, n, ZERO_SIZE_PTR);
	KUNIT_EXPECT_TRUE(test, kv_released(p));
}

static struct kunit_case realloc_cases[] = {
	KUNIT_CASE(realloc_every_step),
	KV_AREA_CASE(realloc_up_and_down),
	KUNIT_CASE(realloc_walk),
	KUNIT_CASE(realloc_walk_zero),
	KV_AREA_CASE(realloc_zero_steps),
	KUNIT_CASE(realloc_zero_late),
	KV_AREA_CASE(realloc_shrinks_and_moves),
	KUNIT_CASE(realloc_to_0),
	KV_AREA_CASE(realloc_from_nothing),
	KV_AREA_CASE(realloc_foreign),
	KUNIT_CASE(realloc_in_place),
	KV_AREA_CASE(realloc_attempt),
	KUNIT_CASE(realloc_to_a_page_without_slab),
	KUNIT_CASE(realloc_fails_too_large),
	KUNIT_CASE(realloc_fails_for_want_of_memory),
	KUNIT_CASE(realloc_fails_at_every_step),
	KUNIT_CASE(realloc_atomic),
	KUNIT_CASE(realloc_to_0_atomic),
	{ }
};

static struct kunit_suite kvmalloc_realloc_suite = {
	.name = "kvmalloc_realloc",
	KV_SUITE_HOOKS,
	.test_cases = realloc_cases,
};

kunit_test_suite(kvmalloc_realloc_suite);
