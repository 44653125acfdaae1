// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_node: the node argument reaches both backings, and memory that
 * must be on a node is moved there whole.
 */

#include <linux/nodemask.h>

#include "kvmalloc_test.h"

static int node_of(const void *p, size_t offset)
{
	const void *at = p + offset;

	return page_to_nid(is_vmalloc_addr(p) ? vmalloc_to_page(at) :
						virt_to_page(at));
}

/* Where all of the memory is, or NUMA_NO_NODE if that is several places. */
static int only_node(const void *p, size_t size)
{
	int nid = node_of(p, 0);
	size_t i;

	for (i = 0; i < size; i += PAGE_SIZE) {
		if (node_of(p, i) != nid)
			return NUMA_NO_NODE;
	}
	return nid;
}

static void need_two_nodes(struct kunit *test)
{
	if (num_node_state(N_MEMORY) < 2)
		kunit_skip(test, "needs two nodes: CONFIG_NUMA_EMU, numa=fake=2");
}

static int other_node(int nid)
{
	return next_node_in(nid, node_states[N_MEMORY]);
}

/* Also with one node: what slab is told, constant sizes included. */
static void node_is_passed_on(struct kunit *test)
{
	const int nid = first_node(node_states[N_MEMORY]);
	static const size_t sizes[] = { 100, PAGE_SIZE, 5000, SZ_64K };
	void *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		kv_forget();
		p = kvmalloc_node(kv_size(sizes[i]), GFP_KERNEL, nid);
		KUNIT_EXPECT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, kv_last_attempt(sizes[i]).node, nid);
		kvfree(p);

		kv_forget();
		p = kvmalloc(kv_size(sizes[i]), GFP_KERNEL);
		KUNIT_EXPECT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, kv_attempts(sizes[i]), 1);
		KUNIT_EXPECT_EQ(test, kv_last_attempt(sizes[i]).node,
				NUMA_NO_NODE);
		kvfree(p);
	}

	kv_forget();
	p = kvmalloc_node(128, GFP_KERNEL, nid);
	KUNIT_EXPECT_EQ(test, kv_last_attempt(128).node, nid);
	kvfree(p);

	kv_forget();
	p = kvzalloc_node(128, GFP_KERNEL, nid);
	KUNIT_EXPECT_EQ(test, kv_last_attempt(128).node, nid);
	kvfree(p);

	kv_forget();
	p = kvmalloc_array_node(kv_size(25), 8, GFP_KERNEL, nid);
	KUNIT_EXPECT_EQ(test, kv_last_attempt(200).node, nid);
	kvfree(p);

	kv_forget();
	p = kvcalloc_node(kv_size(25), 8, GFP_KERNEL, nid);
	KUNIT_EXPECT_EQ(test, kv_last_attempt(200).node, nid);
	kvfree(p);

	kv_forget();
	p = kvrealloc_node(NULL, kv_size(200), GFP_KERNEL, nid);
	KUNIT_EXPECT_EQ(test, kv_last_attempt(200).node, nid);
	p = kvrealloc_node(p, kv_size(3000), GFP_KERNEL, nid);
	KUNIT_EXPECT_EQ(test, kv_last_attempt(3000).node, nid);
	kvfree(p);
}

/* The fallback gives the node to whom it asks as well. */
static void node_is_passed_to_vmalloc(struct kunit *test)
{
	const int nid = first_node(node_states[N_MEMORY]);
	const size_t pages = 3, list = pages * sizeof(struct page *);
	void *p;

	p = KV_FAIL_NTH(1, kvmalloc_node(kv_size(pages * PAGE_SIZE),
					 GFP_KERNEL, nid));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_ASSERT_GE(test, kv_attempts(list), 1);
	KUNIT_EXPECT_EQ(test, kv_last_attempt(list).node, nid);
	kvfree(p);
}

/* All pages are where __GFP_THISNODE says, whoever made them. */
static void node_has_all_pages(struct kunit *test)
{
	static const size_t sizes[] = {
		100, PAGE_SIZE, 5000, KMALLOC_MAX_CACHE_SIZE + 1, SZ_256K,
	};
	int nid, i;

	need_two_nodes(test);
	for_each_node_state(nid, N_MEMORY) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			const gfp_t flags = GFP_KERNEL | __GFP_THISNODE;
			void *p;

			p = kvmalloc_node(kv_size(sizes[i]), flags, nid);
			KUNIT_ASSERT_NOT_NULL(test, p);
			KUNIT_EXPECT_EQ(test, only_node(p, sizes[i]), nid);
			kvfree(p);

			if (sizes[i] <= PAGE_SIZE)
				continue;
			p = KV_FAIL_NTH(1, kvmalloc_node(kv_size(sizes[i]),
							 flags, nid));
			KUNIT_EXPECT_TRUE(test, kv_failed());
			KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
			KUNIT_EXPECT_EQ(test, only_node(p, sizes[i]), nid);
			kvfree(p);
		}
		/* Preferred only, but nothing is short of memory here. */
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			void *p = kvmalloc_node(kv_size(sizes[i]), GFP_KERNEL,
						nid);

			KUNIT_ASSERT_NOT_NULL(test, p);
			KUNIT_EXPECT_EQ(test, only_node(p, sizes[i]), nid);
			kvfree(p);
		}
	}
}

