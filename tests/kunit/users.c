// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_users: what other parts of the kernel build on the family, or
 * hand to it, works on this implementation.
 */

#include <linux/alloc_tag.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

/* Which cache an object is from, only the slab allocator's own header tells. */
#include "slab.h"

#include "kvmalloc_test.h"

struct flexible {
	unsigned int nr;
	u64 item[];
};

#ifdef kvmalloc_obj
static void users_objects(struct kunit *test)
{
	struct flexible *flex;
	u64 *one, *many;
	size_t i;

	one = kvmalloc_obj(*one);
	KUNIT_ASSERT_NOT_NULL(test, one);
	*one = 1;
	kvfree(one);

	one = kvzalloc_obj(*one, GFP_NOWAIT);
	KUNIT_ASSERT_NOT_NULL(test, one);
	KUNIT_EXPECT_EQ(test, *one, 0);
	kvfree(one);

	kv_forget();
	many = KV_FAIL_NTH(1, kvzalloc_objs(*many, kv_size(1000)));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(many));
	KUNIT_EXPECT_EQ(test, kv_attempts(8000), 1);
	KV_EXPECT_ZEROED(test, many, 0, 8000);
	kvfree(many);

	for (i = 1; i <= 10000; i *= 100) {
		const size_t size = struct_size(flex, item, i);

		flex = kvmalloc_flex(*flex, item, kv_size(i));
		KUNIT_ASSERT_NOT_NULL(test, flex);
		kv_fill(flex, 0, size, 1);
		KV_EXPECT_FILLED(test, flex, 0, size, 1);
		kvfree(flex);

		flex = kvzalloc_flex(*flex, item, kv_size(i));
		KUNIT_ASSERT_NOT_NULL(test, flex);
		KV_EXPECT_ZEROED(test, flex, 0, size);
		kvfree(flex);
	}

	/* Too many saturate the size, which kvmalloc() takes for a mistake. */
	KUNIT_EXPECT_NULL(test, kvmalloc_objs(*many, kv_size(SIZE_MAX / 4),
					      GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, kvmalloc_flex(*flex, item, kv_size(SIZE_MAX / 8),
					      GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}
#else
static void users_objects(struct kunit *test)
{
	kunit_skip(test, "needs a kernel with kvmalloc_obj()");
}
#endif

static void users_memdup(struct kunit *test)
{
	const size_t sizes[] = { 10, 5000, SZ_64K + 1 };
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *p = kv_from_slab(test, sizes[i], GFP_KERNEL), *copy;

		kv_fill(p, 0, sizes[i], i);
		copy = kvmemdup(p, kv_size(sizes[i]), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		KV_EXPECT_FILLED(test, copy, 0, sizes[i], i);
		kvfree(copy);

		if (sizes[i] > PAGE_SIZE) {
			copy = KV_FAIL_NTH(1, kvmemdup(p, kv_size(sizes[i]),
						       GFP_KERNEL));
			KUNIT_EXPECT_TRUE(test, kv_failed());
			KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(copy));
			KV_EXPECT_FILLED(test, copy, 0, sizes[i], i);
			kvfree(copy);
		}
		kvfree(p);
	}
}

struct with_head {
	u64 before;
	struct rcu_head head;
	u64 after[1000];
};

/* Freed after a grace period and not before it, with either backing. */
static void users_free_rcu(struct kunit *test)
{
	const size_t size = kv_size(sizeof(struct with_head));
	struct with_head *p;
	void *q;

	p = kv_from_vmalloc(test, size, GFP_KERNEL);
	rcu_read_lock();
	kvfree_rcu(p, head);
	KUNIT_EXPECT_NOT_NULL(test, find_vm_area(p));
	rcu_read_unlock();
	kvfree_rcu_barrier();
	KUNIT_EXPECT_TRUE(test, kv_released(p));

	q = kv_from_vmalloc(test, size, GFP_KERNEL);
	kvfree_rcu_mightsleep(q);
	kvfree_rcu_barrier();
	KUNIT_EXPECT_TRUE(test, kv_released(q));

	/*
	 * RCU frees slab memory in bulk, past kfree().  A page or less is not
	 * waited for when the test ends.
	 */
	p = kv_from_slab(test, 100, GFP_KERNEL);
	kvfree_rcu(p, head);
	q = kv_from_slab(test, PAGE_SIZE, GFP_KERNEL);
	kvfree_rcu_mightsleep(q);
	kvfree_rcu_barrier();
	KUNIT_EXPECT_EQ(test, kv_warnings(), 0);
}

/* A user's own buckets serve the slab attempt, and vmalloc what they cannot. */
static void users_buckets(struct kunit *test)
{
	static kmem_buckets *b;
	void *p;

	if (!b)
		b = kmem_buckets_create("kvmalloc_test", 0, 0, INT_MAX, NULL);
	KUNIT_ASSERT_NOT_NULL(test, b);

	p = KV_FAIL_NTH(1, kmem_buckets_valloc(b, kv_size(5000), GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_EQ(test, kv_attempts(5000), 1);
	kv_fill(p, 0, 5000, 1);
	kvfree(p);

	p = kmem_buckets_valloc(b, kv_size(SIZE_MAX),
				GFP_KERNEL | __GFP_NOWARN);
	KUNIT_EXPECT_NULL(test, p);

	p = kmem_buckets_valloc(b, kv_size(100), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
	if (IS_ENABLED(CONFIG_SLAB_BUCKETS))
		KUNIT_EXPECT_NOT_NULL(test,
				      strstr(virt_to_slab(p)->slab_cache->name,
					     "kvmalloc_test"));
	kvfree(p);

	p = kmem_buckets_valloc(b, kv_size(5000), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
	if (IS_ENABLED(CONFIG_SLAB_BUCKETS))
		KUNIT_EXPECT_NOT_NULL(test,
				      strstr(virt_to_slab(p)->slab_cache->name,
					     "kvmalloc_test"));
	kvfree(p);

	if (!IS_ENABLED(CONFIG_SLAB_BUCKETS))
		kunit_skip(test, "needs CONFIG_SLAB_BUCKETS to tell buckets apart");
}

/* Ours on the kernels that lack them, with what the later kernels promise. */
static void users_krealloc_node_align(struct kunit *test)
{
	static const size_t sizes[] = { 40, 100, 3000, 8192, 20000, 100, 1 };
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	size_t old = 0;
	void *p = NULL, *n;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		n = krealloc_node_align(p, kv_size(sizes[i]), 1, flags,
					NUMA_NO_NODE);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KV_EXPECT_FILLED(test, n, 0, min(old, sizes[i]), 1);
		KV_EXPECT_ZEROED(test, n, min(old, sizes[i]), sizes[i]);
		kv_fill(n, 0, sizes[i], 1);
		if (n != p && p)
			KUNIT_EXPECT_TRUE(test, kv_kfreed(p));
		p = n;
		old = sizes[i];
	}
	kv_forget();
	KUNIT_EXPECT_PTR_EQ(test, krealloc_node_align(p, kv_size(0), 1, flags,
						      NUMA_NO_NODE),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_TRUE(test, kv_kfreed(p));
	KUNIT_EXPECT_PTR_EQ(test, krealloc_node_align(NULL, kv_size(0), 1,
						      flags, NUMA_NO_NODE),
			    ZERO_SIZE_PTR);

	/* From here on: each move has a reason. */
	p = krealloc_node_align(NULL, kv_size(96), 1, GFP_KERNEL,
				first_node(node_states[N_MEMORY]));
	KUNIT_ASSERT_NOT_NULL(test, p);
	kv_fill(p, 0, 96, 2);
	for (i = 128; i <= PAGE_SIZE; i *= 2) {
		bool aligned = IS_ALIGNED((unsigned long)p, i);
		bool room = ksize(p) >= i;

		n = krealloc_node_align(p, kv_size(i), i, GFP_KERNEL,
					NUMA_NO_NODE);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KUNIT_EXPECT_EQ(test, n == p, aligned && room);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)n, i));
		KV_EXPECT_FILLED(test, n, 0, 96, 2);
		p = n;
	}

	/* Failing leaves the old memory. */
	kv_forget();
	n = KV_FAIL_NTH(1, krealloc_node_align(p, kv_size(8192), 1, KV_NOWAIT,
					       NUMA_NO_NODE));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_EXPECT_NULL(test, n);
	KUNIT_EXPECT_FALSE(test, kv_kfreed(p));
	KV_EXPECT_FILLED(test, p, 0, 96, 2);
	kfree(p);
}

static void users_vrealloc_node_align(struct kunit *test)
{
	static const size_t sizes[] = { 40, 5000, 8192, 20000, 100000, 100, 1 };
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	size_t old = 0;
	void *p = NULL, *n;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		n = vrealloc_node_align(p, sizes[i], PAGE_SIZE, flags,
					NUMA_NO_NODE);
		KUNIT_ASSERT_NOT_NULL(test, n);
		KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(n));
		KV_EXPECT_FILLED(test, n, 0, min(old, sizes[i]), 1);
		KV_EXPECT_ZEROED(test, n, min(old, sizes[i]), sizes[i]);
		kv_fill(n, 0, sizes[i], 1);
		if (n != p && p)
			KUNIT_EXPECT_NULL(test, find_vm_area(p));
		p = n;
		old = sizes[i];
	}
	KUNIT_EXPECT_NULL(test, vrealloc_node_align(p, SIZE_MAX - PAGE_SIZE, 1,
						    flags | __GFP_NOWARN,
						    NUMA_NO_NODE));
	KV_EXPECT_FILLED(test, p, 0, old, 1);
	KUNIT_EXPECT_NULL(test, vrealloc_node_align(p, 0, 1, flags,
						    NUMA_NO_NODE));
	KUNIT_EXPECT_NULL(test, find_vm_area(p));

	p = vrealloc_node_align(NULL, 100, SZ_64K, flags, NUMA_NO_NODE);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p, SZ_64K));
	vfree(p);
}

