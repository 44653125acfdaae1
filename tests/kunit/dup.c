// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_dup: copies of arrays and strings, and arrays that change
 * their length.
 */

#include <linux/string.h>

#include "kvmalloc_test.h"

#define HALF	(1UL << (BITS_PER_LONG / 2))

/* Products that are more than a size_t can say. */
static const struct { size_t n, size; } overflowing[] = {
	{ SIZE_MAX, 2 }, { 2, SIZE_MAX }, { SIZE_MAX / 8 + 1, 8 },
	{ HALF, HALF },
	/* What is left of these is a size to be had. */
	{ SIZE_MAX / 16 + 2, 16 }, { HALF + 1, HALF + 1 },
};

static void dup_array(struct kunit *test)
{
	static const struct { size_t n, size; } shapes[] = {
		{ 1, 1 }, { 7, 13 }, { PAGE_SIZE / 8, 8 },
		{ PAGE_SIZE / 8 + 1, 8 }, { 3000, 24 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		size_t n = shapes[i].n, size = shapes[i].size, all = n * size;
		void *p = kv_from_vmalloc(test, all, GFP_KERNEL), *copy;

		kv_fill(p, 0, all, i);
		kv_forget();
		copy = kvmemdup_array(p, kv_size(n), kv_size(size), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(copy));
		KUNIT_EXPECT_EQ(test, kv_attempts(all), 1);
		KV_EXPECT_FILLED(test, copy, 0, all, i);

		/* It is a copy: the two know nothing of each other. */
		kv_fill(copy, 0, all, i + 1);
		KV_EXPECT_FILLED(test, p, 0, all, i);
		kvfree(copy);

		if (all > PAGE_SIZE) {
			copy = KV_FAIL_NTH(1, kvmemdup_array(p, kv_size(n),
							     size, GFP_KERNEL));
			KUNIT_EXPECT_TRUE(test, kv_failed());
			KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(copy));
			KV_EXPECT_FILLED(test, copy, 0, all, i);
			kvfree(copy);
		}
		kvfree(p);
	}
}

static void dup_array_overflow(struct kunit *test)
{
	u8 one = 1;
	int i;

	for (i = 0; i < ARRAY_SIZE(overflowing); i++)
		KUNIT_EXPECT_NULL(test,
				  kvmemdup_array(&one,
						 kv_size(overflowing[i].n),
						 kv_size(overflowing[i].size),
						 GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

/* Nothing is read where there is nothing. */
static void dup_array_of_nothing(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, kvmemdup_array(NULL, kv_size(0), 8,
						 GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kvmemdup_array(NULL, kv_size(SIZE_MAX),
						 kv_size(0), GFP_KERNEL),
			    ZERO_SIZE_PTR);
}

static void dup_array_without_memory(struct kunit *test)
{
	u64 from[25] = { };
	void *copy;

	copy = KV_FAIL_NTH(1, kvmemdup_array(from, kv_size(25), 8, KV_NOWAIT));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_EXPECT_NULL(test, copy);
}

static void check_realloc_array(struct kunit *test, bool vmalloc)
{
	static const size_t counts[] = { 40, 600, 2700, 50, 1, 601 };
	const size_t size = 24;
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	size_t old = 10 * size;
	void *p, *n;
	int i;

	p = vmalloc ? kv_from_vmalloc(test, old, flags) :
		      kv_from_slab(test, old, flags);
	kv_fill(p, 0, old, 3);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		size_t new = counts[i] * size, kept = min(old, new);

		n = kvrealloc_array(p, kv_size(counts[i]), kv_size(size),
				    flags);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KUNIT_EXPECT_EQ(test, is_vmalloc_addr(n), vmalloc);
		KV_EXPECT_FILLED(test, n, 0, kept, 3);
		KV_EXPECT_ZEROED(test, n, kept, new);
		kv_fill(n, 0, new, 3);
		p = n;
		old = new;
	}

	/* No such array: the old one is whole, and still the caller's. */
	kv_forget();
	for (i = 0; i < ARRAY_SIZE(overflowing); i++)
		KUNIT_EXPECT_NULL(test,
				  kvrealloc_array(p,
						  kv_size(overflowing[i].n),
						  kv_size(overflowing[i].size),
						  flags));
	KUNIT_EXPECT_FALSE(test, kv_kfreed(p));
	KV_EXPECT_FILLED(test, p, 0, old, 3);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);

	/* An array of nothing frees. */
	kv_forget();
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc_array(p, kv_size(0), size, flags),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p) ? !find_vm_area(p) :
						     kv_kfreed(p));
}

