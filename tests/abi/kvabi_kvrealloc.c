// SPDX-License-Identifier: GPL-2.0
/* kvrealloc(), out of slab, within it, and of a vmalloc area. */

#include "kvabi.h"

static void *resize(void *p, size_t old, size_t new, gfp_t flags)
{
	void *n;

	if (p)
		memset(p, 0x33, old);
	n = kvrealloc(p, kvabi_size(new), flags);
	kvabi_expect(n);
	if (!n)
		return p;
	kvabi_expect(kvabi_is_filled(n, 0x33, min(old, new)));
	if (new > old && flags & __GFP_ZERO)
		kvabi_expect(kvabi_is_filled(n + old, 0, new - old));
	kvabi_use_resized(n, new);
	return n;
}

static void kvabi_run(void)
{
	static const size_t sizes[] = {
		0, 1, KVABI_SMALL, PAGE_SIZE, KVABI_PAGES, KVABI_LARGE,
		2 * KVABI_LARGE,
	};
	void *p;
	int from, to;

	for (from = 0; from < ARRAY_SIZE(sizes); from++) {
		for (to = 1; to < ARRAY_SIZE(sizes); to++) {
			p = from ? kvmalloc(kvabi_size(sizes[from]), GFP_KERNEL) :
				   NULL;
			p = resize(p, sizes[from], sizes[to], GFP_KERNEL);
			kvfree(p);
			p = from ? kvzalloc(kvabi_size(sizes[from]), GFP_KERNEL) :
				   NULL;
			p = resize(p, sizes[from], sizes[to],
				   GFP_KERNEL | __GFP_ZERO);
			kvfree(p);
		}
	}

	p = kvmalloc(KVABI_PAGES, GFP_KERNEL);
	kvabi_expect(!p || ZERO_OR_NULL_PTR(kvrealloc(p, 0, GFP_KERNEL)));
}
