/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Declarations that the files of mm/ share, and nobody outside of it uses.
 */
#ifndef _KVMALLOC_UTIL_H
#define _KVMALLOC_UTIL_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/types.h>
#include <linux/vmalloc.h>
#include <trace/events/kvmalloc.h>

/*
 * The flags of vmalloc() allocations.  Slab takes more: compound pages, which
 * vmalloc cannot split, and mobility, which its pages do not have.
 */
#define KVMALLOC_VMALLOC_FLAGS						\
	(GFP_KERNEL | GFP_ATOMIC | __GFP_NOFAIL | __GFP_NORETRY |	\
	 __GFP_RETRY_MAYFAIL | __GFP_NOWARN | __GFP_ZERO | __GFP_ACCOUNT | \
	 __GFP_THISNODE | __GFP_HARDWALL | __GFP_NOMEMALLOC |		\
	 __GFP_MEMALLOC | __GFP_NOLOCKDEP | __GFP_SKIP_KASAN |		\
	 GFP_DMA | GFP_DMA32 | __GFP_HIGHMEM)

/* The flags that vmalloc gets.  Its %__GFP_NOFAIL sleeps. */
static inline gfp_t vmalloc_flags(gfp_t flags)
{
	flags &= KVMALLOC_VMALLOC_FLAGS;
	if (!gfpflags_allow_blocking(flags))
		flags &= ~__GFP_NOFAIL;
	return flags;
}

bool kvmalloc_may_not_sleep(void);

/*
 * Flags of the slab attempt above a page.  Single pages would do as well, so
 * contiguous memory must cost next to nothing: no direct reclaim, which includes
 * compaction and the OOM killer, and no warning.  kswapd is still woken.
 * %__GFP_RETRY_MAYFAIL says that the caller prefers contiguous memory; it keeps
 * direct reclaim where the context allows it, and never reaches the OOM killer.
 * Without %__GFP_NOFAIL the page allocator does not loop for a block.
 */
static __always_inline gfp_t gently(gfp_t flags)
{
	flags = (flags | __GFP_NOWARN) & ~__GFP_NOFAIL;
	if (likely(!(flags & __GFP_RETRY_MAYFAIL)) || kvmalloc_may_not_sleep())
		flags &= ~__GFP_DIRECT_RECLAIM;
	return flags;
}

/*
 * Flags for what a vmalloc area can do without: huge pages, an aligned range,
 * reserved capacity.  None of them is worth reclaiming memory for, nor the
 * reserves that the page allocator grants to requests that may not sleep.
 */
static __always_inline gfp_t opportunistic(gfp_t flags)
{
	return (flags | __GFP_NOWARN | __GFP_NOMEMALLOC) &
	       ~(__GFP_DIRECT_RECLAIM | __GFP_RETRY_MAYFAIL | __GFP_NOFAIL);
}

/*
 * Whether a function that may sleep, or takes vmalloc's locks, may do so here.
 *
 * vmalloc's locks are ordinary spinlocks that tasks hold with interrupts on, so
 * no interrupt may take them.  Neither may a task that has disabled interrupts or
 * softirqs: it may hold a lock that an interrupt of the holder's processor waits
 * for.  With PREEMPT_RT interrupts are threads, and spinlocks sleep.
 */
bool kvmalloc_context_allows(gfp_t flags);

/* Whether this kernel's vmalloc() may be called here with such flags. */
bool kvmalloc_may_vmalloc(gfp_t flags);

/*
 * Free the memory of a caller who reallocates it with @flags.  This sleeps only if
 * both the flags and the context allow it.
 */
void kvmalloc_free_replaced(const void *p, gfp_t flags);

/*
 * Whether memory at @p, whose first page is @page, has the alignment and the
 * node of a request, so that resizing need not move it.
 */
static inline bool in_right_place(const void *p, struct page *page,
				  unsigned long align, gfp_t flags, int nid)
{
	if (!IS_ALIGNED((unsigned long)p, align))
		return false;

	return !(flags & __GFP_THISNODE) || nid == NUMA_NO_NODE ||
	       page_to_nid(page) == nid;
}

/* For modules built against the kernel's own headers; util.c defines them. */
#ifdef KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN
void *__kvmalloc_node_noprof(DECL_BUCKET_PARAMS(size, b), gfp_t flags, int node);
#undef kvrealloc_noprof
void *kvrealloc_noprof(const void *p, size_t size, gfp_t flags);
#else
void *__kvmalloc_node_noprof(DECL_KMALLOC_PARAMS(size, b, token),
			     unsigned long align, gfp_t flags, int node);
#endif

void *kvmalloc_node_track_caller_noprof(size_t size, gfp_t flags, int node,
					unsigned long caller);

/**
 * struct kvmalloc_growth - A sum over all vmalloc areas with reserved capacity.
 * @areas: Number of these areas.
 * @committed: Bytes of their pages.
 * @reserved: Bytes of their address ranges, the committed part included.
 * @given_up: Number of areas, since boot, that lost their reserved capacity to
 *	a request for which vmalloc had no addresses.
 */
struct kvmalloc_growth {
	unsigned long areas;
	unsigned long committed;
	unsigned long reserved;
	unsigned long given_up;
};

size_t slab_usable_size(const void *p);
size_t slab_contents_size(const void *p);

#ifdef CONFIG_MMU
void *vmalloc_try_huge(size_t size, unsigned long align, gfp_t flags, int nid,
		       const void *caller);
void *vmalloc_with_room(size_t size, size_t max, unsigned long align,
			gfp_t flags, unsigned long vm_flags, int nid,
			const void *caller);
void *vmalloc_resize(const void *p, size_t size, unsigned long align,
		     gfp_t flags, unsigned long vm_flags, int nid,
		     const void *caller, enum kvmalloc_how *how);
size_t vmalloc_requested_size(const void *p);
size_t vmalloc_room(const void *p);
void vmalloc_growth_read(struct kvmalloc_growth *growth);
#else
/*
 * Without an MMU vmalloc() is kmalloc() with the caller's flags.  Its memory is
 * slab memory to kvrealloc() and kvfree(), so the functions that resize vmalloc
 * areas are never called.
 */
static inline void *
vmalloc_try_huge(size_t size, unsigned long align, gfp_t flags, int nid,
		 const void *caller)
{
	/* kmalloc() aligns to the largest power of two that divides the size. */
	return __vmalloc_noprof(ALIGN(size, align), flags);
}

static inline void *
vmalloc_with_room(size_t size, size_t max, unsigned long align, gfp_t flags,
		  unsigned long vm_flags, int nid, const void *caller)
{
	return __vmalloc_noprof(ALIGN(max ?: size, align), flags);
}

static inline void *
vmalloc_resize(const void *p, size_t size, unsigned long align, gfp_t flags,
	       unsigned long vm_flags, int nid, const void *caller,
	       enum kvmalloc_how *how)
{
	return NULL;
}

static inline size_t vmalloc_requested_size(const void *p)
{
	return 0;
}

static inline size_t vmalloc_room(const void *p)
{
	return 0;
}

static inline void vmalloc_growth_read(struct kvmalloc_growth *growth)
{
	*growth = (struct kvmalloc_growth){ };
}
#endif

#endif /* _KVMALLOC_UTIL_H */
