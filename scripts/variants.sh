# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034	# variables are for those who source this
#
# Which kernels there are beside the ordinary one, and which machines they are
# tested on.  Sourced, never run, after lib.sh.

# Every variant that can be built; the ordinary kernel has no name.
VARIANTS='debug gcc i386 arm64 riscv64'

# variant NAME: how the kernel of that name is made.
#   kunit_arch	its machine, as kunit.py calls it
#   arch	its ARCH, as make calls it
#   compiler	what tells make which compiler: LLVM=1, or nothing for gcc
#   configs	its fragments in tests/configs
variant()
{
	kunit_arch=x86_64 arch=x86_64 compiler=LLVM=1
	case $1 in
	'')	configs='kunit numa rust guest upstream small labels' ;;
	debug)	configs='kunit numa rust guest debug fuzz small' ;;
	gcc)	configs='kunit numa small bare' compiler= ;;
	i386)	configs='kunit small bare' kunit_arch=i386 arch=i386 ;;
	arm64)	configs='kunit numa rust small bare' kunit_arch=arm64 arch=arm64 ;;
	riscv64) configs='kunit numa rust small bare' kunit_arch=riscv arch=riscv ;;
	*)	die "no variant $1 of a kernel: there are $VARIANTS" ;;
	esac
}

# Every part of the tests that boots a kernel into its KUnit suites.
KUNIT_PARTS='kunit smp numa pressure stress debug gcc i386 arm64 riscv64'

# part NAME: which kernel a part of the tests boots, on what.
#   kernel	the variant
#   machine	QEMU's arguments, on top of kunit.py's: 1 GiB, one processor
#   cmdline	the kernel's arguments
#   suite	the one suite that it is about, or all; only such a part runs what
#		KUnit calls slow
#   patience	the seconds that it may take (TIMEOUT= says otherwise)
#   userland	whether the guest's userland runs afterwards (on scripts/boot's
#		machine), to test the drivers and to look for leaks
part()
{
	# Without the test of the timer, in which a busy host's emulated clock
	# can fail.
	kernel='' machine='-smp 2' cmdline='no_timer_check numa=fake=2'
	suite='' patience=300 userland=''
	case $1 in
	# Two processors and two nodes, so that there is something to tell
	# apart.
	kunit | upstream) ;;
	smp)	machine='-smp 4' ;;
	# Four real nodes, as far as the kernel can tell, three of them with
	# memory of their own, the last with a processor only.
	numa)
		cmdline=no_timer_check machine='-smp 4,sockets=4'
		for node in 0 1 2; do
			size=256M
			[ $node -ne 0 ] || size=512M
			ram=memory-backend-ram,id=ram$node,size=$size
			machine="$machine -object $ram -numa"
			machine="$machine node,nodeid=$node,cpus=$node,memdev=ram$node"
		done
		machine="$machine -numa node,nodeid=3,cpus=3"
		;;
	# A machine of its own, as it leaves nothing to others, and a small one,
	# as an emulated one takes its time to fill more.
	pressure)
		machine='-smp 2 -m 512' cmdline=no_timer_check
		suite=kvmalloc_pressure
		;;
	stress)
		for number in "${SEED:-0}" "${OPERATIONS:-0}"; do
			case $number in
			*[!0-9]*) die "not a number: $number: set SEED= or OPERATIONS= to one" ;;
			esac
		done
		machine='-smp 4' suite=kvmalloc_stress patience=1800
		cmdline="$cmdline kvmalloc_stress.seed=${SEED:-0}"
		cmdline="$cmdline${OPERATIONS:+ kvmalloc_stress.operations=$OPERATIONS}"
		;;
	debug)	kernel=debug patience=900 userland=1 ;;
	gcc)	kernel=gcc ;;
	# So little room for vmalloc that a test can use it up.
	i386)	kernel=i386 cmdline='no_timer_check vmalloc=64M' ;;
	arm64 | riscv64) kernel=$1 cmdline=numa=fake=2 ;;
	*)	die "no part of the tests is called $1: there are test, fuzz, prove, upstream, $KUNIT_PARTS" ;;
	esac
}
