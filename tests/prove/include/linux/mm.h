/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_MM_H
#define PROVE_MM_H

#include <linux/gfp.h>
#include <asm/page.h>

struct page;

int page_to_nid(const struct page *page);

unsigned long totalram_pages(void);

/* init_on_alloc= on the command line says yes to all. */
extern bool init_on_alloc;

static inline bool want_init_on_alloc(gfp_t flags)
{
	return init_on_alloc || flags & __GFP_ZERO;
}

#endif
