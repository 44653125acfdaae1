// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_trace: each of the three events comes when its time has come,
 * once, and tells the truth.
 */

#include <kunit/device.h>
#include <linux/bug.h>
#include <linux/device.h>
#include <linux/kallsyms.h>
#include <linux/nodemask.h>
#include <linux/string.h>
#include <trace/events/kvmalloc.h>
#include <asm/sections.h>

#include "files.h"
#include "kvmalloc_test.h"

/* An alignment that memory has not by chance, and that 32 bits do have. */
#define MUCH	(IS_ENABLED(CONFIG_64BIT) ? SZ_256M : SZ_16M)

/* What this test's task has been reported to do: the last event of each kind. */
static struct {
	struct task_struct *task;
	unsigned int fallbacks, failures, reallocs;

	struct {
		unsigned long site;
		const void *p;
		size_t size;
		unsigned long align;
		gfp_t flags;
		int node;
		enum kvmalloc_why why;
	} fallback, failure;

	struct {
		unsigned long site;
		const void *old, *new;
		size_t old_size, new_size;
		gfp_t flags;
		int node;
		enum kvmalloc_how how;
	} realloc;
} seen;

static bool mine(void)
{
	return in_task() && current == READ_ONCE(seen.task);
}

static void probe_fallback(void *data, unsigned long site, const void *p,
			   size_t size, unsigned long align, gfp_t flags,
			   int node, enum kvmalloc_why why)
{
	if (!mine())
		return;
	seen.fallbacks++;
	seen.fallback.site = site;
	seen.fallback.p = p;
	seen.fallback.size = size;
	seen.fallback.align = align;
	seen.fallback.flags = flags;
	seen.fallback.node = node;
	seen.fallback.why = why;
}

static void probe_fail(void *data, unsigned long site, size_t size,
		       unsigned long align, gfp_t flags, int node,
		       enum kvmalloc_why why)
{
	if (!mine())
		return;
	seen.failures++;
	seen.failure.site = site;
	seen.failure.size = size;
	seen.failure.align = align;
	seen.failure.flags = flags;
	seen.failure.node = node;
	seen.failure.why = why;
}

static void probe_realloc(void *data, unsigned long site, const void *old,
			  const void *new, size_t old_size, size_t new_size,
			  gfp_t flags, int node, enum kvmalloc_how how)
{
	if (!mine())
		return;
	seen.reallocs++;
	seen.realloc.site = site;
	seen.realloc.old = old;
	seen.realloc.new = new;
	seen.realloc.old_size = old_size;
	seen.realloc.new_size = new_size;
	seen.realloc.flags = flags;
	seen.realloc.node = node;
	seen.realloc.how = how;
}

static int trace_suite_init(struct kunit_suite *suite)
{
	return kv_suite_init(suite) ?:
	       register_trace_kvmalloc_fallback(probe_fallback, NULL) ?:
	       register_trace_kvmalloc_fail(probe_fail, NULL) ?:
	       register_trace_kvmalloc_realloc(probe_realloc, NULL);
}

static void trace_suite_exit(struct kunit_suite *suite)
{
	unregister_trace_kvmalloc_realloc(probe_realloc, NULL);
	unregister_trace_kvmalloc_fail(probe_fail, NULL);
	unregister_trace_kvmalloc_fallback(probe_fallback, NULL);
	kv_suite_exit(suite);
}

static int events_init(struct kunit *test)
{
	memset(&seen, 0, sizeof(seen));
	WRITE_ONCE(seen.task, current);
	return kv_test_init(test);
}

static void events_exit(struct kunit *test)
{
	WRITE_ONCE(seen.task, NULL);
	kv_test_exit(test);
}

static void forget(void)
{
	seen.fallbacks = 0;
	seen.failures = 0;
	seen.reallocs = 0;
}

