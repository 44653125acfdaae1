// SPDX-License-Identifier: GPL-2.0
/*
 * Suites kvmalloc_zero, _zero_realloc and _redzone: __GFP_ZERO clears every byte,
 * in memory that was dirty before, when memory is allocated and when it is
 * resized, and no function of the family switches slab's check of a redzone off.
 *
 * slab_debug= on the kernel's command line changes what slab knows of a size, and
 * what the bytes behind it hold.  Run these suites with each combination of the
 * flags F, Z, P and U, with init_on_alloc=1 and with init_on_free=1.
 */

#include "grow_test.h"
#include "slab.h"

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
	KV_AREA_CASE(zero_vmalloc),
	KV_AREA_CASE(zero_above_slab),
	KV_AREA_CASE(zero_spellings),
	{ }
};

static struct kunit_suite kvmalloc_zero_suite = {
	.name = "kvmalloc_zero",
	KV_SUITE_HOOKS,
	.test_cases = zero_cases,
};

/*
 * Resizing.  All calls since the allocation have __GFP_ZERO, so the contents of
 * memory of any size are the bytes that were written and, behind them, zeroes.
 */

#define CONTENTS	0xa5
#define ZERO_FLAGS	(GFP_KERNEL | __GFP_ZERO)
#define NR_BORDERS	96

/* A size in a row of resizes, and the length of the contents after it. */
struct resize_step {
	size_t size;
	bool fail_slab;
};

static size_t borders[NR_BORDERS];
static unsigned int nr_borders;

static void add_border(size_t size)
{
	if (size && nr_borders < NR_BORDERS)
		borders[nr_borders++] = size;
}

/*
 * Sizes at both ends of each kmalloc cache, and in it; and some for which the page
 * allocator or vmalloc is in charge.
 */
static void find_borders(void)
{
	static const size_t others[] = {
		KMALLOC_MAX_CACHE_SIZE + 1, 3 * PAGE_SIZE, SZ_16K + 1, SZ_64K,
		SZ_64K + 1,
	};
	size_t size;
	int i;

	nr_borders = 0;
	for (size = 8; size <= KMALLOC_MAX_CACHE_SIZE; size *= 2) {
		add_border(size / 2 + 1);
		add_border(size / 4 * 3 - 1);
		add_border(size / 4 * 3);
		add_border(size / 4 * 3 + 1);
		add_border(size - 3);
		add_border(size - 1);
		add_border(size);
	}
	for (i = 0; i < ARRAY_SIZE(others); i++)
		add_border(others[i]);
}

/* How often which memory was resized how, for a test to show what it covered. */
static struct {
	unsigned int in_place, in_slab, to_vmalloc, dirty;
} seen;

/*
 * Allocate zeroed memory of the first size, resize it to the others, and write to
 * all of it each time.  Returns how many bytes of the last step are right: its size
 * if all are.
 */
static size_t resize_and_check(struct kunit *test, const struct resize_step *steps,
			       unsigned int nr)
{
	size_t old = steps[0].size, good = old;
	u8 *p, *n, *bad;
	unsigned int i;

	p = kvzalloc(kv_size(old), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, CONTENTS, old);

	for (i = 1; i < nr && good == old; i++) {
		size_t size = steps[i].size, kept = min(old, size);

		n = steps[i].fail_slab ?
			KV_FAIL_NTH(1, kvrealloc(p, kv_size(size), ZERO_FLAGS)) :
			kvrealloc(p, kv_size(size), ZERO_FLAGS);
		KUNIT_ASSERT_NOT_NULL(test, n);
		seen.in_place += n == p;
		seen.to_vmalloc += !is_vmalloc_addr(p) && is_vmalloc_addr(n);
		seen.in_slab += n != p && !is_vmalloc_addr(n);
		p = n;
		old = size;
		bad = memchr_inv(p, CONTENTS, kept);
		if (!bad)
			bad = memchr_inv(p + kept, 0, size - kept);
		good = bad ? bad - p : size;
		memset(p, CONTENTS, size);
	}
	kvfree(p);

	return good;
}

