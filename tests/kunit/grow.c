// SPDX-License-Identifier: GPL-2.0
/*
 * Suites kvmalloc_grow_order, _shrink, _slab and _limit: what is tried first
 * when vmalloc memory grows, what shrinking gives back, how often a buffer's
 * contents are copied on the way out of slab, and memory that never moves.
 */

#include <linux/prandom.h>

#include "grow_test.h"

/* What both ways of resizing vmalloc memory do alike. */
struct resizer {
	const char *name;
	void *(*resize)(const void *p, size_t size, gfp_t flags);
};

static void *by_kvrealloc(const void *p, size_t size, gfp_t flags)
{
	return kvrealloc(p, size, flags);
}

static void *by_vrealloc(const void *p, size_t size, gfp_t flags)
{
	return vrealloc(p, size, flags);
}

static const struct resizer resizers[] = {
	{ "kvrealloc", by_kvrealloc },
	{ "vrealloc", by_vrealloc },
};

static void describe_resizer(const struct resizer *r, char *desc)
{
	strscpy(desc, r->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(resizer, resizers, describe_resizer);

/* Within what is committed: no range, no page, no slab. */
static void order_fits(struct kunit *test)
{
	static const size_t sizes[] = {
		3 * PAGE_SIZE - 1, 2 * PAGE_SIZE + 1, 3 * PAGE_SIZE,
		2 * PAGE_SIZE + 1,
	};
	const struct resizer *r = test->param_value;
	void *p = grow_new(test, 3 * PAGE_SIZE, GFP_KERNEL);
	int i;

	kv_fill(p, 0, 3 * PAGE_SIZE, 1);
	kv_forget();
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_EXPECT_PTR_EQ(test, r->resize(p, kv_size(sizes[i]),
						    GFP_KERNEL), p);
		grow_check(test, p, sizes[i]);
	}
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
	KUNIT_EXPECT_EQ(test, kv_page_requests(0, 0), 0);
	KV_EXPECT_FILLED(test, p, 0, 2 * PAGE_SIZE + 1, 1);
	vfree(p);
}

/* Page by page and byte by byte into the room, until there is none. */
static void order_in_place(struct kunit *test)
{
	const struct resizer *r = test->param_value;
	size_t size = 8 * PAGE_SIZE + 1, room, old;
	void *p, *n;

	if (GROW_HAS_ROOM)
		p = grow_new_with_room(test, size, 2);
	else
		p = kvmalloc_growable(kv_size(size), 2 * size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	kv_fill(p, 0, size, 2);
	room = kvmalloc_room(p);
	KUNIT_EXPECT_GE(test, room, 17 * PAGE_SIZE);

	kv_forget();
	while (size < room) {
		old = size;
		size = min(room, size + (size & PAGE_SIZE ? 100 : PAGE_SIZE));
		n = r->resize(p, kv_size(size), GFP_KERNEL);
		KUNIT_ASSERT_PTR_EQ(test, n, p);
		kv_fill(p, old, size, 2);
		grow_check(test, p, size);
		KUNIT_EXPECT_EQ(test, kvmalloc_room(p), room);
	}
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
	KUNIT_EXPECT_EQ(test, grow_times(KVMALLOC_COPIED), 0);
	KV_EXPECT_FILLED(test, p, 0, room, 2);

	n = r->resize(p, kv_size(room + 1), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_PTR_NE(test, n, p);
	KUNIT_EXPECT_GT(test, kv_areas(), 0);
	KV_EXPECT_FILLED(test, n, 0, room, 2);
	grow_check(test, n, room + 1);
	vfree(n);
}

/* The same pages at another address; the old one is nobody's any more. */
static void order_remap(struct kunit *test)
{
	static const size_t steps[] = {
		PAGE_SIZE + 1, 5 * PAGE_SIZE, 16 * PAGE_SIZE, 64 * PAGE_SIZE,
		257 * PAGE_SIZE - 1,
	};
	const struct resizer *r = test->param_value;
	void *p = grow_new(test, PAGE_SIZE, GFP_KERNEL), *n;
	struct page **pages = NULL;
	size_t old = PAGE_SIZE;
	unsigned long nr, i;
	int step;

	pages = kcalloc(64, sizeof(*pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pages);
	kv_fill(p, 0, old, 3);
	grow_quiet();

	for (step = 0; step < ARRAY_SIZE(steps); step++) {
		unsigned long vmalloc_pages = grow_vmalloc_pages();

		nr = grow_committed(p);
		KUNIT_ASSERT_LE(test, nr, 64);
		for (i = 0; i < nr; i++)
			pages[i] = vmalloc_to_page(p + (i << PAGE_SHIFT));

		n = r->resize(p, kv_size(steps[step]), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KUNIT_EXPECT_PTR_NE(test, n, p);
		KUNIT_EXPECT_NULL(test, find_vm_area(p));
		KUNIT_EXPECT_NULL(test, vmalloc_to_page(p));
		for (i = 0; i < nr; i++) {
			void *at = n + (i << PAGE_SHIFT);

			KUNIT_EXPECT_PTR_EQ(test, vmalloc_to_page(at),
					    pages[i]);
			KUNIT_EXPECT_EQ(test, page_count(pages[i]), 1);
		}
		KV_EXPECT_FILLED(test, n, 0, old, 3);
		grow_check(test, n, steps[step]);
		/* Give or take what vmalloc lists the pages in. */
		KUNIT_EXPECT_GE(test, grow_vmalloc_pages(),
				vmalloc_pages + grow_committed(n) - nr);
		KUNIT_EXPECT_LE(test, grow_vmalloc_pages(),
				vmalloc_pages + grow_committed(n) - nr + 2);
		p = n;
		old = steps[step];
		kv_fill(p, 0, old, 3);
	}

	kfree(pages);
	kvfree(p);
}

/* What the event says, in the order of attempts. */
static void order_is_told(struct kunit *test)
{
	void *p = grow_new(test, 2 * PAGE_SIZE, GFP_KERNEL);

	p = grow_to(test, p, PAGE_SIZE + 7, GFP_KERNEL, KVMALLOC_IN_PLACE);
	p = grow_to(test, p, 2 * PAGE_SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
	p = grow_to(test, p, 4 * PAGE_SIZE, GFP_KERNEL, KVMALLOC_REMAPPED);
	if (GROW_HAS_ROOM)
		p = grow_to(test, p, 8 * PAGE_SIZE, GFP_KERNEL,
			    KVMALLOC_IN_PLACE);
	p = grow_to(test, p, 9 * PAGE_SIZE, GFP_KERNEL, KVMALLOC_REMAPPED);
	p = grow_to(test, p, 100, GFP_KERNEL, KVMALLOC_IN_PLACE);
	p = grow_to(test, p, 9 * PAGE_SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
	kvfree(p);
}

/* Whoever made the memory: it is an area like any other. */
static void order_of_any_area(struct kunit *test)
{
	const int nid = first_node(node_states[N_MEMORY]);
	void *areas[] = {
		vmalloc(5000), vzalloc(5000), vmalloc_node(5000, nid),
		vmalloc_huge(5000, GFP_KERNEL), __vmalloc(5000, GFP_NOFS),
		kv_from_vmalloc(test, 5000, GFP_KERNEL), vmalloc_32(5000),
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(areas); i++) {
		void *p = areas[i];

		KUNIT_ASSERT_NOT_NULL(test, p);
		kv_fill(p, 0, 5000, i);
		p = grow_to(test, p, 50000, GFP_KERNEL, KVMALLOC_REMAPPED);
		KV_EXPECT_FILLED(test, p, 0, 5000, i);
		grow_check(test, p, 50000);
		vfree(p);
	}
}

/* How far memory can grow without moving. */
static void order_room(struct kunit *test)
{
	const unsigned int twice = GROW_HAS_ROOM ? 2 : 1;
	void *p;

	KUNIT_EXPECT_EQ(test, kvmalloc_room(NULL), 0);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(ZERO_SIZE_PTR), 0);

	p = kv_from_slab(test, 100, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), ksize(p));
	kvfree(p);

	p = grow_new(test, 5000, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), 2 * PAGE_SIZE);
	p = grow_to(test, p, 9 * PAGE_SIZE, GFP_KERNEL, KVMALLOC_REMAPPED);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), twice * 9 * PAGE_SIZE);
	p = grow_to(test, p, 1, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), twice * 9 * PAGE_SIZE);
	kvfree(p);
}

/* A step at a time to a size, the moves are as few as the doublings. */
static void order_steps(struct kunit *test)
{
	const size_t step = SZ_16K, end = SZ_2M - SZ_64K;
	void *p = grow_new(test, step, GFP_KERNEL);
	unsigned int moves = 0;
	size_t size;

	kv_fill(p, 0, step, 5);
	grow_forget();
	for (size = 2 * step; size <= end; size += step) {
		void *n = kvrealloc(p, kv_size(size), GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, n);
		kv_fill(n, size - step, size, 5);
		moves += n != p;
		p = n;
	}
	KV_EXPECT_FILLED(test, p, 0, size - step, 5);
	KUNIT_EXPECT_EQ(test, grow_times(KVMALLOC_COPIED), 0);
	KUNIT_EXPECT_EQ(test, grow_times(KVMALLOC_MOVED), 0);
	KUNIT_EXPECT_EQ(test, grow_times(KVMALLOC_REMAPPED), moves);
	if (GROW_HAS_ROOM)
		KUNIT_EXPECT_LE(test, moves, ilog2(end / step) + 1);
	kvfree(p);
}

static struct kunit_case order_cases[] = {
	KUNIT_CASE_PARAM(order_fits, resizer_gen_params),
	KUNIT_CASE_PARAM(order_in_place, resizer_gen_params),
	KUNIT_CASE_PARAM(order_remap, resizer_gen_params),
	KUNIT_CASE(order_is_told),
	KUNIT_CASE(order_of_any_area),
	KUNIT_CASE(order_room),
	KUNIT_CASE(order_steps),
	{ }
};

static struct kunit_suite kvmalloc_grow_order_suite = {
	.name = "kvmalloc_grow_order",
	GROW_SUITE_HOOKS,
	.test_cases = order_cases,
};

/*
 * Shrinking: what is given back is counted in three ways, as pages of the area,
 * as pages of vmalloc, and by a reference to a page that is the last one then.
 */
static void shrink_gives_pages_back(struct kunit *test)
{
	static const size_t sizes[] = {
		20 * PAGE_SIZE, 19 * PAGE_SIZE + 1, 19 * PAGE_SIZE,
		12 * PAGE_SIZE, 5000, PAGE_SIZE, 1,
	};
	const struct resizer *r = test->param_value;
	unsigned long before, nr, i;
	struct page *page[20];
	void *p;
	int step;

	grow_quiet();
	before = grow_vmalloc_pages();
	p = grow_new(test, sizes[0], GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(page); i++) {
		page[i] = vmalloc_to_page(p + (i << PAGE_SHIFT));
		get_page(page[i]);
	}
	kv_fill(p, 0, sizes[0], 1);

	for (step = 1; step < ARRAY_SIZE(sizes); step++) {
		KUNIT_EXPECT_PTR_EQ(test, r->resize(p, kv_size(sizes[step]),
						    GFP_KERNEL), p);
		grow_check(test, p, sizes[step]);
		nr = PAGE_ALIGN(sizes[step]) >> PAGE_SHIFT;
		for (i = 0; i < ARRAY_SIZE(page); i++)
			KUNIT_EXPECT_EQ(test, page_count(page[i]),
					i < nr ? 2 : 1);
		KUNIT_EXPECT_EQ(test, grow_vmalloc_pages(), before + nr);
		KV_EXPECT_FILLED(test, p, 0, sizes[step], 1);
	}

	/* None of them comes back of itself. */
	KUNIT_EXPECT_PTR_EQ(test, r->resize(p, kv_size(sizes[0]), GFP_KERNEL),
			    p);
	for (i = 1; i < ARRAY_SIZE(page); i++)
		KUNIT_EXPECT_EQ(test, page_count(page[i]), 1);
	for (i = 0; i < ARRAY_SIZE(page); i++)
		put_page(page[i]);
	vfree(p);
	KUNIT_EXPECT_EQ(test, grow_vmalloc_pages(), before);
}

/* The range stays, so what it had room for once it has room for always. */
static void shrink_regrows(struct kunit *test)
{
	const struct resizer *r = test->param_value;
	const size_t most = 40 * PAGE_SIZE;
	void *p = grow_new(test, most, GFP_KERNEL);
	size_t size, room = kvmalloc_room(p);

	KUNIT_EXPECT_EQ(test, room, most);
	kv_fill(p, 0, most, 6);
	kv_forget();
	for (size = most; size; size /= 2) {
		KUNIT_EXPECT_PTR_EQ(test, r->resize(p, kv_size(size),
						    GFP_KERNEL), p);
		grow_check(test, p, size);
		KV_EXPECT_FILLED(test, p, 0, size, 6);
		KUNIT_EXPECT_EQ(test, kvmalloc_room(p), room);

		KUNIT_EXPECT_PTR_EQ(test, r->resize(p, kv_size(most),
						    GFP_KERNEL), p);
		grow_check(test, p, most);
		KV_EXPECT_FILLED(test, p, 0, size, 6);
		kv_fill(p, size, most, 6);
	}
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
	vfree(p);
}

/* Flags that may not sleep keep the pages, and the memory works. */
static void shrink_without_sleeping(struct kunit *test)
{
	const size_t most = 10 * PAGE_SIZE;
	void *p = grow_new(test, most, GFP_KERNEL);

	kv_fill(p, 0, most, 2);
	kv_forbid_sleep();
	p = kvrealloc(p, kv_size(100), KV_NOWAIT);
	kv_allow_sleep();
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, find_vm_area(p)->requested_size, 100);
	KUNIT_EXPECT_LE(test, grow_committed(p), 10);
	KV_EXPECT_FILLED(test, p, 0, 100, 2);
	p = grow_to(test, p, most, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KV_EXPECT_FILLED(test, p, 0, 100, 2);
	kvfree(p);
}

/* What is mapped as one stays or goes as one, and is huge again afterwards. */
static void shrink_huge(struct kunit *test)
{
	const unsigned long pages = PMD_SIZE >> PAGE_SHIFT;
	void *p = grow_new_huge(test, 3 * PMD_SIZE);

	memset(p, 0x11, 3 * PMD_SIZE);

	p = grow_to(test, p, 2 * PMD_SIZE + 1, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_EQ(test, grow_committed(p), 3 * pages);
	p = grow_to(test, p, 2 * PMD_SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_EQ(test, grow_committed(p), 2 * pages);
	p = grow_to(test, p, PMD_SIZE + 1, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_EQ(test, grow_committed(p), 2 * pages);
	KUNIT_EXPECT_TRUE(test, grow_is_huge(p, PMD_SIZE));
	p = grow_to(test, p, 100, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_EQ(test, grow_committed(p), pages);
	KUNIT_EXPECT_TRUE(test, grow_is_huge(p, 0));
	KUNIT_EXPECT_NULL(test, vmalloc_to_page(p + PMD_SIZE));

	p = grow_to(test, p, 2 * PMD_SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_TRUE(test, grow_is_huge(p, PMD_SIZE));
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p, 0x11, 100), NULL);
	memset(p, 0x22, 2 * PMD_SIZE);
	kvfree(p);
}

static struct kunit_case shrink_cases[] = {
	KUNIT_CASE_PARAM(shrink_gives_pages_back, resizer_gen_params),
	KUNIT_CASE_PARAM(shrink_regrows, resizer_gen_params),
	KUNIT_CASE(shrink_without_sleeping),
	KUNIT_CASE(shrink_huge),
	{ }
};

static struct kunit_suite kvmalloc_grow_shrink_suite = {
	.name = "kvmalloc_grow_shrink",
	GROW_SUITE_HOOKS,
	.test_cases = shrink_cases,
};

/* Leaving slab. */

/*
 * From a size that slab serves by factor or step up to @end.  Once in vmalloc
 * nothing is copied; and to there it is copied once.
 */
static void leave_slab(struct kunit *test, size_t size, unsigned int factor,
		       size_t step, size_t end)
{
	void *p = kv_from_slab(test, size, GFP_KERNEL);
	unsigned int copies = 0;
	size_t old = size;

	kv_fill(p, 0, size, 9);
	while (size < end) {
		bool left = is_vmalloc_addr(p);
		void *n;

		size = size * factor + step;
		grow_forget();
		n = kvrealloc(p, kv_size(size), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, n);
		copies += grow_times(KVMALLOC_COPIED) +
			  grow_times(KVMALLOC_MOVED);
		if (left) {
			KUNIT_EXPECT_EQ(test, grow_times(KVMALLOC_COPIED), 0);
			KUNIT_EXPECT_EQ(test, grow_times(KVMALLOC_MOVED), 0);
			KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(n));
		}
		/* The last of many is enough; each would take long. */
		if (n != p)
			KV_EXPECT_FILLED(test, n, 0, old, 9);
		kv_fill(n, old, size, 9);
		old = size;
		p = n;
	}
	KV_EXPECT_FILLED(test, p, 0, size, 9);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	if (GROW_LEAVES_SLAB)
		KUNIT_EXPECT_EQ(test, copies, 1);
	kvfree(p);
}

/* On 32 bits it is left when it has nothing as large any more. */
static void need_64_bits(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_64BIT))
		kunit_skip(test, "needs 64 bits, where buffers have room");
}

static void slab_left_by_doubling(struct kunit *test)
{
	need_64_bits(test);
	leave_slab(test, SZ_64K, 2, 0, SZ_2M);
}

static void slab_left_by_steps(struct kunit *test)
{
	need_64_bits(test);
	leave_slab(test, SZ_64K, 1, SZ_16K, SZ_1M);
	leave_slab(test, SZ_64K, 1, 5000, SZ_256K);
}

static void slab_left_at_once(struct kunit *test)
{
	leave_slab(test, SZ_64K, 1, KV_ABOVE_SLAB, KV_ABOVE_SLAB);
}

/* Below that slab is what it was; nobody who only allocates leaves it. */
static void slab_not_left(struct kunit *test)
{
	void *p;

	p = kv_from_slab(test, SZ_16K, GFP_KERNEL);
	p = kvrealloc(p, kv_size(SZ_64K), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
	kvfree(p);

	/* In place, whatever the size: what is there already is there. */
	p = kv_from_slab(test, SZ_128K + 1, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(SZ_256K), GFP_KERNEL),
			    p);
	kvfree(p);

	p = kvmalloc(kv_size(SZ_128K), GFP_KERNEL);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
	kvfree(p);
}

/* The flag says that the memory should be contiguous, for as long as slab has it. */
static void slab_not_left_with_retry_mayfail(struct kunit *test)
{
	const gfp_t flags = GFP_KERNEL | __GFP_RETRY_MAYFAIL;
	void *p = kv_from_slab(test, SZ_64K, flags), *n;

	kv_fill(p, 0, SZ_64K, 1);
	n = kvrealloc(p, kv_size(SZ_128K), flags);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(n));
	KV_EXPECT_FILLED(test, n, 0, SZ_64K, 1);

	kvfree(n);
}

