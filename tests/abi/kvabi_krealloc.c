// SPDX-License-Identifier: GPL-2.0
/* krealloc() and krealloc_array(), which kvrealloc() takes slab memory to. */

#include "kvabi.h"

static void kvabi_run(void)
{
	static const size_t sizes[] = { 1, KVABI_SMALL, PAGE_SIZE, KVABI_PAGES };
	void *p, *n;
	int from, to;

	for (from = 0; from < ARRAY_SIZE(sizes); from++) {
		for (to = 0; to < ARRAY_SIZE(sizes); to++) {
			p = kzalloc(kvabi_size(sizes[from]), GFP_KERNEL);
			kvabi_expect(p);
			if (!p)
				continue;
			memset(p, 0x66, sizes[from]);
			n = krealloc(p, kvabi_size(sizes[to]),
				     GFP_KERNEL | __GFP_ZERO);
			kvabi_expect(n);
			if (!n) {
				kfree(p);
				continue;
			}
			kvabi_expect(ksize(n) >= sizes[to]);
			kvabi_expect(kvabi_is_filled(n, 0x66,
						     min(sizes[from], sizes[to])));
			memset(n, 0x67, sizes[to]);
			p = krealloc_array(n, kvabi_size(sizes[to]), 2,
					   GFP_KERNEL);
			kvabi_expect(p && kvabi_is_filled(p, 0x67, sizes[to]));
			kfree(p ?: n);
		}
	}
}
