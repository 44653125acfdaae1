# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Loads the modules that were built before the graft. Sourced by /init.
#
# Verdict: KTAP, a line for each module. A module passes if all of its checks do,
# or if the kernel refuses it and names the symbol that it lacks.

n=0

# judge MODULE: a line of KTAP from what the kernel said while it was loaded.
judge()
{
	checks=$(sed -n "s/.*$1: \([0-9]* checks, [0-9]* failed\)$/\1/p" /tmp/said)
	symbol=$(sed -n "s/.*$1: Unknown symbol \([^ ]*\) .*/\1/p" /tmp/said |
		head -n 1)
	case $checks in
	'0 checks'*) echo "not ok $n $1: checked nothing" ;;
	*', 0 failed') echo "ok $n $1: $checks" ;;
	?*) echo "not ok $n $1: $checks" ;;
	*)
		if [ -n "$symbol" ]; then
			echo "ok $n $1: refused, no symbol $symbol"
		else
			echo "not ok $n $1: did not finish"
		fi
		;;
	esac
}

set -- /lib/modules/kvabi_*.ko
give 'KTAP version 1'
give "1..$(($# + 1))"
for file; do
	n=$((n + 1))
	module=${file##*/}
	module=${module%.ko}
	dmesg -c >/dev/null
	if insmod "$file"; then
		rmmod "$module"
	fi
	dmesg >/tmp/said
	judge "$module" >/tmp/line
	cat /tmp/line
	give "$(cat /tmp/line)"
done
n=$((n + 1))
if tainted; then
	give "not ok $n the kernel warned"
else
	give "ok $n the kernel did not warn"
fi
