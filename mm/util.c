// SPDX-License-Identifier: GPL-2.0
/*
 * The kvmalloc policy: when slab is asked and how, when vmalloc is, and what
 * frees which.
 *
 * <linux/kvmalloc.h> documents the interface.  How slab and vmalloc get their
 * memory, and how vmalloc areas grow, is left to them.
 */

#include <linux/gfp.h>
#include <linux/kasan.h>
#include <linux/kvmalloc.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "kvmalloc_debug.h"
#include "util.h"

/*
 * is_vmalloc_addr() without the call: freeing a small object is dear enough
 * for a call to show.  So is a second comparison, on machines that have slab's
 * memory below, where one is enough to tell it.
 */
static __always_inline bool backed_by_vmalloc(const void *p)
{
	unsigned long addr = (unsigned long)kasan_reset_tag(p);

	if (!IS_ENABLED(CONFIG_MMU) || likely(addr < VMALLOC_START))
		return false;

	return addr < VMALLOC_END;
}

/*
 * Up to a page nothing replaces slab: what the caller asked for is what slab is
 * asked for.
 */
static __always_inline gfp_t slab_attempt_flags(gfp_t flags, size_t size)
{
	return size <= PAGE_SIZE ? flags : gently(flags);
}

/*
 * The size to ask slab for so that its answer is aligned to @align, or 0 when
 * the request is not one for slab.
 *
 * Slab aligns to the largest power of two that divides the size, so a size
 * padded to a multiple of the alignment is aligned.  Padding takes no more
 * memory as long as the size stays in its class: a page for what is at most a
 * page, a power of two above.  Beyond that vmalloc aligns with less waste.
 */
static size_t slab_attempt_size(size_t size, unsigned long align)
{
	size_t class = size <= PAGE_SIZE ? PAGE_SIZE : roundup_pow_of_two(size);

	if (size > KMALLOC_MAX_SIZE || align > class)
		return 0;
	if (align <= ARCH_KMALLOC_MINALIGN)
		return size;
	return ALIGN(size, align);
}

/*
 * The largest a growing buffer becomes in slab, in bytes.  Beyond, it goes to
 * vmalloc: that costs more once than the next larger object does, and saves all
 * copies after it.  Documentation/performance.rst has the measurements.
 */
#define KVMALLOC_GROWS_IN_SLAB	SZ_64K

/*
 * Why not to ask slab, KVMALLOC_SLAB_FAILED being that it has to be tried.
 * @slab_size is what slab_attempt_size() said.  What is there already is not to
 * be had otherwise.
 */
static enum kvmalloc_why why_not_slab(size_t slab_size, size_t size, gfp_t flags,
				      bool is_there)
{
	if (size > KMALLOC_MAX_SIZE)
		return KVMALLOC_TOO_LARGE;
	if (!slab_size)
		return KVMALLOC_ALIGNMENT;
	if (!is_there && kvmalloc_fuzz(size, flags))
		return KVMALLOC_FUZZED;
	return KVMALLOC_SLAB_FAILED;
}

static void *vmalloc_range(size_t size, unsigned long align, gfp_t flags,
			   unsigned long vm_flags, int node,
			   unsigned long caller)
{
	return __vmalloc_node_range_noprof(size, align, VMALLOC_START,
					   VMALLOC_END, flags, PAGE_KERNEL,
					   vm_flags, node, (void *)caller);
}

static bool may_be_huge(size_t size)
{
	return IS_ENABLED(CONFIG_HAVE_ARCH_HUGE_VMALLOC) &&
	       ((arch_vmap_pmd_supported(PAGE_KERNEL) && size >= PMD_SIZE) ||
		arch_vmap_pte_supported_shift(size) > PAGE_SHIFT);
}

/* vmalloc serves what slab did not. */
static void note_fallback(const void *p, size_t size, unsigned long align,
			  gfp_t flags, int node, unsigned long caller,
			  enum kvmalloc_why why)
{
	trace_kvmalloc_fallback(caller, p, size, align, flags, node, why);
	if (kvmalloc_is_counting())
		kvmalloc_count_fallback(caller, size, why == KVMALLOC_FUZZED);
}

