// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_grow_room: spare room behind a buffer is given up when vmalloc
 * runs out of addresses; the range of kvmalloc_growable() never is.
 *
 * The tests take every address of vmalloc with pcpu_get_vm_areas(), which neither
 * looks for room that it could have nor warns.  Addresses cost no memory, so that
 * is cheap, except with KASAN_VMALLOC, where their shadow would need more
 * memory than the machine has.  There only the buffers' own, small ranges are
 * reserved: the tests that depend on exhaustion are skipped, the others run.
 */

#include <linux/kasan.h>
#include <linux/log2.h>

#include "grow_test.h"
#include "util.h"

#define QUIET		(GFP_KERNEL | __GFP_NOWARN)
#define SIZE		(64 * PAGE_SIZE)
#define NR_BUFFERS	8
#define NR_FILLERS	8192
#define NR_KEPT		256

static struct vm_struct **fillers[NR_FILLERS];
static unsigned int nr_fillers;

static void *kept[NR_KEPT];
static unsigned int nr_kept;

static struct vm_struct **take_range(size_t size)
{
	const unsigned long offset = 0;

#ifdef KV_PCPU_AREAS_TAKE_GFP
	return pcpu_get_vm_areas(&offset, &size, 1, PAGE_SIZE, GFP_KERNEL);
#else
	return pcpu_get_vm_areas(&offset, &size, 1, PAGE_SIZE);
#endif
}

static bool addresses_are_cheap(void)
{
	return !IS_ENABLED(CONFIG_KASAN_VMALLOC);
}

static void need_cheap_addresses(struct kunit *test)
{
	if (!addresses_are_cheap())
		kunit_skip(test,
			   "needs addresses without shadow memory: no KASAN");
}

/* Take all addresses in ever smaller pieces, down to a page. */
static void fill(struct kunit *test)
{
	size_t size = rounddown_pow_of_two(VMALLOC_TOTAL) / 2;

	if (!addresses_are_cheap())
		return;
	while (size >= PAGE_SIZE && nr_fillers < NR_FILLERS) {
		fillers[nr_fillers] = take_range(size);
		if (fillers[nr_fillers])
			nr_fillers++;
		else
			size /= 2;
	}
	KUNIT_EXPECT_LT(test, nr_fillers, NR_FILLERS);
}

/* Take all addresses, those included that buffers have reserved and can lose. */
static void exhaust(struct kunit *test)
{
	fill(test);
	while (nr_kept < NR_KEPT) {
		kept[nr_kept] = __vmalloc(PAGE_SIZE, QUIET);
		if (!kept[nr_kept])
			return;
		nr_kept++;
		fill(test);
	}
	KUNIT_FAIL(test, "more than %d areas had room", NR_KEPT);
}

static void release(void)
{
	while (nr_kept)
		vfree(kept[--nr_kept]);
	while (nr_fillers)
		pcpu_free_vm_areas(fillers[--nr_fillers], 1);
	/* Addresses are free once no TLB has them any more. */
	vm_unmap_aliases();
}

static struct kvmalloc_growth growth_now(void)
{
	struct kvmalloc_growth growth;

	vmalloc_growth_read(&growth);
	return growth;
}

static void *request_between(size_t size, unsigned long start, unsigned long end)
{
	return __vmalloc_node_range(size, 1, start, end, QUIET, PAGE_KERNEL, 0,
				    NUMA_NO_NODE, NULL);
}

/* No area has room that helps a request of four buffers in one page of addresses. */
static void request_what_does_not_fit(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, request_between(4 * SIZE, VMALLOC_START,
						VMALLOC_START + PAGE_SIZE));
}

/* Request a page of the addresses that @p has reserved. */
static void take_room(struct kunit *test, const void *p)
{
	unsigned long start = (unsigned long)kasan_reset_tag(p);
	void *other;

	other = request_between(PAGE_SIZE, start,
				start + kvmalloc_room(p) + PAGE_SIZE);
	KUNIT_EXPECT_NOT_NULL(test, other);
	vfree(other);
}

