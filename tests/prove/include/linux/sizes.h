/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_SIZES_H
#define PROVE_SIZES_H

/* Where pages are small, so is this. */
#ifdef CONFIG_SZ_64K
#define SZ_64K	CONFIG_SZ_64K
#else
#define SZ_64K	0x10000
#endif

#endif
