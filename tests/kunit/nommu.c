// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_nommu: the family on a kernel without an MMU, where vmalloc() is
 * kmalloc() with the caller's flags and all memory is slab memory.
 *
 * The functions and events of mm/vmalloc.c that the other suites refer to, which
 * such a kernel lacks, are here as well.
 */

#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#define CREATE_TRACE_POINTS
#include <trace/events/vmalloc.h>

#include "kvmalloc_test.h"

struct vm_struct *find_vm_area(const void *addr)
{
	return NULL;
}

struct vm_struct *get_vm_area(unsigned long size, unsigned long flags)
{
	return NULL;
}

void vfree_atomic(const void *addr)
{
	vfree(addr);
}

/* The fallback serves what the slab attempt did not, with the caller's flags. */
static void nommu_falls_back_to_kmalloc(struct kunit *test)
{
	static const size_t sizes[] = {
		PAGE_SIZE + 1, KMALLOC_MAX_CACHE_SIZE + 1, SZ_64K,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p;

		kv_forget();
		p = KV_FAIL_NTH(1, kvzalloc(kv_size(sizes[i]), GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, kv_failed());
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
		KUNIT_EXPECT_TRUE(test, kv_last_attempt(sizes[i]).flags &
					__GFP_DIRECT_RECLAIM);
		KV_EXPECT_ZEROED(test, p, 0, sizes[i]);
		memset(p, 0xff, sizes[i]);
		kvfree(p);
		KUNIT_EXPECT_TRUE(test, kv_kfreed(p));
	}
}

/* kmalloc() aligns to the power of two that divides the size. */
static void nommu_fallback_is_aligned(struct kunit *test)
{
	unsigned long align;

	for (align = 64; align <= 8 * PAGE_SIZE; align *= 2) {
		void *p = kvmalloc_node_align(kv_size(100), align, GFP_KERNEL,
					      NUMA_NO_NODE);

		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, align));
		kvfree(p);
	}
}

/* No block is larger, and a request that asks for silence gets it. */
static void nommu_above_slab_is_null(struct kunit *test)
{
	const gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;

	KUNIT_EXPECT_NULL(test, kvmalloc(kv_size(KV_ABOVE_SLAB), quiet));
	KUNIT_EXPECT_NULL(test, kvmalloc_growable(kv_size(1), KV_ABOVE_SLAB, quiet));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

/* All that growable memory can grow to is allocated at once, and it stays. */
static void nommu_growable_stays(struct kunit *test)
{
	void *p = kvmalloc_growable(kv_size(100), SZ_64K, GFP_KERNEL), *n;
	size_t size;

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_GE(test, kvmalloc_room(p), SZ_64K);
	kv_fill(p, 0, 100, 1);
	for (size = 100; size <= SZ_64K; size = 2 * size + 7) {
		n = kvrealloc(p, kv_size(size), GFP_KERNEL);
		KUNIT_EXPECT_PTR_EQ(test, n, p);
	}
	KV_EXPECT_FILLED(test, p, 0, 100, 1);
	kvfree(p);
}

/* kvrealloc() keeps contents, when the first attempt fails, too. */
static void nommu_realloc_keeps_contents(struct kunit *test)
{
	int fail;

	for (fail = 0; fail < 2; fail++) {
		void *p = kvmalloc(kv_size(PAGE_SIZE), GFP_KERNEL), *n;

		KUNIT_ASSERT_NOT_NULL(test, p);
		kv_fill(p, 0, PAGE_SIZE, 2);
		n = KV_FAIL_NTH(fail, kvrealloc(p, kv_size(5 * PAGE_SIZE), GFP_KERNEL));
		KUNIT_ASSERT_NOT_NULL(test, n);
		KV_EXPECT_FILLED(test, n, 0, PAGE_SIZE, 2);
		n = kvrealloc(n, kv_size(3 * PAGE_SIZE), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KV_EXPECT_FILLED(test, n, 0, PAGE_SIZE, 2);
		kvfree(n);
	}
}

/* The contexts are kmalloc()'s: no warning of the family's own under a lock. */
static void nommu_atomic_is_kmalloc(struct kunit *test)
{
	static DEFINE_SPINLOCK(lock);
	unsigned long flags;
	size_t room;
	void *p, *n;

	spin_lock_irqsave(&lock, flags);
	p = kvmalloc(kv_size(2 * PAGE_SIZE), KV_ATOMIC);
	n = p ? kvrealloc(p, kv_size(4 * PAGE_SIZE), KV_ATOMIC) : NULL;
	room = kvmalloc_room(n);
	kvfree_atomic(n ?: p);
	spin_unlock_irqrestore(&lock, flags);

	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_NOT_NULL(test, n);
	KUNIT_EXPECT_GE(test, room, 4 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

static struct kunit_case nommu_cases[] = {
	KUNIT_CASE(nommu_falls_back_to_kmalloc),
	KUNIT_CASE(nommu_fallback_is_aligned),
	KUNIT_CASE(nommu_above_slab_is_null),
	KUNIT_CASE(nommu_growable_stays),
	KUNIT_CASE(nommu_realloc_keeps_contents),
	KUNIT_CASE(nommu_atomic_is_kmalloc),
	{ }
};

static struct kunit_suite kvmalloc_nommu_suite = {
	.name = "kvmalloc_nommu",
	KV_SUITE_HOOKS,
	.test_cases = nommu_cases,
};

kunit_test_suite(kvmalloc_nommu_suite);
