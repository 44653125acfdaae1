# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Runs upstream's KUnit suite of KASAN, which is a module. Sourced by /init.
#
# The suite reports in the kernel log. Verdict: whether the module loads.

give 'KTAP version 1'
give 1..1
if insmod /lib/modules/kasan_test.ko; then
	give 'ok 1 kasan_test loads'
else
	give 'not ok 1 kasan_test loads'
fi
