/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tests in Rust export a table of tests for each suite, which ends with an
 * entry without a function. A table that is declared here and missing there is an
 * error of the linker.
 */
#ifndef KVMALLOC_RUST_KUNIT_H
#define KVMALLOC_RUST_KUNIT_H

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
extern const struct rust_case kvmalloc_rust_edit_cases[];
extern const struct rust_case kvmalloc_rust_drain_cases[];
extern const struct rust_case kvmalloc_rust_extend_cases[];
extern const struct rust_case kvmalloc_rust_trait_cases[];
extern const struct rust_case kvmalloc_rust_slice_cases[];
extern const struct rust_case kvmalloc_rust_place_cases[];
extern const struct rust_case kvmalloc_rust_node_cases[];
extern const struct rust_case kvmalloc_rust_flags_cases[];
extern const struct rust_case kvmalloc_rust_gfp_cases[];
extern const struct rust_case kvmalloc_rust_nonblock_cases[];
extern const struct rust_case kvmalloc_rust_spare_cases[];
extern const struct rust_case kvmalloc_rust_user_cases[];
extern const struct rust_case kvmalloc_rust_pages_cases[];
extern const struct rust_case kvmalloc_rust_rcu_cases[];
extern const struct rust_case kvmalloc_rust_secret_cases[];
extern const struct rust_case kvmalloc_rust_foreign_cases[];

/* The first node with memory above @after, or -1; and the node of a page. */
int rust_kunit_next_node(int after);
int rust_kunit_node_of(const void *mem);

bool rust_kunit_is_possible_node(int number);

/* Lets all allocations of the calling task fail, or none. */
void rust_kunit_deny_memory(bool deny);

/*
 * Calls step(thread) in four kernel threads, two on each of two CPUs if there
 * are as many, each until it returns false.
 */
int rust_kunit_run_threads(bool (*step)(int thread));

/* Calls f(data) in a hard interrupt (0) or in a softirq (1), and waits for it. */
void rust_kunit_in_interrupt(int which, void (*f)(void *data), void *data);

/* Memory of the calling test's user: so many bytes, and then a hole. */
unsigned long rust_kunit_user(size_t bytes);

/* Whether there is a vmalloc area at the address. */
bool rust_kunit_is_area(const void *mem);

/* Waits until kvfree_rcu() has freed everything that was passed to it. */
void rust_kunit_rcu_barrier(void);

/* Memory as a driver in C allocates it: zeroed. */
void *rust_kunit_kmalloc(size_t bytes);
void *rust_kunit_vmalloc(size_t bytes);
void *rust_kunit_kvmalloc(size_t bytes);

#endif
