// SPDX-License-Identifier: GPL-2.0
/* The allocating calls: __kvmalloc_node_noprof() and its inline wrappers. */

#include "kvabi.h"

static void use_size(size_t size)
{
	void *p;

	p = kvmalloc(size, GFP_KERNEL);
	kvabi_use(p, size);
	kvfree(p);

	p = kvzalloc(size, GFP_KERNEL);
	kvabi_use_zeroed(p, size);
	kvfree(p);

	p = kvmalloc_node(size, GFP_KERNEL, numa_mem_id());
	kvabi_use(p, size);
	kvfree(p);

	p = kvzalloc_node(size, GFP_KERNEL, NUMA_NO_NODE);
	kvabi_use_zeroed(p, size);
	kvfree(p);

	p = kvmalloc_array(size / 4, 4, GFP_KERNEL);
	kvabi_use(p, size / 4 * 4);
	kvfree(p);

	p = kvcalloc(size / 4, 4, GFP_KERNEL);
	kvabi_use_zeroed(p, size / 4 * 4);
	kvfree(p);
}

static void kvabi_run(void)
{
	static const size_t sizes[] = {
		1, KVABI_SMALL, PAGE_SIZE, KVABI_PAGES, KVABI_LARGE,
	};
	static const char text[] = "kvmalloc";
	void *p;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		use_size(kvabi_size(sizes[i]));

	/* The compiler picks another path for a size that it knows. */
	p = kvmalloc(KVABI_SMALL, GFP_KERNEL);
	kvabi_use(p, KVABI_SMALL);
	kvfree(p);
	p = kvzalloc(KVABI_PAGES, GFP_KERNEL);
	kvabi_use_zeroed(p, KVABI_PAGES);
	kvfree(p);

	kvabi_expect(!kvmalloc_array(kvabi_size(SIZE_MAX / 2), 4, GFP_KERNEL));
	kvabi_expect(!kvmalloc(kvabi_size((size_t)INT_MAX + 1),
			       GFP_KERNEL | __GFP_NOWARN));

	/* A function of the kernel that returns memory for kvfree(). */
	p = kvmemdup(text, sizeof(text), GFP_KERNEL);
	kvabi_expect(p && !memcmp(p, text, sizeof(text)));
	kvfree(p);
}
