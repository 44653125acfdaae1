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
 * tree, with hooks compiled in and out.  There is one loop in them, that of
 * growable memory with __GFP_NOFAIL, which ends when there is memory; nothing
 * else is unrolled, and sizes and addresses are as wide as the machine's.
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
 * - Where growable memory may not fail, vmalloc has none twice at most.
 * - Slab memory that is reallocated with __GFP_ZERO had the flag before, too,
 *   as <linux/kvmalloc.h> demands.
 *
 * What is left out: slab and vmalloc themselves, with mm/vrealloc.c, which is
 * part of it (model.h has what they promise); mm/backport.c; kvmalloc_debug.c
 * behind the hooks, which is counters and fault injection, and what tracepoints
 * are told; devm_kvmalloc(); two CPUs at once; machines without an MMU.
 *
 * bytes.c proves the contents once more on real, and therefore small, memory,
 * and has the strings.
 *
 * tests/prove/run proves all of it in several configurations, shows that what
 * a proof speaks of happens (HAPPENS), and then of every property that it can
 * fail: mutations.py breaks the code in a way that must be noticed.
 */

#include "model.h"

/* The old memory before the call. */
static struct memory before;

/* What may differ where contiguous memory is asked for. */
static gfp_t may_be_adjusted(gfp_t flags)
{
	gfp_t adjusted = __GFP_NOWARN | __GFP_NOFAIL;

	if (!(flags & __GFP_RETRY_MAYFAIL))
		adjusted |= __GFP_DIRECT_RECLAIM;
	return adjusted;
}

/* Slab memory that grows so far leaves slab. */
static bool leaves_slab(void)
{
	return before.live && !before.vmalloced && want.size > before.room &&
	       may_block(want.flags) && IS_ENABLED(CONFIG_64BIT) &&
	       want.size > SZ_64K;
}

static void prove_asked_vmalloc(const struct question *ask)
{
	/* What everybody always gives need not be passed on. */
	PROVE(fallback_request, ask->size == want.size &&
	      (ask->align == want.align ||
	       (ask->align == 1 && want.align <= ARCH_KMALLOC_MINALIGN)) &&
	      ask->node == want.node);
	PROVE(fallback_only_if_possible, can_fall_back(want.flags));
	PROVE(caller_named, ask->caller == (unsigned long)model_caller);
}

/* How vmalloc was asked, if it was: first for huge pages, then for any. */
static void prove_fallback(void)
{
	gfp_t flags = want.flags;

	PROVE(vmalloc_once, vmalloc.asked - huge.asked <= 1 && huge.asked <= 1 &&
	      with_room.asked <= 1);
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
	if (with_room.asked) {
		prove_asked_vmalloc(&with_room);
		PROVE(fallback_flags, with_room.flags == flags);
		PROVE(room_only_if_blocking, may_block(flags));
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
					   !fuzzed,
					   !vmalloc.asked && !with_room.asked));
	PROVE(slab_once, slab.asked <= 1);
	PROVE(slab_first, IMPLIES((vmalloc.asked || with_room.asked) &&
				  slab.asked, !slab.gave));
	PROVE(slab_not_skipped, IMPLIES(size && size <= KMALLOC_MAX_SIZE &&
					good_align && want.align <= PAGE_SIZE &&
					!fuzzed && !leaves_slab(), slab.asked));
	PROVE(growing_leaves_slab,
	      IMPLIES(leaves_slab() && good_align && !too_large,
		      !slab.asked && with_room.asked == 1));
	PROVE(room_only_if_growing,
	      IMPLIES(with_room.asked,
		      before.live && size > before.room && !with_room.max));
	PROVE(room_or_plain,
	      IMPLIES(with_room.asked && vmalloc.asked,
		      !with_room.gave && flags & __GFP_NOFAIL));

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
	      IMPLIES(too_large, !p && !slab.asked && !vmalloc.asked &&
		      !with_room.asked));
	PROVE(too_large_warns_once,
	      IMPLIES(too_large, warnings == !(flags & __GFP_NOWARN)));
	/* Of no consequence where slab aligns better: then nobody looks at it. */
	PROVE(bad_align_refused,
	      IMPLIES(!good_align && size && !too_large &&
		      (!small || want.align > ARCH_KMALLOC_MINALIGN) &&
		      IMPLIES(slab.asked, slab.caller_known),
		      !p && !slab.asked && !vmalloc.asked &&
		      !with_room.asked && warnings == 1));
	PROVE(no_other_warning, IMPLIES(good_align && !too_large, !warnings));

	PROVE(null_is_the_last_resort,
	      IMPLIES(!p && good_align && !too_large,
		      vmalloc.asked ? !vmalloc.gave && !last_was_huge :
		      with_room.asked ? !with_room.gave &&
					!(flags & __GFP_NOFAIL) :
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
	PROVE(zero_size, IMPLIES(!want.size, !vmalloc.asked &&
				 !with_room.asked && !frees));
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
		      !slab.asked && !vmalloc.asked && !with_room.asked &&
		      !resize.asked);
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
	PROVE(resize_told,
	      counted_resizes == (p && want.size && kvmalloc_hooked.on));
	PROVE(resize_told,
	      IMPLIES(counted_resizes, counted_how ==
		      (!moved ? KVMALLOC_IN_PLACE :
		       resize.asked ? (resize.gave == p ? KVMALLOC_REMAPPED :
							  KVMALLOC_COPIED) :
		       slab.gave ? KVMALLOC_COPIED : KVMALLOC_MOVED)));
#endif
	PROVE(kasan_balanced, !kasan_disabled);
	PROVE(nonblocking_never_sleeps,
	      IMPLIES(!may_block(want.flags), !sleeping_frees));
}

