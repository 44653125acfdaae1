# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Loads, uses and unloads the kernel's own drivers in Rust: those that
# /guest/rust_modules lists, and binder, which is no module. Sourced by /init.
#
# Verdict: KTAP. What the programs report is a subtest each.

CONFIG=/sys/kernel/config
DEBUGFS=/sys/kernel/debug
KMEMLEAK=$DEBUGFS/kmemleak
ROUNDS=10

# todo NAME COMMAND...: a line of the report that is to come.
todo()
{
	echo "$*" >>/tmp/todo
}

# soon COMMAND...: what the kernel does behind one's back takes a while.
soon()
{
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || return 1
		usleep 100000
	done
}

# fails COMMAND...: not at all, that is.
fails()
{
	! "$@"
}

there()
{
	[ -e "$1" ]
}

# store TEXT FILE
store()
{
	echo "$1" 2>/dev/null >"$2"
}

# holds FILE TEXT: nothing else is in it.
holds()
{
	[ "$(cat "$1")" = "$2" ] || {
		echo "$1 holds: $(cat "$1")"
		return 1
	}
}

# said TEXT: how many times the kernel has, since it was last forgotten.
said()
{
	dmesg | grep -cF "$1"
}

forget()
{
	dmesg -c >/dev/null
}

# at_work SIGN: a module, going by what its line in the table says.
at_work()
{
	# shellcheck disable=SC2086	# a pattern
	set -- $1
	[ -e "$1" ]
}

gone()
{
	! at_work "$1"
}

# What some modules cannot do without, and how it is had.
before()
{
	case $1 in
	nova-drm) insmod /lib/modules/nova-core.ko ;;
	rust_i2c_client) insmod /lib/modules/i2c-stub.ko chip_addr=0x30 ;;
	rust_driver_i2c)
		before rust_i2c_client &&
			insmod /lib/modules/rust_i2c_client.ko
		;;
	rust_driver_usb)
		for needed in udc-core libcomposite usb_f_ss_lb dummy_hcd; do
			insmod /lib/modules/$needed.ko || return 1
		done
		insmod /lib/modules/g_zero.ko idVendor=0x1234 \
			idProduct=0x5678 &&
			soon at_work '/sys/bus/usb/devices/1-1:*'
		;;
	esac
}

after()
{
	case $1 in
	nova-drm) rmmod nova-core ;;
	rust_i2c_client) rmmod i2c-stub ;;
	rust_driver_i2c) rmmod rust_i2c_client && after rust_i2c_client ;;
	rust_driver_usb)
		for needed in g_zero dummy_hcd usb_f_ss_lb libcomposite \
			udc-core; do
			rmmod "$needed" || return 1
		done
		;;
	esac
}

