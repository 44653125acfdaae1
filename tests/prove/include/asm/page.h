/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_PAGE_H
#define PROVE_PAGE_H

/* The configuration chooses the size of a page. */
#define PAGE_SHIFT	CONFIG_PAGE_SHIFT
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_ALIGN(x)	ALIGN(x, PAGE_SIZE)

#endif
