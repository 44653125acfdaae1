// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_vaspace: vmalloc has memory, but no addresses left.
 *
 * That takes a kernel with little room for vmalloc, 32 bits and vmalloc=64M on
 * its command line, where the tests use all of it up.
 */

#include <linux/list.h>

#include "kvmalloc_test.h"

/* On top of each piece of memory that keeps the room occupied. */
struct filler {
	struct list_head list;
	size_t size;
};

static void need_little_room(struct kunit *test)
{
	/* What is to run out is room, so twice as much memory has to be free. */
	if (VMALLOC_TOTAL >> PAGE_SHIFT >= si_mem_available() / 2)
		kunit_skip(test, "needs a small vmalloc range: 32 bits, vmalloc=64M");
}

/* A request that slab fails or cannot serve: what becomes of it is vmalloc's. */
static void *from_vmalloc_only(size_t size, gfp_t flags)
{
	if (size > KMALLOC_MAX_SIZE)
		return kvmalloc(size, flags);
	return KV_FAIL_NTH(1, kvmalloc(size, flags));
}

/*
 * Take all room there is, in pieces that become smaller when they do not fit
 * any more, down to the smallest that vmalloc is asked for.
 */
static size_t fill(struct kunit *test, struct list_head *fillers)
{
	size_t size = kv_size(KV_ABOVE_SLAB), taken = 0;

	while (size > PAGE_SIZE) {
		struct filler *f = from_vmalloc_only(size,
						     GFP_KERNEL | __GFP_NOWARN);

		if (!f) {
			size /= 2;
			continue;
		}
		KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(f));
		f->size = size;
		list_add(&f->list, fillers);
		taken += size;
	}
	return taken;
}

static void release(struct list_head *fillers)
{
	struct filler *f, *next;

	list_for_each_entry_safe(f, next, fillers, list)
		kvfree(f);
	INIT_LIST_HEAD(fillers);
}

/* NULL, and quietly where that is asked for; slab is as good as ever. */
static void vaspace_fails_cleanly(struct kunit *test)
{
	static const size_t sizes[] = {
		PAGE_SIZE + 1, 5000, SZ_64K, KMALLOC_MAX_SIZE, KV_ABOVE_SLAB,
		4 * KV_ABOVE_SLAB,
	};
	static const gfp_t flags[] = {
		GFP_KERNEL, GFP_KERNEL | __GFP_ZERO, GFP_NOFS, GFP_NOIO,
		GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_NOWAIT, GFP_ATOMIC,
	};
	LIST_HEAD(fillers);
	int i, j;

	need_little_room(test);
	kv_fail_with_reclaim(test);
	KUNIT_EXPECT_GT(test, fill(test, &fillers), 0);

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			void *p = from_vmalloc_only(kv_size(sizes[i]),
						    flags[j] | __GFP_NOWARN);

			KUNIT_EXPECT_NULL(test, p);
			kvfree(p);
		}
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p;

		if (sizes[i] > SZ_64K)
			break;
		p = kvmalloc(kv_size(sizes[i]), GFP_KERNEL);
		KUNIT_EXPECT_NOT_NULL(test, p);
		KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
		kvfree(p);
	}
	KUNIT_EXPECT_EQ(test, kv_vmalloc_errors(), 0);
	release(&fillers);
}

/* Memory that cannot grow stays as it is, on either side. */
static void vaspace_realloc_keeps(struct kunit *test)
{
	const size_t more = kv_size(4 * KV_ABOVE_SLAB);
	void *slab, *area, *p;
	LIST_HEAD(fillers);

	need_little_room(test);
	slab = kv_from_slab(test, 5000, GFP_KERNEL);
	area = kv_from_vmalloc(test, 5000, GFP_KERNEL);
	kv_fill(slab, 0, 5000, 1);
	kv_fill(area, 0, 5000, 2);
	fill(test, &fillers);

	KUNIT_EXPECT_NULL(test, kvrealloc(slab, more,
					  GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, kvrealloc(area, more,
					  GFP_KERNEL | __GFP_NOWARN));
	KV_EXPECT_FILLED(test, slab, 0, 5000, 1);
	KV_EXPECT_FILLED(test, area, 0, 5000, 2);

	/* What needs no new room is done. */
	p = kvrealloc(area, kv_size(8000), GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, p, area);
	p = kvrealloc(slab, kv_size(9000), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KV_EXPECT_FILLED(test, p, 0, 5000, 1);
	KV_EXPECT_FILLED(test, area, 0, 5000, 2);
	kvfree(p);
	kvfree(area);
	release(&fillers);
}

/* As much as before fits again, as soon as it is given back, time and again. */
static void vaspace_recovers(struct kunit *test)
{
	LIST_HEAD(fillers);
	size_t first, again;
	void *p;
	int i;

	need_little_room(test);
	first = fill(test, &fillers);
	release(&fillers);

	for (i = 0; i < 3; i++) {
		p = kvmalloc(kv_size(KV_ABOVE_SLAB), GFP_KERNEL);
		KUNIT_EXPECT_NOT_NULL(test, p);
		kvfree(p);

		/* Others may have taken a little, or given some back. */
		again = fill(test, &fillers);
		KUNIT_EXPECT_GE(test, again, first / 10 * 9);
		KUNIT_EXPECT_NULL(test, kvmalloc(kv_size(KV_ABOVE_SLAB),
						 GFP_KERNEL | __GFP_NOWARN));
		release(&fillers);
	}
}

static struct kunit_case vaspace_cases[] = {
	KV_AREA_CASE(vaspace_fails_cleanly),
	KV_AREA_CASE(vaspace_realloc_keeps),
	KV_AREA_CASE(vaspace_recovers),
	{ }
};

static struct kunit_suite kvmalloc_vaspace_suite = {
	.name = "kvmalloc_vaspace",
	KV_SUITE_HOOKS,
	.test_cases = vaspace_cases,
};

kunit_test_suite(kvmalloc_vaspace_suite);