static void room_exit(struct kunit *test)
{
	release();
	grow_exit(test);
}

/*
 * A request restricted to the range of a buffer takes its room; a request that no
 * room helps takes none.  A buffer without room grows by being remapped, and gets
 * new room.
 */
static void room_is_given_up_where_it_helps(struct kunit *test)
{
	unsigned long given_up = growth_now().given_up;
	void *p = grow_new_with_room(test, SIZE, 1), *limited;
	size_t room = kvmalloc_room(p);

	limited = kvmalloc_growable(kv_size(5000), SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, limited);
	kv_fill(limited, 0, 5000, 2);
	request_what_does_not_fit(test);
	KUNIT_EXPECT_EQ(test, growth_now().given_up, given_up);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), room);

	if (GROW_HAS_ROOM) {
		take_room(test, p);
		KUNIT_EXPECT_EQ(test, growth_now().given_up, given_up + 1);
	}
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), SIZE);

	grow_check(test, p, SIZE);
	p = grow_to(test, p, 5000, GFP_KERNEL, KVMALLOC_IN_PLACE);
	/* The addresses of the pages that it has freed are room again. */
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), SIZE);
	take_room(test, p);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), 2 * PAGE_SIZE);
	p = grow_to(test, p, SIZE, GFP_KERNEL, KVMALLOC_REMAPPED);
	KV_EXPECT_FILLED(test, p, 0, 5000, 1);
	if (GROW_HAS_ROOM)
		KUNIT_EXPECT_EQ(test, kvmalloc_room(p), 2 * SIZE);

	/* kvmalloc_growable() keeps its promise. */
	KUNIT_EXPECT_NULL(test, request_between(PAGE_SIZE,
						(unsigned long)kasan_reset_tag(limited),
						(unsigned long)kasan_reset_tag(limited) +
						SIZE + PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, kvmalloc_room(limited), SIZE);
	limited = grow_to(test, limited, SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KV_EXPECT_FILLED(test, limited, 0, 5000, 2);
	kvfree(limited);
	kvfree(p);
}

/*
 * vmalloc's search takes an alignment for as many bytes more, and finds no hole that
 * holds the request only because it happens to be aligned.  On 32 bits the end of
 * such a request can be beyond the last address.
 */
static void room_stays_where_the_search_misses_it(struct kunit *test)
{
	void *p = grow_new_with_room(test, SIZE, 3), *other;
	unsigned long start = (unsigned long)kasan_reset_tag(p);
	unsigned long given_up = growth_now().given_up;
	const size_t room = kvmalloc_room(p);

	if (GROW_HAS_ROOM) {
		/* With its guard page it is a page smaller than the hole. */
		other = __vmalloc_node_range(SIZE - 2 * PAGE_SIZE, 2 * PAGE_SIZE,
					     start, start + room + PAGE_SIZE,
					     QUIET, PAGE_KERNEL, 0, NUMA_NO_NODE,
					     NULL);
		KUNIT_EXPECT_NULL(test, other);
		vfree(other);
	}

	p = grow_to(test, p, PAGE_SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
	other = request_between(-start - SZ_1M, VMALLOC_START, VMALLOC_END);
	KUNIT_EXPECT_NULL(test, other);
	vfree(other);

	KUNIT_EXPECT_EQ(test, growth_now().given_up, given_up);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), room);
	KV_EXPECT_FILLED(test, p, 0, PAGE_SIZE, 3);
	kvfree(p);
}

static unsigned int count_with_room(void *const p[])
{
	unsigned int count = 0;
	int i;

	for (i = 0; i < NR_BUFFERS; i++)
		count += kvmalloc_room(p[i]) > SIZE;
	return count;
}

/*
 * A request without addresses takes the room of one buffer, not of all.  When the
 * last room is gone, requests fail, and no buffer has changed.
 */
