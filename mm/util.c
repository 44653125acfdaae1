// SPDX-License-Identifier: GPL-2.0
/*
 * The kvmalloc policy: which requests go to slab and with which flags, which
 * go to vmalloc, and which allocator frees which memory.
 *
 * <linux/kvmalloc.h> documents the interface.  vrealloc.c allocates and resizes
 * vmalloc areas.  This file has no state and takes no locks.
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
 * is_vmalloc_addr() without the call, whose cost would show when a small object
 * is freed.  On machines whose linear map lies below VMALLOC_START one
 * comparison identifies slab memory; checking that bound first saves the second.
 */
static __always_inline bool backed_by_vmalloc(const void *p)
{
	unsigned long addr = (unsigned long)kasan_reset_tag(p);

	if (!IS_ENABLED(CONFIG_MMU) || likely(addr < VMALLOC_START))
		return false;

	return addr < VMALLOC_END;
}

/*
 * Up to a page vmalloc does not replace slab, so slab gets the caller's flags.
 */
static __always_inline gfp_t slab_attempt_flags(gfp_t flags, size_t size)
{
	return size <= PAGE_SIZE ? flags : gently(flags);
}

/*
 * The size of a slab attempt whose object is aligned to @align, or 0 if slab does
 * not serve the request.
 *
 * Slab aligns to the largest power of two that divides the size, so a size
 * padded to a multiple of the alignment is aligned.  Padding takes no more
 * memory as long as the size stays in its class: a page for sizes up to a page,
 * a power of two above.  Beyond that vmalloc aligns with less waste.
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
 * The largest size, in bytes, at which a growing buffer stays in slab.  Moving it
 * to vmalloc costs more than the next larger object does, and saves all later
 * copies.  Documentation/performance.rst has the measurements.
 */
#define KVMALLOC_GROWS_IN_SLAB	SZ_64K

/*
 * Return the reason to skip slab, or KVMALLOC_SLAB_FAILED if slab has to be
 * tried.  @slab_size is the result of slab_attempt_size().  Fuzzing is not
 * applied to an object that already fits, since no new memory is needed.
 */
static enum kvmalloc_why why_not_slab(size_t slab_size, size_t size, gfp_t flags,
				      bool fits)
{
	if (size > KMALLOC_MAX_SIZE)
		return KVMALLOC_TOO_LARGE;
	if (!slab_size)
		return KVMALLOC_ALIGNMENT;
	if (!fits && kvmalloc_fuzz(size, flags))
		return KVMALLOC_FUZZED;
	return KVMALLOC_SLAB_FAILED;
}

/*
 * Whether the kernel can tell that this context may not sleep.  Without
 * CONFIG_PREEMPT_COUNT it cannot tell that a spinlock is held.  Before the
 * scheduler starts, and while the machine suspends or stops, interrupts are off
 * for code that never sleeps whatever its flags say.
 */
bool kvmalloc_may_not_sleep(void)
{
	if (in_interrupt())
		return true;
	if (system_state == SYSTEM_BOOTING || system_state > SYSTEM_RUNNING)
		return false;

	return IS_ENABLED(CONFIG_PREEMPT_COUNT) ? !preemptible() :
						  irqs_disabled();
}

bool kvmalloc_context_allows(gfp_t flags)
{
	/* Without an MMU vmalloc is kmalloc(), which has rules of its own. */
	if (!IS_ENABLED(CONFIG_MMU))
		return true;
	if (gfpflags_allow_blocking(flags))
		return !WARN_ONCE(kvmalloc_may_not_sleep(),
				  "kvmalloc: flags that may sleep in a context that may not\n");
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return in_task() && preemptible();

	return !in_interrupt() && !irqs_disabled();
}

bool kvmalloc_may_vmalloc(gfp_t flags)
{
	if (!gfpflags_allow_blocking(flags) &&
	    !IS_ENABLED(CONFIG_KVMALLOC_VMALLOC_NONBLOCK))
		return false;

	return kvmalloc_context_allows(flags);
}

