/* SPDX-License-Identifier: GPL-2.0 */
/* Names for flags, which only the text of an event needs. */
