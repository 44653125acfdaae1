// SPDX-License-Identifier: GPL-2.0
/*
 * vrealloc_node_align() for kernels without an MMU that have only vrealloc():
 * vmalloc() memory is kmalloc() memory there, and nommu.c resizes it.
 */

#include <linux/kvmalloc.h>
#include <linux/vmalloc.h>

#ifdef KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN
void *vrealloc_node_align_noprof(const void *p, size_t size,
				 unsigned long align, gfp_t flags, int nid)
{
	return vrealloc_noprof(p, size, flags);
}
EXPORT_SYMBOL(vrealloc_node_align_noprof);
#endif /* KVMALLOC_BACKPORT_REALLOC_NODE_ALIGN */