#define EXPECT_EVENTS(_test, _fallbacks, _failures, _reallocs) do {	\
	KUNIT_EXPECT_EQ(_test, seen.fallbacks, _fallbacks);		\
	KUNIT_EXPECT_EQ(_test, seen.failures, _failures);		\
	KUNIT_EXPECT_EQ(_test, seen.reallocs, _reallocs);		\
	forget();							\
} while (0)

/* Those who call, and are to be named.  A jump would not leave their name. */
static noinline void *ask(size_t size, unsigned long align, gfp_t flags,
			  int node)
{
	void *p = kvmalloc_node_align(size, align, flags, node);

	barrier();
	return p;
}

static noinline void *ask_constant(gfp_t flags)
{
	void *p = kvmalloc(200, flags);

	barrier();
	return p;
}

static noinline void *ask_growable(size_t size, size_t max, gfp_t flags)
{
	void *p = kvmalloc_growable(size, max, flags);

	barrier();
	return p;
}

static noinline void *resize(const void *p, size_t size, unsigned long align,
			     gfp_t flags, int node)
{
	void *n = kvrealloc_node_align(p, size, align, flags, node);

	barrier();
	return n;
}

static noinline void *ask_for_device(struct device *dev, size_t size,
				     gfp_t flags)
{
	void *p = devm_kvmalloc(dev, size, flags);

	barrier();
	return p;
}

static noinline void *copy_array(const void *p, size_t n, gfp_t flags)
{
	void *copy = kvmemdup_array(p, n, 1, flags);

	barrier();
	return copy;
}

static noinline void *copy_string(const char *s, gfp_t flags)
{
	void *copy = kvstrdup(s, flags);

	barrier();
	return copy;
}

static noinline void *resize_array(void *p, size_t n, gfp_t flags)
{
	p = kvrealloc_array(p, n, 1, flags);
	barrier();
	return p;
}

static void expect_site(struct kunit *test, unsigned long site, void *function)
{
	unsigned long size, offset;

	if (!kallsyms_lookup_size_offset((unsigned long)function, &size,
					 &offset))
		return;
	KUNIT_EXPECT_LT_MSG(test, site - (unsigned long)function, size,
			    "%pS instead of %ps", (void *)site, function);
}

static void expect_fallback(struct kunit *test, const void *p, size_t size,
			    unsigned long align, gfp_t flags, int node,
			    enum kvmalloc_why why, void *function)
{
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(p));
	KUNIT_EXPECT_PTR_EQ(test, seen.fallback.p, p);
	KUNIT_EXPECT_EQ(test, seen.fallback.size, size);
	KUNIT_EXPECT_EQ(test, seen.fallback.align, align);
	KUNIT_EXPECT_EQ(test, seen.fallback.flags, flags);
	KUNIT_EXPECT_EQ(test, seen.fallback.node, node);
	KUNIT_EXPECT_EQ(test, seen.fallback.why, why);
	expect_site(test, seen.fallback.site, function);
}

static void expect_failure(struct kunit *test, size_t size, unsigned long align,
			   gfp_t flags, int node, enum kvmalloc_why why,
			   void *function)
{
	KUNIT_EXPECT_EQ(test, seen.failure.size, size);
	KUNIT_EXPECT_EQ(test, seen.failure.align, align);
	KUNIT_EXPECT_EQ(test, seen.failure.flags, flags);
	KUNIT_EXPECT_EQ(test, seen.failure.node, node);
	KUNIT_EXPECT_EQ(test, seen.failure.why, why);
	expect_site(test, seen.failure.site, function);
}

static void expect_realloc(struct kunit *test, const void *old, const void *new,
			   size_t old_size, size_t new_size, gfp_t flags,
			   int node, enum kvmalloc_how how, void *function)
{
	KUNIT_EXPECT_PTR_EQ(test, seen.realloc.old, old);
	KUNIT_EXPECT_PTR_EQ(test, seen.realloc.new, new);
	KUNIT_EXPECT_EQ(test, seen.realloc.old_size, old_size);
	KUNIT_EXPECT_EQ(test, seen.realloc.new_size, new_size);
	KUNIT_EXPECT_EQ(test, seen.realloc.flags, flags);
	KUNIT_EXPECT_EQ(test, seen.realloc.node, node);
	KUNIT_EXPECT_EQ(test, seen.realloc.how, how);
	expect_site(test, seen.realloc.site, function);
}

