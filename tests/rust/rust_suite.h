/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KUnit suites around tests in Rust.
 *
 * Not every kernel lets Rust define suites, so the Rust side exports a table of
 * tests per suite, and each is run here as one parameter of one case. A test
 * that is in a table cannot be forgotten, nor can one be listed that is gone.
 */
#ifndef RUST_SUITE_H
#define RUST_SUITE_H

#include <kunit/test.h>
#include <linux/string.h>

/* Case in cases.rs. run() returns 0, or the line that failed. */
struct rust_case {
	const char *name;
	int (*run)(void);
};

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

/* The suite of the table kvmalloc_rust_..._cases. */
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

#endif
