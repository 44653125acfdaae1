# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034	# variables are for those who source this
#
# Which kernels there are beside the ordinary one, and which machines they are
# tested on.  Sourced, never run, after lib.sh.

# Every variant that can be built; the ordinary kernel has no name.
VARIANTS='debug rust rustdoc gcc i386 arm64 riscv64
	rt kcsan kmsan swtags hwtags pages64k nommu nommu-arm nommu-m68k rustc
	rustc-oldest
	bench bench-uml differential size-ours size-upstream'

# variant NAME: how the kernel of that name is made.
#   kunit_arch	its machine, as kunit.py calls it
#   arch	its ARCH, as make calls it
#   compiler	what tells make which compiler: LLVM=1, or nothing for gcc
#   configs	its fragments in tests/configs
#   graft	what becomes of upstream's family: replace; beside, to have both;
#		or none, to have no graft at all
#   defaults	full: what is not in its fragments is as kunit.py has it; bare:
#		it is off
#   target	what make is to make
#   sysroot	the variant of the sysroot whose tools build it (scripts/packages.*)
variant()
{
	kunit_arch=x86_64 arch=x86_64 compiler=LLVM=1
	graft=replace defaults=full target=all settings='' sysroot=''
	case $1 in
	'')	configs='kunit numa rust guest upstream small labels' ;;
	debug)	configs='kunit numa rust guest debug fuzz small' ;;
	rust)	configs='guest drivers' defaults=bare ;;
	# No kernel: what there is of ours in Rust is looked at by clippy, and
	# documented.  A warning of either ends it.
	rustdoc)
		configs='kunit rust guest' defaults=bare
		target='rust/ kv/tests/rust/ kv/samples/ rustdoc'
		settings='CLIPPY=1 KRUSTFLAGS=-Dwarnings'
		;;
	gcc)	configs='kunit numa small bare' compiler= ;;
	i386)	configs='kunit small bare highmem' kunit_arch=i386 arch=i386 ;;
	arm64)	configs='kunit numa rust small bare' kunit_arch=arm64 arch=arm64 ;;
	riscv64) configs='kunit numa rust small bare' kunit_arch=riscv arch=riscv ;;
	# Kernels in which locks, memory accesses or addresses work differently, in
	# C unless Rust has to do with the difference.
	rt)	configs='kunit numa lean x86 rt' defaults=bare ;;
	kcsan)	configs='kunit numa lean x86 kcsan' defaults=bare ;;
	kmsan)	configs='kunit numa lean x86 kmsan' defaults=bare ;;
	swtags | hwtags)
		configs="kunit numa lean arm64 $1" defaults=bare
		kunit_arch=arm64 arch=arm64
		;;
	pages64k)
		configs='kunit numa lean arm64 rust pages64k' defaults=bare
		kunit_arch=arm64 arch=arm64
		;;
	# Without an MMU: one boots, the others show that the code compiles where
	# the headers of the architecture lack what depends on page tables.
	nommu)	configs='kunit lean nommu' defaults=bare
		kunit_arch=riscv arch=riscv
		;;
	nommu-arm)
		configs=nommu-arm defaults=bare arch=arm target='mm/ kv/'
		settings=KCFLAGS=-Werror
		;;
	nommu-m68k)
		configs=nommu-m68k defaults=bare arch=m68k target='mm/ kv/'
		compiler=CROSS_COMPILE=m68k-linux-gnu- sysroot=m68k
		settings=KCFLAGS=-Werror
		;;
	# No kernel: the Rust layer and its suites, compiled by the newest rustc of
	# Debian 13.
	rustc)	configs='kunit rust guest' defaults=bare sysroot=rustc
		target='rust/ kv/tests/rust/ kv/samples/'
		settings=KRUSTFLAGS=-Dwarnings
		;;
	# The same with the oldest rustc that the kernel supports, where that is not
	# the one that builds the other kernels.  Its lints are not those of today.
	rustc-oldest)
		configs='kunit rust guest' defaults=bare sysroot=rustc-oldest
		target='rust/ kv/tests/rust/ kv/samples/'
		;;
	# Ours and upstream's in one kernel, for scripts/bench.
	bench)	configs='bench bench-guest' graft=beside defaults=bare ;;
	bench-uml)
		configs='bench bench-uml' graft=beside defaults=bare compiler=
		kunit_arch=um arch=um target=linux
		;;
	# The same, for Rust alone.
	differential)
		configs='bench-guest differential' graft=beside defaults=bare
		;;
	# The same kernel with the one or the other.
	size-ours) configs=bench-size defaults=bare target=vmlinux ;;
	size-upstream)
		configs=bench-size defaults=bare target=vmlinux graft=none
		;;
	*)	die "no variant $1 of a kernel: there are $VARIANTS" ;;
	esac
}