/*
 * Moving: from either backing, growing and shrinking.  Memory that shrinks
 * while it moves must not be copied in its old length.
 */
static void check_move(struct kunit *test, bool vmalloc, size_t old, size_t new)
{
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	size_t kept = min(old, new), more = new + 64;
	int from, to;
	void *p, *n;

	p = vmalloc ? kv_from_vmalloc(test, old, flags) :
		      kv_from_slab(test, old, flags);
	from = node_of(p, 0);
	to = other_node(from);
	KUNIT_ASSERT_NE(test, from, to);
	kv_fill(p, 0, old, 9);

	/* Without __GFP_THISNODE the node is no reason to move. */
	if (new <= old && only_node(p, old) == from) {
		n = kvrealloc_node(p, kv_size(old), flags, to);
		KUNIT_EXPECT_PTR_EQ(test, n, p);
	}

	n = kvrealloc_node(p, kv_size(new), flags | __GFP_THISNODE, to);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_PTR_NE(test, n, p);
	KUNIT_EXPECT_EQ(test, only_node(n, new), to);
	KV_EXPECT_FILLED(test, n, 0, kept, 9);
	KV_EXPECT_ZEROED(test, n, kept, new);

	/* Whatever came along beyond the new size shows now. */
	p = kvrealloc(n, kv_size(more), flags);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KV_EXPECT_FILLED(test, p, 0, kept, 9);
	KV_EXPECT_ZEROED(test, p, kept, more);
	kvfree(p);
}

static void node_realloc_moves(struct kunit *test)
{
	static const size_t sizes[] = {
		40, 1000, PAGE_SIZE, 5000, KMALLOC_MAX_CACHE_SIZE, SZ_64K,
		SZ_64K + 1,
	};
	int i, j;

	need_two_nodes(test);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			check_move(test, false, sizes[i], sizes[j]);
			check_move(test, true, sizes[i], sizes[j]);
		}
	}
}

/* Memory that is there already stays where it is. */
static void node_realloc_stays(struct kunit *test)
{
	const gfp_t flags = GFP_KERNEL | __GFP_THISNODE;
	void *p, *n;

	p = kv_from_slab(test, 1000, GFP_KERNEL);
	n = kvrealloc_node(p, kv_size(900), flags, node_of(p, 0));
	KUNIT_EXPECT_PTR_EQ(test, n, p);
	n = kvrealloc_node(n, kv_size(800), flags, NUMA_NO_NODE);
	KUNIT_EXPECT_PTR_EQ(test, n, p);
	kvfree(n);

	p = kv_from_vmalloc(test, 3 * PAGE_SIZE, GFP_KERNEL);
	n = kvrealloc_node(p, kv_size(2 * PAGE_SIZE), flags, node_of(p, 0));
	KUNIT_EXPECT_PTR_EQ(test, n, p);
	n = kvrealloc_node(n, kv_size(100), flags, NUMA_NO_NODE);
	KUNIT_EXPECT_PTR_EQ(test, n, p);
	kvfree(n);
}

static int node_lacking_memory(void)
{
	int nid;

	for_each_online_node(nid) {
		if (!node_state(nid, N_MEMORY))
			return nid;
	}
	return NUMA_NO_NODE;
}

/*
 * A node that has none itself gets memory from a neighbour, unless the caller
 * insists.  Slab's caches do not count that as insisting, but nothing above them
 * can be had then.
 */
static void node_without_memory(struct kunit *test)
{
	static const size_t sizes[] = {
		100, PAGE_SIZE, 5000, KMALLOC_MAX_CACHE_SIZE + 1, SZ_256K,
		KV_ABOVE_SLAB,
	};
	const gfp_t strict = GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN;
	int nid = node_lacking_memory(), i;

	if (nid == NUMA_NO_NODE)
		kunit_skip(test, "needs a node without memory: make test-numa");

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = kv_size(sizes[i]);
		void *p = kvmalloc_node(size, GFP_KERNEL, nid);

		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_TRUE(test, node_state(node_of(p, 0), N_MEMORY));
		kvfree(p);

		if (size > PAGE_SIZE && size <= KMALLOC_MAX_SIZE) {
			p = KV_FAIL_NTH(1, kvmalloc_node(size, GFP_KERNEL, nid));
			KUNIT_EXPECT_TRUE(test, kv_failed());
			KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
			kvfree(p);

			p = KV_FAIL_NTH(1, kvmalloc_node(size, strict, nid));
			KUNIT_EXPECT_TRUE(test, kv_failed());
			KUNIT_EXPECT_NULL(test, p);
			kvfree(p);
		}
		if (size > KMALLOC_MAX_CACHE_SIZE) {
			p = kvmalloc_node(size, strict, nid);
			KUNIT_EXPECT_NULL(test, p);
			kvfree(p);
		}
	}
}

static struct kunit_case node_cases[] = {
	KUNIT_CASE(node_is_passed_on),
	KV_AREA_CASE(node_is_passed_to_vmalloc),
	KUNIT_CASE(node_has_all_pages),
	KUNIT_CASE(node_realloc_moves),
	KUNIT_CASE(node_realloc_stays),
	KUNIT_CASE(node_without_memory),
	{ }
};

static struct kunit_suite kvmalloc_node_suite = {
	.name = "kvmalloc_node",
	KV_SUITE_HOOKS,
	.test_cases = node_cases,
};

kunit_test_suite(kvmalloc_node_suite);