static void room_is_given_up_one_by_one(struct kunit *test)
{
	void *p[NR_BUFFERS], *limited;
	unsigned int with_room;
	int i;

	need_cheap_addresses(test);
	if (!GROW_HAS_ROOM)
		kunit_skip(test, "needs a buffer that has room: 64 bits");

	for (i = 0; i < NR_BUFFERS; i++)
		p[i] = grow_new_with_room(test, SIZE, i);
	limited = kvmalloc_growable(kv_size(5000), 2 * SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, limited);
	kv_fill(limited, 0, 5000, 21);

	fill(test);
	with_room = count_with_room(p);
	KUNIT_EXPECT_EQ(test, with_room, NR_BUFFERS);
	while (with_room && nr_kept < NR_KEPT) {
		unsigned int now;

		/* With its guard page this is as large as the room of a buffer. */
		kept[nr_kept] = __vmalloc(SIZE - PAGE_SIZE, QUIET);
		KUNIT_ASSERT_NOT_NULL(test, kept[nr_kept]);
		nr_kept++;
		now = count_with_room(p);
		KUNIT_EXPECT_GE(test, now + 1, with_room);
		with_room = now;
	}
	exhaust(test);

	for (i = 0; i < NR_BUFFERS; i++) {
		KUNIT_EXPECT_EQ(test, kvmalloc_room(p[i]), SIZE);
		grow_check(test, p[i], SIZE);
		KV_EXPECT_FILLED(test, p[i], 0, SIZE, i);
	}

	/* Reserved by kvmalloc_growable(), so still there. */
	KUNIT_EXPECT_EQ(test, kvmalloc_room(limited), 2 * SIZE);
	limited = grow_to(test, limited, 2 * SIZE, QUIET, KVMALLOC_IN_PLACE);
	KV_EXPECT_FILLED(test, limited, 0, 5000, 21);
	kv_fill(limited, 0, 2 * SIZE, 22);
	grow_check(test, limited, 2 * SIZE);
	limited = grow_to(test, limited, 1, QUIET, KVMALLOC_IN_PLACE);
	limited = grow_to(test, limited, 2 * SIZE, QUIET, KVMALLOC_IN_PLACE);

	release();
	for (i = 0; i < NR_BUFFERS; i++)
		kvfree(p[i]);
	kvfree(limited);
}

/*
 * Shadow memory makes addresses expensive, so a buffer that grows gets no spare
 * room with KASAN.  kvmalloc_growable() keeps its promise there, too.
 */
static void room_costs_no_shadow(struct kunit *test)
{
	struct kvmalloc_growth before = growth_now(), after;
	void *p, *limited;

	p = grow_new_with_room(test, SIZE, 1);
	after = growth_now();
	if (IS_ENABLED(CONFIG_KASAN_VMALLOC)) {
		KUNIT_EXPECT_EQ(test, kvmalloc_room(p), SIZE);
		KUNIT_EXPECT_EQ(test, after.reserved, before.reserved);
	} else {
		KUNIT_EXPECT_EQ(test, kvmalloc_room(p),
				GROW_HAS_ROOM ? 2 * SIZE : SIZE);
	}

	limited = kvmalloc_growable(kv_size(5000), SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, limited);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(limited), SIZE);
	kv_fill(limited, 0, 5000, 2);
	limited = grow_to(test, limited, SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
	kv_fill(limited, 5000, SIZE, 2);
	KV_EXPECT_FILLED(test, limited, 0, SIZE, 2);
	KV_EXPECT_FILLED(test, p, 0, SIZE, 1);
	kvfree(limited);
	kvfree(p);
}