/*
 * The fallback: vmalloc with the caller's flags, for the reason @why.
 *
 * Nobody may expect anything of the address or change the protection of the
 * mapping, so it may be a huge one, except that mapping huge pages sleeps.
 * Huge pages are blocks, and vmalloc would reclaim and compact for them: they are
 * asked for gently first, and without the reserves that requests which may
 * not reclaim are granted.
 */
static void *vmalloc_fallback(size_t size, unsigned long align, gfp_t flags,
			      int node, unsigned long caller,
			      enum kvmalloc_why why)
{
	bool may_sleep = gfpflags_allow_blocking(flags);
	void *p = NULL;

	if (!may_sleep && !IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK))
		return NULL;

	if (may_sleep && may_be_huge(size))
		p = vmalloc_range(size, align, gently(flags) | __GFP_NOMEMALLOC,
				  VM_ALLOW_HUGE_VMAP, node, caller);
	if (!p)
		p = vmalloc_range(size, align, flags, 0, node, caller);
	if (p)
		note_fallback(p, size, align, flags, node, caller, why);

	return p;
}

/*
 * The fallback of memory that grows, and may grow again: with room, up to @max
 * if that is not 0.
 */
static void *vmalloc_growing(size_t size, size_t max, unsigned long align,
			     gfp_t flags, int node, unsigned long caller,
			     enum kvmalloc_why why)
{
	void *p;

	p = vmalloc_with_room(size, max, align, flags, VM_ALLOW_HUGE_VMAP, node,
			      (void *)caller);
	if (p)
		note_fallback(p, size, align, flags, node, caller, why);

	return p;
}

/*
 * Nobody served the request.
 */
static void note_failure(size_t size, unsigned long align, gfp_t flags,
			 int node, unsigned long caller, enum kvmalloc_why why)
{
	trace_kvmalloc_fail(caller, size, align, flags, node, why);
	if (kvmalloc_is_counting())
		kvmalloc_count_failed(size);
}

/*
 * Nobody means to allocate this much; somebody subtracted 1 from 0.
 */
static bool too_large(size_t size, gfp_t flags)
{
	if (likely(size <= INT_MAX))
		return false;

	WARN_ONCE(!(flags & __GFP_NOWARN),
		  "kvmalloc of %zu bytes: more than INT_MAX is taken for a mistake\n",
		  size);
	return true;
}

static bool bad_alignment(unsigned long align)
{
	return WARN_ONCE(!is_power_of_2(align),
			 "kvmalloc with an alignment of %lu: not a power of two\n",
			 align);
}

/*
 * All that is neither small nor served by slab's first object; and that too when
 * somebody watches.  @asked: slab was, as this would have done it, in vain.
 */
static noinline void *
kvmalloc_slow(DECL_KMALLOC_PARAMS(size, b, token), unsigned long align,
	      gfp_t flags, int node, unsigned long caller, bool asked)
{
	enum kvmalloc_why why = KVMALLOC_SLAB_FAILED;
	size_t slab_size;
	void *p = NULL;

	if (!size)
		return ZERO_SIZE_PTR;
	/* What slab always gives the short way does not look at, so nor do we. */
	if (size <= PAGE_SIZE && align <= ARCH_KMALLOC_MINALIGN)
		align = 1;
	if (too_large(size, flags) || bad_alignment(align)) {
		note_failure(size, align, flags, node, caller, KVMALLOC_INVALID);
		return NULL;
	}

	if (!asked) {
		gfp_t slab_flags = slab_attempt_flags(flags, size);

		slab_size = slab_attempt_size(size, align);
		why = why_not_slab(slab_size, size, flags, false);
		asked = why == KVMALLOC_SLAB_FAILED;
		p = !asked ? NULL :
		    __kmalloc_node_track_caller_noprof(PASS_KMALLOC_PARAMS(slab_size, b, token),
						       slab_flags, node, caller);
	}
	if (!p && (!asked || size > PAGE_SIZE))
		p = vmalloc_fallback(size, align, flags, node, caller, why);

	if (!p)
		note_failure(size, align, flags, node, caller, why);
	else if (kvmalloc_is_counting())
		kvmalloc_count_served(p, size);
	return p;
}