/* Flags are the caller's own, not those that slab was asked with. */
static const gfp_t sleeping[] = {
	GFP_KERNEL, GFP_NOFS | __GFP_ZERO, GFP_KERNEL_ACCOUNT | __GFP_NOFAIL,
};

static void trace_slab_failed(struct kunit *test)
{
	static const size_t sizes[] = { PAGE_SIZE + 1, SZ_64K };
	const int nid = first_node(node_states[N_MEMORY]);
	int i, j;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(sleeping); j++) {
			p = KV_FAIL_NTH(1, ask(sizes[i], 1, sleeping[j],
					       NUMA_NO_NODE));
			KUNIT_EXPECT_TRUE(test, kv_failed());
			expect_fallback(test, p, sizes[i], 1, sleeping[j],
					NUMA_NO_NODE, KVMALLOC_SLAB_FAILED,
					ask);
			EXPECT_EVENTS(test, 1, 0, 0);
			kvfree(p);
		}

		p = KV_FAIL_NTH(1, ask(sizes[i], 64, GFP_KERNEL, nid));
		expect_fallback(test, p, sizes[i], 64, GFP_KERNEL, nid,
				KVMALLOC_SLAB_FAILED, ask);
		EXPECT_EVENTS(test, 1, 0, 0);
		kvfree(p);
	}
	EXPECT_EVENTS(test, 0, 0, 0);
}

static void trace_too_large(struct kunit *test)
{
	void *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(sleeping); i++) {
		p = ask(KV_ABOVE_SLAB, 1, sleeping[i], NUMA_NO_NODE);
		expect_fallback(test, p, KV_ABOVE_SLAB, 1, sleeping[i],
				NUMA_NO_NODE, KVMALLOC_TOO_LARGE, ask);
		EXPECT_EVENTS(test, 1, 0, 0);
		kvfree(p);
	}
}

static void trace_alignment(struct kunit *test)
{
	static const struct { size_t size, align; } shapes[] = {
		{ 100, 2 * PAGE_SIZE }, { PAGE_SIZE, 2 * PAGE_SIZE },
		{ PAGE_SIZE + 1, SZ_64K }, { SZ_64K, SZ_128K },
	};
	void *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		p = ask(shapes[i].size, shapes[i].align, GFP_KERNEL,
			NUMA_NO_NODE);
		expect_fallback(test, p, shapes[i].size, shapes[i].align,
				GFP_KERNEL, NUMA_NO_NODE, KVMALLOC_ALIGNMENT,
				ask);
		EXPECT_EVENTS(test, 1, 0, 0);
		kvfree(p);
	}
}

/* What slab serves, and freeing, is nobody's news. */
static void trace_silence(struct kunit *test)
{
	static const size_t sizes[] = {
		0, 1, 200, PAGE_SIZE, PAGE_SIZE + 1, SZ_64K,
	};
	static const gfp_t flags[] = { GFP_KERNEL, KV_ATOMIC };
	void *p, *n;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			p = ask(sizes[i], 1, flags[j], NUMA_NO_NODE);
			KUNIT_EXPECT_NOT_NULL(test, p);
			KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p));
			kvfree(p);
		}
	}
	p = ask_constant(GFP_KERNEL);
	kvfree(p);
	p = ask(100, PAGE_SIZE, GFP_KERNEL, NUMA_NO_NODE);
	kvfree_atomic(p);

	/* A reallocation of nothing is an allocation, one to nothing frees. */
	p = resize(NULL, 100, 1, GFP_KERNEL, NUMA_NO_NODE);
	n = resize(p, 0, 1, GFP_KERNEL, NUMA_NO_NODE);
	KUNIT_EXPECT_PTR_EQ(test, n, ZERO_SIZE_PTR);
	n = resize(n, 100, 1, GFP_KERNEL, NUMA_NO_NODE);
	kvfree(n);
	kvfree(NULL);
	EXPECT_EVENTS(test, 0, 0, 0);
}

