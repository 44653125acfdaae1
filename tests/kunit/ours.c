// SPDX-License-Identifier: GPL-2.0
/*
 * Suites kvmalloc_ours, kvmalloc_inline and kvmalloc_watch: the kernel under
 * test runs this tree's family and not upstream's, small constant sizes do not
 * come near it, and the suites' own watch sees what it is to see.
 */

#include <linux/jump_label.h>
#include <linux/kallsyms.h>
#include <linux/kasan.h>
#include <linux/unaligned.h>
#include <linux/workqueue.h>
#include <trace/events/vmalloc.h>

#include "kvmalloc_test.h"

/* Upstream gives NULL for one of the two. */
static void ours_size_0(struct kunit *test)
{
	void *p = kv_from_vmalloc(test, 5000, GFP_KERNEL);
	void *q = kv_from_slab(test, 5000, GFP_KERNEL);

	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(p, kv_size(0), GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, kvrealloc(q, kv_size(0), GFP_KERNEL),
			    ZERO_SIZE_PTR);
}

/* Upstream asks slab also for what slab cannot have. */
static void ours_spares_slab(struct kunit *test)
{
	void *p = kvmalloc(kv_size(KV_ABOVE_SLAB), GFP_KERNEL);

	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, kv_attempts(KV_ABOVE_SLAB), 0);
	kvfree(p);
}

/* When a kvrealloc() has failed in slab upstream asks slab again. */
static void ours_asks_once(struct kunit *test)
{
	void *p = kv_from_slab(test, 100, GFP_KERNEL), *n;

	n = KV_FAIL_NTH(1, kvrealloc(p, kv_size(SZ_16K), GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, kv_failed());
	KUNIT_EXPECT_EQ(test, kv_attempts(SZ_16K), 1);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(n));
	kvfree(n);
}

/* Names that only one of the two has. */
static void ours_symbols(struct kunit *test)
{
	if (!kallsyms_lookup_name("kvfree"))
		kunit_skip(test, "needs CONFIG_KALLSYMS");

	KUNIT_EXPECT_EQ(test, kallsyms_lookup_name("kmalloc_gfp_adjust"), 0);
	KUNIT_EXPECT_EQ(test, kallsyms_lookup_name("__kvmalloc_node_align_noprof"),
			(unsigned long)__kvmalloc_node_align_noprof);
	KUNIT_EXPECT_EQ(test, kallsyms_lookup_name("__kvmalloc_plain_noprof"),
			(unsigned long)__kvmalloc_plain_noprof);
}

static struct kunit_case ours_cases[] = {
	KUNIT_CASE(ours_size_0),
	KV_AREA_CASE(ours_spares_slab),
	KV_AREA_CASE(ours_asks_once),
	KUNIT_CASE(ours_symbols),
	{ }
};

static struct kunit_suite kvmalloc_ours_suite = {
	.name = "kvmalloc_ours",
	KV_SUITE_HOOKS,
	.test_cases = ours_cases,
};

kunit_test_suite(kvmalloc_ours_suite);

/*
 * What becomes of constant sizes is the compiler's doing, so its code is looked
 * at: whom these functions call, or jump to.
 */
static noinline void *take_constant(void)
{
	return kvmalloc(64, GFP_KERNEL);
}

static noinline void *take_constant_page(void)
{
	void *p = kvzalloc(PAGE_SIZE, GFP_KERNEL);

	/* A jump instead of a call would leave the caller's name with slab. */
	barrier();
	return p;
}

static noinline void *take_constant_on_node(int node)
{
	return kvmalloc_node(64, GFP_KERNEL, node);
}

static noinline void *take_constant_aligned(void)
{
	return kvmalloc_node_align(192, 64, GFP_KERNEL, NUMA_NO_NODE);
}

static noinline void *take_constant_array(void)
{
	return kvcalloc(8, 8, GFP_KERNEL);
}

static noinline void *take_variable(size_t size)
{
	return kvmalloc(size, GFP_KERNEL);
}