# Every part of the tests that boots a kernel into its KUnit suites.
KUNIT_PARTS='kunit smp numa pressure stress differential debug gcc i386 arm64 riscv64
	rt kcsan kmsan swtags hwtags pages64k nommu highmem slab-fzpu slab-u'

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
	kernel='' machine='-smp 2' cmdline="$BUSY_HOST numa=fake=2"
	suite='' patience=300 userland=''
	case $1 in
	# Two processors and two nodes, so that there is something to tell
	# apart.
	kunit | upstream) ;;
	smp)	machine='-smp 4' ;;
	# Four real nodes, as far as the kernel can tell, three of them with
	# memory of their own, the last with a processor only.
	numa)
		cmdline=$BUSY_HOST machine='-smp 4,sockets=4'
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
		machine='-smp 2 -m 512' cmdline=$BUSY_HOST
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
	differential)
		for number in "${SEED:-0}" "${STEPS:-0}"; do
			case $number in
			*[!0-9]*) die "not a number: $number: set SEED= or STEPS= to one" ;;
			esac
		done
		kernel=differential suite=kvmalloc_rust_differential patience=1800
		cmdline="$BUSY_HOST kvmalloc_differential.seed=${SEED:-0}"
		cmdline="$cmdline${STEPS:+ kvmalloc_differential.steps=$STEPS}"
		;;
	debug)	kernel=debug patience=1800 userland=1 ;;
	gcc)	kernel=gcc ;;
	# So little room for vmalloc that a test can use it up.
	i386)	kernel=i386 cmdline="$BUSY_HOST vmalloc=64M" ;;
	arm64 | riscv64) kernel=$1 cmdline="$BUSY_HOST numa=fake=2" ;;
	rt | kcsan | pages64k) kernel=$1 patience=900 ;;
	# Each byte has two of metadata.
	kmsan)	kernel=kmsan machine='-smp 2 -m 3072' patience=1800 ;;
	swtags)	kernel=swtags patience=900 ;;
	# QEMU merges the options of -machine with those that kunit.py gives.
	hwtags)	kernel=hwtags machine='-smp 2 -machine mte=on' patience=900
		cmdline="$cmdline kasan=on"
		;;
	# The kernel is its own firmware.
	nommu)	kernel=nommu machine='-smp 2 -bios none' cmdline=$BUSY_HOST ;;
	# More memory than 32 bits map at once, and the usual addresses for vmalloc.
	highmem) kernel=i386 machine='-smp 2 -m 2048' cmdline=$BUSY_HOST ;;
	# The ordinary kernel with slab's checks: consistency, red zones, poison and
	# a record of each owner; or the records alone, which change how slab uses
	# the memory behind an object.
	slab-fzpu) cmdline="$cmdline slab_debug=FZPU" patience=900 ;;
	slab-u)	cmdline="$cmdline slab_debug=U" ;;
	# No suites: the kernel's own drivers, in the guest's userland.
	rust)	kernel=rust patience=1800 ;;
	*)	die "no part of the tests is called $1: there are test, fuzz, prove, upstream, rust, rustc, zero, $KUNIT_PARTS" ;;
	esac
}
