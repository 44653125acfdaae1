// SPDX-License-Identifier: GPL-2.0
/*
 * Proofs of the policy of kvmalloc() and its family, as the first comment of
 * <linux/kvmalloc.h> states it, for every size, alignment, node and set of gfp
 * flags, every context, every result of slab and vmalloc, and every address.
 *
 * CBMC turns each function prove_*() and all code of mm/util.c that it reaches
 * into one formula, and searches for values that make a PROVE() false.  If there
 * are none, the property is proven.  properties.py has a sentence for each
 * property, and maps each row and sentence of the header's policy to properties.
 * The proofs are about one call into the unmodified mm/util.c and the inline
 * functions and macros of <linux/kvmalloc.h>.  That code has no loops, so nothing
 * is unrolled, and sizes and addresses are as wide as the machine's.
 *
 * Bounds and assumptions:
 * - A page is 4 KiB or 64 KiB, and slab's largest size is 2^10 pages.
 * - Memory lies in the top 2^56 bytes on 64 bits, like the kernel's, and does
 *   not cross a multiple of 128 MiB on 32 bits; place() has the reason.
 * - One piece of memory at most exists before a call, and one more after it.
 * - A product and its overflow are any two values: the proofs show that the
 *   result of check_mul_overflow() is respected, not that it is right.
 * - A bad alignment is refused only where it is checked: not up to a page and
 *   ARCH_KMALLOC_MINALIGN, nor for constants that kmalloc() aligns to.
 * - Fault injection may skip slab, except where a property says otherwise.
 * - Slab memory that is reallocated with __GFP_ZERO had the flag in all earlier
 *   calls, as <linux/kvmalloc.h> demands.
 * - No caller uses gfp bits that are no flags.
 *
 * Not covered: slab and vmalloc, and mm/vrealloc.c, which is part of vmalloc
 * (model.h has what they guarantee); mm/krealloc.c and mm/backport.c; the counters
 * and fault injection in kvmalloc_debug.c, and the arguments of tracepoints;
 * devm_kvmalloc(); concurrent calls.
 *
 * bytes.c proves the contents once more, on real memory of a few bytes, and the
 * functions for strings.
 *
 * tests/prove/run runs all proofs in several configurations.  It shows that the
 * situations named by HAPPENS() are reachable, and that each property can fail:
 * each change of the code in mutations.py has to break one.
 */

#include "model.h"

/* The old memory before the call. */
static struct memory before;

/* The flags that the slab attempt above a page may change. */
static gfp_t may_be_adjusted(gfp_t flags)
{
	gfp_t adjusted = __GFP_NOWARN | __GFP_NOFAIL;

	if (!(flags & __GFP_RETRY_MAYFAIL) || !may_sleep_here())
		adjusted |= __GFP_DIRECT_RECLAIM;
	return adjusted;
}

/* Slab can align memory of such a size, padded within its page or power of two. */
static bool slab_can_align(void)
{
	return want.align <= PAGE_SIZE || want.align < 2 * want.size;
}

/* The size of a slab attempt that aligns the object. */
static size_t padded_size(void)
{
	return want.align <= ARCH_KMALLOC_MINALIGN ? want.size :
						     ALIGN(want.size, want.align);
}

/* The request is about slab memory that is too small. */
static bool grows_in_slab(void)
{
	return before.live && !before.vmalloced && want.size > before.room;
}

/* The request is about slab memory that is large enough and in the right place. */
static bool fits(void)
{
	return before.live && !before.vmalloced && want.size <= before.room &&
	       old_is_well_placed(want.align, want.flags, want.node);
}

/* The request is about slab memory that leaves slab without an attempt. */
static bool leaves_slab(void)
{
	return grows_in_slab() && may_block(want.flags) &&
	       !(want.flags & __GFP_RETRY_MAYFAIL) && IS_ENABLED(CONFIG_MMU) &&
	       IS_ENABLED(CONFIG_64BIT) && want.size > SZ_64K;
}

/* The flags and the context allow a fallback. */
static bool can_fall_back(void)
{
	return vmalloc_takes(want.flags) && may_enter_vmalloc(want.flags);
}

static void prove_vmalloc_request(const struct request *request)
{
#ifdef CONFIG_MMU
	/* mm/util.c drops alignments that every allocator guarantees. */
	PROVE(fallback_request, request->size == want.size &&
	      (request->align == want.align ||
	       (request->align == 1 && want.align <= ARCH_KMALLOC_MINALIGN)) &&
	      request->node == want.node);
	PROVE(caller_named, request->caller == (unsigned long)model_caller);
	PROVE(unsupported_flags_dropped, !(request->flags & NOT_FOR_VMALLOC));
	PROVE(fallback_flags,
	      request->flags == for_vmalloc(want.flags));
#else
	/* Above a page alignments up to ARCH_KMALLOC_MINALIGN pad the size, too. */
	PROVE(nommu_is_kmalloc, request->size == padded_size() ||
	      request->size == ALIGN(want.size, want.align));
	PROVE(nommu_is_kmalloc,
	      request->flags == for_vmalloc(want.flags));
#endif
	PROVE(fallback_only_if_possible, vmalloc_takes(want.flags));
}

