// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_grow_room: room is for growing, and for nobody to go short of.
 *
 * The tests take every address that vmalloc has.  They take them the way that
 * per-CPU memory does, which neither asks others to give room up nor complains.
 * That is cheap, as addresses are no memory.
 */

#include <linux/log2.h>

#include "grow_test.h"
#include "util.h"

#define QUIET		(GFP_KERNEL | __GFP_NOWARN)
#define SIZE		(64 * PAGE_SIZE)
#define NR_BUFFERS	8
#define NR_FILLERS	8192

static struct vm_struct **fillers[NR_FILLERS];
static unsigned int nr_fillers;

static struct vm_struct **take_range(size_t size)
{
	const unsigned long offset = 0;

#ifdef KV_PCPU_AREAS_TAKE_GFP
	return pcpu_get_vm_areas(&offset, &size, 1, PAGE_SIZE, GFP_KERNEL);
#else
	return pcpu_get_vm_areas(&offset, &size, 1, PAGE_SIZE);
#endif
}

static void need_cheap_addresses(struct kunit *test)
{
	/* There a shadow comes with them. */
	if (IS_ENABLED(CONFIG_KASAN_VMALLOC))
		kunit_skip(test, "needs a kernel without KASAN");
}

/* Take all there is, in ever smaller pieces, down to a page. */
static void fill(struct kunit *test)
{
	size_t size = rounddown_pow_of_two(VMALLOC_TOTAL) / 2;

	while (size >= PAGE_SIZE && nr_fillers < NR_FILLERS) {
		fillers[nr_fillers] = take_range(size);
		if (fillers[nr_fillers])
			nr_fillers++;
		else
			size /= 2;
	}
	KUNIT_EXPECT_LT(test, nr_fillers, NR_FILLERS);
}

static void release(void)
{
	while (nr_fillers)
		pcpu_free_vm_areas(fillers[--nr_fillers], 1);
	/* They are free when nobody can have them in a TLB any more. */
	vm_unmap_aliases();
}

static struct kvmalloc_growth growth_now(void)
{
	struct kvmalloc_growth growth;

	vmalloc_growth_read(&growth);
	return growth;
}

/* Look for addresses in vain, as nobody could find so many in a single page. */
static void ask_in_vain(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, __vmalloc_node_range(4 * SIZE, 1, VMALLOC_START,
						     VMALLOC_START + PAGE_SIZE,
						     QUIET, PAGE_KERNEL, 0,
						     NUMA_NO_NODE, NULL));
}

static void room_exit(struct kunit *test)
{
	release();
	grow_exit(test);
}

/* A buffer without its room is like any other, and gets some when it moves. */
static void room_is_cut_off(struct kunit *test)
{
	unsigned long given_up = growth_now().given_up;
	void *p = grow_new_with_room(test, SIZE, 1), *limited;

	limited = kvmalloc_growable(kv_size(5000), SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, limited);
	kv_fill(limited, 0, 5000, 2);
	ask_in_vain(test);
	KUNIT_EXPECT_EQ(test, growth_now().given_up > given_up, GROW_HAS_ROOM);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), SIZE);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(limited), SIZE);

	grow_check(test, p, SIZE);
	p = grow_to(test, p, 5000, GFP_KERNEL, KVMALLOC_IN_PLACE);
	/* It shrinks, and what it does not need is room again. */
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), SIZE);
	ask_in_vain(test);
	KUNIT_EXPECT_EQ(test, kvmalloc_room(p), 2 * PAGE_SIZE);
	p = grow_to(test, p, SIZE, GFP_KERNEL, KVMALLOC_REMAPPED);
	KV_EXPECT_FILLED(test, p, 0, 5000, 1);
	if (GROW_HAS_ROOM)
		KUNIT_EXPECT_EQ(test, kvmalloc_room(p), 2 * SIZE);

	limited = grow_to(test, limited, SIZE, GFP_KERNEL, KVMALLOC_IN_PLACE);
	KV_EXPECT_FILLED(test, limited, 0, 5000, 2);
	kvfree(limited);
	kvfree(p);
}

/* Every room goes but those that were promised; no buffer is touched. */
static void room_is_given_up(struct kunit *test)
{
	struct kvmalloc_growth before, full, after;
	void *p[NR_BUFFERS], *limited, *shrunk;
	int i;

	need_cheap_addresses(test);
	for (i = 0; i < NR_BUFFERS; i++)
		p[i] = grow_new_with_room(test, SIZE, i);
	shrunk = grow_new_with_room(test, SIZE, 20);
	shrunk = grow_to(test, shrunk, 5000, GFP_KERNEL, KVMALLOC_IN_PLACE);
	limited = kvmalloc_growable(kv_size(5000), 2 * SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, limited);
	kv_fill(limited, 0, 5000, 21);
	before = growth_now();

	/* Nobody was asked to so far. */
	fill(test);
	full = growth_now();
	KUNIT_EXPECT_EQ(test, full.given_up, before.given_up);
	KUNIT_EXPECT_EQ(test, full.areas, before.areas);
	KUNIT_EXPECT_EQ(test, full.reserved, before.reserved);

	/* More than any of them had. */
	ask_in_vain(test);
	after = growth_now();
	if (GROW_HAS_ROOM) {
		KUNIT_EXPECT_GE(test, after.given_up - before.given_up,
				NR_BUFFERS + 1);
		KUNIT_EXPECT_EQ(test, before.areas - after.areas,
				after.given_up - before.given_up);
		KUNIT_EXPECT_GE(test, before.reserved - after.reserved,
				NR_BUFFERS * 2 * SIZE);
	}
	for (i = 0; i < NR_BUFFERS; i++) {
		KUNIT_EXPECT_EQ(test, kvmalloc_room(p[i]), SIZE);
		grow_check(test, p[i], SIZE);
		KV_EXPECT_FILLED(test, p[i], 0, SIZE, i);
	}
	KUNIT_EXPECT_EQ(test, kvmalloc_room(shrunk), 2 * PAGE_SIZE);
	KV_EXPECT_FILLED(test, shrunk, 0, 5000, 20);

	/* What was promised is there, and works. */
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
	kvfree(shrunk);
	kvfree(limited);
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
	fill(test);
	ask_in_vain(test);
	/* What was given up is somebody's now. */
	fill(test);

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
		fill(test);
		ask_in_vain(test);
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
	KUNIT_CASE(room_is_cut_off),
	KUNIT_CASE(room_is_given_up),
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
