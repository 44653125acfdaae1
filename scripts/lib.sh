# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034	# variables are for those who source this
#
# What the scripts share: where things are, how a step reports, how to fail.
# Sourced, never run:  . "$(dirname "$0")/lib.sh"

set -eu

TOP=$(cd "$(dirname "$0")/.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/kvmalloc
BUILD=$(realpath -m "${BUILD:-$TOP/build}")
LOGS=$BUILD/log
JOBS=${JOBS:-$(nproc)}
SUITE=trixie

# package_list [VARIANT]: the packages of the sysroot; a VARIANT changes the list
# as scripts/packages.VARIANT says.
package_list()
{
	set -- "$TOP/scripts/packages.list" ${1:+"$TOP/scripts/packages.$1"}
	awk '/^#/ || /^$/ { next }
		sub(/^-/, "") { removed[$0] = 1; next }
		{ list[++n] = $0 }
		END {
			for (i = 1; i <= n; i++)
				if (!(list[i] in removed))
					print list[i]
		}' "$@"
}

# sysroot_path [VARIANT]: the folder of a sysroot, named after a checksum of the
# files that list its packages.
sysroot_path()
{
	echo "$CACHE/sysroot-$SUITE-$(
		cat "$TOP/scripts/packages.list" ${1:+"$TOP/scripts/packages.$1"} |
			sha256sum | cut -c1-8)"
}
SYSROOT=${SYSROOT:-$(sysroot_path '')}

# What a kernel must not take amiss when the machine that emulates it is busy,
# or stands still for a while: its timer's being late, tasks that do not move.
BUSY_HOST='no_timer_check rcupdate.rcu_cpu_stall_timeout=120'

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

say()
{
	printf '%-13s %s\n' "$1" "$2" >&2
}

# step NAME TEXT COMMAND...: run COMMAND with its output in build/log/NAME.log;
# say what it does, how long it took, and on failure show the end of the log.
# A function run as COMMAND gets no help from "set -e": chain with &&.
# step_hint= before it says what to look at when it fails.
step()
{
	step_log=$LOGS/$1.log step_text=$2
	mkdir -p "$LOGS" || die "cannot write to $LOGS: set BUILD="
	say "$1" "$step_text"
	shift 2
	step_start=$(date +%s)
	step_status=0
	if [ "${V:-0}" = 1 ]; then
		# The status must survive the pipe.
		{
			"$@" 2>&1 && echo 0 >"$step_log.status" ||
				echo $? >"$step_log.status"
		} | tee "$step_log" >&2
		step_status=$(cat "$step_log.status")
		rm -f "$step_log.status"
	else
		"$@" >"$step_log" 2>&1 || step_status=$?
	fi
	if [ "$step_status" -ne 0 ]; then
		tail -n 25 "$step_log" | sed 's/^/    | /' >&2
		die "$step_text: failed${step_hint:+: $step_hint}; the whole log is $step_log"
	fi
	step_hint=
	say '' "... $(($(date +%s) - step_start)) s, log ${step_log#"$TOP"/}"
}

# need_space DIR MEGABYTES WHAT: refuse early rather than fill the disk.
need_space()
{
	mkdir -p "$1" || die "cannot create $1: choose another place with XDG_CACHE_HOME= or BUILD="
	space_free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
	[ "$space_free" -ge "$2" ] ||
		die "$3 needs $2 MB in $1, only $space_free MB are free: make room, or set XDG_CACHE_HOME= or BUILD="
}

# locked NAME: one at a time for what NAME makes; held until this process ends.
locked()
{
	mkdir -p "$(dirname "$1")"
	exec 9>"$1.lock"
	flock -n 9 || {
		say wait "for another run that holds $1.lock"
		flock 9
	}
}
