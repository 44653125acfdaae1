# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Pushes the kernel's own vmlinux through both drivers, in pieces of odd sizes,
# and compares checksums. Sourced by /init.
#
# Verdict: a line of key=value pairs for each driver, the last of them
# result=pass or result=fail, and a last line with the result of all.

FILE=/vmlinux
reason=

# fail TEXT: remember the first thing that went wrong.
fail()
{
	echo "demo: $*"
	[ -n "$reason" ] || reason=$*
}

checksum()
{
	sha256sum | cut -d ' ' -f 1
}

row()
{
	printf '%-12s %10s %8s %10s %10s %10s   %s\n' "$@"
}

# push DRIVER: one row of the table.
push()
{
	bytes=0 reallocations=0 backing=none write_ms=0 read_ms=0 result=fail
	rm -f /tmp/report
	sum=$(kvcopy "/dev/$1" "$FILE" /tmp/report | checksum)
	if [ ! -s /tmp/report ]; then
		fail "$1: kvcopy failed"
	else
		# The report is assignments to the variables above.
		# shellcheck source=/dev/null
		eval "$(cat /tmp/report)"
		if [ "$sum" != "$want" ]; then
			fail "$1: sha256 $sum"
		else
			result=pass
		fi
	fi
	row "$1" "$bytes" "$reallocations" "$backing" "$write_ms" "$read_ms" \
		"$result"
	give "driver=$1 bytes=$bytes reallocations=$reallocations" \
		"backing=$backing write_ms=$write_ms read_ms=$read_ms" \
		"sha256=$sum result=$result"
}

want=$(checksum <"$FILE")
echo
echo "Linux $(uname -r): vmlinux through both drivers and back, sha256 $want"
echo
if load; then
	row driver bytes reallocs backing 'write ms' 'read ms' result
	for module in $MODULES; do
		push "$module"
	done
	echo
	unload || fail "$module: cannot be unloaded"
else
	fail "$module: cannot be loaded"
fi
tainted && fail 'the kernel has warned'

if [ -z "$reason" ]; then
	give result=pass
else
	give "reason=$reason"
	give result=fail
fi
