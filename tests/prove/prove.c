// SPDX-License-Identifier: GPL-2.0
/*
 * What kvmalloc() and its family promise, for every request there can be:
 * every size, alignment, node and set of gfp flags, every answer of slab and
 * vmalloc, every address.  CBMC turns each function below and all of
 * mm/util.c that it reaches into one formula and looks for values that make a
 * PROVE() false.  Finding none is a proof.
 *
 * What is proven: the sentences in properties.py, of one call into mm/util.c
 * and the inlines and macros of <linux/kvmalloc.h>, both as they are in the
 * tree, with hooks compiled in and out.  There are no loops in them, so nothing
 * is unrolled, and sizes and addresses are as wide as the machine's.
 *
 * What bounds it:
 * - Pages have 4 KiB or 64 KiB, and slab's largest size is 2^10 pages.
 * - Memory lies in the top 2^56 bytes on 64 bits, as the kernel's does, and
 *   does not cross a multiple of 128 MiB on 32 bits (place() says why).
 * - Before a call there is one piece of memory at most, and one more after it.
 * - A product and whether it overflows are any two values: what
 *   check_mul_overflow() says is heeded, that it says the truth is its promise.
 * - A bad alignment is proven to be refused where it is looked at: not up to a
 *   page and ARCH_KMALLOC_MINALIGN, nor of constants that kmalloc() aligns to.
 * - "Unless fuzzed" belongs to every sentence about when slab is asked.
 * - Slab memory that is reallocated with __GFP_ZERO had the flag before, too,
 *   as <linux/kvmalloc.h> demands.
 *
 * What is left out: slab and vmalloc themselves (model.h has what they
 * promise), kvmalloc_debug.c behind the hooks, which is counters and fault
 * injection, and what tracepoints are told; devm_kvmalloc(); two CPUs at once;
 * machines without an MMU.
 *
 * bytes.c proves the contents once more on real, and therefore small, memory,
 * and has the strings.
 *
 * tests/prove/run proves all of it in several configurations, shows that what
 * a proof speaks of happens (HAPPENS), and then of every property that it can
 * fail: mutations.py breaks the code in a way that must be noticed.
 */

#include "model.h"

static bool can_fall_back(gfp_t flags)
{
	return may_block(flags) ||
	       IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK);
}

/* What may differ where contiguous memory is asked for. */
static gfp_t may_be_adjusted(gfp_t flags)
{
	gfp_t adjusted = __GFP_NOWARN | __GFP_NOFAIL;

	if (!(flags & __GFP_RETRY_MAYFAIL))
		adjusted |= __GFP_DIRECT_RECLAIM;
	return adjusted;
}

static void prove_asked_vmalloc(const struct question *ask)
{
	/* What slab always gives is not looked at, and need not be passed on. */
	PROVE(fallback_request, ask->size == want.size &&
	      (ask->align == want.align ||
	       (ask->align == 1 && want.size <= PAGE_SIZE &&
		want.align <= ARCH_KMALLOC_MINALIGN)) &&
	      ask->node == want.node);
	PROVE(fallback_only_if_possible, can_fall_back(want.flags));
	PROVE(caller_named, ask->caller == (unsigned long)model_caller);
}

/* How vmalloc was asked, if it was: first for huge pages, then for any. */
static void prove_fallback(void)
{
	gfp_t flags = want.flags;

	PROVE(vmalloc_once, vmalloc.asked - huge.asked <= 1 && huge.asked <= 1);
	if (vmalloc.asked) {
		prove_asked_vmalloc(&vmalloc);
		PROVE(fallback_flags,
		      IMPLIES(!last_was_huge, vmalloc.flags == flags));
	}
	if (huge.asked) {
		prove_asked_vmalloc(&huge);
		PROVE(huge_only_if_blocking, may_block(flags));
		PROVE(huge_never_reclaims,
		      IMPLIES(huge.flags & __GFP_DIRECT_RECLAIM,
			      flags & __GFP_RETRY_MAYFAIL));
		PROVE(huge_asked_gently, huge.flags & __GFP_NOWARN &&
		      huge.flags & __GFP_NOMEMALLOC &&
		      !(huge.flags & __GFP_NOFAIL));
		PROVE(huge_flags_else_unchanged,
		      !((huge.flags ^ flags) &
			~(may_be_adjusted(flags) | __GFP_NOMEMALLOC)));
	}
}