static void trace_fail_of_slab(struct kunit *test)
{
	static const size_t sizes[] = { 1, 200, PAGE_SIZE };
	static const gfp_t flags[] = { KV_NOWAIT, KV_ATOMIC | __GFP_ZERO };
	const int nid = first_node(node_states[N_MEMORY]);
	void *p;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(flags); j++) {
			p = KV_FAIL_NTH(1, ask(sizes[i], 1, flags[j], nid));
			KUNIT_EXPECT_TRUE(test, kv_failed());
			KUNIT_EXPECT_NULL(test, p);
			expect_failure(test, sizes[i], 1, flags[j], nid,
				       KVMALLOC_SLAB_FAILED, ask);
			EXPECT_EVENTS(test, 0, 1, 0);
		}
	}
}

/* Who watches failures sees those of the shortest path as well. */
static void trace_fail_of_constant(struct kunit *test)
{
	int hooks;
	void *p;

	if (!IS_ENABLED(CONFIG_KVMALLOC_STATS) &&
	    !IS_ENABLED(CONFIG_KVMALLOC_FUZZ))
		kunit_skip(test, "needs CONFIG_KVMALLOC_STATS or _FUZZ");

	p = KV_FAIL_NTH(1, ask_constant(KV_NOWAIT));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_EXPECT_NULL(test, p);
	expect_failure(test, 200, 1, KV_NOWAIT, NUMA_NO_NODE,
		       KVMALLOC_SLAB_FAILED, ask_constant);
	EXPECT_EVENTS(test, 0, 1, 0);

	/* When nobody watches any more, that is the shortest path again. */
	hooks = static_key_count(&kvmalloc_hooked.key);
	unregister_trace_kvmalloc_fail(probe_fail, NULL);
	KUNIT_EXPECT_EQ(test, static_key_count(&kvmalloc_hooked.key), hooks - 1);
	KUNIT_ASSERT_EQ(test, register_trace_kvmalloc_fail(probe_fail, NULL),
			0);
	KUNIT_EXPECT_EQ(test, static_key_count(&kvmalloc_hooked.key), hooks);
}

/* vmalloc was asked as well, and has not got that much, or may not. */
static void trace_fail_of_vmalloc(struct kunit *test)
{
	void *p;

	if (totalram_pages() < INT_MAX >> PAGE_SHIFT) {
		const gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;

		p = ask(INT_MAX, 1, quiet, NUMA_NO_NODE);
		KUNIT_EXPECT_NULL(test, p);
		expect_failure(test, INT_MAX, 1, quiet, NUMA_NO_NODE,
			       KVMALLOC_TOO_LARGE, ask);
		EXPECT_EVENTS(test, 0, 1, 0);
	}

	p = KV_FAIL_NTH(1, ask(SZ_64K, 1, KV_NOWAIT, NUMA_NO_NODE));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	if (IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK)) {
		expect_fallback(test, p, SZ_64K, 1, KV_NOWAIT, NUMA_NO_NODE,
				KVMALLOC_SLAB_FAILED, ask);
		EXPECT_EVENTS(test, 1, 0, 0);
	} else {
		KUNIT_EXPECT_NULL(test, p);
		expect_failure(test, SZ_64K, 1, KV_NOWAIT, NUMA_NO_NODE,
			       KVMALLOC_SLAB_FAILED, ask);
		EXPECT_EVENTS(test, 0, 1, 0);
	}
	kvfree(p);

	/* Slab is not asked, and vmalloc fails, or may not try. */
	p = KV_FAIL_NTH(1, ask(100, 2 * PAGE_SIZE, KV_NOWAIT, NUMA_NO_NODE));
	KUNIT_EXPECT_NULL(test, p);
	expect_failure(test, 100, 2 * PAGE_SIZE, KV_NOWAIT, NUMA_NO_NODE,
		       KVMALLOC_ALIGNMENT, ask);
	EXPECT_EVENTS(test, 0, 1, 0);
}

