/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_MM_H
#define PROVE_MM_H

#include <linux/gfp.h>
#include <asm/page.h>

struct page;

struct page *virt_to_page(const void *p);
int page_to_nid(const struct page *page);

/* With init_on_alloc= on the command line all memory is zeroed. */
extern bool init_on_alloc;

static inline bool want_init_on_alloc(gfp_t flags)
{
	return init_on_alloc || flags & __GFP_ZERO;
}

#endif