/*
 * The policy, as seen from the allocators, once the family has answered @p to
 * the request in @want, which was not about vmalloc memory.
 */
static void prove_policy(const void *p)
{
	size_t size = want.size;
	gfp_t flags = want.flags;
	bool small = size <= PAGE_SIZE;
	bool good_align = is_power_of_2(want.align);
	bool too_large = size > INT_MAX;

	PROVE(small_never_vmalloc, IMPLIES(small && want.align <= PAGE_SIZE &&
					   !fuzzed, !vmalloc.asked));
	PROVE(slab_once, slab.asked <= 1);
	PROVE(slab_first, IMPLIES(vmalloc.asked && slab.asked, !slab.gave));
	PROVE(slab_not_skipped, IMPLIES(size && size <= KMALLOC_MAX_SIZE &&
					good_align && want.align <= PAGE_SIZE &&
					!fuzzed, slab.asked));

	if (slab.asked) {
		PROVE(small_flags_unchanged,
		      IMPLIES(small, slab.flags == flags));
		PROVE(slab_never_reclaims,
		      IMPLIES(!small && slab.flags & __GFP_DIRECT_RECLAIM,
			      flags & __GFP_RETRY_MAYFAIL));
		PROVE(slab_never_nofail,
		      IMPLIES(!small, !(slab.flags & __GFP_NOFAIL)));
		PROVE(slab_never_warns,
		      IMPLIES(!small, slab.flags & __GFP_NOWARN));
		PROVE(slab_flags_else_unchanged,
		      !((slab.flags ^ flags) & ~may_be_adjusted(flags)));
		PROVE(slab_node, slab.node == want.node);
		PROVE(caller_named, IMPLIES(slab.caller_known, slab.caller ==
					    (unsigned long)model_caller));
#ifdef CONFIG_SLAB_BUCKETS
		PROVE(buckets_kept, slab_buckets == want.buckets);
#endif
	}
	prove_fallback();

	PROVE(too_large_refused,
	      IMPLIES(too_large, !p && !slab.asked && !vmalloc.asked));
	PROVE(too_large_warns_once,
	      IMPLIES(too_large, warnings == !(flags & __GFP_NOWARN)));
	/* Of no consequence where slab aligns better: then nobody looks at it. */
	PROVE(bad_align_refused,
	      IMPLIES(!good_align && size && !too_large &&
		      (!small || want.align > ARCH_KMALLOC_MINALIGN) &&
		      IMPLIES(slab.asked, slab.caller_known),
		      !p && !slab.asked && !vmalloc.asked && warnings == 1));
	PROVE(no_other_warning, IMPLIES(good_align && !too_large, !warnings));

	PROVE(null_is_the_last_resort,
	      IMPLIES(!p && good_align && !too_large,
		      vmalloc.asked ? !vmalloc.gave && !last_was_huge :
		      (slab.asked && !slab.gave && small) ||
		      !can_fall_back(flags)));
}

static bool old_was_counted;

static unsigned char memory_byte(const void *p)
{
	const struct memory *m = memory_of(p);

	return m ? m->byte : nondet_byte();
}

/* What came of it is the caller's: large enough, aligned, and counted. */
static void prove_result(const void *p)
{
	const struct memory *m = memory_of(p);

	PROVE(large_enough, m && m->size >= want.size);
	if (!m)
		return;
	PROVE(aligned, IMPLIES(is_power_of_2(want.align),
			       IS_ALIGNED(m->addr, want.align)));
#ifdef CONFIG_KVMALLOC_STATS
	PROVE(counts_are_exact,
	      IMPLIES(kvmalloc_hooked.on && (m == &new || old_was_counted),
		      m->counted == want.size));
#endif
}

static void prove_request(const void *p)
{
	prove_policy(p);
	PROVE(zero_size, (p == ZERO_SIZE_PTR) == !want.size);
	PROVE(zero_size, IMPLIES(!want.size, !vmalloc.asked && !frees));
	if (p && want.size) {
		prove_result(p);
		PROVE(zeroed, IMPLIES(want.flags & __GFP_ZERO &&
				      watched < want.size, !new.byte));
	}
	PROVE(nothing_leaked, new.live == (p && want.size) && !frees);
#ifdef CONFIG_KVMALLOC_STATS
	PROVE(counts_are_exact,
	      counted_failures == (!p && kvmalloc_hooked.on));
#endif
}