static void dup_realloc_array_slab(struct kunit *test)
{
	check_realloc_array(test, false);
}

static void dup_realloc_array_vmalloc(struct kunit *test)
{
	check_realloc_array(test, true);
}

/* From nothing, and without memory. */
static void dup_realloc_array_anew(struct kunit *test)
{
	void *p, *n;
	int i;

	p = kvrealloc_array(NULL, kv_size(25), kv_size(8), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, kv_attempts(200), 1);
	kv_fill(p, 0, 200, 1);

	kv_forget();
	n = KV_FAIL_NTH(1, kvrealloc_array(p, kv_size(250), 8, KV_NOWAIT));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_EXPECT_NULL(test, n);
	KUNIT_EXPECT_FALSE(test, kv_kfreed(p));
	KV_EXPECT_FILLED(test, p, 0, 200, 1);
	kvfree(p);

	for (i = 0; i < ARRAY_SIZE(overflowing); i++)
		KUNIT_EXPECT_NULL(test,
				  kvrealloc_array(NULL,
						  kv_size(overflowing[i].n),
						  kv_size(overflowing[i].size),
						  GFP_KERNEL));
}

static void fill_string(char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		s[i] = 'a' + (i ^ i >> 5 ^ i >> 10) % 26;
	s[len] = '\0';
}

/* Strings of any length; the terminator takes a byte. */
static void dup_string(struct kunit *test)
{
	static const size_t lengths[] = {
		0, 1, 63, PAGE_SIZE - 1, PAGE_SIZE, SZ_64K - 1, 70000,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t len = lengths[i];
		char *s = kv_from_slab(test, len + 10, GFP_KERNEL), *copy;

		memset(s, 'x', len + 10);
		fill_string(s, len);
		kv_forget();
		copy = kvstrdup(s, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		KUNIT_EXPECT_PTR_NE(test, copy, s);
		KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(copy));
		KUNIT_EXPECT_EQ(test, kv_attempts(len + 1), 1);
		KUNIT_EXPECT_EQ(test, memcmp(copy, s, len + 1), 0);
		kvfree(copy);

		copy = KV_FAIL_NTH(1, kvstrdup(s, KV_NOWAIT));
		KUNIT_EXPECT_TRUE(test, kv_failed());
		if (len + 1 <= PAGE_SIZE)
			KUNIT_EXPECT_NULL(test, copy);
		kvfree(copy);

		if (len + 1 > PAGE_SIZE) {
			copy = KV_FAIL_NTH(1, kvstrdup(s, GFP_KERNEL));
			KUNIT_EXPECT_TRUE(test, kv_failed());
			KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(copy));
			KUNIT_EXPECT_EQ(test, memcmp(copy, s, len + 1), 0);
			kvfree(copy);
		}
		kvfree(s);
	}
}

static void dup_no_string(struct kunit *test)
{
	const char *none = NULL;

	OPTIMIZER_HIDE_VAR(none);
	KUNIT_EXPECT_NULL(test, kvstrdup(none, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, kv_attempts(0) + kv_attempts(1), 0);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

static struct kunit_case dup_cases[] = {
	KUNIT_CASE(dup_array),
	KUNIT_CASE(dup_array_overflow),
	KUNIT_CASE(dup_array_of_nothing),
	KUNIT_CASE(dup_array_without_memory),
	KUNIT_CASE(dup_realloc_array_slab),
	KUNIT_CASE(dup_realloc_array_vmalloc),
	KUNIT_CASE(dup_realloc_array_anew),
	KV_AREA_CASE(dup_string),
	KUNIT_CASE(dup_no_string),
	{ }
};

static struct kunit_suite kvmalloc_dup_suite = {
	.name = "kvmalloc_dup",
	KV_SUITE_HOOKS,
	.test_cases = dup_cases,
};

kunit_test_suite(kvmalloc_dup_suite);
