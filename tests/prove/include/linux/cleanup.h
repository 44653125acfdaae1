/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_CLEANUP_H
#define PROVE_CLEANUP_H

/* The cleanup of a variable declared __free(name) at the end of its scope. */
#define DEFINE_FREE(name, type, action)			\
static inline void leave_scope_##name(type _T)		\
{							\
	action;						\
}

#endif