void prove_allocation(void)
{
	void *p;

	any_world();
	if (nondet_bool()) {
		p = kvmalloc_node_align(want.size, want.align, want.flags,
					want.node);
	} else if (nondet_bool()) {
		ASSUME(want.align == 1);
		p = kvmalloc_node_track_caller_noprof(want.size, want.flags,
						      want.node,
						      _RET_IP_);
	} else {
		want.buckets = nondet_pointer();
		p = __kvmalloc_node_noprof(PASS_KMALLOC_PARAMS(want.size,
							       want.buckets,
							       __kmalloc_token(0)),
					   want.align, want.flags, want.node);
	}
	prove_request(p);

	HAPPENS(slab.gave && !vmalloc.asked && want.size > PAGE_SIZE);
	HAPPENS(slab.asked && vmalloc.gave);
#ifdef CONFIG_HAVE_ARCH_HUGE_VMALLOC
	HAPPENS(vmalloc.gave && last_was_huge);
	HAPPENS(vmalloc.gave && !last_was_huge && huge.asked);
#endif
	HAPPENS(!slab.asked && vmalloc.gave && want.size <= KMALLOC_MAX_SIZE);
	HAPPENS(vmalloc.gave && want.size > KMALLOC_MAX_SIZE);
	HAPPENS(vmalloc.gave && want.align > PAGE_SIZE && want.size < PAGE_SIZE);
	HAPPENS(vmalloc.asked && !p);
	HAPPENS(slab.gave && want.align > natural_alignment(want.size));
	HAPPENS(warnings && !p);
	HAPPENS(p == ZERO_SIZE_PTR);
}

static void any_array(void)
{
	factor[0] = nondet_size();
	factor[1] = nondet_size();
	product = nondet_size();
	product_overflows = nondet_bool();
	want.size = product;
	want.align = 1;
}

void prove_array(void)
{
	void *p;

	any_world();
	any_array();
	if (nondet_bool()) {
		p = kvmalloc_array_node(factor[0], factor[1], want.flags,
					want.node);
	} else {
		gfp_t flags = want.flags;

		want.flags |= __GFP_ZERO;
		p = kvcalloc_node(factor[0], factor[1], flags, want.node);
	}
	PROVE(array_never_wraps, IMPLIES(product_overflows,
					 !p && !slab.asked && !vmalloc.asked));
	if (!product_overflows)
		prove_request(p);

	HAPPENS(product_overflows);
	HAPPENS(!product_overflows && vmalloc.gave);
}

void prove_duplicate(void)
{
	gfp_t flags;
	size_t limit;
	void *p;

	any_world();
	any_array();
	flags = want.flags;
	want.node = NUMA_NO_NODE;
	old_vmalloc_memory();
	/* The caller's array is as long as he says. */
	limit = old.size;
	ASSUME(product_overflows || product <= limit);
	p = kvmemdup_array(old.ptr, factor[0], factor[1], flags);

	PROVE(array_never_wraps, IMPLIES(product_overflows,
					 !p && !slab.asked && !vmalloc.asked));
	if (product_overflows)
		return;
	prove_policy(p);
	PROVE(zero_size, (p == ZERO_SIZE_PTR) == !want.size);
	PROVE(nothing_leaked, new.live == (p && want.size) && !frees);
	if (p && want.size) {
		prove_result(p);
		PROVE(duplicate_is_equal,
		      IMPLIES(watched < want.size, new.byte == old.byte));
	}

	HAPPENS(vmalloc.gave && watched < want.size);
	HAPPENS(slab.gave && watched < want.size && want.size > PAGE_SIZE);
}

/*
 * Freeing.
 */

static void prove_freed(bool atomic)
{
	bool something = old.live;

	if (atomic)
		kvfree_atomic(old.ptr);
	else
		kvfree(old.ptr);

	/* That it is the right one is checked where it is called. */
	PROVE(freed_once, frees == something && !old.live);
	PROVE(atomic_free_never_sleeps, IMPLIES(atomic, !sleeping_frees));
}