/* No other area starts in the reserved range or on its guard page. */
static void reserved_range_excludes_others(struct kunit *test)
{
	void *others[NR_BUFFERS];
	u8 *p;
	int i;

	p = kvmalloc_growable(kv_size(1), SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	for (i = 0; i < NR_BUFFERS; i++) {
		unsigned long offset;

		others[i] = vmalloc(PAGE_SIZE);
		KUNIT_EXPECT_NOT_NULL(test, others[i]);
		/* Below p it wraps around to a huge offset. */
		offset = (unsigned long)kasan_reset_tag(others[i]) -
			 (unsigned long)kasan_reset_tag(p);
		KUNIT_EXPECT_GE(test, offset, SIZE + PAGE_SIZE);
	}
	for (i = 1; i < SIZE / PAGE_SIZE; i++)
		KUNIT_EXPECT_NULL(test, vmalloc_to_page(p + i * PAGE_SIZE));
	for (i = 0; i < NR_BUFFERS; i++)
		vfree(others[i]);
	kvfree(p);
}

/* Whoever needs addresses gets those of the room, and it is said nowhere. */
static void room_serves_others(struct kunit *test)
{
	unsigned long given_up = growth_now().given_up;
	void *p, *other;

	need_cheap_addresses(test);
	if (!GROW_HAS_ROOM)
		kunit_skip(test, "needs a buffer that has room: 64 bits");

	p = grow_new_with_room(test, SIZE, 1);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), 2 * SIZE);
	fill(test);
	kv_forget();
	other = vmalloc(SIZE - PAGE_SIZE);
	KUNIT_EXPECT_NOT_NULL(test, other);
	if (other) {
		/* All there is left is where the room was. */
		KUNIT_EXPECT_GT(test, (unsigned long)other, (unsigned long)p);
		KUNIT_EXPECT_LE(test, (unsigned long)other - (unsigned long)p,
				SIZE + 2 * PAGE_SIZE);
		kv_fill(other, 0, SIZE - PAGE_SIZE, 2);
	}
	KUNIT_EXPECT_GT(test, growth_now().given_up, given_up);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), SIZE);
	KUNIT_EXPECT_EQ(test, kv_vmalloc_errors(), 0);
	KV_EXPECT_FILLED(test, p, 0, SIZE, 1);
	grow_check(test, p, SIZE);
	release();

	/* It is not confused about its range, when the other one is gone. */
	vfree(other);
	p = grow_to(test, p, SIZE + 1, GFP_KERNEL, KVMALLOC_REMAPPED);
	KV_EXPECT_FILLED(test, p, 0, SIZE, 1);
	kvfree(p);
}

/* A guard page remains between the two of them. */
static void room_leaves_a_guard(struct kunit *test)
{
	u8 *p, *others[3];
	int i;

	need_cheap_addresses(test);
	if (!GROW_HAS_ROOM)
		kunit_skip(test, "needs a buffer that has room: 64 bits");

	p = grow_new_with_room(test, SIZE, 1);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), 2 * SIZE);
	fill(test);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		others[i] = __vmalloc(SIZE / 4, QUIET);
	KUNIT_EXPECT_NOT_NULL(test, others[0]);
	KUNIT_EXPECT_NULL(test, vmalloc_to_page(p + SIZE));
	KUNIT_EXPECT_PTR_EQ(test, find_vm_area(p)->addr, (void *)p);
	release();
	for (i = 0; i < ARRAY_SIZE(others); i++)
		vfree(others[i]);
	KV_EXPECT_FILLED(test, p, 0, SIZE, 1);
	kvfree(p);
}

