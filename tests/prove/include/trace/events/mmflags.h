/* SPDX-License-Identifier: GPL-2.0 */
/* Names of flags, for the text of events only. */
