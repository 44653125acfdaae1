// SPDX-License-Identifier: GPL-2.0
/*
 * The suites of the tests in kvvec_kunit.rs and kvbox_kunit.rs, one per promise.
 */

#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/vmalloc.h>

#include "kvvec_kunit.h"

int kvvec_kunit_next_node(int after)
{
	int node = next_node(after, node_states[N_MEMORY]);

	return node < MAX_NUMNODES ? node : -1;
}

int kvvec_kunit_node_of(const void *mem)
{
	return page_to_nid(is_vmalloc_addr(mem) ? vmalloc_to_page(mem) :
						  virt_to_page(mem));
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
RUST_SUITE(slice);
RUST_SUITE(place);
RUST_SUITE(node);
RUST_SUITE(flags);
RUST_SUITE(edit);
RUST_SUITE(drain);
RUST_SUITE(extend);
RUST_SUITE(trait);

kunit_test_suites(&alloc_suite, &align_suite, &box_suite, &vec_suite,
		  &model_suite, &drop_suite, &failure_suite, &border_suite,
		  &zst_suite, &slice_suite, &place_suite, &node_suite,
		  &flags_suite, &edit_suite, &drain_suite, &extend_suite,
		  &trait_suite);