/* The calls of vmalloc: one, of the kind that the flags and the memory need. */
static void prove_fallback(void)
{
	PROVE(vmalloc_once, vmalloc.calls + with_room.calls <= 1);
	if (vmalloc.calls) {
		prove_vmalloc_request(&vmalloc);
#ifdef CONFIG_MMU
		PROVE(huge_if_blocking, huge_allowed == may_block(want.flags));
		PROVE(context_nonblocking,
		      IMPLIES(!may_block(want.flags), may_lock_here()));
		PROVE(context_sleeping,
		      IMPLIES(may_block(want.flags), may_sleep_here()));
#endif
	}
	if (with_room.calls) {
		prove_vmalloc_request(&with_room);
		PROVE(room_only_if_blocking, may_block(want.flags));
		PROVE(context_sleeping, may_sleep_here());
	}
}

/*
 * The rows of the contexts table for kvmalloc(), and for kvrealloc() of slab
 * memory: both sides of a page, and flags that may sleep or not.
 */
static void prove_contexts(const void *p)
{
	bool small = want.size <= PAGE_SIZE;
	bool slab_only = (small && want.align <= PAGE_SIZE && !fuzzed) || fits();
	bool from_vmalloc = vmalloc.result || with_room.result;

	if (!want.size || want.size > INT_MAX || !is_power_of_2(want.align) ||
	    already_freed)
		return;

	PROVE(context_small,
	      IMPLIES(slab_only, slab.calls == 1 && slab.result == p && !warnings &&
		      IMPLIES(small, slab.flags == want.flags)));
	if (slab_only)
		return;
	if (!IS_ENABLED(CONFIG_MMU)) {
		PROVE(nommu_any_context, !warnings);
		PROVE(nommu_any_context,
		      IMPLIES(!slab.result,
			      vmalloc.calls == vmalloc_takes(want.flags)));
		return;
	}

	/* In a context that may sleep a missing block is a reason to use vmalloc. */
	if (may_block(want.flags)) {
		bool wrong = wrong_context(want.flags);

		PROVE(context_sleeping,
		      IMPLIES(wrong, p == slab.result && !vmalloc.calls &&
			      !with_room.calls));
		PROVE(context_sleeping,
		      IMPLIES(!wrong && !slab.result,
			      vmalloc.calls + with_room.calls == 1));
		PROVE(context_boot,
		      IMPLIES(boots_or_stops() && !context.interrupt &&
			      !context.bh_off && !slab.result,
			      vmalloc.calls + with_room.calls == 1));
		PROVE(context_warns_once, warnings == (wrong && !p));
		return;
	}
	PROVE(context_warns_once, !warnings);
#ifdef CONFIG_KVMALLOC_VMALLOC_NONBLOCK
	PROVE(context_nonblocking_7_x,
	      IMPLIES(!slab.result, vmalloc.calls == may_lock_here()));
#ifdef CONFIG_PREEMPT_RT
	PROVE(context_nonblocking_rt,
	      IMPLIES(context.atomic || context.interrupt, p == slab.result));
#endif
#else
	PROVE(context_nonblocking_6_12, p == slab.result && !from_vmalloc);
#endif
}

/*
 * The policy, as the allocators see it, after the family returned @p for the
 * request in @want.  The request is not about vmalloc memory.
 */