void prove_free_slab(void)
{
	any_world();
	old_slab_memory();
	prove_freed(nondet_bool());

	HAPPENS(frees);
}

void prove_free_vmalloc(void)
{
	any_world();
	old_vmalloc_memory();
	prove_freed(nondet_bool());

	HAPPENS(frees && sleeping_frees);
	HAPPENS(frees && !sleeping_frees);
}

void prove_free_nothing(void)
{
	any_world();
	old.ptr = nondet_bool() ? NULL : ZERO_SIZE_PTR;
	prove_freed(nondet_bool());
	kvfree_sensitive(old.ptr, nondet_size());
	PROVE(freed_once, !frees);

	HAPPENS(!frees);
}

void prove_free_at_end_of_scope(void)
{
	unsigned long error = nondet_ulong();

	any_world();
	old_vmalloc_memory();
	ASSUME(!error || error >= -4095UL);
	leave_scope_kvfree((void *)error);
	leave_scope_kvfree_atomic((void *)error);
	PROVE(freed_once, !frees && old.live);
	if (nondet_bool())
		leave_scope_kvfree(old.ptr);
	else
		leave_scope_kvfree_atomic(old.ptr);
	PROVE(freed_once, frees == 1 && !old.live);

	HAPPENS(frees && error);
}

static void prove_freed_sensitive(void)
{
	size_t len = nondet_size();

	ASSUME(len <= old.size);
	kvfree_sensitive(old.ptr, len);

	PROVE(freed_once, frees == 1 && !old.live);
	PROVE(cleared_before_free, cleared_at_start && cleared == len &&
	      IMPLIES(watched < len, !old.byte));

	HAPPENS(frees && cleared);
}

void prove_free_sensitive_slab(void)
{
	any_world();
	old_slab_memory();
	prove_freed_sensitive();
}

void prove_free_sensitive_vmalloc(void)
{
	any_world();
	old_vmalloc_memory();
	prove_freed_sensitive();
}

/*
 * Reallocating.
 */

/* The old memory before the call. */
static struct memory before;

static void *resize_old(void)
{
	old_was_counted = old.counted;
	before = old;
	return kvrealloc_node_align(old.ptr, want.size, want.align, want.flags,
				    want.node);
}

static void prove_resized(const void *p)
{
	bool moved = p != before.ptr;

	if (!want.size) {
		PROVE(realloc_to_zero_frees,
		      p == ZERO_SIZE_PTR && frees == 1 && !old.live &&
		      !slab.asked && !vmalloc.asked && !resized);
	} else if (!p) {
		PROVE(failure_keeps_old_memory,
		      old.live && !frees && old.size == before.size &&
		      old.byte == before.byte && old.counted == before.counted);
		PROVE(nothing_leaked, !new.live);
	} else {
		PROVE(moved_frees_once, moved ? frees == 1 && !old.live :
						!frees && old.live);
		PROVE(nothing_leaked, new.live == moved);
		prove_result(p);
		PROVE(contents_kept,
		      IMPLIES(watched < before.size && watched < want.size,
			      memory_byte(p) == before.byte));
		PROVE(realloc_zeroed,
		      IMPLIES(want.flags & __GFP_ZERO &&
			      watched >= before.size && watched < want.size,
			      !memory_byte(p)));
	}
	PROVE(kasan_balanced, !kasan_disabled);
	PROVE(nonblocking_never_sleeps,
	      IMPLIES(!may_block(want.flags), !sleeping_frees));
}

/*
 * Slab memory, in two cases: slab serves, and then vmalloc is not asked
 * (slab_first); or it does not, because it has none or because it is not asked.
 */
static void *realloc_slab_memory(void)
{
	void *p;

	any_world();
	old_slab_memory();
	p = resize_old();
	if (want.size)
		prove_policy(p);
	prove_resized(p);
	/*
	 * Slab takes the padding for contents: a later call that is asked to
	 * clear what is new will find it there.
	 */
	PROVE(padding_zeroed, IMPLIES(p && slab.gave && want.size &&
				      want.flags & __GFP_ZERO &&
				      watched >= want.size &&
				      watched < slab.size, !memory_byte(p)));
	return p;
}

