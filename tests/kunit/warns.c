// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_warns: mistakes are told, once.
 *
 * Each of these tests puts one WARNING into the kernel log on purpose.
 */

#include <trace/events/kvmalloc.h>

#include "kvmalloc_test.h"

static void warns_above_int_max(struct kunit *test)
{
	const size_t size = kv_size((size_t)INT_MAX + 1);

	kv_expect_warning(test);

	/* Being silent does not use the warning up. */
	KUNIT_EXPECT_NULL(test, kvmalloc(size, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
	KUNIT_EXPECT_NULL(test, kvmalloc(size, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 1);
	KUNIT_EXPECT_NULL(test, kvmalloc(size, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, kvzalloc(kv_size(SIZE_MAX), GFP_ATOMIC));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 1);

	kv_end_of_complaint();
}

static void check_realloc_warns(struct kunit *test, void *p)
{
	const size_t size = kv_size((size_t)INT_MAX + 1);

	kv_fill(p, 0, 5000, 1);
	kv_expect_warning(test);
	KUNIT_EXPECT_NULL(test, kvrealloc(p, size, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
	KUNIT_EXPECT_NULL(test, kvrealloc(p, size, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 1);
	KUNIT_EXPECT_NULL(test, kvrealloc(p, size, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 1);
	kv_end_of_complaint();
	KV_EXPECT_FILLED(test, p, 0, 5000, 1);
	kvfree(p);
}

static void warns_slab_realloc_above_int_max(struct kunit *test)
{
	check_realloc_warns(test, kv_from_slab(test, 5000, GFP_KERNEL));
}

static enum kvmalloc_why why_failed;

static void probe_fail(void *data, unsigned long site, size_t size,
		       unsigned long align, gfp_t flags, int node,
		       enum kvmalloc_why why)
{
	why_failed = why;
}

/*
 * vmalloc memory has no such limit, as vrealloc() has none.  More than the machine
 * has is not an invalid size, but a size that vmalloc fails to serve.
 */
static void vmalloc_realloc_above_int_max_is_no_mistake(struct kunit *test)
{
	size_t size = (size_t)INT_MAX + 1;
	void *p;

	if (IS_ENABLED(CONFIG_64BIT))
		size = max(size, (totalram_pages() + 1) << PAGE_SHIFT);
	p = kv_from_vmalloc(test, 5000, GFP_KERNEL);
	kv_fill(p, 0, 5000, 1);
	KUNIT_ASSERT_EQ(test, register_trace_kvmalloc_fail(probe_fail, NULL), 0);
	KUNIT_EXPECT_NULL(test, kvrealloc(p, kv_size(size),
					  GFP_KERNEL | __GFP_NOWARN));
	unregister_trace_kvmalloc_fail(probe_fail, NULL);
	tracepoint_synchronize_unregister();
	KUNIT_EXPECT_EQ(test, why_failed, KVMALLOC_BACKING_STAYS);
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
	KUNIT_EXPECT_EQ(test, kv_vmalloc_errors(), 0);
	KV_EXPECT_FILLED(test, p, 0, 5000, 1);
	kvfree(p);
}

/* Reserving addresses can fail, whatever memory there is. */
static void warns_growable_nofail(struct kunit *test)
{
	const gfp_t flags = GFP_KERNEL | __GFP_NOFAIL;

	kv_expect_warning(test);
	KUNIT_EXPECT_NULL(test, kvmalloc_growable(kv_size(5000), SZ_1M, flags));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 1);
	KUNIT_EXPECT_NULL(test, kvmalloc_growable(kv_size(5000), INT_MAX, flags));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 1);
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
	kv_end_of_complaint();
}

static void warns_bad_alignment(struct kunit *test)
{
	static const unsigned long bad[] = { 24, 100, PAGE_SIZE + 1, SIZE_MAX };
	int i;

	kv_expect_warning(test);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_NULL(test, kvmalloc_node_align(kv_size(100),
							    bad[i], GFP_KERNEL,
							    NUMA_NO_NODE));
		KUNIT_EXPECT_NULL(test, kvmalloc_node_align(kv_size(5000),
							    bad[i], GFP_KERNEL,
							    NUMA_NO_NODE));
		KUNIT_EXPECT_EQ(test, kv_warnings(), 1);
	}
	KUNIT_EXPECT_EQ(test, kv_areas(), 0);
	kv_end_of_complaint();
}

/* Also then the old memory stays what it is. */
static void warns_realloc_bad_alignment(struct kunit *test)
{
	void *p = kv_from_slab(test, 5000, GFP_KERNEL);
	void *q = kv_from_vmalloc(test, 5000, GFP_KERNEL);

	kv_fill(p, 0, 5000, 1);
	kv_fill(q, 0, 5000, 2);
	kv_expect_warning(test);
	KUNIT_EXPECT_NULL(test, kvrealloc_node_align(p, kv_size(9000), 24,
						     GFP_KERNEL, NUMA_NO_NODE));
	KUNIT_EXPECT_NULL(test, kvrealloc_node_align(q, kv_size(4000), 24,
						     GFP_KERNEL, NUMA_NO_NODE));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 1);
	kv_end_of_complaint();
	KV_EXPECT_FILLED(test, p, 0, 5000, 1);
	KV_EXPECT_FILLED(test, q, 0, 5000, 2);
	kvfree(p);
	kvfree(q);
}

/* Memory that vmalloc does not know, as after a kvfree() too many. */
static void warns_realloc_of_nothing_known(struct kunit *test)
{
	void *p = kv_from_vmalloc(test, 5000, GFP_KERNEL);

	kvfree(p);
	kv_expect_warning(test);
	KUNIT_EXPECT_NULL(test, kvrealloc(p, kv_size(6000), GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 1);
	kv_end_of_complaint();
}

static struct kunit_case warns_cases[] = {
	KUNIT_CASE(warns_above_int_max),
	KUNIT_CASE(warns_slab_realloc_above_int_max),
	KUNIT_CASE(vmalloc_realloc_above_int_max_is_no_mistake),
	KUNIT_CASE(warns_growable_nofail),
	KUNIT_CASE(warns_bad_alignment),
	KV_AREA_CASE(warns_realloc_bad_alignment),
	KUNIT_CASE(warns_realloc_of_nothing_known),
	{ }
};

static struct kunit_suite kvmalloc_warns_suite = {
	.name = "kvmalloc_warns",
	KV_SUITE_HOOKS,
	.test_cases = warns_cases,
};

kunit_test_suite(kvmalloc_warns_suite);
