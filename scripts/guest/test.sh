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

silent()
{
	! tainted
}

give 'KTAP version 1'
give '1..4'
check load load
check kvbuf_test run
check unload unload
check kernel_did_not_warn silent
