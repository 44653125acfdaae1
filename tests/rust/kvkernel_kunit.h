/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kvkernel_kunit.rs exports, and what it asks C. As kvvec_kunit.h.
 */
#ifndef KVKERNEL_KUNIT_H
#define KVKERNEL_KUNIT_H

#include "rust_suite.h"

extern const struct rust_case kvmalloc_rust_spare_cases[];
extern const struct rust_case kvmalloc_rust_user_cases[];
extern const struct rust_case kvmalloc_rust_pages_cases[];
extern const struct rust_case kvmalloc_rust_rcu_cases[];
extern const struct rust_case kvmalloc_rust_secret_cases[];
extern const struct rust_case kvmalloc_rust_foreign_cases[];

/* Memory of the calling test's user: so many bytes, and then a hole. */
unsigned long kvkernel_kunit_user(size_t bytes);

/* Whether there is a vmalloc area at the address. */
bool kvkernel_kunit_is_area(const void *mem);

/* What frees after a grace period has done so with all that it was given. */
void kvkernel_kunit_rcu_barrier(void);

/* What a driver in C allocates. */
void *kvkernel_kunit_kmalloc(size_t bytes);
void *kvkernel_kunit_vmalloc(size_t bytes);
void *kvkernel_kunit_kvmalloc(size_t bytes);

#endif