/* Whether slab memory is where it is wanted, with room for @size of it. */
static bool fits(size_t size)
{
	return before.live && !before.vmalloced && size <= before.room &&
	       old_is_well_placed(want.align, want.flags, want.node);
}

/* What slab is asked for, so that it aligns as it should. */
static size_t padded_size(void)
{
	return want.align <= ARCH_KMALLOC_MINALIGN ? want.size :
						     ALIGN(want.size, want.align);
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
	PROVE(right_allocator, !resize.asked);
	PROVE(fitting_stays,
	      IMPLIES(want.size && want.size <= before.room, !fuzz_asked));
	PROVE(fitting_stays,
	      IMPLIES(want.size && want.size <= before.room &&
		      is_power_of_2(want.align) &&
		      (want.align <= PAGE_SIZE ||
		       want.align < 2 * want.size) && fits(padded_size()),
		      p == before.ptr && slab.asked == 1 && !vmalloc.asked &&
		      !with_room.asked));
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
	HAPPENS(p == before.ptr && want.size > SZ_64K);
	HAPPENS(slab.gave && p != before.ptr && watched < want.size);
	HAPPENS(slab.gave && want.size > before.room && want.size > PAGE_SIZE);
	HAPPENS(slab.gave && slab.size > want.size);
	HAPPENS(p == ZERO_SIZE_PTR);
}

void prove_realloc_slab_to_vmalloc(void)
{
	void *p;

	slab_has_none = true;
	p = realloc_slab_memory();

	HAPPENS(p && with_room.gave && slab.asked && watched < want.size);
	HAPPENS(p && with_room.gave && want.size > KMALLOC_MAX_SIZE);
	HAPPENS(p && leaves_slab() && want.size < KMALLOC_MAX_SIZE);
	HAPPENS(p && vmalloc.gave && with_room.asked);
	HAPPENS(p && vmalloc.gave && slab.asked && want.size < before.size);
	HAPPENS(!p && vmalloc.asked);
	HAPPENS(!p && with_room.asked && !vmalloc.asked);
	HAPPENS(!p && !with_room.asked && want.size > before.room);
}

/*
 * Vmalloc memory, in four cases: vmalloc_resize() resizes it in place, or has
 * no memory to do it with, or maps it anew, and then nobody else is asked
 * (resize_is_final); or it says that only copying helps, which is vrealloc()'s
 * where user space may map it.
 */
