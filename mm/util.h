/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of mm/ have for each other only.
 */
#ifndef _KVMALLOC_UTIL_H
#define _KVMALLOC_UTIL_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/types.h>
#include <trace/events/kvmalloc.h>

/*
 * How contiguous memory is asked for where single pages do as well: it must
 * cost next to nothing.  No direct reclaim, which is also no compaction and no
 * OOM killer, and no word in the log.  Background reclaim is still woken, so
 * that the next attempt fares better.  A caller who prefers contiguous memory
 * says %__GFP_RETRY_MAYFAIL, which never kills either.  %__GFP_NOFAIL is for
 * the single pages to keep: whoever hands out blocks would loop for it.
 */
static __always_inline gfp_t gently(gfp_t flags)
{
	flags = (flags | __GFP_NOWARN) & ~__GFP_NOFAIL;
	if (likely(!(flags & __GFP_RETRY_MAYFAIL)))
		flags &= ~__GFP_DIRECT_RECLAIM;
	return flags;
}

/*
 * Whether memory at @p, whose first page is @page, may stay there as far as
 * alignment and node go.
 */
static inline bool in_right_place(const void *p, struct page *page,
				  unsigned long align, gfp_t flags, int nid)
{
	if (!IS_ALIGNED((unsigned long)p, align))
		return false;

	return !(flags & __GFP_THISNODE) || nid == NUMA_NO_NODE ||
	       page_to_nid(page) == nid;
}

void *kvmalloc_node_track_caller_noprof(size_t size, gfp_t flags, int node,
					unsigned long caller);

/**
 * struct kvmalloc_growth - What became of the room that buffers have.
 * @areas: vmalloc areas with room.
 * @committed: Bytes of pages in them.
 * @reserved: Bytes of addresses that they have, with those that are mapped.
 * @given_up: Areas whose room went to others, since the machine started.
 */
struct kvmalloc_growth {
	unsigned long areas;
	unsigned long committed;
	unsigned long reserved;
	unsigned long given_up;
};

#ifdef CONFIG_MMU
void *vmalloc_with_room(size_t size, size_t max, unsigned long align,
			gfp_t flags, unsigned long vm_flags, int nid,
			const void *caller);
void *vmalloc_resize(const void *p, size_t size, unsigned long align,
		     gfp_t flags, unsigned long vm_flags, int nid,
		     const void *caller, enum kvmalloc_how *how);
size_t vmalloc_room(const void *p);
void vmalloc_growth_read(struct kvmalloc_growth *growth);
#else
/* vmalloc() is kmalloc() there, and nobody gets here with memory from it. */
static inline void *
vmalloc_with_room(size_t size, size_t max, unsigned long align, gfp_t flags,
		  unsigned long vm_flags, int nid, const void *caller)
{
	return NULL;
}

static inline void *
vmalloc_resize(const void *p, size_t size, unsigned long align, gfp_t flags,
	       unsigned long vm_flags, int nid, const void *caller,
	       enum kvmalloc_how *how)
{
	return NULL;
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