static __always_inline void *
kvmalloc_for(DECL_KMALLOC_PARAMS(size, b, token), unsigned long align,
	     gfp_t flags, int node, unsigned long caller)
{
	if (likely(size <= PAGE_SIZE && align <= ARCH_KMALLOC_MINALIGN) &&
	    !kvmalloc_is_hooked())
		return __kmalloc_node_track_caller_noprof(PASS_KMALLOC_PARAMS(size, b, token),
							  flags, node, caller);

	return kvmalloc_slow(PASS_KMALLOC_PARAMS(size, b, token), align, flags,
			     node, caller, false);
}

/*
 * What kvmalloc() and its like come down to where they are not kmalloc() right
 * away: more than a page, which slab may well have; or somebody watches.
 */
void *__kvmalloc_plain_noprof(DECL_TOKEN_PARAMS(size, token), gfp_t flags,
			      int node)
{
	void *p;

	if (unlikely(size - PAGE_SIZE - 1 >= KMALLOC_MAX_SIZE - PAGE_SIZE) ||
	    kvmalloc_is_hooked() || IS_ENABLED(CONFIG_KVMALLOC_FUZZ))
		return kvmalloc_slow(PASS_KMALLOC_PARAMS(size, NULL, token), 1,
				     flags, node, _RET_IP_, false);

	p = __kmalloc_node_track_caller_noprof(PASS_KMALLOC_PARAMS(size, NULL, token),
					       gently(flags), node, _RET_IP_);
	if (likely(p))
		return p;

	return kvmalloc_slow(PASS_KMALLOC_PARAMS(size, NULL, token), 1, flags,
			     node, _RET_IP_, true);
}
EXPORT_SYMBOL(__kvmalloc_plain_noprof);

/*
 * What all other allocating macros of <linux/kvmalloc.h> come down to, documented
 * there as kvmalloc_node_align().  What it has on top of that: @b is the set of
 * slab buckets to allocate from, or NULL (CONFIG_SLAB_BUCKETS), and @token says
 * what type is allocated, on kernels that care.
 */
void *__kvmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, b, token),
			     unsigned long align, gfp_t flags, int node)
{
	return kvmalloc_for(PASS_KMALLOC_PARAMS(size, b, token), align, flags,
			    node, _RET_IP_);
}
EXPORT_SYMBOL(__kvmalloc_node_noprof);

/* As kvmalloc_node(), for a function whose caller is the one to name. */
void *kvmalloc_node_track_caller_noprof(size_t size, gfp_t flags, int node,
					unsigned long caller)
{
	return kvmalloc_for(PASS_KMALLOC_PARAMS(size, NULL, __kmalloc_token(size)),
			    1, flags, node, caller);
}

/* Documented as kvmalloc_growable_node_align(), which also names the caller. */
void *kvmalloc_growable_node_align_noprof(size_t size, size_t max,
					  unsigned long align, gfp_t flags,
					  int node)
{
	void *p = NULL;

	if (!size)
		return ZERO_SIZE_PTR;
	if (too_large(max, flags) || max < size || bad_alignment(align)) {
		note_failure(size, align, flags, node, _RET_IP_,
			     KVMALLOC_INVALID);
		return NULL;
	}

	/* One object from the beginning. */
	if (max <= PAGE_SIZE && align <= PAGE_SIZE)
		return kvmalloc_for(PASS_KMALLOC_PARAMS(max, NULL,
							__kmalloc_token(max)),
				    align, flags, node, _RET_IP_);

	if (gfpflags_allow_blocking(flags)) {
		p = vmalloc_growing(size, max, align, flags, node, _RET_IP_,
				    KVMALLOC_GROWING);
		/* No patience helps against what no machine of this kind has. */
		while (!p && (flags & __GFP_NOFAIL) &&
		       size >> PAGE_SHIFT <= totalram_pages() &&
		       max < VMALLOC_END - VMALLOC_START) {
			schedule_timeout_uninterruptible(1);
			p = vmalloc_growing(size, max, align, flags, node,
					    _RET_IP_, KVMALLOC_GROWING);
		}
	}
	if (!p)
		note_failure(size, align, flags, node, _RET_IP_,
			     KVMALLOC_GROWING);
	else if (kvmalloc_is_counting())
		kvmalloc_count_served(p, size);
	return p;
}
EXPORT_SYMBOL(kvmalloc_growable_node_align_noprof);

