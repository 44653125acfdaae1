/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_SLAB_H
#define PROVE_SLAB_H

#include <linux/gfp.h>
#include <asm/page.h>

/* The configuration chooses slab's smallest alignment and largest size. */
#define ARCH_KMALLOC_MINALIGN	CONFIG_KMALLOC_MINALIGN
#define KMALLOC_MAX_SIZE	(1UL << CONFIG_KMALLOC_MAX_SHIFT)

#define ZERO_SIZE_PTR		((void *)16)
#define ZERO_OR_NULL_PTR(x)	((unsigned long)(x) <= 16)

#define alloc_hooks(call)	(call)

typedef struct {
	int id;
} kmem_buckets;

/* Parameters of slab functions: the size, the buckets, and below the token. */
#ifdef CONFIG_SLAB_BUCKETS
#define DECL_BUCKET_PARAMS(_size, _b)	size_t (_size), kmem_buckets *(_b)
#define PASS_BUCKET_PARAMS(_size, _b)	(_size), (_b)
#else
#define DECL_BUCKET_PARAMS(_size, _b)	size_t (_size)
#define PASS_BUCKET_PARAMS(_size, _b)	(_size)
#endif

#ifdef KERNEL_HAS_TOKENS

#ifdef CONFIG_KMALLOC_PARTITION
typedef struct {
	unsigned long v;
} kmalloc_token_t;
#define MODEL_TOKEN			0x70ca4UL
#define __kmalloc_token(...)		((kmalloc_token_t){ MODEL_TOKEN })
#define DECL_TOKEN_PARAMS(_size, _token)	size_t (_size), kmalloc_token_t (_token)
#define PASS_TOKEN_PARAMS(_size, _token)	(_size), (_token)
#define DECL_KMALLOC_PARAMS(_size, _b, _token) \
	DECL_BUCKET_PARAMS(_size, _b), kmalloc_token_t (_token)
#define PASS_KMALLOC_PARAMS(_size, _b, _token) \
	PASS_BUCKET_PARAMS(_size, _b), (_token)
#else
typedef struct { } kmalloc_token_t;
#define __kmalloc_token(...)		((kmalloc_token_t){ })
#define DECL_TOKEN_PARAMS(_size, _token)	size_t (_size)
#define PASS_TOKEN_PARAMS(_size, _token)	(_size)
#define DECL_KMALLOC_PARAMS(_size, _b, _token) DECL_BUCKET_PARAMS(_size, _b)
#define PASS_KMALLOC_PARAMS(_size, _b, _token) PASS_BUCKET_PARAMS(_size, _b)
#endif

void *_kmalloc_noprof(size_t size, gfp_t flags, kmalloc_token_t token);
void *_kmalloc_node_noprof(size_t size, gfp_t flags, int node,
			   kmalloc_token_t token);
void *krealloc_node_align_noprof(const void *p,
				 DECL_TOKEN_PARAMS(size, token),
				 unsigned long align, gfp_t flags, int nid);
#define krealloc_node_align(...)	krealloc_node_align_noprof(__VA_ARGS__)
void *__kmalloc_node_track_caller_noprof(DECL_KMALLOC_PARAMS(size, b, token),
					 gfp_t flags, int node,
					 unsigned long caller);

#else

void *kmalloc_noprof(size_t size, gfp_t flags);
void *kmalloc_node_noprof(size_t size, gfp_t flags, int node);
void *__kmalloc_node_track_caller_noprof(DECL_BUCKET_PARAMS(size, b),
					 gfp_t flags, int node,
					 unsigned long caller);

#endif

void kfree(const void *p);

#endif