static struct kunit_case slab_cases[] = {
	KUNIT_CASE(slab_left_by_doubling),
	KUNIT_CASE(slab_left_by_steps),
	KUNIT_CASE(slab_left_at_once),
	KUNIT_CASE(slab_not_left),
	KUNIT_CASE(slab_not_left_with_retry_mayfail),
	{ }
};

static struct kunit_suite kvmalloc_grow_slab_suite = {
	.name = "kvmalloc_grow_slab",
	GROW_SUITE_HOOKS,
	.test_cases = slab_cases,
};

/* Memory that knows its limit. */

/* Up and down at random, and what is in it stays in it. */
static void walk_below(struct kunit *test, size_t size, size_t max,
		       unsigned int steps, u64 seed)
{
	void *p = kvmalloc_growable(kv_size(size), max, GFP_KERNEL), *n;
	struct rnd_state rnd;
	unsigned int moved = 0;
	size_t kept = size;

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_GE(test, kvmalloc_room(p), max);
	kv_fill(p, 0, size, 3);
	prandom_seed_state(&rnd, seed);
	while (steps--) {
		u32 dice = prandom_u32_state(&rnd);

		/* Small steps, large ones, and the limit itself. */
		size = dice % 8 == 0 ? max :
		       dice % 2 ? 1 + (dice >> 3) % max :
		       clamp_t(size_t, size + (dice >> 8) % 9000, 4501, max);
		if (dice % 8 == 2)
			size = max(size, 9000UL) - (dice >> 9) % 8000;
		size = min(size, max);
		n = kvrealloc(p, kv_size(size), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, n);
		moved += n != p;
		p = n;
		kept = min(kept, size);
		/* Both ends of what is new; all of it would take long. */
		if (size > kept) {
			*((u8 *)p + size - 1) = dice;
			*((u8 *)p + kept) = dice;
		}
	}
	KUNIT_EXPECT_EQ(test, moved, 0);
	KUNIT_EXPECT_GT(test, kept, 0);
	KV_EXPECT_FILLED(test, p, 0, kept, 3);
	if (is_vmalloc_addr(p))
		grow_check(test, p, size);
	kvfree(p);
}

