// SPDX-License-Identifier: GPL-2.0
/* kmem_buckets_valloc(), which passes its buckets to __kvmalloc_node_noprof(). */

#include "kvabi.h"

static void kvabi_run(void)
{
	static const size_t sizes[] = { KVABI_SMALL, KVABI_PAGES, KVABI_LARGE };
	kmem_buckets *buckets = kmem_buckets_create("kvabi", 0, 0, INT_MAX, NULL);
	void *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = kvabi_size(sizes[i]);

		p = kmem_buckets_valloc(buckets, size, GFP_KERNEL | __GFP_ZERO);
		kvabi_use_zeroed(p, size);
		kvfree(p);
	}
}