static noinline void *take_constant_large(void)
{
	return kvmalloc(PAGE_SIZE + 1, GFP_KERNEL);
}

static noinline void *take_constant_overaligned(void)
{
	return kvmalloc_node_align(192, 128, GFP_KERNEL, NUMA_NO_NODE);
}

static bool calls(struct kunit *test, void *function, void *callee)
{
	const u8 *code = function;
	unsigned long size, offset, i;

	if (!IS_ENABLED(CONFIG_X86))
		kunit_skip(test, "needs x86, whose code this test can read");
	if (!kallsyms_lookup_size_offset((unsigned long)function, &size,
					 &offset))
		kunit_skip(test, "needs CONFIG_KALLSYMS");

	/* call and jmp: an opcode, then how far from what follows */
	for (i = 0; i + 5 <= size - offset; i++) {
		if ((code[i] == 0xe8 || code[i] == 0xe9) &&
		    (void *)code + i + 5 +
		    (s32)get_unaligned_le32(code + i + 1) == callee)
			return true;
	}
	return false;
}

static bool calls_policy(struct kunit *test, void *function)
{
	return calls(test, function, __kvmalloc_plain_noprof) ||
	       calls(test, function, __kvmalloc_node_align_noprof);
}

#if defined(CONFIG_KVMALLOC_HOOKS) && defined(CONFIG_JUMP_LABEL)
/*
 * How many jumps of a function hang on the key, provided that all of them are
 * no-ops now; -1 if one jumps.
 */
static int patched_jumps(struct kunit *test, void *function)
{
	extern struct jump_entry __start___jump_table[], __stop___jump_table[];
	unsigned long size, offset;
	int n = 0;

	if (!IS_ENABLED(CONFIG_X86))
		kunit_skip(test, "needs x86, whose code this test can read");
	if (!kallsyms_lookup_size_offset((unsigned long)function, &size,
					 &offset))
		kunit_skip(test, "needs CONFIG_KALLSYMS");

	for (struct jump_entry *e = __start___jump_table;
	     e < __stop___jump_table; e++) {
		const u8 *code = (u8 *)jump_entry_code(e);

		if (jump_entry_key(e) != &kvmalloc_hooked.key ||
		    (unsigned long)code - (unsigned long)function >= size)
			continue;
		/* nopl, or a no-op with a prefix */
		if (!(code[0] == 0x0f && code[1] == 0x1f) &&
		    !(code[0] == 0x66 && code[1] == 0x90))
			return -1;
		n++;
	}
	return n;
}
#else
static int patched_jumps(struct kunit *test, void *function)
{
	if (IS_ENABLED(CONFIG_KVMALLOC_HOOKS))
		kunit_skip(test, "needs CONFIG_JUMP_LABEL");
	return 0;
}
#endif

static void inline_small_constants(struct kunit *test)
{
	void *const functions[] = {
		take_constant, take_constant_page, take_constant_on_node,
		take_constant_aligned, take_constant_array,
	};
	bool watchable = IS_ENABLED(CONFIG_KVMALLOC_STATS) ||
			 IS_ENABLED(CONFIG_KVMALLOC_FUZZ);
	int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		KUNIT_EXPECT_EQ_MSG(test, calls_policy(test, functions[i]),
				    watchable, "%ps", functions[i]);
	KUNIT_EXPECT_TRUE(test, calls(test, take_constant,
				      __kmalloc_cache_noprof));
}

/* As long as nobody watches, that others could costs a no-op, if anything. */
static void inline_costs_a_nop(struct kunit *test)
{
	bool countable = IS_ENABLED(CONFIG_KVMALLOC_STATS);
	bool watchable = countable || IS_ENABLED(CONFIG_KVMALLOC_FUZZ);

	KUNIT_EXPECT_EQ(test, patched_jumps(test, take_constant), watchable);
	KUNIT_EXPECT_EQ(test, patched_jumps(test, take_constant_page), watchable);
	KUNIT_EXPECT_EQ(test, patched_jumps(test, kvfree), countable);
	KUNIT_EXPECT_EQ(test, patched_jumps(test, kvfree_atomic), countable);
	KUNIT_EXPECT_EQ(test, patched_jumps(test, __kvmalloc_node_align_noprof),
			IS_ENABLED(CONFIG_KVMALLOC_HOOKS));
}

