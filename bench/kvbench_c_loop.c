// SPDX-License-Identifier: GPL-2.0
/*
 * kvvec/... and kvbox/... as a C programmer would write them: loops over a
 * plain array, its length and its capacity, which kvrealloc() makes grow.
 *
 * The array is in local variables, where a compiler does its best. Only what
 * is called push-reserved-field has it in a struct that a function is given.
 */

#define pr_fmt(fmt) "kvbench: " fmt

#include <linux/array_size.h>
#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "kvbench_loops.h"

/* What a measured function returns when there was no memory. */
#define FAILED		U64_MAX

/* A piece of work is done that often, and the least count is reported. */
#define REPEATS		5

/* Elements are to be of no order, but the same in every run and in Rust. */
#define SEED		0x9e3779b97f4a7c15ULL

static u64 next_random(u64 x)
{
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* A piece of work, which returns the count for n elements. */
struct work {
	const char *name;
	u64 (*run)(size_t n);
};

struct triple {
	u64 key;
	u64 b;
	u64 c;
};

#define TYPE		u8
#define SUFFIX		"u8"
#define LOOP(_name)	u8_##_name
#define NTH(_i)		((u8)(_i))
#define KEY(_element)	(_element)
#include "kvbench_c_loop_type.h"

#define TYPE		u64
#define SUFFIX		"u64"
#define LOOP(_name)	u64_##_name
#define NTH(_i)		((u64)(_i))
#define KEY(_element)	(_element)
#include "kvbench_c_loop_type.h"

#define TYPE		struct triple
#define SUFFIX		"struct24"
#define LOOP(_name)	triple_##_name
#define NTH(_i)		((struct triple){ .key = (_i), .b = (_i), .c = (_i) })
#define KEY(_element)	((_element).key)
#include "kvbench_c_loop_type.h"

/* Elements begin with the u64 that they are compared by. */
static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static u64 count_sort(void *a, size_t n, size_t size)
{
	u64 start, count;

	if (!a)
		return FAILED;

	start = kvbench_now();
	sort(a, n, size, compare, NULL);
	count = kvbench_now() - start;

	kvfree(a);
	return count;
}

static u64 u64_sort(size_t n)
{
	return count_sort(u64_filled(n), n, sizeof(u64));
}

static u64 triple_sort(size_t n)
{
	return count_sort(triple_filled(n), n, sizeof(struct triple));
}

/* Elements that want something done when they go: here, to be counted. */
static noinline size_t **counted(size_t n, size_t *gone)
{
	size_t **a = kvmalloc_array(n, sizeof(*a), GFP_KERNEL);
	size_t i;

	for (i = 0; a && i < n; i++)
		a[i] = gone;
	return a;
}

static u64 drop_each(size_t n)
{
	size_t gone = 0, i;
	size_t **a = counted(n, &gone);
	u64 start, count;

	if (!a)
		return FAILED;

	start = kvbench_now();
	for (i = 0; i < n; i++)
		++*a[i];
	kvfree(a);
	count = kvbench_now() - start;

	return gone == n ? count : FAILED;
}

static u64 box_small(size_t n)
{
	u64 start = kvbench_now();
	size_t i;

	for (i = 0; i < n; i++) {
		u64 *b = kvmalloc(sizeof(*b), GFP_KERNEL);

		if (!b)
			return FAILED;
		*b = i;
		barrier_data(b);
		kvfree(b);
	}
	return kvbench_now() - start;
}

static u64 box_large(size_t n)
{
	u64 start = kvbench_now();
	size_t i;

	for (i = 0; i < n; i++) {
		void *b = kvmalloc(SZ_64K, GFP_KERNEL);

		if (!b)
			return FAILED;
		barrier_data(b);
		kvfree(b);
	}
	return kvbench_now() - start;
}

/* What there is only one of, or not one for each type. */
static const struct work others[] = {
	{ "kvvec/sort/u64", u64_sort },
	{ "kvvec/sort/struct24", triple_sort },
	{ "kvvec/drop-each/struct8", drop_each },
};

static const struct work boxes[] = {
	{ "kvbox/new-drop/8", box_small },
	{ "kvbox/new-drop/64K", box_large },
};

static const struct work bytes[] = {
	{ "grow/push-bytes/32M", u8_push },
};

/* The least count of several times, or FAILED. */
static u64 least_count(const struct work *w, size_t n, int repeats)
{
	u64 least = U64_MAX;
	int i;

	/* The first time warms up. */
	for (i = 0; i <= repeats; i++) {
		u64 count;

		OPTIMIZER_HIDE_VAR(n);
		kvbench_settle();
		count = w->run(n);
		if (count == FAILED) {
			pr_err("%s of c-loop failed\n", w->name);
			return FAILED;
		}
		if (i)
			least = min(least, count);
	}
	return least - min(least, kvbench_overhead);
}

static void measure(const struct work *w, size_t works, size_t n, int repeats)
{
	for (; works; works--, w++) {
		u64 count = FAILED;

		if (kvbench_wanted(w->name))
			count = least_count(w, n, repeats);
		if (count == FAILED)
			continue;
		if (n == KVBENCH_BOXES)
			kvbench_result_each(w->name, "c-loop", count, n);
		else
			kvbench_result(w->name, kvbench_unit, "c-loop", count);
	}
}

void kvbench_c_loop(void)
{
	size_t n = KVBENCH_ELEMENTS;

	measure(u8_work, ARRAY_SIZE(u8_work), n, REPEATS);
	measure(u64_work, ARRAY_SIZE(u64_work), n, REPEATS);
	measure(triple_work, ARRAY_SIZE(triple_work), n, REPEATS);
	measure(others, ARRAY_SIZE(others), n, REPEATS);
	measure(boxes, ARRAY_SIZE(boxes), KVBENCH_BOXES, REPEATS);
	measure(bytes, ARRAY_SIZE(bytes), KVBENCH_BYTES, 2);
}
