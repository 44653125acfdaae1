# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Runs the test of both drivers. Sourced by /init.
#
# Verdict: KTAP. kvbuf_test's own report is the subtest of the second line.

n=0

# check NAME COMMAND...: one line of KTAP.
check()
{
	n=$((n + 1))
	name=$1
	shift
	if "$@"; then
		echo "ok $n $name"
		give "ok $n $name"
	else
		echo "not ok $n $name"
		give "not ok $n $name"
	fi
}

run()
{
	kvbuf_test >/tmp/tap
	status=$?
	sed 's/^/  /' /tmp/tap >&3
	grep '^not ok' /tmp/tap
	return $status
}

# The suites warn on purpose. After them only the log tells, which verdict reads.
tainted && WARNED='# SKIP the suites have warned on purpose' || WARNED=
silent()
{
	[ -n "$WARNED" ] || ! tainted
}

# Whether everything that anybody has allocated until now can be reached. kmemleak
# looks at what is five seconds old; what was just on its way from one hand to
# another is found again by the second look.
no_leaks()
{
	sleep 6
	echo scan >"$KMEMLEAK"
	sleep 1
	echo scan >"$KMEMLEAK"
	cat "$KMEMLEAK" >/tmp/leaks
	cat /tmp/leaks
	[ ! -s /tmp/leaks ]
}

KMEMLEAK=/sys/kernel/debug/kmemleak
give 'KTAP version 1'
give "1..$([ -e $KMEMLEAK ] && echo 5 || echo 4)"
check load load
check kvbuf_test run
check unload unload
[ ! -e $KMEMLEAK ] || check no_leaks no_leaks
check "kernel_did_not_warn $WARNED" silent