static void prove_policy(const void *p)
{
	size_t size = want.size;
	gfp_t flags = want.flags;
	bool small = size <= PAGE_SIZE;
	bool good_align = is_power_of_2(want.align);
	bool too_large = size > INT_MAX;

	PROVE(small_never_vmalloc, IMPLIES(small && want.align <= PAGE_SIZE &&
					   !fuzzed,
					   !vmalloc.calls && !with_room.calls));
	PROVE(slab_once, slab.calls <= 1);
	PROVE(slab_first, IMPLIES((vmalloc.calls || with_room.calls) &&
				  slab.calls, !slab.result));
	PROVE(slab_not_skipped, IMPLIES(size && size <= KMALLOC_MAX_SIZE &&
					good_align && slab_can_align() &&
					!fuzzed && !leaves_slab() && !already_freed,
					slab.calls));
	PROVE(align_beyond_size,
	      IMPLIES(size && good_align && !slab_can_align() && !fits(),
		      !slab.calls));
	PROVE(growing_leaves_slab,
	      IMPLIES(leaves_slab() && good_align && !too_large &&
		      !already_freed, !slab.calls &&
		      with_room.calls == may_sleep_here()));
#ifdef CONFIG_KVMALLOC_FUZZ
	PROVE(fuzzed_skips_slab,
	      IMPLIES(fuzzed && !already_freed, !slab.calls &&
		      vmalloc.calls + with_room.calls == can_fall_back()));
#endif
#ifdef CONFIG_MMU
	PROVE(room_only_if_growing,
	      IMPLIES(with_room.calls, grows_in_slab() && !with_room.max));
	PROVE(room_if_growing,
	      IMPLIES(grows_in_slab() && may_block(flags), !vmalloc.calls));
#endif

	if (slab.calls) {
		PROVE(small_flags_unchanged,
		      IMPLIES(small, slab.flags == flags));
		PROVE(slab_never_reclaims,
		      IMPLIES(!small && slab.flags & __GFP_DIRECT_RECLAIM,
			      flags & __GFP_RETRY_MAYFAIL && may_sleep_here()));
		PROVE(slab_never_nofail,
		      IMPLIES(!small, !(slab.flags & __GFP_NOFAIL)));
		PROVE(slab_never_warns,
		      IMPLIES(!small, slab.flags & __GFP_NOWARN));
		PROVE(slab_flags_else_unchanged,
		      !((slab.flags ^ flags) & ~may_be_adjusted(flags)));
		PROVE(slab_padded, IMPLIES(good_align && !fits(),
					   slab.size == padded_size()));
		PROVE(slab_node, slab.node == want.node);
		PROVE(caller_named, IMPLIES(slab.caller_known, slab.caller ==
					    (unsigned long)model_caller));
#ifdef CONFIG_SLAB_BUCKETS
		PROVE(buckets_kept, slab_buckets == want.buckets);
#endif
	}
	prove_fallback();
	prove_contexts(p);

	PROVE(too_large_refused,
	      IMPLIES(too_large, !p && !slab.calls && !vmalloc.calls &&
		      !with_room.calls));
	PROVE(too_large_warns_once,
	      IMPLIES(too_large, warnings == !(flags & __GFP_NOWARN)));
	/* kmalloc() serves small requests whose alignment it guarantees. */
	PROVE(bad_align_refused,
	      IMPLIES(!good_align && size && !too_large &&
		      (!small || want.align > ARCH_KMALLOC_MINALIGN) &&
		      IMPLIES(slab.calls, slab.caller_known),
		      !p && !slab.calls && !vmalloc.calls &&
		      !with_room.calls && warnings == 1));
	PROVE(no_other_warning,
	      IMPLIES(good_align && !too_large && !wrong_context(flags),
		      !warnings));

	PROVE(null_is_the_last_resort,
	      IMPLIES(!p && good_align && !too_large && !already_freed,
		      vmalloc.calls || with_room.calls ?
		      !vmalloc.result && !with_room.result :
		      (slab.calls && !slab.result && small) ||
		      !can_fall_back()));
}

static bool old_was_counted;

static unsigned char memory_byte(const void *p)
{
	const struct memory *m = memory_of(p);

	return m ? m->byte : nondet_byte();
}

/* The caller gets memory that is large enough, aligned and counted. */
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
	PROVE(zero_size, IMPLIES(!want.size, !vmalloc.calls &&
				 !with_room.calls && !frees));
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
	} else if (nondet_bool()) {
		ASSUME(want.align == 1);
		p = __kvmalloc_plain_noprof(PASS_TOKEN_PARAMS(want.size,
							      __kmalloc_token(0)),
					    want.flags, want.node);
	} else {
		want.buckets = nondet_pointer();
		p = __kvmalloc_node_align_noprof(PASS_KMALLOC_PARAMS(want.size,
								     want.buckets,
								     __kmalloc_token(0)),
						 want.align, want.flags,
						 want.node);
	}
	prove_request(p);

	HAPPENS(slab.result && !vmalloc.calls && want.size > PAGE_SIZE);
	HAPPENS(slab.calls && vmalloc.result);
#ifdef CONFIG_MMU
	HAPPENS(vmalloc.result && huge_allowed);
	HAPPENS(vmalloc.result && want.size > KMALLOC_MAX_SIZE);
	HAPPENS(!p && slab.calls && !vmalloc.calls && context.interrupt &&
		want.size > PAGE_SIZE);
	HAPPENS(!p && wrong_context(want.flags) && slab.calls && warnings);
	HAPPENS(p && wrong_context(want.flags) && want.size > PAGE_SIZE);
#ifdef CONFIG_KVMALLOC_VMALLOC_NONBLOCK
	HAPPENS(vmalloc.result && !huge_allowed && context.atomic);
#endif
#endif
	HAPPENS(slab.result && want.size > PAGE_SIZE && context.interrupt);
	HAPPENS(vmalloc.result && context.atomic && system_state == SYSTEM_BOOTING);
#ifndef CONFIG_MMU
	HAPPENS(vmalloc.result && may_block(want.flags) && !may_sleep_here());
	HAPPENS(vmalloc.result && !may_block(want.flags) && context.interrupt);
