# SPDX-License-Identifier: GPL-2.0
#
# usage: awk -f without-replays.awk CONSOLE
#
# Takes out of a console's log what the kernel says that it prints once more: a
# warning cuts short what another processor is printing, and the line stands there
# twice then, in part and whole.  Two results to kunit.py, that would be.

/\*\* replaying previous printk message \*\*/ {
	replay = 1
	next
}

replay {
	# The part is above, with the warning that cut it short in between.
	for (i = n; i > n - 100 && i > 0; i--)
		if (line[i] != "" && index($0, line[i]) == 1) {
			gone[i] = 1
			break
		}
	replay = 0
}

{
	line[++n] = $0
}

END {
	for (i = 1; i <= n; i++)
		if (!gone[i])
			print line[i]
}
