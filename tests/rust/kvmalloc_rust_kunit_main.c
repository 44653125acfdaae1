// SPDX-License-Identifier: GPL-2.0
/*
 * The suites of the tests in Rust, one per promise, and what those ask C.
 */

#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <linux/align.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "kvmalloc_rust_kunit.h"

int rust_kunit_next_node(int after)
{
	int node = next_node(after, node_states[N_MEMORY]);

	return node < MAX_NUMNODES ? node : -1;
}

int rust_kunit_node_of(const void *mem)
{
	return page_to_nid(is_vmalloc_addr(mem) ? vmalloc_to_page(mem) :
						  virt_to_page(mem));
}

unsigned long rust_kunit_user(size_t bytes)
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

bool rust_kunit_is_area(const void *mem)
{
	return is_vmalloc_addr(mem) && find_vm_area(mem);
}

void rust_kunit_rcu_barrier(void)
{
	kvfree_rcu_barrier();
}

void *rust_kunit_kmalloc(size_t bytes)
{
	return kzalloc(bytes, GFP_KERNEL);
}

void *rust_kunit_vmalloc(size_t bytes)
{
	return vzalloc(bytes);
}

void *rust_kunit_kvmalloc(size_t bytes)
{
	return kvzalloc(bytes, GFP_KERNEL);
}

RUST_SUITE(alloc);
RUST_SUITE(align);
RUST_SUITE(box);
RUST_SUITE(vec);
RUST_SUITE(model);
RUST_SUITE(drop);
RUST_SUITE(failure);
RUST_SUITE(border);
RUST_SUITE(zst);
RUST_SUITE(edit);
RUST_SUITE(drain);
RUST_SUITE(extend);
RUST_SUITE(trait);
RUST_SUITE(slice);
RUST_SUITE(place);
RUST_SUITE(node);
RUST_SUITE(flags);
RUST_SUITE(spare);
RUST_SUITE(user);
RUST_SUITE(pages);
RUST_SUITE(rcu);
RUST_SUITE(secret);
RUST_SUITE(foreign);

kunit_test_suites(&alloc_suite, &align_suite, &box_suite, &vec_suite,
		  &model_suite, &drop_suite, &failure_suite, &border_suite,
		  &zst_suite, &edit_suite, &drain_suite, &extend_suite,
		  &trait_suite, &slice_suite, &place_suite, &node_suite,
		  &flags_suite, &spare_suite, &user_suite, &pages_suite,
		  &rcu_suite, &secret_suite, &foreign_suite);