static void trace_fail_of_mistakes(struct kunit *test)
{
	const size_t size = (size_t)INT_MAX + 1;
	const gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;
	void *p;

	KUNIT_EXPECT_NULL(test, ask(size, 1, quiet, NUMA_NO_NODE));
	expect_failure(test, size, 1, quiet, NUMA_NO_NODE, KVMALLOC_INVALID,
		       ask);
	EXPECT_EVENTS(test, 0, 1, 0);

	p = kv_from_slab(test, 100, GFP_KERNEL);
	KUNIT_EXPECT_NULL(test, resize(p, size, 1, quiet, NUMA_NO_NODE));
	expect_failure(test, size, 1, quiet, NUMA_NO_NODE, KVMALLOC_INVALID,
		       resize);
	EXPECT_EVENTS(test, 0, 1, 0);
	kvfree(p);

	if (!IS_ENABLED(CONFIG_BUG) || !IS_ENABLED(CONFIG_PRINTK))
		return;
	/* Once a boot, unless it is armed again. */
	generic_bug_clear_once();
	memset(__start_once, 0, __end_once - __start_once);
	kv_announce_warnings(1);
	kv_expect_complaint();
	KUNIT_EXPECT_NULL(test, ask(100, 24, GFP_KERNEL, NUMA_NO_NODE));
	kv_end_of_complaint();
	expect_failure(test, 100, 24, GFP_KERNEL, NUMA_NO_NODE,
		       KVMALLOC_INVALID, ask);
	EXPECT_EVENTS(test, 0, 1, 0);
}

static void trace_realloc_of_slab(struct kunit *test)
{
	const int nid = first_node(node_states[N_MEMORY]);
	void *p, *n;
	size_t room;

	p = kv_from_slab(test, 100, GFP_KERNEL);
	room = ksize(p);
	n = resize(p, room - 1, 1, GFP_KERNEL, NUMA_NO_NODE);
	expect_realloc(test, p, n, room, room - 1, GFP_KERNEL, NUMA_NO_NODE,
		       KVMALLOC_IN_PLACE, resize);
	EXPECT_EVENTS(test, 0, 0, 1);

	n = resize(p, 3000, 1, GFP_NOFS, nid);
	KUNIT_EXPECT_PTR_NE(test, n, p);
	expect_realloc(test, p, n, room, 3000, GFP_NOFS, nid, KVMALLOC_COPIED,
		       resize);
	EXPECT_EVENTS(test, 0, 0, 1);

	/* Slab fails: a fallback, and a move to another backing. */
	p = n;
	room = ksize(p);
	n = KV_FAIL_NTH(1, resize(p, SZ_16K, 1, GFP_KERNEL, NUMA_NO_NODE));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	expect_fallback(test, n, SZ_16K, 1, GFP_KERNEL, NUMA_NO_NODE,
			KVMALLOC_SLAB_FAILED, resize);
	expect_realloc(test, p, n, room, SZ_16K, GFP_KERNEL, NUMA_NO_NODE,
		       KVMALLOC_MOVED, resize);
	EXPECT_EVENTS(test, 1, 0, 1);
	kvfree(n);

	p = kv_from_slab(test, 100, GFP_KERNEL);
	room = ksize(p);
	n = resize(p, KV_ABOVE_SLAB, 1, GFP_KERNEL, NUMA_NO_NODE);
	expect_fallback(test, n, KV_ABOVE_SLAB, 1, GFP_KERNEL, NUMA_NO_NODE,
			KVMALLOC_TOO_LARGE, resize);
	expect_realloc(test, p, n, room, KV_ABOVE_SLAB, GFP_KERNEL,
		       NUMA_NO_NODE, KVMALLOC_MOVED, resize);
	EXPECT_EVENTS(test, 1, 0, 1);
	kvfree(n);
}