static void *realloc_vmalloc_memory(void)
{
	bool bad;
	void *p;

	any_world();
	bad = want.size > INT_MAX || !is_power_of_2(want.align);
	old_vmalloc_memory();
	p = resize_old();
	prove_resized(p);

	PROVE(vmalloc_stays_vmalloc, !slab.asked);
	PROVE(room_only_if_growing, !with_room.asked);
	PROVE(resize_once, resize.asked == (want.size && !bad));
	if (resize.asked) {
		PROVE(resize_request, resize.size == want.size &&
		      resize.align == want.align &&
		      resize.flags == want.flags && resize.node == want.node);
		PROVE(caller_named,
		      resize.caller == (unsigned long)model_caller);
	}
	prove_fallback();
	PROVE(too_large_refused,
	      IMPLIES(want.size > INT_MAX,
		      !p && !vmalloc.asked && !resize.asked));
	PROVE(too_large_warns_once,
	      IMPLIES(want.size > INT_MAX,
		      warnings == !(want.flags & __GFP_NOWARN)));
	PROVE(bad_align_refused,
	      IMPLIES(!is_power_of_2(want.align) && want.size,
		      !p && !vmalloc.asked && !resize.asked));
	return p;
}

static void *resize_vmalloc_memory(void)
{
	void *p;

	vmalloc_has_none = true;
	p = realloc_vmalloc_memory();
	PROVE(resize_is_final,
	      IMPLIES(want.size, p == resize.gave && !vmalloc.asked &&
		      !vrealloc.asked && !freed_here && !copies));
	return p;
}

void prove_realloc_vmalloc_in_place(void)
{
	void *p = resize_vmalloc_memory();

	HAPPENS(p == before.ptr && want.size > before.size);
	HAPPENS(p == before.ptr && want.size < before.size);
	HAPPENS(!p && resize.asked && area_is_known);
	HAPPENS(!p && resize.asked && !area_is_known);
	HAPPENS(p == ZERO_SIZE_PTR && !may_block(want.flags));
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
	if (user_may_map && resize.asked) {
		PROVE(usermap_stays, p == vrealloc.gave && !vmalloc.asked &&
		      !copies && !freed_here);
		PROVE(usermap_stays, vrealloc.asked == can_fall_back(want.flags));
	} else {
		PROVE(usermap_stays, !vrealloc.asked);
	}
	if (vrealloc.asked)
		PROVE(usermap_stays, vrealloc.size == want.size &&
		      vrealloc.align == want.align &&
		      vrealloc.flags == want.flags &&
		      vrealloc.node == want.node);
	return p;
}

void prove_realloc_vmalloc_copied(void)
{
	void *p = copy_vmalloc_memory();

	PROVE(copied_as_told,
	      IMPLIES(resize.asked && p, p == vmalloc.gave && copies == 1 &&
		      copied == min(want.size, before.size) &&
		      freed_here == 1 && !old.live));
	PROVE(copied_as_told,
	      IMPLIES(resize.asked && !p, !copies && !freed_here &&
		      (vmalloc.asked ? !vmalloc.gave && !last_was_huge :
		       !can_fall_back(want.flags))));

	HAPPENS(p && vmalloc.gave && want.size <= before.room &&
		watched < want.size);
	HAPPENS(p && vmalloc.gave && want.size > before.room &&
		watched < want.size);
	HAPPENS(!p && vmalloc.asked);
}

void prove_realloc_vmalloc_usermap(void)
{
	void *p;

	vmalloc_has_none = true;
	user_may_map = true;
	p = copy_vmalloc_memory();

	HAPPENS(p && vrealloc.asked && want.size > before.size);
	HAPPENS(!p && vrealloc.asked);
}

/*
 * Memory that grows to a known limit.
 */