static void limit_never_moves(struct kunit *test)
{
	walk_below(test, 5000, SZ_256K, 2000, 1);
	walk_below(test, SZ_64K, SZ_64K, 500, 2);
	walk_below(test, 1, SZ_1M + 1, 1000, 3);
	walk_below(test, 100, PAGE_SIZE, 500, 4);
	walk_below(test, 100, PAGE_SIZE + 1, 500, 5);
}

/* Byte by byte, as Rust's vectors push. */
static void limit_by_bytes(struct kunit *test)
{
	const size_t max = 3 * PAGE_SIZE + 17;
	u8 *p = kvmalloc_growable(1, max, GFP_KERNEL);
	size_t size;

	KUNIT_ASSERT_NOT_NULL(test, p);
	p[0] = 1;
	for (size = 2; size <= max; size++) {
		KUNIT_ASSERT_PTR_EQ(test, kvrealloc(p, kv_size(size),
						    GFP_KERNEL), (void *)p);
		p[size - 1] = size;
	}
	for (size = 1; size <= max; size++)
		KUNIT_ASSERT_EQ(test, p[size - 1], (u8)size);
	kvfree(p);
}

/* Pointers from before stay good, and the compiler agrees to that. */
static void limit_keeps_pointers(struct kunit *test)
{
	u8 *p = kvmalloc_growable(100, 10000, GFP_KERNEL), *inside = p + 50;
	void *n;

	KUNIT_ASSERT_NOT_NULL(test, p);
	n = kvrealloc(p, 10000, GFP_KERNEL);
	KUNIT_ASSERT_PTR_EQ(test, n, (void *)p);
	memset(p, 1, 10000);
	memset(inside, 2, 9950);
	KUNIT_EXPECT_EQ(test, p[49], 1);
	KUNIT_EXPECT_EQ(test, p[9999], 2);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p + 50, 2, 9950), NULL);
	kvfree(p);
}

