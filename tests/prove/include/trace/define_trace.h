/* SPDX-License-Identifier: GPL-2.0 */
/* linux/tracepoint.h has done it all. */