/* Up to a page it is a request for all of it; above, one for its addresses. */
void prove_growable(void)
{
	size_t size = nondet_size(), max = nondet_size();
	bool good, in_slab, nofail;
	void *p;

	any_world();
	good = max <= INT_MAX && is_power_of_2(want.align);
	in_slab = max <= PAGE_SIZE && want.align <= PAGE_SIZE;
	nofail = want.flags & __GFP_NOFAIL && may_block(want.flags) &&
		 size >> PAGE_SHIFT <= pages_of_machine &&
		 max < vmalloc_end - vmalloc_start;
	want.size = in_slab ? max : size;
	p = kvmalloc_growable_node_align(size, max, want.align, want.flags,
					 want.node);

	PROVE(zero_size, (p == ZERO_SIZE_PTR) == !size);
	PROVE(growable_refused,
	      IMPLIES(!size || !good || max < size,
		      (!p || !size) && !slab.asked && !vmalloc.asked &&
		      !with_room.asked));
	PROVE(too_large_warns_once,
	      IMPLIES(size && max > INT_MAX,
		      warnings == !(want.flags & __GFP_NOWARN)));
	PROVE(bad_align_refused,
	      IMPLIES(size && size <= max && max <= INT_MAX &&
		      !is_power_of_2(want.align), !p && warnings == 1));
	PROVE(no_other_warning, IMPLIES(good, !warnings));
	PROVE(growable_in_slab,
	      IMPLIES(size && size <= max && good && in_slab,
		      !with_room.asked &&
		      IMPLIES(!fuzzed, slab.asked == 1 && !vmalloc.asked)));
	PROVE(growable_reserves,
	      IMPLIES(!in_slab, !slab.asked && !vmalloc.asked && !fuzz_asked));
	PROVE(growable_reserves,
	      IMPLIES(size && size <= max && good && !in_slab,
		      may_block(want.flags) ? with_room.asked :
					      !with_room.asked && !p));
	PROVE(growable_never_fails,
	      IMPLIES(size && size <= max && good && !in_slab && nofail, p));
	PROVE(growable_never_fails,
	      naps == (with_room.asked ? with_room.asked - 1 : 0) &&
	      IMPLIES(naps, nofail));
	if (with_room.asked) {
		prove_asked_vmalloc(&with_room);
		PROVE(growable_reserves, with_room.max == max &&
		      with_room.flags == want.flags);
		PROVE(growable_reserves, p == with_room.gave);
	}
	if (slab.asked) {
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

	HAPPENS(slab.gave && max > size);
	HAPPENS(!p && slab.asked);
	HAPPENS(with_room.gave && max > size && naps);
	HAPPENS(with_room.gave && max > KMALLOC_MAX_SIZE);
	HAPPENS(with_room.gave && max < PAGE_SIZE);
	HAPPENS(!p && with_room.asked);
	HAPPENS(!p && !with_room.asked && good && size && size <= max);
}

/*
 * Up to a page the promise is this file's: slab's object has room, and what is
 * there is not asked of fault injection.  Above, it is vmalloc_resize()'s,
 * which is asked first and has the last word (resize_is_final).
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
	slab = (struct question){ };
	fuzz_asked = false;
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
		      p == before.ptr && old.live && !frees && !fuzz_asked));

	HAPPENS(p == before.ptr && want.size > size);
	HAPPENS(p == before.ptr && want.size < size &&
		want.align > ARCH_KMALLOC_MINALIGN);
	HAPPENS(p && p != before.ptr);
}

void prove_room(void)
{
	bool vmalloced = nondet_bool();

	any_world();
	if (vmalloced)
		old_vmalloc_memory();
	else
		old_slab_memory();
	PROVE(room_told, kvmalloc_room(old.ptr) ==
			 (vmalloced ? old.reserved : old.room));
	PROVE(room_told, !kvmalloc_room(NULL) && !kvmalloc_room(ZERO_SIZE_PTR));

	HAPPENS(vmalloced);
	HAPPENS(!vmalloced);
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
	      IMPLIES(product_overflows,
		      !slab.asked && !vmalloc.asked && !with_room.asked));
	PROVE(array_is_multiplied,
	      IMPLIES(slab.asked, slab.size == product) &&
	      IMPLIES(with_room.asked, with_room.size == product) &&
	      IMPLIES(vmalloc.asked, vmalloc.size == product));
	PROVE(failure_keeps_old_memory,
	      !p && old.live && !frees && !resize.asked);

	HAPPENS(product_overflows);
	HAPPENS(slab.asked && with_room.asked);
	HAPPENS(slab.asked && vmalloc.asked);
}