# comes_and_goes MODULE SIGN: again and again.
comes_and_goes()
{
	module=$1
	shift
	sign=$*
	before "$module" || return 1
	round=0
	while [ $round -lt $ROUNDS ]; do
		round=$((round + 1))
		case $sign in
		/*) gone "$sign" || return 1 ;;
		*) forget ;;
		esac
		insmod "/lib/modules/$module.ko" || return 1
		case $sign in
		/*) soon at_work "$sign" || return 1 ;;
		esac
		rmmod "$module" || return 1
		case $sign in
		/*) soon gone "$sign" || return 1 ;;
		*) [ "$(said "$sign")" = 1 ] || return 1 ;;
		esac
	done
	after "$module"
}

# program COMMAND...: its report is ours. It may not leave anything out.
program()
{
	"$@" >/tmp/tap 2>&1
	status=$?
	sed -i 's/^ok \([0-9]*\) \(.*\)# SKIP/not ok \1 \2 skipped:/' /tmp/tap
	sed 's/^/  /' /tmp/tap >&3
	grep -v '^ok\|^#  *RUN\|^#  *OK' /tmp/tap
	[ $status = 0 ] && ! grep -q '^not ok' /tmp/tap
}

# with MODULE COMMAND...: while it is loaded.
with()
{
	loaded=$1
	shift
	insmod "/lib/modules/$loaded.ko" || return 1
	"$@"
	outcome=$?
	rmmod "$loaded" || return 1
	return $outcome
}

# The samples' files, which hold what was put into them.
use_configfs()
{
	dir=$CONFIG/rust_configfs
	holds $dir/message 'Hello World' &&
		store 'some text' $dir/bar && holds $dir/bar 'some text' &&
		store 'another' $dir/bar && holds $dir/bar another &&
		fails store x $dir/message || return 1
	for i in 1 2 3 4 5 6 7 8; do
		mkdir $dir/child$i $dir/child$i/grand || return 1
		holds $dir/child$i/baz 'Hello Baz' &&
			holds $dir/child$i/grand/gc 'Hello GC' || return 1
		fails mkdir $dir/child$i/grand/none 2>/dev/null || return 1
	done
	for i in 1 2 3 4 5 6 7 8; do
		rmdir $dir/child$i/grand $dir/child$i || return 1
	done
}

use_debugfs()
{
	dir=$DEBUGFS/sample_debugfs
	holds $dir/compatible '"test,kvmalloc"' &&
		holds $dir/counter 91 && store 1234 $dir/counter &&
		holds $dir/counter 1234 &&
		store '17 4' $dir/pair && holds $dir/pair \
		'Inner { x: 17, y: 4 }' &&
		fails store '17 4 1' $dir/pair || return 1
	# A KVec of a page of one byte.
	[ "$(tr -d B <$dir/vector_blob | wc -c)" = 0 ] &&
		[ "$(wc -c <$dir/vector_blob)" = 4096 ] &&
		dd if=/bin/busybox of=$dir/vector_blob bs=4096 count=1 \
			conv=notrunc 2>/dev/null &&
		[ "$(dd if=/bin/busybox bs=4096 count=1 2>/dev/null |
			md5sum)" = "$(md5sum <$dir/vector_blob)" ]
}

# Files made on demand, each with its numbers: KVecs that grow, and shrink.
use_debugfs_scoped()
{
	dir=$DEBUGFS/rust_scoped_debugfs
	i=0
	while [ $i -lt 50 ]; do
		store "file$i $i 2 3 4 5" $dir/control/create || return 1
		i=$((i + 1))
	done
	i=0
	while [ $i -lt 50 ]; do
		holds $dir/dynamic/file$i/0 $i &&
			holds $dir/dynamic/file$i/4 5 &&
			store 77 $dir/dynamic/file$i/3 &&
			holds $dir/dynamic/file$i/3 77 || return 1
		[ "$(wc -c <$dir/dynamic/file$i/blob)" = 4096 ] || return 1
		i=$((i + 1))
	done
	fails store 'wrong 1 x' $dir/control/create || return 1
	i=0
	while [ $i -lt 50 ]; do
		store file$i $dir/control/remove || return 1
		[ ! -e $dir/dynamic/file$i ] || return 1
		i=$((i + 2))
	done
	[ "$(find $dir/dynamic -name blob | wc -l)" = 25 ]
}

use_soc()
{
	dir=/sys/bus/soc/devices/soc0
	holds $dir/machine 'My cool ACME15 dev board' &&
		holds $dir/family ACME && holds $dir/soc_id ACME15
}

# nulls SIZE BLOCK: I/O on a null device of SIZE MiB.
nulls()
{
	program env RNULL_MIB="$1" RNULL_BLOCK="$2" rnull_test
}

# null_as SIZE BLOCK IRQMODE ROTATIONAL: one that is configured like this. It
# cannot be while it is in use, nor with what no device can be.
null_as()
{
	dir=$CONFIG/rnull/rnullb0
	mkdir $dir || return 1
	null_as_in_use "$@"
	null_outcome=$?
	store 0 $dir/power && rmdir $dir && return $null_outcome
}

null_as_in_use()
{
	fails store 1000 "$dir"/blocksize && fails store 7 "$dir"/irqmode &&
		fails store x "$dir"/size || return 1
	store "$1" "$dir"/size && store "$2" "$dir"/blocksize &&
		store "$3" "$dir"/irqmode && store "$4" "$dir"/rotational &&
		store 1 "$dir"/power && soon there /dev/rnullb0 || return 1
	fails store "$1" "$dir"/size && fails store "$2" "$dir"/blocksize &&
		holds "$dir"/size "$1" &&
		holds /sys/block/rnullb0/queue/rotational "$4" &&
		nulls "$1" "$2"
}

# nulls_come_and_go: many of them, again and again, some still open.
nulls_come_and_go()
{
	for round in 1 2 3 4 5; do
		for i in 1 2 3 4 5 6 7 8 9; do
			mkdir $CONFIG/rnull/many$i &&
				store 1 $CONFIG/rnull/many$i/power || return 1
		done
		for i in 1 2 3 4 5 6 7 8 9; do
			soon there /dev/many$i &&
				dd if=/dev/many$i of=/dev/null bs=1M count=2 \
					2>/dev/null &&
				store 0 $CONFIG/rnull/many$i/power &&
				rmdir $CONFIG/rnull/many$i || return 1
		done
	done
}

# A module that measures and then does not want to stay.
measures()
{
	forget
	fails insmod /lib/modules/find_bit_benchmark_rust.ko 2>/dev/null &&
		[ "$(said next_zero_bit:)" -gt 0 ]
}

# refuses DRIVER DEVICE [BUS]: a driver that gets a device of another kind must
# let go of all that it has got until it finds out.
refuses()
{
	bus=/sys/bus/${3:-platform}
	store "$1" "$bus/devices/$2/driver_override" || return 1
	for round in 1 2 3 4 5; do
		fails store "$2" "$bus/drivers/$1/bind" || return 1
		[ ! -e "$bus/devices/$2/driver" ] || return 1
	done
	store '' "$bus/devices/$2/driver_override"
}

# What everybody has allocated can be reached. kmemleak looks at what is five
# seconds old; what was just on its way from one hand to another is found again
# by the second look.
no_leaks()
{
	sleep 6
	store scan "$KMEMLEAK" || return 1
	sleep 1
	store scan "$KMEMLEAK" && cat "$KMEMLEAK" >/tmp/leaks || return 1
	cat /tmp/leaks
	[ ! -s /tmp/leaks ]
}

# It refuses if it has given up, and says nothing then, either.
leaks_are_looked_for()
{
	[ -e "$KMEMLEAK" ] && store scan "$KMEMLEAK"
}

silent()
{
	! tainted
}

[ ! -d $CONFIG ] || mount -t configfs configfs $CONFIG

# has MODULE [SIGN]: this kernel, that is; and its sign begins like this.
has()
{
	grep -q "^$1 ${2:-}" /guest/rust_modules
}

# use MODULE COMMAND...: while it is loaded, where it is to be had.
use()
{
	! has "$1" || todo "$(echo "$*" | tr ' ' _)" with "$@"
}

todo kmemleak leaks_are_looked_for
while read -r module sign; do
	todo "$module.loads_and_unloads" comes_and_goes "$module" "$sign"
done </guest/rust_modules
todo panic_screen program qr_test
if [ -x /bin/binder_test ]; then
	todo binderfs_selftest program binderfs_test
	todo binder program binder_test
fi
if [ -e /lib/modules/find_bit_benchmark_rust.ko ]; then
	todo find_bit_benchmark measures
fi
use rust_misc_device program misc_test
use rust_configfs use_configfs
use rust_debugfs use_debugfs
use rust_debugfs_scoped use_debugfs_scoped
use rust_soc use_soc
# Some kernels' null device is there at once, others' is made when asked for.
if has rnull_mod /dev; then
	use rnull_mod nulls 4096 4096
else
	use rnull_mod null_as 4096 4096 0 0
	use rnull_mod null_as 64 512 1 1
	use rnull_mod nulls_come_and_go
fi
use tyr refuses tyr LNUXBEEF:00
use pwm_th1520 refuses pwm-th1520 LNUXBEEF:00
use nova-core refuses nova-core 0000:00:02.0 pci
todo no_leaks no_leaks
todo kernel_did_not_warn silent

give 'KTAP version 1'
give "1..$(wc -l </tmp/todo)"
n=0
while read -r name command <&4; do
	n=$((n + 1))
	echo "rust: $name"
	# shellcheck disable=SC2086	# words, of which a sign may have several
	if set -f && set -- $command && set +f && "$@"; then
		give "ok $n $name"
	else
		set +f
		echo "not ok $n $name"
		give "not ok $n $name"
	fi
done 4</tmp/todo
