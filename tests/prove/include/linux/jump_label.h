/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_JUMP_LABEL_H
#define PROVE_JUMP_LABEL_H

#include <linux/types.h>

struct static_key {
	bool on;
};

#define DECLARE_STATIC_KEY_FALSE(name)	extern struct static_key name
#define static_branch_unlikely(key)	((key)->on)

#endif
