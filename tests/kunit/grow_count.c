// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_grow_count: the numbers of kvmalloc/growth in debugfs are exact,
 * and are those that the kernel's own readers get.
 */

#include <linux/string.h>

#include "files.h"
#include "grow_test.h"
#include "kvmalloc_debug.h"
#include "util.h"

static u64 marks[KVMALLOC_REMAPPED + 1];

static void mark(void)
{
	enum kvmalloc_how how;

	for (how = 0; how < ARRAY_SIZE(marks); how++)
		marks[how] = kvmalloc_resized_read(how);
}

/* All that was resized since is one of this kind, or nothing with @nr 0. */
static void expect_since(struct kunit *test, enum kvmalloc_how which,
			 unsigned int nr)
{
	enum kvmalloc_how how;

	for (how = 0; how < ARRAY_SIZE(marks); how++)
		KUNIT_EXPECT_EQ_MSG(test, kvmalloc_resized_read(how) - marks[how],
				    how == which ? nr : 0, "how %u", how);
	mark();
}

static int count_init(struct kunit *test)
{
	int ret = kvmalloc_stats_enable(true);

	if (ret)
		return ret;
	mark();
	return grow_init(test);
}

static void count_exit(struct kunit *test)
{
	kvmalloc_stats_enable(false);
	grow_exit(test);
}

static void count_resized(struct kunit *test)
{
	void *p;

	p = kv_from_slab(test, 100, GFP_KERNEL);
	expect_since(test, KVMALLOC_IN_PLACE, 0);
	p = grow_to(test, p, ksize(p), GFP_KERNEL, KVMALLOC_IN_PLACE);
	expect_since(test, KVMALLOC_IN_PLACE, 1);
	p = grow_to(test, p, 5000, GFP_KERNEL, KVMALLOC_COPIED);
	expect_since(test, KVMALLOC_COPIED, 1);
	p = grow_to(test, p, KV_ABOVE_SLAB, GFP_KERNEL, KVMALLOC_MOVED);
	expect_since(test, KVMALLOC_MOVED, 1);
	p = grow_to(test, p, 5000, GFP_KERNEL, KVMALLOC_IN_PLACE);
	expect_since(test, KVMALLOC_IN_PLACE, 1);
	kvfree(p);

	p = kv_from_vmalloc(test, 5000, GFP_KERNEL);
	mark();
	p = grow_to(test, p, SZ_64K, GFP_KERNEL, KVMALLOC_REMAPPED);
	expect_since(test, KVMALLOC_REMAPPED, 1);
	find_vm_area(p)->flags |= VM_DMA_COHERENT;
	p = grow_to(test, p, SZ_256K, GFP_KERNEL, KVMALLOC_COPIED);
	expect_since(test, KVMALLOC_COPIED, 1);
	kvfree(p);
	expect_since(test, KVMALLOC_COPIED, 0);
}

/* What did not happen, and what is no resizing. */
static void count_nothing(struct kunit *test)
{
	const gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;
	void *p = kv_from_vmalloc(test, 5000, GFP_KERNEL);

	mark();
	KUNIT_EXPECT_NULL(test, kvrealloc(p, (size_t)INT_MAX + 1, quiet));
	if (totalram_pages() < INT_MAX >> PAGE_SHIFT)
		KUNIT_EXPECT_NULL(test, kvrealloc(p, INT_MAX, quiet));
	expect_since(test, KVMALLOC_IN_PLACE, 0);
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(0), GFP_KERNEL),
			    ZERO_SIZE_PTR);
	p = kvrealloc(NULL, kv_size(5000), GFP_KERNEL);
	kvfree(p);
	p = kvmalloc_growable(kv_size(100), SZ_64K, GFP_KERNEL);
	kvfree(p);
	expect_since(test, KVMALLOC_IN_PLACE, 0);

	kvmalloc_stats_enable(false);
	p = grow_new(test, 5000, GFP_KERNEL);
	p = grow_to(test, p, SZ_64K, GFP_KERNEL, KVMALLOC_REMAPPED);
	kvfree(p);
	expect_since(test, KVMALLOC_IN_PLACE, 0);
	KUNIT_EXPECT_EQ(test, kvmalloc_stats_enable(true), 0);
}

/* What memory is live follows its size, whatever was done to it. */
static void count_live(struct kunit *test)
{
	static const size_t sizes[] = { 9000, SZ_256K, 5000, SZ_1M, 100 };
	struct kvmalloc_stats before[ARRAY_SIZE(sizes)], now;
	void *p = kv_from_vmalloc(test, SZ_32K, GFP_KERNEL);
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		kvmalloc_stats_read(sizes[i], &before[i]);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = kvrealloc(p, kv_size(sizes[i]), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		kvmalloc_stats_read(sizes[i], &now);
		KUNIT_EXPECT_EQ_MSG(test, now.live - before[i].live, sizes[i],
				    "%zu bytes", sizes[i]);
	}
	kvfree(p);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		kvmalloc_stats_read(sizes[i], &now);
		KUNIT_EXPECT_EQ(test, now.live, before[i].live);
	}
}