/* vmalloc served a request that slab did not serve. */
static void note_fallback(const void *p, size_t size, unsigned long align,
			  gfp_t flags, int node, unsigned long caller,
			  enum kvmalloc_why why)
{
	trace_kvmalloc_fallback(caller, p, size, align, flags, node, why);
	if (kvmalloc_is_counting())
		kvmalloc_count_fallback(caller, size, why == KVMALLOC_FUZZED);
}

/*
 * Serve from vmalloc what slab did not serve, for the reason @why.
 *
 * Requests that may not sleep get single pages: mapping huge pages sleeps.  On
 * kernels whose vmalloc() always sleeps they get NULL.
 */
static void *vmalloc_fallback(size_t size, unsigned long align, gfp_t flags,
			      int node, unsigned long caller,
			      enum kvmalloc_why why)
{
	void *p;

	flags = vmalloc_flags(flags);
	if (!kvmalloc_may_vmalloc(flags))
		return NULL;

	if (!IS_ENABLED(CONFIG_MMU) || gfpflags_allow_blocking(flags))
		p = vmalloc_try_huge(size, align, flags, node, (void *)caller);
	else
		p = __vmalloc_node_range_noprof(size, align, VMALLOC_START,
						VMALLOC_END, flags, PAGE_KERNEL,
						0, node, (void *)caller);
	if (p)
		note_fallback(p, size, align, flags, node, caller, why);

	return p;
}

/*
 * The fallback of a buffer that grows and may grow again: reserve capacity, up
 * to @max if that is not 0.
 */
static void *vmalloc_growing(size_t size, size_t max, unsigned long align,
			     gfp_t flags, int node, unsigned long caller,
			     enum kvmalloc_why why)
{
	void *p;

	flags = vmalloc_flags(flags);
	if (!kvmalloc_may_vmalloc(flags))
		return NULL;

	p = vmalloc_with_room(size, max, align, flags, VM_ALLOW_HUGE_VMAP, node,
			      (void *)caller);
	if (p)
		note_fallback(p, size, align, flags, node, caller, why);

	return p;
}

/* Neither slab nor vmalloc served the request. */
static void note_failure(size_t size, unsigned long align, gfp_t flags,
			 int node, unsigned long caller, enum kvmalloc_why why)
{
	trace_kvmalloc_fail(caller, size, align, flags, node, why);
	if (kvmalloc_is_counting())
		kvmalloc_count_failed(size);
}

/*
 * No caller needs more than INT_MAX bytes: such a size is usually the result of
 * an underflow.
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
 * Serve requests above a page, requests with an alignment, requests that slab
 * has refused, and all requests while statistics, tracing of failures or fuzzing
 * are on.
 * @slab_failed: the caller has tried slab with the same flags, and got NULL.
 */
