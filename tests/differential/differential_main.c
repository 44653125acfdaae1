// SPDX-License-Identifier: GPL-2.0
/*
 * Suite kvmalloc_rust_differential: our Rust vectors and boxes beside upstream's
 * and a model, in differential.rs.
 *
 * For `make test-differential` (scripts/variants.sh).  Boot parameters:
 *
 * kvmalloc_differential.seed=		0 is a new one each time (default)
 * kvmalloc_differential.steps=		random operations for each type of element
 */

#include <kunit/test.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/string.h>

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"kvmalloc_differential."

static unsigned int seed_of_all;
module_param_named(seed, seed_of_all, uint, 0444);

static unsigned int steps = 1000000;
module_param(steps, uint, 0444);

/* KUnit's time limit is one for each part, so no part is large. */
#define NR_PARTS	4

/* In differential.rs. They return 0, or the line that failed. */
int kvmalloc_differential_steps(unsigned int kind, u64 seed, unsigned int steps);
int kvmalloc_differential_failures(unsigned int kind, u64 seed);

struct element {
	const char *name;
	unsigned int kind;
	unsigned int part;
};

static const struct element kinds[] = {
	{ "no size", 0 }, { "no size, aligned", 1 }, { "1 byte", 2 },
	{ "24 bytes", 3 }, { "256 bytes, aligned", 4 },
};

static const struct element parts[] = {
	{ "no size, part 1", 0, 0 },
	{ "no size, part 2", 0, 1 },
	{ "no size, part 3", 0, 2 },
	{ "no size, part 4", 0, 3 },
	{ "no size, aligned, part 1", 1, 0 },
	{ "no size, aligned, part 2", 1, 1 },
	{ "no size, aligned, part 3", 1, 2 },
	{ "no size, aligned, part 4", 1, 3 },
	{ "1 byte, part 1", 2, 0 },
	{ "1 byte, part 2", 2, 1 },
	{ "1 byte, part 3", 2, 2 },
	{ "1 byte, part 4", 2, 3 },
	{ "24 bytes, part 1", 3, 0 },
	{ "24 bytes, part 2", 3, 1 },
	{ "24 bytes, part 3", 3, 2 },
	{ "24 bytes, part 4", 3, 3 },
	{ "256 bytes, aligned, part 1", 4, 0 },
	{ "256 bytes, aligned, part 2", 4, 1 },
	{ "256 bytes, aligned, part 3", 4, 2 },
	{ "256 bytes, aligned, part 4", 4, 3 },
};

static void describe(const struct element *element, char *to)
{
	strscpy(to, element->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kinds, kinds, describe);
KUNIT_ARRAY_PARAM(parts, parts, describe);

static void at_random(struct kunit *test)
{
	const struct element *element = test->param_value;
	u64 seed = ((u64)seed_of_all << 8) + element->kind * NR_PARTS +
		   element->part;
	int line = kvmalloc_differential_steps(element->kind, seed,
					       steps / NR_PARTS);

	if (line)
		KUNIT_FAIL(test, "%s: differential.rs:%d failed, see above; again with seed=%u\n",
			   element->name, line, seed_of_all);
}

static void each_request_refused(struct kunit *test)
{
	const struct element *element = test->param_value;
	int line = kvmalloc_differential_failures(element->kind, seed_of_all);

	if (line)
		KUNIT_FAIL(test, "%s: differential.rs:%d failed, see above; again with seed=%u\n",
			   element->name, line, seed_of_all);
}

static int choose_seed(struct kunit_suite *suite)
{
	if (!seed_of_all)
		seed_of_all = get_random_u32() | 1;
	pr_info("kvmalloc_differential: seed=%u steps=%u\n", seed_of_all, steps);
	return 0;
}

static struct kunit_case differential_cases[] = {
	KUNIT_CASE_PARAM(each_request_refused, kinds_gen_params),
	KUNIT_CASE_PARAM(at_random, parts_gen_params),
	{}
};

static struct kunit_suite differential_suite = {
	.name = "kvmalloc_rust_differential",
	.suite_init = choose_seed,
	.test_cases = differential_cases,
};

kunit_test_suite(differential_suite);
