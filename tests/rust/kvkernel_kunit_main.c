// SPDX-License-Identifier: GPL-2.0
/*
 * The suites of the tests in kvkernel_kunit.rs.
 */

#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <linux/align.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "kvkernel_kunit.h"

unsigned long kvkernel_kunit_user(size_t bytes)
{
	size_t mapped = PAGE_ALIGN(bytes);
	unsigned long at;

	at = kunit_vm_mmap(kunit_get_current_test(), NULL, 0,
			   mapped + PAGE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	if (!at || at >= TASK_SIZE)
		return 0;

	/* What ends where the hole begins is what tests want. */
	if (vm_munmap(at + mapped, PAGE_SIZE))
		return 0;
	return at + mapped - bytes;
}

bool kvkernel_kunit_is_area(const void *mem)
{
	return is_vmalloc_addr(mem) && find_vm_area(mem);
}

void kvkernel_kunit_rcu_barrier(void)
{
	kvfree_rcu_barrier();
}

void *kvkernel_kunit_kmalloc(size_t bytes)
{
	return kzalloc(bytes, GFP_KERNEL);
}

void *kvkernel_kunit_vmalloc(size_t bytes)
{
	return vzalloc(bytes);
}

void *kvkernel_kunit_kvmalloc(size_t bytes)
{
	return kvzalloc(bytes, GFP_KERNEL);
}

RUST_SUITE(spare);
RUST_SUITE(user);
RUST_SUITE(pages);
RUST_SUITE(rcu);
RUST_SUITE(secret);
RUST_SUITE(foreign);

kunit_test_suites(&spare_suite, &user_suite, &pages_suite, &rcu_suite,
		  &secret_suite, &foreign_suite);