static noinline void *
kvmalloc_slow(DECL_KMALLOC_PARAMS(size, b, token), unsigned long align,
	      gfp_t flags, int node, unsigned long caller, bool slab_failed)
{
	enum kvmalloc_why why = KVMALLOC_SLAB_FAILED;
	size_t slab_size;
	void *p = NULL;

	if (!size)
		return ZERO_SIZE_PTR;
	/*
	 * The inline fast path does not check alignments up to
	 * ARCH_KMALLOC_MINALIGN, because slab guarantees them.  Treat them as 1
	 * here, too, so that both paths agree.
	 */
	if (size <= PAGE_SIZE && align <= ARCH_KMALLOC_MINALIGN)
		align = 1;
	if (too_large(size, flags) || bad_alignment(align)) {
		note_failure(size, align, flags, node, caller, KVMALLOC_INVALID);
		return NULL;
	}

	if (!slab_failed) {
		slab_size = slab_attempt_size(size, align);
		why = why_not_slab(slab_size, size, flags, false);
	}
	if (!slab_failed && why == KVMALLOC_SLAB_FAILED) {
		gfp_t slab_flags = slab_attempt_flags(flags, size);

		slab_failed = true;
		p = __kmalloc_node_track_caller_noprof(PASS_KMALLOC_PARAMS(slab_size, b, token),
						       slab_flags, node, caller);
	}
	if (!p && (!slab_failed || size > PAGE_SIZE))
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
 * The out-of-line part of kvmalloc() without an alignment: requests above a
 * page, and small ones of variable size while the hooks are on.
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
 * The out-of-line part of all other allocating macros, documented as
 * kvmalloc_node_align().  @b is a set of slab buckets or NULL
 * (CONFIG_SLAB_BUCKETS), @token the type of the object on kernels that have
 * allocation tokens.
 */
void *__kvmalloc_node_align_noprof(DECL_KMALLOC_PARAMS(size, b, token),
				   unsigned long align, gfp_t flags, int node)
{
	return kvmalloc_for(PASS_KMALLOC_PARAMS(size, b, token), align, flags,
			    node, _RET_IP_);
}
EXPORT_SYMBOL(__kvmalloc_node_align_noprof);

/* As kvmalloc_node(), on behalf of @caller. */
void *kvmalloc_node_track_caller_noprof(size_t size, gfp_t flags, int node,
					unsigned long caller)
{
	return kvmalloc_for(PASS_KMALLOC_PARAMS(size, NULL, __kmalloc_token(size)),
			    1, flags, node, caller);
}

/* Documented as kvmalloc_growable_node_align(). */
void *kvmalloc_growable_node_align_noprof(size_t size, size_t max,
					  unsigned long align, gfp_t flags,
					  int node)
{
	void *p = NULL;

	if (!size)
		return ZERO_SIZE_PTR;
	if (too_large(max, flags) || max < size || bad_alignment(align) ||
	    WARN_ONCE(flags & __GFP_NOFAIL,
		      "kvmalloc_growable with __GFP_NOFAIL: reserving addresses can fail\n")) {
		note_failure(size, align, flags, node, _RET_IP_,
			     KVMALLOC_INVALID);
		return NULL;
	}

	/* Slab serves @max as one object, which never has to grow. */
	if (max <= PAGE_SIZE && align <= PAGE_SIZE)
		return kvmalloc_for(PASS_KMALLOC_PARAMS(max, NULL,
							__kmalloc_token(max)),
				    align, flags, node, _RET_IP_);

	if (gfpflags_allow_blocking(flags))
		p = vmalloc_growing(size, max, align, flags, node, _RET_IP_,
				    KVMALLOC_GROWING);
	if (!p)
		note_failure(size, align, flags, node, _RET_IP_,
			     KVMALLOC_GROWING);
	else if (kvmalloc_is_counting())
		kvmalloc_count_served(p, size);
	return p;
}
EXPORT_SYMBOL_GPL(kvmalloc_growable_node_align_noprof);

/**
 * kvmalloc_room() - Read how far memory can grow without moving.
 * @p: Memory from this family, kmalloc() or vmalloc(); or NULL or
 *	%ZERO_SIZE_PTR, which cannot grow.
 *
 * For memory from kvmalloc_growable() this is a promise.  Any other memory may
 * lose its reserved capacity when vmalloc runs out of addresses.
 *
 * Context: Any but NMI.  Must not run concurrently with kvrealloc() or kvfree()
 *	of @p.
 * Return: Bytes, the present size included; 0 for vmalloc memory in a context
 *	that must not take vmalloc's locks: in an interrupt, and with interrupts
 *	or softirqs disabled.
 */
size_t kvmalloc_room(const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return 0;
	if (!backed_by_vmalloc(p))
		return slab_usable_size(p);

	return kvmalloc_context_allows(0) ? vmalloc_room(p) : 0;
}
EXPORT_SYMBOL_GPL(kvmalloc_room);

/*
 * Counting is a function of its own, at the end of the fast path: a patched no-op
 * is all that it costs there, and no register is saved for it.
 */
static __always_inline void free_either(const void *addr, bool atomic)
{
	if (!backed_by_vmalloc(addr))
		kfree(addr);
	else if (WARN_ONCE(in_nmi(), "kvmalloc: vmalloc memory cannot be freed in an NMI\n"))
		return;
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
 * For memory that certainly came from kmalloc() or vmalloc(), kfree() or vfree()
 * saves a comparison.
 *
 * Context: May sleep for vmalloc memory in task context; in an interrupt a
 *	worker frees it later.  Not from NMI, where vmalloc memory is leaked with
 *	a warning.
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
 * Context: Any but NMI, with spinlocks held, too.  A worker frees vmalloc
 *	memory later.
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
 * For keys and other secrets.  The compiler cannot drop the clearing.
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

void kvmalloc_free_replaced(const void *p, gfp_t flags)
{
	if (gfpflags_allow_blocking(flags) &&
	    (!backed_by_vmalloc(p) || kvmalloc_context_allows(flags)))
		kvfree(p);
	else
		kvfree_atomic(p);
}

/*
 * Resize slab memory.  Memory that is large enough stays where it is.  krealloc()
 * copies to a larger object, in one attempt with the flags of slab attempts.  What
 * slab cannot serve moves to vmalloc, and so does, on 64-bit machines, a buffer
 * that grows beyond KVMALLOC_GROWS_IN_SLAB: it will not be copied again.
 * %__GFP_RETRY_MAYFAIL says that the caller prefers contiguous memory.
 */
static void *realloc_slab(const void *p, DECL_TOKEN_PARAMS(size, token),
			  unsigned long align, gfp_t flags, int nid,
			  unsigned long caller)
{
	size_t usable = slab_usable_size(p);
	bool grows = size > usable;
	bool fits = !grows && in_right_place(p, virt_to_page(p), align, flags, nid);
	size_t slab_size = fits ? size : slab_attempt_size(size, align);
	enum kvmalloc_why why;
	void *n = NULL;

	why = why_not_slab(slab_size, size, flags, !grows);
	if (why == KVMALLOC_SLAB_FAILED && grows && IS_ENABLED(CONFIG_MMU) &&
	    IS_ENABLED(CONFIG_64BIT) && size > KVMALLOC_GROWS_IN_SLAB &&
	    gfpflags_allow_blocking(flags) && !(flags & __GFP_RETRY_MAYFAIL))
		why = KVMALLOC_GROWING;

	if (why == KVMALLOC_SLAB_FAILED) {
		gfp_t slab_flags = slab_attempt_flags(flags, size);

		n = krealloc_node_align_noprof(p, PASS_TOKEN_PARAMS(slab_size, token),
					       align, slab_flags, nid);
		/* The padding is contents to slab, and new bytes to the caller. */
		if (n && slab_size > size && want_init_on_alloc(flags))
			memset(n + size, 0, slab_size - size);
		if (n)
			return n;
	}
	/* KASAN has reported memory without a usable size: it is freed. */
	if (usable && (why != KVMALLOC_SLAB_FAILED || size > PAGE_SIZE)) {
		if (grows && gfpflags_allow_blocking(flags))
			n = vmalloc_growing(size, 0, align, flags, nid, caller,
					    why);
		else
			n = vmalloc_fallback(size, align, flags, nid, caller,
					     why);
	}
	if (!n) {
		note_failure(size, align, flags, nid, caller, why);
		return NULL;
	}

	/*
	 * Unless slub records the requested size, the object's redzone is copied
	 * as well.  An object that moves for its alignment or its node may be
	 * larger than the new memory.
	 */
	kasan_disable_current();
	memcpy(n, kasan_reset_tag(p), min(size, slab_contents_size(p)));
	kasan_enable_current();
	kfree(p);

	return n;
}

/*
 * Resize a vmalloc area in place or by remapping its pages, and copy the memory
 * if it can be neither.  Callers may not rely on how it is mapped, so huge pages
 * are allowed.
 */
static void *realloc_vmalloc(const void *p, size_t size, unsigned long align,
			     gfp_t flags, int nid, unsigned long caller,
			     enum kvmalloc_how *how)
{
	void *n;

	flags = vmalloc_flags(flags);
	n = vmalloc_resize(p, size, align, flags, VM_ALLOW_HUGE_VMAP, nid,
			   (void *)caller, how);
	if (IS_ERR(n)) {
		struct vm_struct *area = find_vm_area(p);
		size_t old_size = area->requested_size;

		*how = KVMALLOC_COPIED;
		if (area->flags & VM_USERMAP) {
			/* vrealloc() allocates memory that may be mapped, too. */
			n = vrealloc_node_align_noprof(p, size, align, flags,
						       nid);
		} else {
			n = vmalloc_fallback(size, align, flags, nid, caller,
					     KVMALLOC_BACKING_STAYS);
			if (n) {
				memcpy(n, p, min(size, old_size));
				kvmalloc_free_replaced(p, flags);
			}
		}
	}
	if (!n)
		note_failure(size, align, flags, nid, caller,
			     KVMALLOC_BACKING_STAYS);

	return n;
}

/*
 * Record the state before a reallocation: the usable size of the memory, for the
 * tracepoint, and its bytes in the statistics.  They are subtracted now, because
 * the memory may be freed, and belong to another caller, before this call returns.
 */
static void resize_begin(struct kvmalloc_resize *resize, const void *p)
{
	*resize = (struct kvmalloc_resize){
		.p = p,
		.how = KVMALLOC_IN_PLACE,
	};

	if (trace_kvmalloc_realloc_enabled())
		resize->room = backed_by_vmalloc(p) ? vmalloc_requested_size(p) :
						      slab_usable_size(p);
	if (kvmalloc_is_counting())
		resize->live = kvmalloc_count_freed(p);
}

static void resize_end(const struct kvmalloc_resize *resize, const void *n,
		       size_t size, gfp_t flags, int nid, unsigned long caller)
{
	enum kvmalloc_how how = resize->how;

	/* The addresses tell what happened to slab memory. */
	if (!backed_by_vmalloc(resize->p) && n != resize->p)
		how = backed_by_vmalloc(n) ? KVMALLOC_MOVED : KVMALLOC_COPIED;

	/* The usable size is unknown if the event was off at the beginning. */
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

/* Documented as kvrealloc_node_align(). */
void *kvrealloc_node_align_noprof(const void *p, DECL_TOKEN_PARAMS(size, token),
				  unsigned long align, gfp_t flags, int nid)
{
	struct kvmalloc_resize resize;
	void *n;

	if (!size) {
		kvmalloc_free_replaced(p, flags);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(p))
		return kvmalloc_for(PASS_KMALLOC_PARAMS(size, NULL, token),
				    align, flags, nid, _RET_IP_);
	/* As vrealloc(), which has no limit but the machine's memory. */
	if ((!backed_by_vmalloc(p) && too_large(size, flags)) ||
	    bad_alignment(align)) {
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

/*
 * Entry points of modules that were built against this kernel's own headers,
 * with the prototypes that these declare.
 */
#ifdef KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN
void *__kvmalloc_node_noprof(DECL_BUCKET_PARAMS(size, b), gfp_t flags, int node)
{
	return kvmalloc_for(PASS_BUCKET_PARAMS(size, b), 1, flags, node,
			    _RET_IP_);
}
EXPORT_SYMBOL(__kvmalloc_node_noprof);

#undef kvrealloc_noprof
void *kvrealloc_noprof(const void *p, size_t size, gfp_t flags)
{
	return kvrealloc_node_align_noprof(p, size, 1, flags, NUMA_NO_NODE);
}
EXPORT_SYMBOL(kvrealloc_noprof);
#else
void *__kvmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, b, token),
			     unsigned long align, gfp_t flags, int node)
{
	return kvmalloc_for(PASS_KMALLOC_PARAMS(size, b, token), align, flags,
			    node, _RET_IP_);
}
EXPORT_SYMBOL(__kvmalloc_node_noprof);
#endif
