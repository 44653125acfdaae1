// SPDX-License-Identifier: GPL-2.0
/* vrealloc() of memory that the module's own vmalloc() allocated. */

#include "kvabi.h"

static void kvabi_run(void)
{
	static const size_t sizes[] = { KVABI_SMALL, KVABI_PAGES, KVABI_LARGE };
	void *p, *n;
	int from, to;

	for (from = 0; from < ARRAY_SIZE(sizes); from++) {
		for (to = 0; to < ARRAY_SIZE(sizes); to++) {
			size_t kept = min(sizes[from], sizes[to]);

			p = vzalloc(kvabi_size(sizes[from]));
			kvabi_expect(p);
			if (!p)
				continue;
			memset(p, 0x44, sizes[from]);
			n = vrealloc(p, kvabi_size(sizes[to]),
				     GFP_KERNEL | __GFP_ZERO);
			kvabi_expect(n && is_vmalloc_addr(n));
			if (!n) {
				vfree(p);
				continue;
			}
			kvabi_expect(kvabi_is_filled(n, 0x44, kept));
			kvabi_expect(kvabi_is_filled(n + kept, 0,
						     sizes[to] - kept));
			memset(n, 0x45, sizes[to]);
			vfree(n);
		}
	}

	p = vrealloc(NULL, kvabi_size(KVABI_PAGES), GFP_KERNEL);
	kvabi_expect(p && is_vmalloc_addr(p));
	vfree(p);
}