/* Shrinking on the way to another node: no more is copied than fits there. */
static void users_realloc_moves(struct kunit *test)
{
	const gfp_t flags = GFP_KERNEL | __GFP_ZERO;
	int from, to;
	void *p, *n;

	if (num_node_state(N_MEMORY) < 2)
		kunit_skip(test, "needs two nodes: CONFIG_NUMA_EMU, numa=fake=2");
	from = first_node(node_states[N_MEMORY]);
	to = next_node_in(from, node_states[N_MEMORY]);

	p = vrealloc_node_align(NULL, SZ_64K, 1, flags | __GFP_THISNODE, from);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, page_to_nid(vmalloc_to_page(p)), from);
	memset(p, 0xff, SZ_64K);
	n = vrealloc_node_align(p, 100, 1, flags | __GFP_THISNODE, to);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_EQ(test, page_to_nid(vmalloc_to_page(n)), to);
	KUNIT_EXPECT_NULL(test, find_vm_area(p));
	KUNIT_EXPECT_EQ(test, ((u8 *)n)[99], 0xff);
	p = vrealloc_node_align(n, PAGE_SIZE, 1, flags, NUMA_NO_NODE);
	KUNIT_EXPECT_PTR_EQ(test, p, n);
	KV_EXPECT_ZEROED(test, n, 100, PAGE_SIZE);
	vfree(n);

	p = krealloc_node_align(NULL, kv_size(3000), 1, flags | __GFP_THISNODE,
				from);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, page_to_nid(virt_to_page(p)), from);
	memset(p, 0xff, 3000);
	n = krealloc_node_align(p, kv_size(100), 1, flags | __GFP_THISNODE, to);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_EQ(test, page_to_nid(virt_to_page(n)), to);
	KUNIT_EXPECT_TRUE(test, kv_kfreed(p));
	KUNIT_EXPECT_EQ(test, ((u8 *)n)[99], 0xff);
	kfree(n);
}

