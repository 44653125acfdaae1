/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_SCHED_H
#define PROVE_SCHED_H

long schedule_timeout_uninterruptible(long timeout);

#endif
