/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_CLEANUP_H
#define PROVE_CLEANUP_H

/* What a variable declared __free(name) does when it leaves its scope. */
#define DEFINE_FREE(name, type, action)			\
static inline void leave_scope_##name(type _T)		\
{							\
	action;						\
}

#endif