/**
 * kvmalloc_room() - How far memory can grow without moving.
 * @p: Memory from this family, kmalloc() or vmalloc(); or NULL or
 *	%ZERO_SIZE_PTR, which cannot.
 *
 * A promise for memory from kvmalloc_growable(), a good guess for any other: its
 * room goes when addresses are short.
 *
 * Context: Any but NMI.  Not while the memory is reallocated or freed.
 * Return: Bytes, with those that it has already.
 */
size_t kvmalloc_room(const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return 0;

	return backed_by_vmalloc(p) ? vmalloc_room(p) : ksize(p);
}
EXPORT_SYMBOL(kvmalloc_room);

/*
 * Freeing with somebody watching is a function of its own, which the short way
 * ends in: the no-op is all that it costs, and no register is saved for it.
 */
static __always_inline void free_either(const void *addr, bool atomic)
{
	if (!backed_by_vmalloc(addr))
		kfree(addr);
	else if (atomic)
		vfree_atomic(addr);
	else
		vfree(addr);
}

static noinline void free_counted(const void *addr, bool atomic)
{
	kvmalloc_note_free(addr);
	free_either(addr, atomic);
}

/**
 * kvfree() - Free memory of either backing.
 * @addr: Memory from this family, kmalloc() or vmalloc(); NULL and
 *	%ZERO_SIZE_PTR are left alone.
 *
 * Who knows that memory came from kmalloc() or vmalloc() saves a comparison
 * with kfree() or vfree(); for memory from this family nobody can know.
 *
 * Context: May sleep for vmalloc memory, except in interrupts, where that is
 *	freed later.  Not from NMI.
 */
void kvfree(const void *addr)
{
	if (kvmalloc_is_counting())
		free_counted(addr, false);
	else
		free_either(addr, false);
}
EXPORT_SYMBOL(kvfree);

/**
 * kvfree_atomic() - Free memory of either backing without sleeping.
 * @addr: As for kvfree().
 *
 * Context: Any but NMI, spinlocks held included.
 */
void kvfree_atomic(const void *addr)
{
	if (kvmalloc_is_counting())
		free_counted(addr, true);
	else
		free_either(addr, true);
}
EXPORT_SYMBOL(kvfree_atomic);

/**
 * kvfree_sensitive() - Clear memory of either backing, then free it.
 * @addr: As for kvfree().
 * @len: Bytes to clear, at most the size of the memory.
 *
 * For keys and the like.  The compiler cannot drop the clearing.
 *
 * Context: As kvfree().
 */
void kvfree_sensitive(const void *addr, size_t len)
{
	if (unlikely(ZERO_OR_NULL_PTR(addr)))
		return;

	memzero_explicit((void *)addr, len);
	kvfree(addr);
}
EXPORT_SYMBOL(kvfree_sensitive);

/*
 * Flags that may not sleep may not sleep in freeing either.
 */
static void free_replaced(const void *p, gfp_t flags)
{
	if (gfpflags_allow_blocking(flags))
		kvfree(p);
	else
		kvfree_atomic(p);
}

/*
 * Slab memory that fits where it is stays there, and small memory is copied from
 * one object to a larger one, which krealloc() knows best.  It gets the one
 * attempt that there is.  What slab cannot do moves to vmalloc; so does, where
 * there are addresses to spare, what grows beyond KVMALLOC_GROWS_IN_SLAB, as from
 * there on it will not be copied again.
 */
