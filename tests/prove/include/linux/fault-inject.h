/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROVE_FAULT_INJECT_H
#define PROVE_FAULT_INJECT_H

struct fault_attr {
	unsigned long probability;
};

#endif
