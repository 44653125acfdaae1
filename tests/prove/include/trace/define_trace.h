/* SPDX-License-Identifier: GPL-2.0 */
/* The model's linux/tracepoint.h defines everything. */
