/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_VMALLOC_H
#define PROVE_VMALLOC_H

#include <linux/err.h>
#include <linux/gfp.h>
#include <asm/page.h>

struct page;

struct vm_struct {
	unsigned long flags;
	unsigned long requested_size;
};

#define VM_USERMAP		0x8UL
#define VM_ALLOW_HUGE_VMAP	0x400UL
#define PAGE_KERNEL		0x63UL

/* On x86-64 these are variables, too. */
extern unsigned long vmalloc_start, vmalloc_end;
#define VMALLOC_START		vmalloc_start
#define VMALLOC_END		vmalloc_end

void *__vmalloc_node_range_noprof(size_t size, unsigned long align,
				  unsigned long start, unsigned long end,
				  gfp_t flags, unsigned long prot,
				  unsigned long vm_flags, int node,
				  const void *caller);
void vfree(const void *p);
void vfree_atomic(const void *p);
struct vm_struct *find_vm_area(const void *p);

/* Without an MMU vmalloc() is kmalloc(). */
void *__vmalloc_noprof(unsigned long size, gfp_t flags);

#ifdef KERNEL_HAS_TOKENS
void *vrealloc_node_align_noprof(const void *p, size_t size,
				 unsigned long align, gfp_t flags, int nid);
#endif

#endif
