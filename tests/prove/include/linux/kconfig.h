/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_KCONFIG_H
#define PROVE_KCONFIG_H

/* An option that is on is defined as 1; one that is off is not defined, or 0. */
#define IS_ENABLED(option)	OPTION_IS_ON(option)
#define OPTION_IS_ON(value)	(#value[0] == '1')

#endif