/* Pages are taken as they are needed, not before. */
static void limit_commits_late(struct kunit *test)
{
	unsigned long before;
	void *p;

	grow_quiet();
	before = grow_vmalloc_pages();
	p = kvmalloc_growable(kv_size(5000), SZ_1M, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
	grow_check(test, p, 5000);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), SZ_1M);
	KUNIT_EXPECT_EQ(test, grow_committed(p), 2);
	p = grow_to(test, p, SZ_512K, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_EQ(test, grow_committed(p), SZ_512K / PAGE_SIZE);
	p = grow_to(test, p, 1, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KUNIT_EXPECT_EQ(test, grow_committed(p), 1);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, grow_vmalloc_pages(), before);
}

/* Beyond the limit it is memory like any other. */
static void limit_passed(struct kunit *test)
{
	static const size_t limits[] = { 100, PAGE_SIZE, 5000, SZ_64K };
	int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		const size_t max = limits[i], more = max + SZ_64K + 1;
		void *p = kvmalloc_growable(kv_size(50), max, GFP_KERNEL), *n;

		KUNIT_ASSERT_NOT_NULL(test, p);
		n = kvrealloc(p, kv_size(max), GFP_KERNEL);
		KUNIT_ASSERT_PTR_EQ(test, n, p);
		kv_fill(p, 0, max, i);
		n = kvrealloc(p, kv_size(more), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KV_EXPECT_FILLED(test, n, 0, max, i);
		kv_fill(n, 0, more, i);
		KV_EXPECT_FILLED(test, n, 0, more, i);
		n = kvrealloc(n, kv_size(10), GFP_KERNEL);
		KV_EXPECT_FILLED(test, n, 0, 10, i);
		kvfree(n);
	}
}