/* All else does call, or nothing would have been shown above. */
static void inline_nothing_else(struct kunit *test)
{
	void *const functions[] = {
		take_variable, take_constant_large, take_constant_overaligned,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		KUNIT_EXPECT_TRUE_MSG(test, calls_policy(test, functions[i]),
				      "%ps", functions[i]);
	KUNIT_EXPECT_TRUE(test, calls(test, take_constant_overaligned,
				      __kvmalloc_node_align_noprof));
}

/* What may turn out small is asked of slab where it is called. */
static void inline_variable(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, calls(test, take_variable, __kmalloc_noprof));
	KUNIT_EXPECT_TRUE(test, calls(test, take_variable,
				      __kvmalloc_plain_noprof));
	KUNIT_EXPECT_FALSE(test, calls(test, take_constant_large,
				       __kmalloc_noprof));
	KUNIT_EXPECT_EQ(test, patched_jumps(test, take_variable),
			IS_ENABLED(CONFIG_KVMALLOC_HOOKS));
}

/* The short way is to the same memory, and slab knows who asked. */
static void inline_works(struct kunit *test)
{
	unsigned long size, offset;
	void *p[7];
	int i;

	p[0] = take_constant();
	p[1] = take_constant_page();
	p[2] = take_constant_on_node(NUMA_NO_NODE);
	p[3] = take_constant_aligned();
	p[4] = take_constant_array();
	p[5] = take_constant_overaligned();
	p[6] = take_variable(64);
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		KUNIT_EXPECT_NOT_NULL(test, p[i]);
		KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(p[i]));
	}
	KV_EXPECT_ZEROED(test, p[1], 0, PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p[3], 64));
	KV_EXPECT_ZEROED(test, p[4], 0, 64);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p[5], 128));
	for (i = 0; i < ARRAY_SIZE(p); i++)
		kvfree(p[i]);

	if (!kallsyms_lookup_size_offset((unsigned long)take_constant_page,
					 &size, &offset))
		return;
	KUNIT_EXPECT_EQ(test, kv_attempts(PAGE_SIZE), 1);
	KUNIT_EXPECT_EQ(test, kv_last_attempt(PAGE_SIZE).flags,
			GFP_KERNEL | __GFP_ZERO);
	KUNIT_EXPECT_LT(test, kv_last_attempt(PAGE_SIZE).site -
			(unsigned long)take_constant_page, size);
}

static struct kunit_case inline_cases[] = {
	KUNIT_CASE(inline_small_constants),
	KUNIT_CASE(inline_costs_a_nop),
	KUNIT_CASE(inline_nothing_else),
	KUNIT_CASE(inline_variable),
	KUNIT_CASE(inline_works),
	{ }
};

static struct kunit_suite kvmalloc_inline_suite = {
	.name = "kvmalloc_inline",
	KV_SUITE_HOOKS,
	.test_cases = inline_cases,
};

kunit_test_suite(kvmalloc_inline_suite);

/* The watch, watched: what the other suites rely on it to notice. */
static void watch_sees_attempts(struct kunit *test)
{
	static const size_t sizes[] = {
		100, KMALLOC_MAX_CACHE_SIZE, KMALLOC_MAX_CACHE_SIZE + 1,
	};
	void *p[3];
	int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		kv_forget();
		for (j = 0; j < ARRAY_SIZE(p); j++) {
			KUNIT_EXPECT_EQ(test, kv_attempts(sizes[i]), j);
			p[j] = kvmalloc(kv_size(sizes[i]), GFP_KERNEL);
		}
		KUNIT_EXPECT_EQ(test, kv_attempts(sizes[i]), j);
		for (j = 0; j < ARRAY_SIZE(p); j++) {
			KUNIT_EXPECT_FALSE(test, kv_kfreed(p[j]));
			kvfree(p[j]);
			KUNIT_EXPECT_TRUE(test, kv_kfreed(p[j]));
		}

		/* Failures count, and are told apart as well. */
		kv_forget();
		for (j = 0; j < 2; j++) {
			p[j] = KV_FAIL_NTH(1, kmalloc(kv_size(sizes[i]),
						      KV_NOWAIT));
			KUNIT_EXPECT_NULL(test, p[j]);
			KUNIT_EXPECT_TRUE(test, kv_failed());
		}
		KUNIT_EXPECT_EQ(test, kv_attempts(sizes[i]), 2);
	}
}