static void *realloc_slab(const void *p, DECL_TOKEN_PARAMS(size, token),
			  unsigned long align, gfp_t flags, int nid,
			  unsigned long caller)
{
	size_t slab_size = slab_attempt_size(size, align);
	size_t object_size = ksize(p);
	bool grows = size > object_size && gfpflags_allow_blocking(flags);
	enum kvmalloc_why why;
	void *n = NULL;

	why = why_not_slab(slab_size, size, flags, size <= object_size);
	if (why == KVMALLOC_SLAB_FAILED && grows &&
	    IS_ENABLED(CONFIG_64BIT) && size > KVMALLOC_GROWS_IN_SLAB)
		why = KVMALLOC_GROWING;

	if (why == KVMALLOC_SLAB_FAILED) {
		gfp_t slab_flags = slab_attempt_flags(flags, size);

		n = krealloc_node_align_noprof(p, PASS_TOKEN_PARAMS(slab_size, token),
					       align, slab_flags, nid);
		/* To slab the padding is contents; to the caller, what is new. */
		if (n && slab_size > size && want_init_on_alloc(flags))
			memset(n + size, 0, slab_size - size);
		if (n)
			return n;
	}
	if (why != KVMALLOC_SLAB_FAILED || size > PAGE_SIZE) {
		if (grows)
			n = vmalloc_growing(size, 0, align, flags, nid, caller,
					    why);
		if (!n && (!grows || (flags & __GFP_NOFAIL)))
			n = vmalloc_fallback(size, align, flags, nid, caller,
					     why);
	}
	if (!n) {
		note_failure(size, align, flags, nid, caller, why);
		return NULL;
	}

	/*
	 * How much of the object was asked for is known to slab at best, when
	 * debugged, so all of it is taken along, its redzone included.  It may
	 * be larger than the new memory when it moves for its alignment or its
	 * node.
	 */
	kasan_disable_current();
	memcpy(n, kasan_reset_tag(p), min(size, object_size));
	kasan_enable_current();
	kfree(p);

	return n;
}

/*
 * A vmalloc area is resized as it is, or its pages are mapped again where there
 * are more addresses.  Nobody may expect anything of how it is mapped.  What
 * cannot be resized is copied.
 */
static void *realloc_vmalloc(const void *p, size_t size, unsigned long align,
			     gfp_t flags, int nid, unsigned long caller,
			     enum kvmalloc_how *how)
{
	void *n;

	n = vmalloc_resize(p, size, align, flags, VM_ALLOW_HUGE_VMAP, nid,
			   (void *)caller, how);
	if (IS_ERR(n)) {
		struct vm_struct *area = find_vm_area(p);
		size_t old_size = area->requested_size;

		*how = KVMALLOC_COPIED;
		if ((area->flags & VM_USERMAP) &&
		    (gfpflags_allow_blocking(flags) ||
		     IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK))) {
			/* To be one that user space may map takes more. */
			n = vrealloc_node_align_noprof(p, size, align, flags,
						       nid);
		} else {
			n = vmalloc_fallback(size, align, flags, nid, caller,
					     KVMALLOC_BACKING_STAYS);
			if (n) {
				memcpy(n, p, min(size, old_size));
				free_replaced(p, flags);
			}
		}
	}
	if (!n)
		note_failure(size, align, flags, nid, caller,
			     KVMALLOC_BACKING_STAYS);

	return n;
}

/*
 * For those who watch a reallocation: how much the memory has room for, and
 * that it is not live any more, for it may be freed and be somebody else's
 * before this call returns.
 */
static void resize_begin(struct kvmalloc_resize *resize, const void *p)
{
	*resize = (struct kvmalloc_resize){
		.p = p,
		.how = KVMALLOC_IN_PLACE,
	};

	if (trace_kvmalloc_realloc_enabled()) {
		if (backed_by_vmalloc(p)) {
			struct vm_struct *area = find_vm_area(p);

			resize->room = area ? area->requested_size : 0;
		} else {
			resize->room = ksize(p);
		}
	}
	if (kvmalloc_is_counting())
		resize->live = kvmalloc_count_freed(p);
}