/* No range, no growth: NULL, the buffer as it was, and all well afterwards. */
static void room_none_left(struct kunit *test)
{
	void *p, *slab;

	need_cheap_addresses(test);
	p = grow_new_with_room(test, SIZE, 5);
	slab = kv_from_slab(test, SZ_64K, GFP_KERNEL);
	kv_fill(slab, 0, SZ_64K, 6);
	exhaust(test);

	kv_forget();
	KUNIT_EXPECT_NULL(test, kvrealloc(p, kv_size(SIZE + 1), QUIET));
	KUNIT_EXPECT_NULL(test, vrealloc(p, kv_size(SIZE + 1), QUIET));
	KUNIT_EXPECT_NULL(test, kvrealloc(p, kv_size(SIZE + 1),
					  QUIET | __GFP_ZERO));
	KUNIT_EXPECT_NULL(test, kvmalloc_growable(kv_size(1), SIZE, QUIET));
	KUNIT_EXPECT_EQ(test, kv_vmalloc_errors(), 0);
	grow_check(test, p, SIZE);
	KV_EXPECT_FILLED(test, p, 0, SIZE, 5);

	/* Slab's memory cannot move to vmalloc, and stays. */
	KUNIT_EXPECT_NULL(test, kvrealloc(slab, kv_size(KV_ABOVE_SLAB), QUIET));
	KV_EXPECT_FILLED(test, slab, 0, SZ_64K, 6);

	/* What needs no addresses works. */
	p = grow_to(test, p, 100, QUIET, KVMALLOC_IN_PLACE);
	p = grow_to(test, p, SIZE, QUIET, KVMALLOC_IN_PLACE);
	KV_EXPECT_FILLED(test, p, 0, 100, 5);
	release();

	p = grow_to(test, p, SIZE + 1, GFP_KERNEL, KVMALLOC_REMAPPED);
	slab = grow_to(test, slab, SZ_256K, GFP_KERNEL,
		       GROW_HAS_ROOM ? KVMALLOC_MOVED : KVMALLOC_COPIED);
	if (GROW_HAS_ROOM)
		KUNIT_EXPECT_EQ(test, kvmalloc_room(p),
				2 * (SIZE + PAGE_SIZE));
	KV_EXPECT_FILLED(test, p, 0, 100, 5);
	KV_EXPECT_FILLED(test, slab, 0, SZ_64K, 6);
	kvfree(p);
	kvfree(slab);
}

/* Where the buffer fits and its room does not, it goes without. */
static void room_is_done_without(struct kunit *test)
{
	struct vm_struct **hole;
	void *p;

	need_cheap_addresses(test);
	p = grow_new(test, SIZE, GFP_KERNEL);
	kv_fill(p, 0, SIZE, 7);
	hole = take_range(2 * SIZE);
	KUNIT_ASSERT_NOT_NULL(test, hole);
	fill(test);
	pcpu_free_vm_areas(hole, 1);

	p = grow_to(test, p, 2 * SIZE - PAGE_SIZE, QUIET, KVMALLOC_REMAPPED);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), 2 * SIZE - PAGE_SIZE);
	KV_EXPECT_FILLED(test, p, 0, SIZE, 7);
	grow_check(test, p, 2 * SIZE - PAGE_SIZE);
	release();
	kvfree(p);
}

/* Time and again, nothing is lost of what there is. */
static void room_comes_back(struct kunit *test)
{
	unsigned int first = 0;
	int i;

	need_cheap_addresses(test);
	for (i = 0; i < 4; i++) {
		struct kvmalloc_growth before, after;
		void *p;

		before = growth_now();
		p = grow_new_with_room(test, SIZE, i);
		exhaust(test);
		release();
		KV_EXPECT_FILLED(test, p, 0, SIZE, i);
		kvfree(p);
		after = growth_now();
		KUNIT_EXPECT_LE(test, after.areas, before.areas);

		/* The largest piece there is does not become smaller. */
		fillers[0] = take_range(rounddown_pow_of_two(VMALLOC_TOTAL) / 4);
		nr_fillers = !!fillers[0];
		first += nr_fillers;
		release();
	}
	KUNIT_EXPECT_TRUE(test, first == 0 || first == 4);
}

static struct kunit_case room_cases[] = {
	KUNIT_CASE(room_is_given_up_where_it_helps),
	KUNIT_CASE(room_stays_where_the_search_misses_it),
	KUNIT_CASE(room_is_given_up_one_by_one),
	KUNIT_CASE(room_costs_no_shadow),
	KUNIT_CASE(reserved_range_excludes_others),
	KUNIT_CASE(room_serves_others),
	KUNIT_CASE(room_leaves_a_guard),
	KUNIT_CASE(room_none_left),
	KUNIT_CASE(room_is_done_without),
	KUNIT_CASE(room_comes_back),
	{ }
};

static struct kunit_suite kvmalloc_grow_room_suite = {
	.name = "kvmalloc_grow_room",
	.suite_init = grow_suite_init,
	.suite_exit = grow_suite_exit,
	.init = grow_init,
	.exit = room_exit,
	.test_cases = room_cases,
};

kunit_test_suite(kvmalloc_grow_room_suite);