#endif
	HAPPENS(!slab.calls && vmalloc.result && want.size <= KMALLOC_MAX_SIZE);
	HAPPENS(vmalloc.result && want.align > PAGE_SIZE && want.size < PAGE_SIZE);
	HAPPENS(vmalloc.calls && !p);
	HAPPENS(slab.result && want.align > natural_alignment(want.size));
	HAPPENS(warnings && !p);
	HAPPENS(p == ZERO_SIZE_PTR);
}

/*
 * The entry point of modules that were built against the kernel's own headers.
 * On 6.12 it has no parameter for an alignment.
 */
void prove_abi_allocation(void)
{
	void *p;

	any_world();
	want.buckets = nondet_pointer();
#ifdef KERNEL_HAS_TOKENS
	p = __kvmalloc_node_noprof(PASS_KMALLOC_PARAMS(want.size, want.buckets,
						       __kmalloc_token(0)),
				   want.align, want.flags, want.node);
#else
	ASSUME(want.align == 1);
	p = __kvmalloc_node_noprof(PASS_BUCKET_PARAMS(want.size, want.buckets),
				   want.flags, want.node);
#endif
	prove_request(p);

	HAPPENS(slab.result);
	HAPPENS(vmalloc.result);
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
					 !p && !slab.calls && !vmalloc.calls));
	if (!product_overflows)
		prove_request(p);

	HAPPENS(product_overflows);
	HAPPENS(!product_overflows && vmalloc.result);
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
	/* The caller's array has the size that it passes. */
	limit = old.size;
	ASSUME(product_overflows || product <= limit);
	p = kvmemdup_array(old.ptr, factor[0], factor[1], flags);

	PROVE(array_never_wraps, IMPLIES(product_overflows,
					 !p && !slab.calls && !vmalloc.calls));
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

	HAPPENS(vmalloc.result && watched < want.size);
	HAPPENS(slab.result && watched < want.size && want.size > PAGE_SIZE);
}

/*
 * Freeing.
 */