static void watch_sees_leaks(struct kunit *test)
{
	void *p, *q;

	KUNIT_EXPECT_EQ(test, kv_live(), 0);
	p = kvmalloc(kv_size(PAGE_SIZE + 1), GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, kv_live(), 1);
	q = KV_FAIL_NTH(1, kvmalloc(kv_size(PAGE_SIZE + 1), GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, kv_live(), 2);
	KUNIT_EXPECT_EQ(test, kv_areas(), 1);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, kv_live(), 1);
	kvfree(q);
	KUNIT_EXPECT_EQ(test, kv_live(), 0);
}

struct taking {
	struct work_struct work;
	unsigned long addr;
};

static void tell_of_area(struct work_struct *work)
{
	struct taking *t = container_of(work, struct taking, work);

	trace_alloc_vmap_area(t->addr, SZ_64K, 1, VMALLOC_START, VMALLOC_END, 0);
}

/* An area that KASAN has no shadow for is made known, and then there is none. */
static void watch_forgets_what_is_replaced(struct kunit *test)
{
	struct taking t;
	void *p;

	INIT_WORK_ONSTACK(&t.work, tell_of_area);

	/* The next that this task gets there is the one that counts. */
	p = kv_from_vmalloc(test, 5000, GFP_KERNEL);
	t.addr = (unsigned long)kasan_reset_tag(p);
	tell_of_area(&t.work);
	tell_of_area(&t.work);
	KUNIT_EXPECT_EQ(test, kv_live(), 1);
	kvfree(p);
	KUNIT_EXPECT_EQ(test, kv_live(), 0);

	/* What others get there, or around it, does not. */
	p = kv_from_vmalloc(test, 5000, GFP_KERNEL);
	t.addr = (unsigned long)kasan_reset_tag(p) - SZ_64K + PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, kv_live(), 1);
	schedule_work(&t.work);
	flush_work(&t.work);
	KUNIT_EXPECT_EQ(test, kv_live(), 0);
	kvfree(p);
	destroy_work_on_stack(&t.work);
}

static void watch_is_not_fooled(struct kunit *test)
{
	void *p;

	/* A failure that did not happen is not taken for one that did. */
	p = KV_FAIL_NTH(1, kvmalloc(kv_size(100), GFP_KERNEL));
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, kv_failed());
	kv_fill(p, 0, 100, 1);
	KUNIT_EXPECT_EQ(test, kv_first_bad(p, 0, 100, 1), 100);
	((u8 *)p)[41]++;
	KUNIT_EXPECT_EQ(test, kv_first_bad(p, 0, 100, 1), 41);
	memset(p, 0, 100);
	KUNIT_EXPECT_EQ(test, kv_first_nonzero(p, 0, 100), 100);
	((u8 *)p)[99] = 1;
	KUNIT_EXPECT_EQ(test, kv_first_nonzero(p, 0, 100), 99);
	kvfree(p);
}

static struct kunit_case watch_cases[] = {
	KUNIT_CASE(watch_sees_attempts),
	KV_AREA_CASE(watch_sees_leaks),
	KUNIT_CASE(watch_forgets_what_is_replaced),
	KUNIT_CASE(watch_is_not_fooled),
	{ }
};

static struct kunit_suite kvmalloc_watch_suite = {
	.name = "kvmalloc_watch",
	KV_SUITE_HOOKS,
	.test_cases = watch_cases,
};

kunit_test_suite(kvmalloc_watch_suite);