void prove_realloc_slab(void)
{
	void *p;

	vmalloc_has_none = true;
	p = realloc_slab_memory();

	HAPPENS(p == before.ptr && want.size > before.size);
	HAPPENS(slab.gave && p != before.ptr && watched < want.size);
	HAPPENS(slab.gave && slab.size > want.size);
	HAPPENS(p == ZERO_SIZE_PTR);
}

void prove_realloc_slab_to_vmalloc(void)
{
	void *p;

	slab_has_none = true;
	p = realloc_slab_memory();

	HAPPENS(p && vmalloc.gave && slab.asked && watched < want.size);
	HAPPENS(p && vmalloc.gave && want.size < before.size);
	HAPPENS(!p && vmalloc.asked);
}

/*
 * Vmalloc memory, in two cases: it can stay where it is, and then nobody is
 * asked for more (resize_in_place); or it has to move, and then nobody is asked
 * to resize it (resize_only_in_place).
 */
static void *realloc_vmalloc_memory(bool can_stay)
{
	void *p;

	any_world();
	old_vmalloc_memory();
	ASSUME(can_stay == (want.size <= old.room &&
			    old_is_well_placed(want.align, want.flags,
					       want.node)));
	p = resize_old();
	prove_resized(p);

	PROVE(vmalloc_stays_vmalloc, !slab.asked);
	PROVE(vmalloc_once, !vmalloc.asked || !resized);
	PROVE(resize_in_place, IMPLIES(can_stay, !vmalloc.asked));
	prove_fallback();
	PROVE(too_large_refused,
	      IMPLIES(want.size > INT_MAX, !p && !vmalloc.asked && !resized));
	PROVE(too_large_warns_once,
	      IMPLIES(want.size > INT_MAX,
		      warnings == !(want.flags & __GFP_NOWARN)));
	PROVE(bad_align_refused,
	      IMPLIES(!is_power_of_2(want.align) && want.size,
		      !p && !vmalloc.asked && !resized));
	PROVE(not_an_allocation_refused,
	      IMPLIES(!area_is_known && want.size,
		      !p && !vmalloc.asked && !resized));
	PROVE(not_an_allocation_refused,
	      IMPLIES(!area_is_known && want.size && want.size <= INT_MAX,
		      warnings == 1));
	return p;
}

void prove_realloc_vmalloc_in_place(void)
{
	void *p;

	vmalloc_has_none = true;
	p = realloc_vmalloc_memory(true);

	HAPPENS(p == before.ptr && want.size > before.size);
	HAPPENS(p == before.ptr && want.size < before.size);
	HAPPENS(!p && resized);
	HAPPENS(p == ZERO_SIZE_PTR && !may_block(want.flags));
}

void prove_realloc_vmalloc_moves(void)
{
	void *p;

	resize_fails = true;
	p = realloc_vmalloc_memory(false);

	HAPPENS(p && vmalloc.gave && want.size <= before.room &&
		watched < want.size);
	HAPPENS(p && vmalloc.gave && want.size > before.room &&
		watched < want.size);
	HAPPENS(!p && vmalloc.asked);
}

void prove_realloc_nothing(void)
{
	void *p;

	any_world();
	old.ptr = nondet_bool() ? NULL : ZERO_SIZE_PTR;
	p = resize_old();
	prove_request(p);

	HAPPENS(vmalloc.gave);
	HAPPENS(slab.gave && want.size);
}

/*
 * That the product is what is resized to.  The rest is as without an array, so
 * there need not be memory here.
 */
void prove_realloc_array(void)
{
	void *p;

	slab_has_none = true;
	vmalloc_has_none = true;
	any_world();
	any_array();
	old_slab_memory();
	ASSUME(product);
	p = kvrealloc_array(old.ptr, factor[0], factor[1], want.flags);

	PROVE(array_never_wraps,
	      IMPLIES(product_overflows, !slab.asked && !vmalloc.asked));
	PROVE(array_is_multiplied,
	      IMPLIES(slab.asked, slab.size == product) &&
	      IMPLIES(vmalloc.asked, vmalloc.size == product));
	PROVE(failure_keeps_old_memory, !p && old.live && !frees && !resized);

	HAPPENS(product_overflows);
	HAPPENS(slab.asked && vmalloc.asked);
}