#ifdef CONFIG_MEM_ALLOC_PROFILING
extern struct alloc_tag __start_alloc_tags[], __stop_alloc_tags[];

/* What is charged to lines of @function, or of the files in @dir. */
static s64 charged(const char *function, const char *dir)
{
	struct alloc_tag *tag;
	s64 bytes = 0;

	for (tag = __start_alloc_tags; tag < __stop_alloc_tags; tag++) {
		if (function && strcmp(tag->ct.function, function))
			continue;
		if (dir && !strstr(tag->ct.filename, dir))
			continue;
		bytes += alloc_tag_read(tag).bytes;
	}
	return bytes;
}

/*
 * Who calls is charged, whichever way the memory comes and when it moves, and
 * is relieved of it when it is freed.
 */
static void users_profiling(struct kunit *test)
{
	s64 before = charged(__func__, NULL), ours = charged(NULL, "kv/mm/");
	const size_t size = kv_size(SZ_16K);
	void *p, *n;

	if (!mem_alloc_profiling_enabled())
		kunit_skip(test, "needs sysctl.vm.mem_profiling=1");

	p = kvmalloc(size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, charged(__func__, NULL) - before, size);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, charged(__func__, NULL), before);

	p = KV_FAIL_NTH(1, kvmalloc(size, GFP_KERNEL));
	KUNIT_ASSERT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_GE(test, charged(__func__, NULL) - before, size);
	n = kvrealloc(p, 4 * size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_GE(test, charged(__func__, NULL) - before, 4 * size);
	kvfree(n);
	KUNIT_EXPECT_EQ(test, charged(__func__, NULL), before);

	p = kvmalloc(100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_GE(test, charged(__func__, NULL) - before, 100);
	n = kvrealloc(p, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, n);
	KUNIT_EXPECT_EQ(test, charged(__func__, NULL) - before, size);
	kvfree(n);
	KUNIT_EXPECT_EQ(test, charged(__func__, NULL), before);

	/* The family itself owns nothing. */
	KUNIT_EXPECT_EQ(test, charged(NULL, "kv/mm/"), ours);
}
#else
static void users_profiling(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_MEM_ALLOC_PROFILING");
}
#endif

static struct kunit_case users_cases[] = {
	KV_AREA_CASE(users_objects),
	KV_AREA_CASE(users_memdup),
	KUNIT_CASE(users_free_rcu),
	KV_AREA_CASE(users_buckets),
	KUNIT_CASE(users_krealloc_node_align),
	KV_AREA_CASE(users_vrealloc_node_align),
	KUNIT_CASE(users_realloc_moves),
	KUNIT_CASE(users_profiling),
	{ }
};

static struct kunit_suite kvmalloc_users_suite = {
	.name = "kvmalloc_users",
	KV_SUITE_HOOKS,
	.test_cases = users_cases,
};

kunit_test_suite(kvmalloc_users_suite);