/* Report the first row that ends with a wrong byte, and count the others. */
static void check_steps(struct kunit *test, const struct resize_step *steps,
			unsigned int nr)
{
	size_t good = resize_and_check(test, steps, nr);

	if (good == steps[nr - 1].size)
		return;
	if (!seen.dirty++)
		kunit_info(test, "%zu -> %zu -> %zu bytes: byte %zu is wrong\n",
			   steps[0].size, steps[1].size, steps[nr - 1].size, good);
}

static void start_counting(void)
{
	memset(&seen, 0, sizeof(seen));
	find_borders();
}

static void realloc_clears_what_is_new(struct kunit *test)
{
	unsigned int i, j;

	start_counting();
	for (i = 0; i < nr_borders; i++) {
		for (j = 0; j < nr_borders; j++) {
			const struct resize_step steps[] = {
				{ borders[i] }, { borders[j] },
			};

			check_steps(test, steps, 2);
		}
		cond_resched();
	}
	kunit_info(test, "%u in place, %u moved in slab, %u to vmalloc\n",
		   seen.in_place, seen.in_slab, seen.to_vmalloc);
	KUNIT_EXPECT_EQ_MSG(test, seen.dirty, 0, "of %u pairs of sizes",
			    nr_borders * nr_borders);
	KUNIT_EXPECT_GT(test, seen.in_place, 0);
	KUNIT_EXPECT_GT(test, seen.in_slab, 0);
}

/* slab fails, so memory of any size moves to vmalloc with what it has. */
static void realloc_clears_what_is_new_in_vmalloc(struct kunit *test)
{
	static const size_t sizes[] = {
		PAGE_SIZE + 1, KMALLOC_MAX_CACHE_SIZE + 1, SZ_16K + 1,
	};
	unsigned int i, j;

	start_counting();
	for (i = 0; i < nr_borders; i++) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			const struct resize_step steps[] = {
				{ borders[i] }, { sizes[j], .fail_slab = true },
			};

			check_steps(test, steps, 2);
		}
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, seen.dirty, 0);
	KUNIT_EXPECT_GT(test, seen.to_vmalloc, 0);
}

/* Down and up, up twice, and out of slab at any point. */
static void realloc_clears_what_is_new_in_a_row(struct kunit *test)
{
	static const size_t sizes[] = {
		1, 7, 24, 40, 60, 64, 97, 130, 500, 1000, PAGE_SIZE - 1,
		PAGE_SIZE + 1, KMALLOC_MAX_CACHE_SIZE, SZ_16K + 1,
	};
	unsigned int i, j, k, fail;

	start_counting();
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			for (k = 0; k < ARRAY_SIZE(sizes); k++) {
				for (fail = 0; fail < 2; fail++) {
					const struct resize_step steps[] = {
						{ sizes[i] }, { sizes[j] },
						{ sizes[k],
						  fail && sizes[k] > PAGE_SIZE },
					};

					if (fail && !steps[2].fail_slab)
						continue;
					check_steps(test, steps, 3);
				}
			}
		}
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, seen.dirty, 0);
	KUNIT_EXPECT_GT(test, seen.to_vmalloc, 0);
}

/* A function that only reads the size must not change slab's record of it. */
static void realloc_clears_what_is_new_after_room(struct kunit *test)
{
	unsigned int i, dirty = 0;
	size_t size;

	find_borders();
	for (i = 0; i < nr_borders && borders[i] < KMALLOC_MAX_CACHE_SIZE; i++) {
		u8 *p = kvzalloc(kv_size(borders[i]), GFP_KERNEL), *n;

		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, CONTENTS, borders[i]);
		size = kvmalloc_room(p);
		KUNIT_EXPECT_GE(test, size, borders[i]);
		n = kvrealloc(p, kv_size(size), ZERO_FLAGS);
		KUNIT_EXPECT_PTR_EQ(test, n, p);
		if (n && kv_first_nonzero(n, borders[i], size) != size)
			dirty++;
		kvfree(n ?: p);
	}
	KUNIT_EXPECT_EQ(test, dirty, 0);
}

static struct kunit_case zero_realloc_cases[] = {
	KUNIT_CASE(realloc_clears_what_is_new),
	KV_AREA_CASE(realloc_clears_what_is_new_in_vmalloc),
	KV_AREA_CASE(realloc_clears_what_is_new_in_a_row),
	KUNIT_CASE(realloc_clears_what_is_new_after_room),
	{ }
};