/* What grows out of slab is no failure of slab's; nor is what may grow. */
static void trace_growing(struct kunit *test)
{
	const size_t limit = SZ_256K;
	size_t room;
	void *p, *n;

	p = ask_growable(5000, limit, GFP_NOFS);
	expect_fallback(test, p, 5000, 1, GFP_NOFS, NUMA_NO_NODE,
			KVMALLOC_GROWING, ask_growable);
	EXPECT_EVENTS(test, 1, 0, 0);
	n = resize(p, limit, 1, GFP_KERNEL, NUMA_NO_NODE);
	expect_realloc(test, p, n, 5000, limit, GFP_KERNEL, NUMA_NO_NODE,
		       KVMALLOC_IN_PLACE, resize);
	EXPECT_EVENTS(test, 0, 0, 1);
	kvfree(n);

	KUNIT_EXPECT_NULL(test, ask_growable(limit, 5000, GFP_KERNEL));
	expect_failure(test, limit, 1, GFP_KERNEL, NUMA_NO_NODE,
		       KVMALLOC_INVALID, ask_growable);
	EXPECT_EVENTS(test, 0, 1, 0);
	KUNIT_EXPECT_NULL(test, ask_growable(5000, limit, KV_NOWAIT));
	expect_failure(test, 5000, 1, KV_NOWAIT, NUMA_NO_NODE,
		       KVMALLOC_GROWING, ask_growable);
	EXPECT_EVENTS(test, 0, 1, 0);

	if (!IS_ENABLED(CONFIG_64BIT))
		return;
	p = kv_from_slab(test, SZ_64K, GFP_KERNEL);
	room = ksize(p);
	n = resize(p, SZ_128K, 1, GFP_KERNEL, NUMA_NO_NODE);
	expect_fallback(test, n, SZ_128K, 1, GFP_KERNEL, NUMA_NO_NODE,
			KVMALLOC_GROWING, resize);
	expect_realloc(test, p, n, room, SZ_128K, GFP_KERNEL, NUMA_NO_NODE,
		       KVMALLOC_MOVED, resize);
	EXPECT_EVENTS(test, 1, 0, 1);
	kvfree(n);
}

static void trace_realloc_of_vmalloc(struct kunit *test)
{
	void *p = kv_from_vmalloc(test, 3 * PAGE_SIZE, GFP_KERNEL), *n;

	forget();
	n = resize(p, 100, 1, GFP_KERNEL, NUMA_NO_NODE);
	expect_realloc(test, p, n, 3 * PAGE_SIZE, 100, GFP_KERNEL, NUMA_NO_NODE,
		       KVMALLOC_IN_PLACE, resize);
	EXPECT_EVENTS(test, 0, 0, 1);
	n = resize(p, 200, 1, GFP_KERNEL, NUMA_NO_NODE);
	expect_realloc(test, p, n, 100, 200, GFP_KERNEL, NUMA_NO_NODE,
		       KVMALLOC_IN_PLACE, resize);
	EXPECT_EVENTS(test, 0, 0, 1);
	kvfree(n);

	/* Its pages move: nobody was asked for memory in slab's stead. */
	p = kv_from_vmalloc(test, 5000, GFP_KERNEL);
	forget();
	n = resize(p, SZ_64K, 1, GFP_KERNEL, NUMA_NO_NODE);
	KUNIT_EXPECT_PTR_NE(test, n, p);
	expect_realloc(test, p, n, 5000, SZ_64K, GFP_KERNEL, NUMA_NO_NODE,
		       KVMALLOC_REMAPPED, resize);
	EXPECT_EVENTS(test, 0, 0, 1);

	/* Copied, for an alignment, it stays with vmalloc. */
	p = n;
	n = resize(p, SZ_128K, MUCH, GFP_KERNEL, NUMA_NO_NODE);
	KUNIT_EXPECT_PTR_NE(test, n, p);
	expect_fallback(test, n, SZ_128K, MUCH, GFP_KERNEL, NUMA_NO_NODE,
			KVMALLOC_BACKING_STAYS, resize);
	expect_realloc(test, p, n, SZ_64K, SZ_128K, GFP_KERNEL, NUMA_NO_NODE,
		       KVMALLOC_COPIED, resize);
	EXPECT_EVENTS(test, 1, 0, 1);
	kvfree(n);
}

