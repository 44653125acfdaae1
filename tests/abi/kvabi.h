/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks of the modules that are built before the graft.
 *
 * Each module calls a part of the family as the pristine headers have it, and
 * prints one line when it is loaded: "kvabi_PART: N checks, N failed".  The
 * checks compare what only a call with the wrong arguments gets wrong: whether
 * all of the memory is there, is zeroed, keeps its contents, and which backing
 * it has.
 */
#ifndef _KVABI_H
#define _KVABI_H

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define KVABI_SMALL	100
#define KVABI_PAGES	(5 * PAGE_SIZE + 40)
#define KVABI_LARGE	(KMALLOC_MAX_SIZE + PAGE_SIZE)

static unsigned int kvabi_checks, kvabi_failed;

#define kvabi_expect(condition)						\
do {									\
	kvabi_checks++;							\
	if (!(condition)) {						\
		kvabi_failed++;						\
		pr_err("%s: line %d: not so: %s\n", KBUILD_MODNAME,	\
		       __LINE__, #condition);				\
	}								\
} while (0)

/* A size that the compiler does not know. */
static noinline size_t kvabi_size(size_t size)
{
	OPTIMIZER_HIDE_VAR(size);
	return size;
}

static inline bool kvabi_is_filled(const void *p, u8 byte, size_t size)
{
	return !memchr_inv(p, byte, size);
}

/* All of the memory can be written and read.  A vmalloc area may shrink to any size. */
static inline void kvabi_use_resized(void *p, size_t size)
{
	kvabi_expect(p);
	if (!p)
		return;
	if (size > KMALLOC_MAX_SIZE)
		kvabi_expect(is_vmalloc_addr(p));
	if (is_vmalloc_addr(p))
		kvabi_expect(vmalloc_to_page(p + size - 1));
	else
		kvabi_expect(ksize(p) >= size);
	memset(p, 0x5a, size);
	kvabi_expect(kvabi_is_filled(p, 0x5a, size));
}

static inline void kvabi_use(void *p, size_t size)
{
	if (size <= PAGE_SIZE)
		kvabi_expect(!is_vmalloc_addr(p));
	kvabi_use_resized(p, size);
}

static inline void kvabi_use_zeroed(void *p, size_t size)
{
	kvabi_expect(p && kvabi_is_filled(p, 0, size));
	kvabi_use(p, size);
}

/* The checks of the module that includes this header. */
static void kvabi_run(void);

static int __init kvabi_init(void)
{
	kvabi_run();
	pr_info("%s: %u checks, %u failed\n", KBUILD_MODNAME, kvabi_checks,
		kvabi_failed);
	return 0;
}
module_init(kvabi_init);

static void __exit kvabi_exit(void)
{
}
module_exit(kvabi_exit);

MODULE_DESCRIPTION("The kvmalloc family, called by a module built before the graft");
MODULE_LICENSE("GPL");

#endif /* _KVABI_H */