static void expect_room(struct kunit *test, const struct kvmalloc_growth *before,
			long areas, long committed, long reserved)
{
	struct kvmalloc_growth now;

	vmalloc_growth_read(&now);
	KUNIT_EXPECT_EQ(test, (long)(now.areas - before->areas), areas);
	KUNIT_EXPECT_EQ(test, (long)(now.committed - before->committed),
			committed);
	KUNIT_EXPECT_EQ(test, (long)(now.reserved - before->reserved),
			reserved);
	KUNIT_EXPECT_EQ(test, now.given_up, before->given_up);
}

static void count_room(struct kunit *test)
{
	struct kvmalloc_growth before;
	void *p;

	vmalloc_growth_read(&before);
	p = kvmalloc_growable(kv_size(5000), SZ_1M, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	expect_room(test, &before, 1, 2 * PAGE_SIZE, SZ_1M);
	p = grow_to(test, p, SZ_256K, GFP_KERNEL, KVMALLOC_IN_PLACE);
	expect_room(test, &before, 1, SZ_256K, SZ_1M);
	p = grow_to(test, p, 1, GFP_KERNEL, KVMALLOC_IN_PLACE);
	expect_room(test, &before, 1, PAGE_SIZE, SZ_1M);
	/* No room is left, so it is none of those who have some. */
	p = grow_to(test, p, SZ_1M, GFP_KERNEL, KVMALLOC_IN_PLACE);
	expect_room(test, &before, 0, 0, 0);
	kvfree(p);

	p = grow_new(test, 5000, GFP_KERNEL);
	expect_room(test, &before, 0, 0, 0);
	p = grow_to(test, p, 9 * PAGE_SIZE, GFP_KERNEL, KVMALLOC_REMAPPED);
	if (GROW_HAS_ROOM)
		expect_room(test, &before, 1, 9 * PAGE_SIZE, 18 * PAGE_SIZE);
	kvfree(p);
	expect_room(test, &before, 0, 0, 0);
}

static void expect_line(struct kunit *test, const char *text, const char *name,
			u64 value)
{
	const char *at = strstr(text, name);
	u64 found;

	KUNIT_ASSERT_NOT_NULL_MSG(test, at, "no %s in:\n%s", name, text);
	if (sscanf(at + strlen(name), "%llu", &found) != 1)
		found = U64_MAX;
	KUNIT_EXPECT_EQ_MSG(test, found, value, "%s", name);
}

static void count_file(struct kunit *test)
{
	void *p = kvmalloc_growable(kv_size(5000), SZ_1M, GFP_KERNEL);
	struct kvmalloc_growth growth;
	const char *text;

	KUNIT_ASSERT_NOT_NULL(test, p);
	p = grow_to(test, p, SZ_64K, GFP_KERNEL, KVMALLOC_IN_PLACE);
	p = grow_to(test, p, 2 * SZ_1M, GFP_KERNEL, KVMALLOC_REMAPPED);
	text = kv_file_read(test, "debugfs", "kvmalloc/growth");
	vmalloc_growth_read(&growth);
	expect_line(test, text, "resized_in_place ",
		    kvmalloc_resized_read(KVMALLOC_IN_PLACE));
	expect_line(test, text, "resized_remapped ",
		    kvmalloc_resized_read(KVMALLOC_REMAPPED));
	expect_line(test, text, "resized_copied ",
		    kvmalloc_resized_read(KVMALLOC_COPIED));
	expect_line(test, text, "resized_moved ",
		    kvmalloc_resized_read(KVMALLOC_MOVED));
	expect_line(test, text, "areas_with_room ", growth.areas);
	expect_line(test, text, "committed_bytes ", growth.committed);
	expect_line(test, text, "reserved_bytes ", growth.reserved);
	expect_line(test, text, "rooms_given_up ", growth.given_up);
	kvfree(p);

	/* Begun anew with the other counters. */
	KUNIT_EXPECT_GT(test, kvmalloc_resized_read(KVMALLOC_IN_PLACE), 0);
	kvmalloc_stats_reset();
	mark();
	KUNIT_EXPECT_EQ(test, marks[KVMALLOC_IN_PLACE], 0);
	KUNIT_EXPECT_EQ(test, marks[KVMALLOC_REMAPPED], 0);
}

static struct kunit_case count_cases[] = {
	KUNIT_CASE(count_resized),
	KUNIT_CASE(count_nothing),
	KUNIT_CASE(count_live),
	KUNIT_CASE(count_room),
	KUNIT_CASE(count_file),
	{ }
};

static struct kunit_suite kvmalloc_grow_count_suite = {
	.name = "kvmalloc_grow_count",
	.suite_init = grow_suite_init,
	.suite_exit = grow_suite_exit,
	.init = count_init,
	.exit = count_exit,
	.test_cases = count_cases,
};

kunit_test_suite(kvmalloc_grow_count_suite);