static struct kunit_suite kvmalloc_zero_realloc_suite = {
	.name = "kvmalloc_zero_realloc",
	KV_SUITE_HOOKS,
	.test_cases = zero_realloc_cases,
};

/*
 * The redzone.  An object of 40 bytes of the cache for 64 has one from byte 40 on
 * if slab records the requested size.  slub counts its reports in the resource
 * "slab_errors" of a test, and prints nothing then.
 */

#define OBJECT_SIZE	40
#define OVERFLOW_AT	45

static struct kunit_resource test_errors;
static int slab_errors;

/* Get an object that slab checks when it is freed, or skip the test. */
static u8 *get_checked_object(struct kunit *test)
{
	const slab_flags_t checks = SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE |
				    SLAB_STORE_USER;
	u8 *p = kvzalloc(kv_size(OBJECT_SIZE), GFP_KERNEL);
	struct slab *slab;

	KUNIT_ASSERT_NOT_NULL(test, p);
	slab = virt_to_slab(p);
	if (!slab || (slab->slab_cache->flags & checks) != checks) {
		kvfree(p);
		kunit_skip(test, "needs a kernel booted with slab_debug=FZU or more");
	}
	slab_errors = 0;
	KUNIT_ASSERT_EQ(test, kunit_add_named_resource(test, NULL, NULL,
						       &test_errors,
						       "slab_errors",
						       &slab_errors), 0);
	return p;
}

/* Write behind the object's end, and have slab look at it. */
static void overflow_and_free(struct kunit *test, u8 *p)
{
	kasan_disable_current();
	p[kv_size(OVERFLOW_AT)] = 0x12;
	kvfree(p);
	kasan_enable_current();
	KUNIT_EXPECT_GT_MSG(test, slab_errors, 0, "reports of slab");
}

static void overflow_is_reported(struct kunit *test)
{
	overflow_and_free(test, get_checked_object(test));
}

static void overflow_is_reported_after_room(struct kunit *test)
{
	u8 *p = get_checked_object(test);

	KUNIT_EXPECT_GE(test, kvmalloc_room(p), OBJECT_SIZE);
	overflow_and_free(test, p);
}

/* The event kvmalloc_realloc, which is on in this suite, has a size to tell. */
static void overflow_is_reported_after_realloc(struct kunit *test)
{
	u8 *p = get_checked_object(test), *n;

	n = kvrealloc(p, kv_size(OBJECT_SIZE - 8), GFP_KERNEL);
	KUNIT_ASSERT_PTR_EQ(test, n, p);
	n = kvrealloc(p, kv_size(OBJECT_SIZE), GFP_KERNEL);
	KUNIT_ASSERT_PTR_EQ(test, n, p);
	KUNIT_EXPECT_EQ(test, grow_times(KVMALLOC_IN_PLACE), 2);
	overflow_and_free(test, p);
}

/* No machine of the tests has 2 GiB. */
static void overflow_is_reported_after_failed_realloc(struct kunit *test)
{
	u8 *p;

	if (totalram_pages() >= INT_MAX >> PAGE_SHIFT)
		kunit_skip(test, "needs a machine with less memory than INT_MAX");

	p = get_checked_object(test);
	KUNIT_EXPECT_NULL(test, kvrealloc(p, kv_size(INT_MAX),
					  GFP_KERNEL | __GFP_NOWARN));
	overflow_and_free(test, p);
}

static struct kunit_case redzone_cases[] = {
	KUNIT_CASE(overflow_is_reported),
	KUNIT_CASE(overflow_is_reported_after_room),
	KUNIT_CASE(overflow_is_reported_after_realloc),
	KUNIT_CASE(overflow_is_reported_after_failed_realloc),
	{ }
};

static struct kunit_suite kvmalloc_redzone_suite = {
	.name = "kvmalloc_redzone",
	GROW_SUITE_HOOKS,
	.test_cases = redzone_cases,
};

kunit_test_suites(&kvmalloc_zero_suite, &kvmalloc_zero_realloc_suite,
		  &kvmalloc_redzone_suite);