/* Nothing happened to the memory, so nothing is told of it but the failure. */
static void trace_realloc_fails(struct kunit *test)
{
	void *p = kv_from_slab(test, 100, GFP_KERNEL), *n;

	n = KV_FAIL_NTH(1, resize(p, 2000, 1, KV_NOWAIT, NUMA_NO_NODE));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_EXPECT_NULL(test, n);
	expect_failure(test, 2000, 1, KV_NOWAIT, NUMA_NO_NODE,
		       KVMALLOC_SLAB_FAILED, resize);
	EXPECT_EVENTS(test, 0, 1, 0);
	kvfree(p);

	if (totalram_pages() >= INT_MAX >> PAGE_SHIFT)
		return;
	p = kv_from_vmalloc(test, 5000, GFP_KERNEL);
	forget();
	n = resize(p, INT_MAX, 1, GFP_KERNEL | __GFP_NOWARN, NUMA_NO_NODE);
	KUNIT_EXPECT_NULL(test, n);
	expect_failure(test, INT_MAX, 1, GFP_KERNEL | __GFP_NOWARN,
		       NUMA_NO_NODE, KVMALLOC_BACKING_STAYS, resize);
	EXPECT_EVENTS(test, 0, 1, 0);
	kvfree(p);
}

/* Whoever calls the others of the family is named as well. */
static void trace_names_callers(struct kunit *test)
{
	const size_t size = SZ_16K;
	struct device *dev = kunit_device_register(test, "kvmalloc_trace");
	char *s = kv_from_slab(test, size, GFP_KERNEL);
	void *p, *d;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	memset(s, 'x', size);
	s[size - 1] = '\0';
	p = KV_FAIL_NTH(1, copy_array(s, size, GFP_KERNEL));
	expect_fallback(test, p, size, 1, GFP_KERNEL, NUMA_NO_NODE,
			KVMALLOC_SLAB_FAILED, copy_array);
	EXPECT_EVENTS(test, 1, 0, 0);
	kvfree(p);

	p = KV_FAIL_NTH(1, copy_string(s, GFP_KERNEL));
	expect_fallback(test, p, size, 1, GFP_KERNEL, NUMA_NO_NODE,
			KVMALLOC_SLAB_FAILED, copy_string);
	EXPECT_EVENTS(test, 1, 0, 0);

	d = KV_FAIL_NTH(1, ask_for_device(dev, size, GFP_KERNEL));
	expect_fallback(test, d, size, 1, GFP_KERNEL, NUMA_NO_NODE,
			KVMALLOC_SLAB_FAILED, ask_for_device);
	EXPECT_EVENTS(test, 1, 0, 0);
	devm_kvfree(dev, d);

	p = resize_array(p, 2 * size, GFP_KERNEL);
	expect_site(test, seen.realloc.site, resize_array);
	EXPECT_EVENTS(test, 0, 0, 1);
	kvfree(p);
	kvfree(s);
}

