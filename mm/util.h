/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What mm/util.c has for its neighbours only.
 */
#ifndef _KVMALLOC_UTIL_H
#define _KVMALLOC_UTIL_H

#include <linux/types.h>

void *kvmalloc_node_track_caller_noprof(size_t size, gfp_t flags, int node,
					unsigned long caller);

#endif /* _KVMALLOC_UTIL_H */
