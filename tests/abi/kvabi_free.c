// SPDX-License-Identifier: GPL-2.0
/* The freeing calls: by name, through a pointer, by scope, and after RCU. */

#include <linux/cleanup.h>
#include <linux/rcupdate.h>

#include "kvabi.h"

struct object {
	struct rcu_head rcu;
	u8 data[];
};

static void free_by(void (*free)(const void *), size_t size)
{
	OPTIMIZER_HIDE_VAR(free);
	free(kvmalloc(kvabi_size(size), GFP_KERNEL));
}

static void kvabi_run(void)
{
	static const size_t sizes[] = { KVABI_SMALL, KVABI_PAGES, KVABI_LARGE };
	int i;

	/* Whether a free went wrong the kernel's log shows. */
	kvfree(NULL);
	kvfree_sensitive(NULL, 0);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = kvabi_size(sizes[i]);
		struct object *object;
		void *p;

		void *scoped __free(kvfree) = kvmalloc(size, GFP_KERNEL);

		kvabi_use(scoped, size);
		free_by(kvfree, size);

		p = kvmalloc(size, GFP_KERNEL);
		kvabi_use(p, size);
		kvfree_sensitive(p, size);

		object = kvmalloc(size, GFP_KERNEL);
		kvabi_use(object, size);
		kvfree_rcu(object, rcu);

		p = kvmalloc(size, GFP_KERNEL);
		kvabi_use(p, size);
		kvfree_rcu_mightsleep(p);

#ifdef KVABI_KVFREE_ATOMIC
		free_by(kvfree_atomic, size);
#endif
	}
}
