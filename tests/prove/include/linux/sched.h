/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_SCHED_H
#define PROVE_SCHED_H

#include <linux/preempt.h>

extern enum system_states {
	SYSTEM_BOOTING,
	SYSTEM_SCHEDULING,
	SYSTEM_FREEING_INITMEM,
	SYSTEM_RUNNING,
	SYSTEM_HALT,
	SYSTEM_POWER_OFF,
	SYSTEM_RESTART,
	SYSTEM_SUSPEND,
} system_state;

#endif
