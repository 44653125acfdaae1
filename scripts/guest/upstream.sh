# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Runs upstream's test of vmalloc, a module that reports in the kernel log and
# refuses to stay. Sourced by /init.
#
# Verdict: KTAP, a line for each of its tests.

# All but the one that fails on purpose (64), and warns.
MASK=$((0x1fff & ~64))

insmod /lib/modules/test_vmalloc.ko run_test_mask=$MASK nr_threads=2 \
	test_loop_count=200
dmesg | sed -n 's/.*Summary: \(.*\) usec$/\1/p' >/tmp/summary
cat /tmp/summary
give 'KTAP version 1'
give "1..$(wc -l </tmp/summary)"
n=0
while read -r name _ passed _ failed _; do
	n=$((n + 1))
	if [ "$passed" -gt 0 ] && [ "$failed" = 0 ]; then
		give "ok $n $name"
	else
		give "not ok $n $name: passed $passed, failed $failed"
	fi
done </tmp/summary