/* Up to a page of limit slab has it all, whatever the size is at first. */
static void limit_of_a_page(struct kunit *test)
{
	static const size_t limits[] = { 1, 64, 1000, PAGE_SIZE };
	int i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		void *p;

		kv_forget();
		p = kvmalloc_growable(kv_size(1), limits[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
		KUNIT_EXPECT_EQ(test, kv_attempts(limits[i]), 1);
		KUNIT_EXPECT_GE(test, kvmalloc_room(p), limits[i]);
		kvfree(p);

		/* So nobody needs to sleep for it. */
		kv_forbid_sleep();
		p = kvmalloc_growable(kv_size(1), limits[i], KV_ATOMIC);
		kv_allow_sleep();
		KUNIT_EXPECT_NOT_NULL(test, p);
		kvfree(p);
	}
}

static void limit_of_nothing(struct kunit *test)
{
	const gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;

	KUNIT_EXPECT_PTR_EQ(test, kvmalloc_growable(kv_size(0), SZ_64K,
						    GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kvmalloc_growable(kv_size(0), 0, GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_NULL(test, kvmalloc_growable(kv_size(2), 1, quiet));
	KUNIT_EXPECT_NULL(test, kvmalloc_growable(kv_size(SZ_64K), SZ_64K - 1,
						  quiet));
	KUNIT_EXPECT_NULL(test, kvmalloc_growable(kv_size(1), 0, quiet));
	KUNIT_EXPECT_NULL(test, kvmalloc_growable(kv_size(1),
						  (size_t)INT_MAX + 1, quiet));
	KUNIT_EXPECT_NULL(test, kvmalloc_growable(kv_size(1), SIZE_MAX,
						  quiet));
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

/* Who may not sleep is refused, and nothing is reserved for him. */
static void limit_without_sleeping(struct kunit *test)
{
	static const gfp_t flags[] = { KV_NOWAIT, KV_ATOMIC };
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		void *p;

		kv_forbid_sleep();
		p = kvmalloc_growable(kv_size(100), SZ_64K, flags[i]);
		kv_allow_sleep();
		KUNIT_EXPECT_NULL(test, p);
		kvfree(p);
	}
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
}

/*
 * The compiler must not believe that all of the limit is mapped.  FORTIFY_SOURCE
 * would let a copy pass that faults behind the committed part.
 */
static void limit_is_no_object_size(struct kunit *test)
{
	void *p = kvmalloc_growable(PAGE_SIZE, SZ_1M, GFP_KERNEL);
	const size_t size = __builtin_dynamic_object_size(p, 0);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE_MSG(test, size == SIZE_MAX || size == PAGE_SIZE,
			      "the compiler takes it for %zu bytes", size);
	kvfree(p);
}

/*
 * A limit far above the size costs addresses, but no pages.  The limit is the
 * largest possible one, or a smaller one where 2 GiB of addresses do not exist (32
 * bits) or need shadow memory (KASAN).
 */
static void limit_takes_no_pages(struct kunit *test)
{
	const size_t max = IS_ENABLED(CONFIG_64BIT) &&
			   !IS_ENABLED(CONFIG_KASAN_VMALLOC) ? INT_MAX : SZ_16M;
	unsigned long before;
	void *p;

	grow_quiet();
	before = grow_vmalloc_pages();
	p = kvmalloc_growable(kv_size(5000), max, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), PAGE_ALIGN(max));
	/* The array of page pointers grows with the pages. */
	KUNIT_EXPECT_LE(test, grow_vmalloc_pages() - before, 2 + 4);
	kv_fill(p, 0, 5000, 1);
	p = grow_to(test, p, SZ_1M, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KV_EXPECT_FILLED(test, p, 0, 5000, 1);

	/* No machine of the tests has so much. */
	if (totalram_pages() < max >> PAGE_SHIFT)
		KUNIT_EXPECT_NULL(test, kvrealloc(p, max, GFP_KERNEL |
						  __GFP_NOWARN));
	grow_check(test, p, SZ_1M);
	KV_EXPECT_FILLED(test, p, 0, 5000, 1);
	kvfree(p);
}

/* Alignment and zeroes are the caller's to have, as anywhere. */
static void limit_align_and_zero(struct kunit *test)
{
	static const unsigned long aligns[] = { 1, 64, PAGE_SIZE, SZ_64K, SZ_1M };
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	const size_t max = 20 * PAGE_SIZE;
	int i;

	for (i = 0; i < ARRAY_SIZE(aligns); i++) {
		void *p, *n;

		p = kvmalloc_growable_node_align(kv_size(5000), max, aligns[i],
						 flags, NUMA_NO_NODE);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p,
						   aligns[i]));
		KV_EXPECT_ZEROED(test, p, 0, 5000);
		n = kvrealloc_node_align(p, kv_size(max), aligns[i], flags,
					 NUMA_NO_NODE);
		KUNIT_ASSERT_PTR_EQ(test, n, p);
		KV_EXPECT_ZEROED(test, p, 0, max);
		kvfree(p);
	}
}

static struct kunit_case limit_cases[] = {
	KUNIT_CASE(limit_never_moves),
	KUNIT_CASE(limit_by_bytes),
	KUNIT_CASE(limit_keeps_pointers),
	KUNIT_CASE(limit_commits_late),
	KUNIT_CASE(limit_passed),
	KUNIT_CASE(limit_of_a_page),
	KUNIT_CASE(limit_of_nothing),
	KUNIT_CASE(limit_without_sleeping),
	KUNIT_CASE(limit_is_no_object_size),
	KUNIT_CASE(limit_takes_no_pages),
	KUNIT_CASE(limit_align_and_zero),
	{ }
};

static struct kunit_suite kvmalloc_grow_limit_suite = {
	.name = "kvmalloc_grow_limit",
	GROW_SUITE_HOOKS,
	.test_cases = limit_cases,
};

kunit_test_suites(&kvmalloc_grow_order_suite, &kvmalloc_grow_shrink_suite,
		  &kvmalloc_grow_slab_suite, &kvmalloc_grow_limit_suite);
