// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suites around the tests in kvkernel_kunit.rs, as kvvec_kunit_main.c has
 * them for its own.
 */

#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <linux/align.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
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
		KUNIT_FAIL(test, "%s: failed at kvkernel_kunit.rs:%d, see above\n",
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

RUST_SUITE(spare);
RUST_SUITE(user);
RUST_SUITE(pages);
RUST_SUITE(rcu);
RUST_SUITE(secret);
RUST_SUITE(foreign);

kunit_test_suites(&spare_suite, &user_suite, &pages_suite, &rcu_suite,
		  &secret_suite, &foreign_suite);