static void prove_freed(bool atomic)
{
	bool leaked = old.vmalloced && context.nmi;
	bool something = old.live;

	if (atomic)
		kvfree_atomic(old.ptr);
	else
		kvfree(old.ptr);

	/* The stubs prove one_matching_free. */
	PROVE(freed_once, IMPLIES(!leaked, frees == something && !old.live));
	PROVE(context_free_nmi, IMPLIES(leaked, !frees && old.live));
	PROVE(context_free_nmi, warnings == leaked);
	if (atomic)
		PROVE(context_free_atomic, !sleeping_frees);
	else
		PROVE(context_free, sleeping_frees == (old.vmalloced && !leaked));
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

	HAPPENS(frees && !sleeping_frees);
#ifdef CONFIG_MMU
	HAPPENS(frees && sleeping_frees);
	HAPPENS(!frees);
#endif
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
	ASSUME(!context.nmi);
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
	ASSUME(!context.nmi);
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

static void *resize_old(void)
{
	old_was_counted = old.counted;
	before = old;
	return kvrealloc_node_align(old.ptr, want.size, want.align, want.flags,
				    want.node);
}

/*
 * The rows of the contexts table for size 0.  mm/util.c calls vfree(), which sleeps,
 * only if both the flags and the context allow that, and vfree_atomic() otherwise.
 */
static void prove_resized_to_zero(void)
{
	bool sleeps = may_block(want.flags);

	if (!before.vmalloced) {
		PROVE(context_zero_slab, !sleeping_frees && !warnings);
		return;
	}
	if (context.nmi) {
		PROVE(context_free_nmi, !frees && old.live && warnings);
		return;
	}
	/* The stubs count a call of vfree() as sleeping, of vfree_atomic() not. */
	PROVE(context_zero_sleeping,
	      IMPLIES(sleeps, sleeping_frees == may_sleep_here() &&
		      warnings == !may_sleep_here()));
	PROVE(context_zero_nonblocking,
	      IMPLIES(!sleeps, !sleeping_frees && !warnings));
}

static void prove_resized(const void *p)
{
	bool moved = p != before.ptr;

	if (!want.size) {
		PROVE(realloc_to_zero_frees,
		      p == ZERO_SIZE_PTR && !slab.calls && !vmalloc.calls &&
		      !with_room.calls && !resize.calls &&
		      IMPLIES(!before.vmalloced || !context.nmi,
			      frees == 1 && !old.live));
		prove_resized_to_zero();
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
#ifdef CONFIG_KVMALLOC_STATS
	PROVE(counts_are_exact,
	      counted_failures == (!p && kvmalloc_hooked.on));
	PROVE(resize_counted,
	      counted_resizes == (p && want.size && kvmalloc_hooked.on));
	PROVE(resize_counted,
	      IMPLIES(counted_resizes, counted_how ==
		      (!moved ? KVMALLOC_IN_PLACE :
		       resize.calls ? (resize.result == p ? KVMALLOC_REMAPPED :
							  KVMALLOC_COPIED) :
		       slab.result ? KVMALLOC_COPIED : KVMALLOC_MOVED)));
#endif
	PROVE(kasan_balanced, !kasan_disabled);
	PROVE(nonblocking_never_sleeps,
	      IMPLIES(sleeping_frees, may_block(want.flags) && may_sleep_here()));
}

/*
 * Slab memory, in two cases: slab serves, and vmalloc is not called (slab_first);
 * or slab does not serve, because it has no memory or is not called.
 */
static void *realloc_slab_memory(void)
{
	void *p;

	any_world();
	old_slab_memory();
	already_freed = nondet_bool();
	p = resize_old();
	if (want.size)
		prove_policy(p);
	prove_resized(p);
	PROVE(right_allocator, !resize.calls);
	PROVE(fitting_stays,
	      IMPLIES(want.size && want.size <= before.room && !already_freed,
		      !fuzz_called));
	PROVE(fitting_stays,
	      IMPLIES(want.size && is_power_of_2(want.align) && fits() &&
		      !already_freed,
		      p == before.ptr && slab.calls == 1 &&
		      slab.size == want.size && !vmalloc.calls &&
		      !with_room.calls));
	PROVE(freed_memory_refused,
	      IMPLIES(already_freed && want.size, !p && !copies && !vmalloc.calls &&
		      !with_room.calls));
	/*
	 * Slab takes the padding for contents, so a later call with __GFP_ZERO
	 * does not clear it.
	 */
	PROVE(padding_zeroed, IMPLIES(p && slab.result && want.size &&
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
	HAPPENS(p == before.ptr && want.size > SZ_64K);
	HAPPENS(slab.result && p != before.ptr && watched < want.size);
	HAPPENS(slab.result && want.size > before.room && want.size > PAGE_SIZE);
	HAPPENS(slab.result && slab.size > want.size);
	HAPPENS(p == before.ptr && fits() && want.size < want.align);
	HAPPENS(p && grows_in_slab() && want.size > SZ_64K &&
		want.flags & __GFP_RETRY_MAYFAIL);
	HAPPENS(p && p != before.ptr && recorded && watched >= before.contents &&
		watched < want.size && want.flags & __GFP_ZERO);
	HAPPENS(p == ZERO_SIZE_PTR && may_block(want.flags) && !may_sleep_here());
	HAPPENS(!p && already_freed);
}

void prove_realloc_slab_to_vmalloc(void)
{
	void *p;

	slab_has_none = true;
	p = realloc_slab_memory();

#ifdef CONFIG_MMU
	HAPPENS(p && with_room.result && slab.calls && watched < want.size);
	HAPPENS(p && with_room.result && want.size > KMALLOC_MAX_SIZE);
	HAPPENS(p && leaves_slab() && want.size < KMALLOC_MAX_SIZE);
	HAPPENS(!p && leaves_slab() && wrong_context(want.flags) &&
		!already_freed);
	HAPPENS(!p && with_room.calls && !vmalloc.calls);
	HAPPENS(p && recorded && watched >= before.contents &&
		watched < want.size && want.flags & __GFP_ZERO);
#endif
#if defined(CONFIG_KVMALLOC_VMALLOC_NONBLOCK) || !defined(CONFIG_MMU)
	HAPPENS(p && vmalloc.result && want.size > before.room);
#endif
	HAPPENS(p && vmalloc.result && slab.calls && want.size < before.size);
	HAPPENS(!p && vmalloc.calls);
	HAPPENS(!p && !with_room.calls && want.size > before.room);
}

/*
 * Vmalloc memory and a size above 0, in four cases: vmalloc_resize() resizes it in
 * place, or has no memory or no permission to do so, or maps it elsewhere; then no
 * other function is called (resize_is_final).  Or it returns that only copying
 * helps, which is left to vrealloc() if user space may map the memory.
 */
static void *realloc_vmalloc_memory(void)
{
	bool bad;
	void *p;

	any_world();
	ASSUME(want.size);
	bad = !is_power_of_2(want.align);
	old_vmalloc_memory();
	p = resize_old();
	prove_resized(p);

	PROVE(vmalloc_stays_vmalloc, !slab.calls);
	PROVE(vmalloc_stays_vmalloc,
	      IMPLIES(p, memory_of(p) && memory_of(p)->vmalloced));
	PROVE(room_only_if_growing, !with_room.calls);
	PROVE(resize_once, resize.calls == !bad);
	if (resize.calls) {
		PROVE(resize_request, resize.size == want.size &&
		      resize.align == want.align &&
		      resize.flags == for_vmalloc(want.flags) &&
		      resize.node == want.node);
		PROVE(unsupported_flags_dropped,
		      !(resize.flags & NOT_FOR_VMALLOC));
		PROVE(caller_named,
		      resize.caller == (unsigned long)model_caller);
		PROVE(context_resize_sleeping,
		      IMPLIES(wrong_context(want.flags), !p && warnings == 1 &&
			      !vmalloc.calls && !vrealloc.calls));
		PROVE(context_resize_nonblocking,
		      IMPLIES(!may_block(want.flags) && !may_lock_here(),
			      !p && !vmalloc.calls && !vrealloc.calls));
		PROVE(no_other_warning,
		      IMPLIES(!wrong_context(want.flags), !warnings));
	}
	prove_fallback();
	PROVE(bad_align_refused,
	      IMPLIES(bad, !p && !vmalloc.calls && !resize.calls &&
		      warnings == 1));
	return p;
}

/* Size 0 frees the memory.  A formula of its own is fast. */
void prove_realloc_vmalloc_to_zero(void)
{
	any_world();
	want.size = 0;
	old_vmalloc_memory();
	prove_resized(resize_old());

	HAPPENS(!may_block(want.flags) && frees);
	HAPPENS(may_block(want.flags) && sleeping_frees);
	HAPPENS(wrong_context(want.flags) && frees);
	HAPPENS(context.nmi);
}

static void *resize_vmalloc_memory(void)
{
	void *p;

	vmalloc_has_none = true;
	p = realloc_vmalloc_memory();
	PROVE(resize_is_final, p == resize.result && !vmalloc.calls &&
	      !vrealloc.calls && !freed_here && !copies);
	return p;
}

void prove_realloc_vmalloc_in_place(void)
{
	void *p = resize_vmalloc_memory();

	if (resize.calls && area_is_known && want.size <= before.room) {
		PROVE(context_resize_sleeping,
		      IMPLIES(may_block(want.flags),
			      (p == before.ptr) == may_sleep_here()));
		PROVE(context_resize_fits,
		      IMPLIES(!may_block(want.flags),
			      (p == before.ptr) == may_lock_here()));
	}

	HAPPENS(p == before.ptr && !may_block(want.flags) && context.atomic);
	HAPPENS(p == before.ptr && want.size > INT_MAX);
	HAPPENS(!p && context.interrupt);
	HAPPENS(p == before.ptr && want.size > before.size);
	HAPPENS(p == before.ptr && want.size < before.size);
	HAPPENS(!p && resize.calls && area_is_known);
	HAPPENS(!p && resize.calls && !area_is_known);
	HAPPENS(!p && resize.calls && area_is_known && !may_block(want.flags) &&
		may_lock_here());
}

void prove_realloc_vmalloc_remapped(void)
{
	void *p;

	only_remapping_helps = true;
	p = resize_vmalloc_memory();

	HAPPENS(p && want.size > before.size && watched < before.size);
	HAPPENS(p && want.size > before.size && watched >= before.size);
}

static void *copy_vmalloc_memory(void)
{
	void *p;

	only_copying_helps = true;
	p = realloc_vmalloc_memory();
	PROVE(usermap_stays,
	      vrealloc.calls == (user_may_map && resize.result));
	PROVE(usermap_stays,
	      IMPLIES(vrealloc.calls, p == vrealloc.result && !vmalloc.calls &&
		      !copies));
	if (vrealloc.calls)
		PROVE(usermap_stays, vrealloc.size == want.size &&
		      vrealloc.align == want.align &&
		      vrealloc.flags == for_vmalloc(want.flags) &&
		      vrealloc.node == want.node);
	if (resize.result && !may_block(want.flags))
#ifdef CONFIG_KVMALLOC_VMALLOC_NONBLOCK
		PROVE(context_resize_unfit_7_x,
		      user_may_map ? vrealloc.calls == 1 && p == vrealloc.result :
				     vmalloc.calls == 1 && p == vmalloc.result);
#else
		PROVE(context_resize_unfit_6_12, !p && !vmalloc.calls);
#endif
	return p;
}

void prove_realloc_vmalloc_copied(void)
{
	void *p = copy_vmalloc_memory();

	PROVE(copied_once,
	      IMPLIES(resize.calls && p, p == vmalloc.result && copies == 1 &&
		      copied == min(want.size, before.size) &&
		      freed_here == 1 && !old.live));
	PROVE(copied_once,
	      IMPLIES(resize.calls && !p, !copies && !freed_here));
	PROVE(copied_once,
	      IMPLIES(resize.result, vmalloc.calls == vmalloc_takes(want.flags)));

	HAPPENS(p && vmalloc.result && want.size <= before.room &&
		watched < want.size);
	HAPPENS(p && vmalloc.result && want.size > before.room &&
		watched < want.size);
	HAPPENS(!p && vmalloc.calls);
}

void prove_realloc_vmalloc_usermap(void)
{
	void *p;

	vmalloc_has_none = true;
	user_may_map = true;
	p = copy_vmalloc_memory();

	HAPPENS(p && vrealloc.calls && want.size > before.size);
	HAPPENS(!p && vrealloc.calls);
#ifdef CONFIG_KVMALLOC_VMALLOC_NONBLOCK
	HAPPENS(p && vrealloc.calls && !may_block(want.flags) && context.atomic);
#endif
}

/*
 * Memory that grows in place up to a limit.
 */

/* Up to a page slab serves the limit; above, vmalloc reserves addresses for it. */
void prove_growable(void)
{
	size_t size = nondet_size(), max = nondet_size();
	struct request *reserved = IS_ENABLED(CONFIG_MMU) ? &with_room : &vmalloc;
	bool good, in_slab;
	void *p;

	any_world();
	good = size && size <= max && max <= INT_MAX &&
	       is_power_of_2(want.align) && !(want.flags & __GFP_NOFAIL);
	in_slab = max <= PAGE_SIZE && want.align <= PAGE_SIZE;
	want.size = in_slab || !IS_ENABLED(CONFIG_MMU) ? max : size;
	p = kvmalloc_growable_node_align(size, max, want.align, want.flags,
					 want.node);

	PROVE(zero_size, (p == ZERO_SIZE_PTR) == !size);
	PROVE(growable_refused,
	      IMPLIES(!good, (!p || !size) && !slab.calls && !vmalloc.calls &&
		      !with_room.calls));
	PROVE(too_large_warns_once,
	      IMPLIES(size && max > INT_MAX,
		      warnings == !(want.flags & __GFP_NOWARN)));
	PROVE(bad_align_refused,
	      IMPLIES(size && size <= max && max <= INT_MAX &&
		      !is_power_of_2(want.align), !p && warnings == 1));
	PROVE(growable_nofail_refused,
	      IMPLIES(size && size <= max && max <= INT_MAX &&
		      is_power_of_2(want.align) && want.flags & __GFP_NOFAIL,
		      !p && warnings == 1 && !slab.calls && !vmalloc.calls &&
		      !with_room.calls));
	PROVE(no_other_warning,
	      IMPLIES(good && !wrong_context(want.flags), !warnings));
	PROVE(growable_in_slab,
	      IMPLIES(good && in_slab,
		      !with_room.calls &&
		      IMPLIES(!fuzzed, slab.calls == 1 && !vmalloc.calls &&
			      !warnings)));
	PROVE(growable_reserves,
	      IMPLIES(good && !in_slab, !slab.calls && !fuzz_called &&
		      vmalloc.calls + with_room.calls <= 1));
	if (good && !in_slab) {
		PROVE(growable_reserves, reserved->calls ==
		      (may_block(want.flags) && !wrong_context(want.flags)));
		PROVE(context_growable_sleeping,
		      IMPLIES(wrong_context(want.flags), !p && warnings == 1));
		PROVE(context_growable_nonblocking,
		      IMPLIES(!may_block(want.flags), !p && !warnings));
	}
	if (!in_slab && reserved->calls) {
		prove_vmalloc_request(reserved);
		PROVE(growable_reserves, p == reserved->result);
		PROVE(growable_reserves,
		      IMPLIES(IS_ENABLED(CONFIG_MMU), reserved->max == max));
	}
	if (slab.calls) {
		PROVE(small_flags_unchanged, slab.flags == want.flags);
		PROVE(slab_node, slab.node == want.node);
		PROVE(caller_named, slab.caller_known && slab.caller ==
				    (unsigned long)model_caller);
#ifdef CONFIG_SLAB_BUCKETS
		PROVE(buckets_kept, !slab_buckets);
#endif
	}
	if (p && size) {
		prove_result(p);
		PROVE(zeroed, IMPLIES(want.flags & __GFP_ZERO &&
				      watched < want.size, !new.byte));
	}
	PROVE(nothing_leaked, new.live == (p && size) && !frees);
#ifdef CONFIG_KVMALLOC_STATS
	PROVE(counts_are_exact,
	      counted_failures == (!p && kvmalloc_hooked.on));
#endif

	HAPPENS(slab.result && max > size);
	HAPPENS(!p && slab.calls);
	HAPPENS(!p && want.flags & __GFP_NOFAIL);
	HAPPENS(reserved->result && max > size);
#ifdef CONFIG_MMU
	HAPPENS(with_room.result && max > KMALLOC_MAX_SIZE);
	HAPPENS(!p && !reserved->calls && good && wrong_context(want.flags));
#else
	HAPPENS(reserved->result && !may_sleep_here());
#endif
	HAPPENS(reserved->result && max < PAGE_SIZE);
	HAPPENS(!p && reserved->calls);
	HAPPENS(!p && !reserved->calls && good && !may_block(want.flags));
}

/*
 * Up to a page slab's object of the size of the limit stays, and fault injection
 * does not apply.  Above, vmalloc_resize() keeps the memory in place, and
 * resize_is_final proves that mm/util.c does not move it.
 */
void prove_growable_grows(void)
{
	size_t size = nondet_size(), max = nondet_size();
	void *p;

	vmalloc_has_none = true;
	any_world();
	ASSUME(max <= PAGE_SIZE && want.align <= PAGE_SIZE);
	want.size = max;
	p = kvmalloc_growable_node_align(size, max, want.align, want.flags,
					 want.node);
	if (ZERO_OR_NULL_PTR(p))
		return;

	old = new;
	new = (struct memory){ };
	slab = (struct request){ };
	fuzz_called = false;
	old_node = nondet_int();
	ASSUME(old_node >= 0);
	want.size = nondet_size();
	want.flags = nondet_uint();
	want.node = nondet_int();
	ASSUME(want.size && want.size <= max);
	p = resize_old();

	PROVE(growable_stays,
	      IMPLIES(!(want.flags & __GFP_THISNODE) ||
		      want.node == NUMA_NO_NODE || want.node == old_node,
		      p == before.ptr && old.live && !frees && !fuzz_called));

	HAPPENS(p == before.ptr && want.size > size);
	HAPPENS(p == before.ptr && want.size < size &&
		want.align > ARCH_KMALLOC_MINALIGN);
	HAPPENS(p && p != before.ptr);
}

void prove_room(void)
{
	bool vmalloced = IS_ENABLED(CONFIG_MMU) && nondet_bool();
	size_t room;

	any_world();
	if (vmalloced)
		old_vmalloc_memory();
	else
		old_slab_memory();
	room = kvmalloc_room(old.ptr);
	PROVE(room_returned,
	      IMPLIES(!vmalloced || may_lock_here(),
		      room == (vmalloced ? old.reserved : old.room)));
	PROVE(room_returned, !kvmalloc_room(NULL) && !kvmalloc_room(ZERO_SIZE_PTR));
	PROVE(context_room, IMPLIES(vmalloced && !may_lock_here(), !room));
	PROVE(context_room, !warnings);

#ifdef CONFIG_MMU
	HAPPENS(vmalloced && room);
	HAPPENS(vmalloced && context.interrupt);
#endif
	HAPPENS(!vmalloced);
}

/* The flags of huge pages, aligned ranges and reserved capacity. */
void prove_opportunistic(void)
{
	gfp_t flags = nondet_uint(), adjusted = opportunistic(flags);
	gfp_t removed = __GFP_DIRECT_RECLAIM | __GFP_RETRY_MAYFAIL | __GFP_NOFAIL;
	gfp_t added = __GFP_NOWARN | __GFP_NOMEMALLOC;

	PROVE(spare_never_reclaims, !(adjusted & removed));
	PROVE(spare_never_reclaims, (adjusted & added) == added);
	PROVE(spare_never_reclaims, !((adjusted ^ flags) & ~(removed | added)));

	HAPPENS(flags & __GFP_RETRY_MAYFAIL && flags & __GFP_DIRECT_RECLAIM);
}

void prove_realloc_nothing(void)
{
	void *p;

	any_world();
	old.ptr = nondet_bool() ? NULL : ZERO_SIZE_PTR;
	p = resize_old();
	prove_request(p);
	PROVE(context_zero_slab, IMPLIES(!want.size, !warnings));

	HAPPENS(vmalloc.result);
	HAPPENS(slab.result && want.size);
	HAPPENS(!want.size && may_block(want.flags) && !may_sleep_here());
}

/*
 * The product is the new size.  All else is as without an array, so no allocator
 * has memory here.
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
	      IMPLIES(product_overflows,
		      !slab.calls && !vmalloc.calls && !with_room.calls));
	PROVE(array_is_multiplied,
	      IMPLIES(slab.calls, slab.size == product) &&
	      IMPLIES(with_room.calls, with_room.size == product) &&
	      IMPLIES(vmalloc.calls, vmalloc.size == product));
	PROVE(failure_keeps_old_memory,
	      !p && old.live && !frees && !resize.calls);

	HAPPENS(product_overflows);
#ifdef CONFIG_MMU
	HAPPENS(slab.calls && with_room.calls);
#endif
}

#ifdef KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN
/* 6.12's kvrealloc() of modules that were built against the kernel's headers. */
static void *abi_realloc(void)
{
	return kvrealloc_noprof(old.ptr, want.size, want.flags);
}
#else
static void *abi_realloc(void)
{
	return kvrealloc(old.ptr, want.size, want.flags);
}
#endif

/* The request is passed on; all else is as for kvrealloc_node_align(). */
void prove_abi_realloc(void)
{
	void *p;

	slab_has_none = true;
	vmalloc_has_none = true;
	any_world();
	want.align = 1;
	want.node = NUMA_NO_NODE;
	old_slab_memory();
	before = old;
	ASSUME(want.size);
	p = abi_realloc();

	PROVE(abi_request, !p);
	PROVE(abi_request,
	      IMPLIES(slab.calls, slab.size == want.size && slab.align == 1 &&
		      slab.node == NUMA_NO_NODE &&
		      !((slab.flags ^ want.flags) & ~may_be_adjusted(want.flags))));
	PROVE(abi_request,
	      IMPLIES(want.size <= KMALLOC_MAX_SIZE && !leaves_slab() && !fuzzed,
		      slab.calls == 1));
	prove_fallback();

	HAPPENS(slab.calls && !vmalloc.calls && !with_room.calls);
	HAPPENS(!slab.calls);
}
