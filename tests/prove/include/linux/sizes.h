/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_SIZES_H
#define PROVE_SIZES_H

/* Configurations with small pages make this smaller, too. */
#ifdef CONFIG_SZ_64K
#define SZ_64K	CONFIG_SZ_64K
#else
#define SZ_64K	0x10000
#endif

#endif
