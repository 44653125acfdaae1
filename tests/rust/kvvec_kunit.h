/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kvvec_kunit.rs and its modules export: a table of tests per suite, ended
 * by one without a function. A name that is here but not there does not link.
 */
#ifndef KVVEC_KUNIT_H
#define KVVEC_KUNIT_H

#include "rust_suite.h"

extern const struct rust_case kvmalloc_rust_alloc_cases[];
extern const struct rust_case kvmalloc_rust_align_cases[];
extern const struct rust_case kvmalloc_rust_box_cases[];
extern const struct rust_case kvmalloc_rust_vec_cases[];
extern const struct rust_case kvmalloc_rust_model_cases[];
extern const struct rust_case kvmalloc_rust_drop_cases[];
extern const struct rust_case kvmalloc_rust_failure_cases[];
extern const struct rust_case kvmalloc_rust_border_cases[];
extern const struct rust_case kvmalloc_rust_zst_cases[];
/* Those of kvvec_more_kunit.rs. */
extern const struct rust_case kvmalloc_rust_edit_cases[];
extern const struct rust_case kvmalloc_rust_drain_cases[];
extern const struct rust_case kvmalloc_rust_extend_cases[];
extern const struct rust_case kvmalloc_rust_trait_cases[];

/* The same in kvbox_kunit.rs. */
extern const struct rust_case kvmalloc_rust_slice_cases[];
extern const struct rust_case kvmalloc_rust_place_cases[];
extern const struct rust_case kvmalloc_rust_node_cases[];
extern const struct rust_case kvmalloc_rust_flags_cases[];

/* What the tests ask C: nodes with memory, ended by -1, and those of pages. */
int kvvec_kunit_next_node(int after);
int kvvec_kunit_node_of(const void *mem);

#endif
