/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_GFP_H
#define PROVE_GFP_H

#include <linux/types.h>

/* Any distinct bits would do; these are the kernel's. */
#define __GFP_IO		0x40u
#define __GFP_FS		0x80u
#define __GFP_ZERO		0x100u
#define __GFP_DIRECT_RECLAIM	0x400u
#define __GFP_NOWARN		0x2000u
#define __GFP_RETRY_MAYFAIL	0x4000u
#define __GFP_NOFAIL		0x8000u
#define __GFP_NOMEMALLOC	0x80000u
#define __GFP_THISNODE		0x200000u

static inline bool gfpflags_allow_blocking(gfp_t flags)
{
	return flags & __GFP_DIRECT_RECLAIM;
}

#endif