/* What a user reads: names where there are names. */
static void expect_text(struct kunit *test, const char *text, const char *event,
			const char *const *has, unsigned int nr)
{
	const char *line = strstr(text, event);
	unsigned int i;
	int length;

	KUNIT_ASSERT_NOT_NULL_MSG(test, line, "no %s in:\n%s", event, text);
	length = strcspn(line, "\n");
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_NOT_NULL_MSG(test, strnstr(line, has[i], length),
					  "no '%s' in: %.*s", has[i], length,
					  line);
}

static void trace_text(struct kunit *test)
{
	static const char *const fallback[] = {
		"call_site=ask+0x", " size=16384 ", " align=64 ",
		" gfp_flags=GFP_NOFS|__GFP_ZERO ", " node=-1 ",
		" why=slab_failed",
	};
	static const char *const failure[] = {
		"call_site=ask+0x", " size=2000 ", " align=1 ",
		" gfp_flags=GFP_NOWAIT", " node=-1 ", " why=slab_failed",
	};
	static const char *const realloc[] = {
		"call_site=resize+0x", " old_size=16384 ", " new_size=5000 ",
		" gfp_flags=GFP_KERNEL ", " node=-1 ", " how=in_place",
	};
	static const char *const enable = "events/kvmalloc/enable";
	void *p;
	char *text;

	if (!IS_ENABLED(CONFIG_EVENT_TRACING))
		kunit_skip(test, "needs CONFIG_EVENT_TRACING");

	KUNIT_ASSERT_EQ(test, kv_file_write(test, "tracefs", "trace", "\n"), 0);
	KUNIT_ASSERT_EQ(test, kv_file_write(test, "tracefs", enable, "1\n"), 0);
	p = KV_FAIL_NTH(1, ask(SZ_16K, 64, GFP_NOFS | __GFP_ZERO,
			       NUMA_NO_NODE));
	p = resize(p, 5000, 1, GFP_KERNEL, NUMA_NO_NODE);
	kvfree(p);
	kvfree(KV_FAIL_NTH(1, ask(2000, 1, KV_NOWAIT, NUMA_NO_NODE)));
	KUNIT_EXPECT_EQ(test, kv_file_write(test, "tracefs", enable, "0\n"), 0);

	text = kv_file_read(test, "tracefs", "trace");
	expect_text(test, text, "kvmalloc_fallback: ", fallback,
		    ARRAY_SIZE(fallback));
	expect_text(test, text, "kvmalloc_fail: ", failure,
		    ARRAY_SIZE(failure));
	expect_text(test, text, "kvmalloc_realloc: ", realloc,
		    ARRAY_SIZE(realloc));

	/* The numbers behind the names are for user space to know as well. */
	text = kv_file_read(test, "tracefs",
			    "events/kvmalloc/kvmalloc_fallback/format");
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\"fuzzed\""));
	KUNIT_EXPECT_NULL(test, strstr(text, "KVMALLOC_FUZZED"));
}

static struct kunit_case trace_cases[] = {
	KV_AREA_CASE(trace_slab_failed),
	KV_AREA_CASE(trace_too_large),
	KV_AREA_CASE(trace_alignment),
	KUNIT_CASE(trace_silence),
	KUNIT_CASE(trace_fail_of_slab),
	KUNIT_CASE(trace_fail_of_constant),
	KV_AREA_CASE(trace_fail_of_vmalloc),
	KUNIT_CASE(trace_fail_of_mistakes),
	KV_AREA_CASE(trace_realloc_of_slab),
	KV_AREA_CASE(trace_growing),
	KUNIT_CASE(trace_realloc_of_vmalloc),
	KUNIT_CASE(trace_realloc_fails),
	KV_AREA_CASE(trace_names_callers),
	KUNIT_CASE(trace_text),
	{ }
};

static struct kunit_suite kvmalloc_trace_suite = {
	.name = "kvmalloc_trace",
	.suite_init = trace_suite_init,
	.suite_exit = trace_suite_exit,
	.init = events_init,
	.exit = events_exit,
	.test_cases = trace_cases,
};

kunit_test_suite(kvmalloc_trace_suite);
