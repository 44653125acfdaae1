// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suites around the tests in kvvec_kunit.rs, one per promise.
 *
 * Not every kernel lets Rust define suites, so the Rust side exports a table of
 * tests per suite, and each is run here as one parameter of one case. A test
 * that is in a table cannot be forgotten, nor can one be listed that is gone.
 */

#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/string.h>
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

static const void *next_case(const struct rust_case *table, const void *prev,
			     char *desc)
{
	const struct rust_case *next = prev;

	next = next ? next + 1 : table;
	if (!next->run)
		return NULL;

	strscpy(desc, next->name, KUNIT_PARAM_DESC_SIZE);
	return next;
}

static void rust(struct kunit *test)
{
	const struct rust_case *this = test->param_value;
	int line = this->run();

	if (line)
		KUNIT_FAIL(test, "%s: failed at line %d, see above\n",
			   this->name, line);
}

/* Kernels that know this macro hand the test to a generator. */
#ifdef KUNIT_CASE_PARAM_WITH_INIT
#define IF_GENERATOR_GETS_TEST(_param)	_param,
#else
#define IF_GENERATOR_GETS_TEST(_param)
#endif

#define RUST_SUITE(_what)						\
	static const void *						\
	_what##_next(IF_GENERATOR_GETS_TEST(struct kunit *test)		\
		     const void *prev, char *desc)			\
	{								\
		return next_case(kvmalloc_rust_##_what##_cases, prev,	\
				 desc);					\
	}								\
	static struct kunit_case _what##_cases[] = {			\
		KUNIT_CASE_PARAM(rust, _what##_next),			\
		{}							\
	};								\
	static struct kunit_suite _what##_suite = {			\
		.name = "kvmalloc_rust_" #_what,			\
		.test_cases = _what##_cases,				\
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