static void resize_end(const struct kvmalloc_resize *resize, const void *n,
		       size_t size, gfp_t flags, int nid, unsigned long caller)
{
	enum kvmalloc_how how = resize->how;

	/* What becomes of slab memory is plain to see. */
	if (!backed_by_vmalloc(resize->p) && n != resize->p)
		how = backed_by_vmalloc(n) ? KVMALLOC_MOVED : KVMALLOC_COPIED;

	/* Nobody knows the room if the event was off at first. */
	if (n && resize->room && trace_kvmalloc_realloc_enabled())
		trace_kvmalloc_realloc(caller, resize->p, n, resize->room, size,
				       flags, nid, how);
	if (!kvmalloc_is_counting())
		return;
	if (n)
		kvmalloc_count_resize(how);
	if (!n && resize->live)
		kvmalloc_count_live(resize->p, resize->live);
	else if (n && n != resize->p)
		kvmalloc_count_served(n, size);
	else if (n && resize->live)
		kvmalloc_count_live(n, size);
}

/* Documented as kvrealloc_node_align(), which also names the caller. */
void *kvrealloc_node_align_noprof(const void *p, DECL_TOKEN_PARAMS(size, token),
				  unsigned long align, gfp_t flags, int nid)
{
	struct kvmalloc_resize resize;
	void *n;

	if (!size) {
		free_replaced(p, flags);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(p))
		return kvmalloc_for(PASS_KMALLOC_PARAMS(size, NULL, token),
				    align, flags, nid, _RET_IP_);
	if (too_large(size, flags) || bad_alignment(align)) {
		note_failure(size, align, flags, nid, _RET_IP_, KVMALLOC_INVALID);
		return NULL;
	}

	resize_begin(&resize, p);
	if (backed_by_vmalloc(p))
		n = realloc_vmalloc(p, size, align, flags, nid, _RET_IP_,
				    &resize.how);
	else
		n = realloc_slab(p, PASS_TOKEN_PARAMS(size, token), align,
				 flags, nid, _RET_IP_);
	resize_end(&resize, n, size, flags, nid, _RET_IP_);

	return n;
}
EXPORT_SYMBOL(kvrealloc_node_align_noprof);

static __always_inline void *duplicate(const void *src, size_t size,
				       size_t copied, gfp_t flags,
				       unsigned long caller)
{
	void *p;

	p = kvmalloc_for(PASS_KMALLOC_PARAMS(size, NULL, __kmalloc_token(size)),
			 1, flags, NUMA_NO_NODE, caller);
	if (!ZERO_OR_NULL_PTR(p))
		memcpy(p, src, copied);
	return p;
}

/**
 * kvmemdup_array() - Duplicate an array.
 * @src: Array.
 * @count: Number of elements.
 * @element_size: Bytes an element.
 * @flags: gfp flags.
 *
 * Context: As kvmalloc_node_align().
 * Return: The copy, to be given back with kvfree(), or NULL, also when the
 *	product does not fit into a size_t.
 */
void *kvmemdup_array_noprof(const void *src, size_t count, size_t element_size,
			    gfp_t flags)
{
	size_t size;

	if (unlikely(check_mul_overflow(count, element_size, &size)))
		return NULL;

	return duplicate(src, size, size, flags, _RET_IP_);
}
EXPORT_SYMBOL(kvmemdup_array_noprof);

/**
 * kvstrdup() - Duplicate a string of any length.
 * @s: String, or NULL.
 * @flags: gfp flags.
 *
 * The copy is terminated even if @s grows meanwhile.
 *
 * Context: As kvmalloc_node_align().
 * Return: The copy, to be given back with kvfree(), or NULL, also for NULL.
 */
char *kvstrdup_noprof(const char *s, gfp_t flags)
{
	size_t len;
	char *p;

	if (!s)
		return NULL;

	len = strlen(s);
	p = duplicate(s, len + 1, len, flags, _RET_IP_);
	if (p)
		p[len] = '\0';
	return p;
}
EXPORT_SYMBOL(kvstrdup_noprof);
