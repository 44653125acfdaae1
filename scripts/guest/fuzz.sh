# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Drives the kernel's users of kvmalloc(), of whose requests fault injection
# sends kv.fuzz= percent to vmalloc. Or, with kv.fuzz=wrong, makes the mistakes
# of tests/wrong, first with 0 percent, then with 100. Sourced by /init.
#
# Verdict, a line each:
#   workload NAME ok|fail|skip WHAT IT SAW...
#   stress NAME ok|fail|skip
#   site WORKLOAD COUNT FUZZED BYTES SMALLEST LARGEST CALLER
#   mistake NAME PERCENT STATUS
# and last of all "end".

KV=/sys/kernel/debug/kvmalloc
FAULT=/sys/kernel/debug/kvmalloc_fallback
LEAKS=/sys/kernel/debug/kmemleak

# Stressors of what calls kvmalloc(), and how many rounds of each.
STRESSORS='xattr 20 poll 200 epoll 50 sem-sysv 500 msg 500 shm-sysv 4 mq 200
	key 50 io-uring 50 sockfd 20 getdent 20 seek 100 pty 2 tun 4 netdev 20
	memfd 4 dup 20 splice 100 sock 40 udp 40 unshare 4'

# fuzz PERCENT: of all requests that may sleep, however small.
fuzz()
{
	echo 1 >$FAULT/min-size
	echo -1 >$FAULT/times
	echo 0 >$FAULT/verbose
	echo "$1" >$FAULT/probability
}

# flipped NAME: the call sites of what has fallen back since the last time.
flipped()
{
	sed -n "/^ *[0-9]/s/^/site $1 /p" $KV/callers | tr -s ' ' >&3
	echo 0 >$KV/callers
}

workloads()
{
	for name in $(callers -l | cut -d ' ' -f 1); do
		callers "$name" >/tmp/said
		cat /tmp/said
		sed 's/^/workload /' /tmp/said | tr -s ' ' >&3
		flipped "$name"
	done
}

# All at once. stress-ng closes with lines like "passed: 2: poll (1) key (1)".
stress()
{
	# shellcheck disable=SC2086	# a list
	set -- $STRESSORS
	count=$#
	while [ $count -gt 0 ]; do
		set -- "$@" "--$1" 1 "--$1-ops" "$2"
		shift 2
		count=$((count - 2))
	done
	stress-ng "$@" --verify --timeout 120 --no-rand-seed \
		--temp-path /tmp --stdout >/tmp/said 2>&1
	cat /tmp/said
	for word in passed skipped failed; do
		case $word in
		passed) status=ok ;;
		skipped) status=skip ;;
		failed) status=fail ;;
		esac
		sed -n "s/.* $word: [0-9]*: //p" /tmp/said |
			sed 's/ *([0-9]*) */\n/g' | while read -r name; do
			[ -z "$name" ] || give "stress $name $status"
		done
	done
	flipped stress-ng
}

# What is not referred to any more, once it is old enough to be said so.
leaks()
{
	[ -e $LEAKS ] || return 0
	sleep 6
	echo scan >$LEAKS
	sleep 1
	echo scan >$LEAKS
	cat $LEAKS
}

mistakes()
{
	insmod /lib/modules/kvwrong.ko || return
	for percent in 0 100; do
		fuzz $percent
		for name in kfree virt_to_phys scatterlist; do
			echo "kvwrong: begin $name at $percent" >/dev/kmsg
			# Whoever is caught dies of it.
			sh -c "echo $name >/sys/kernel/debug/kvwrong"
			status=$?
			echo "kvwrong: end $name at $percent" >/dev/kmsg
			give "mistake $name $percent $status"
		done
	done
	fuzz 0
}

mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
ip link set lo up

# shellcheck disable=SC2013	# words are what is wanted
for word in $(cat /proc/cmdline); do
	case $word in
	kv.fuzz=*) percent=${word#*=} ;;
	esac
done

echo 1 >$KV/enable
case ${percent=} in
wrong) mistakes ;;
[0-9]*)
	fuzz "$percent"
	workloads
	stress
	fuzz 0
	leaks
	;;
*) echo "fuzz: kv.fuzz=$percent: not a number, nor wrong" ;;
esac
give end
