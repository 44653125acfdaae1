/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_PAGE_H
#define PROVE_PAGE_H

/* The runner says how large a page is. */
#define PAGE_SHIFT	CONFIG_PAGE_SHIFT
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_ALIGN(x)	ALIGN(x, PAGE_SIZE)

#endif
