# SPDX-License-Identifier: GPL-2.0
#
# The front door.  Everything is done by scripts/, which say what they do; here
# stands what can be asked for.

# 6.12 is the kernel that stays available for years.
DEFAULT_KERNEL := 6.12
MODE ?= replace

export KERNEL SYSROOT ACCEL JOBS V UPDATE MIRROR BUILD TIMEOUT ONLY SKIP WITHOUT
unexport MAKEFLAGS

.DEFAULT_GOAL := help
.PHONY: help run test test-all shell kernel graft ungraft patch clean distclean

# Parts of test-all, each callable alone.
PARTS := smp numa slab-fzpu slab-u zero upstream rust differential debug gcc i386 highmem \
	arm64 riscv64 rt kcsan kmsan swtags hwtags pages64k nommu rustc
.PHONY: $(PARTS:%=test-%) pressure stress fuzz prove bench rustdoc

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' \
		$(firstword $(MAKEFILE_LIST))
	@echo
	@echo '  KERNEL=6.12|7.3   which kernel (default: $(DEFAULT_KERNEL); for tests: both)'
	@echo '  KDIR=             a Linux source tree, for graft, ungraft and patch'
	@echo '  MODE=beside       graft, patch: keep upstream'"'"'s family under other names'
	@echo '  WITHOUT=NAME      leave out a correction: Documentation/corrections.rst'
	@echo '  JOBS=N V=1        parallel jobs; show the logs as they are written'
	@echo '  SYSROOT=none      use the tools of this machine, after checking them'
	@echo '  SEED=N            stress: repeat a run; OPERATIONS=N: a shorter or longer one'
	@echo '  STEPS=N           test-differential: so many operations for each type'
	@echo '  ONLY=grow/,free/  bench: these results; SKIP=uml,size: not those'
	@echo '  BOOT_HOOKS=1      test: boot the kernels with other options, too'
	@echo '  ACCEL=kvm         let QEMU use KVM (default: tcg, which runs everywhere)'
	@echo '  UPDATE=1          look for newer kernels in Debian'
	@echo '  BUILD=DIR         where to build (default: build/)'
	@echo '  MIRROR=URL        which Debian mirror makes the sysroot'
	@echo '  TIMEOUT=SECONDS   how long a guest may take (default: 300)'

run: ## boot Linux with our kvmalloc and push a file through both drivers
	@scripts/run demo

test: ## run every suite, C and Rust, on both kernels, and the host's checks
	@scripts/test

test-all: ## that, and every part of it that follows (an hour or more)
	@scripts/test-all

test-smp: ## the suites on four processors
test-numa: ## the suites on four nodes, one of them without memory
test-upstream: ## upstream's own tests of slab, vmalloc, overflows and Rust
test-rust: ## the kernel's own drivers in Rust, each used in the guest
test-differential: ## our vectors and boxes in Rust beside upstream's, at random
test-debug: ## the suites under KASAN, lockdep, kmemleak and the like
test-gcc: ## the suites in C, compiled with gcc
test-i386: ## the suites in C on 32 bits, with little room for vmalloc
test-arm64: ## the suites on arm64
test-riscv64: ## the suites on riscv64
test-highmem: ## the suites in C on 32 bits, with memory that is not always mapped
test-slab-fzpu: ## the suites with slab_debug=FZPU
test-slab-u: ## the suites with slab_debug=U
test-zero: ## memory that must be zero, with all slab_debug= and init_on_...=
test-rt: ## the suites in C under PREEMPT_RT and lockdep
test-kcsan: ## the suites in C under the concurrency sanitizer
test-kmsan: ## the suites in C under the memory sanitizer
test-swtags: ## the suites in C on arm64, KASAN tagging addresses in software
test-hwtags: ## the suites in C on arm64, KASAN tagging memory in hardware
test-pages64k: ## the suites on arm64 with pages of 64 KiB
test-nommu: ## the suites in C on riscv64 without an MMU; ARM, m68k: compiled
test-rustc: ## compile the Rust layer with the newest rustc and the oldest one
pressure: ## memory fragmented, then exhausted
stress: ## millions of random operations, checked against a model
fuzz: ## the kernel's own callers, with vmalloc where slab would do
prove: ## the policy, for all sizes and flags, with a model checker

$(PARTS:%=test-%):
	@scripts/test-all $(@:test-%=%)

pressure stress fuzz prove:
	@scripts/test-all $@

bench: ## count ours beside upstream's, and draw and document it
	@scripts/bench

rustdoc: ## document the Rust layer; warnings of it or of clippy are errors
	@scripts/rustdoc

shell: ## a prompt in the guest, both drivers loaded
	@scripts/run shell

kernel: ## build the grafted kernel, no more
	@scripts/sysroot
	@scripts/kernel-build "$${KERNEL:-$(DEFAULT_KERNEL)}"

# The tree that the user names may be anywhere, also where the sysroot cannot
# show it; grafting needs no more than a Python.
define graft-tool
	@test -n '$(KDIR)' || { echo "make $@: say which tree: make $@ KDIR=path/to/linux" >&2; exit 2; }
	@test -d '$(KDIR)' || { echo 'make $@: $(KDIR) is not a folder: give a Linux source tree with KDIR=' >&2; exit 2; }
	@if command -v python3 >/dev/null; then \
		python3 scripts/graft $@ --mode '$(MODE)' $(WITHOUT:%=--without '%') '$(KDIR)'; \
	else \
		kdir=$$(realpath '$(KDIR)') && scripts/sysroot && \
		KV_BIND=$$kdir scripts/enter scripts/graft $@ --mode '$(MODE)' \
			$(WITHOUT:%=--without '%') "$$kdir"; \
	fi
endef

graft: ## put our family into the tree KDIR=
	$(graft-tool)

ungraft: ## take it out of the tree KDIR= again
	$(graft-tool)

patch: ## print a patch that does to the pristine tree KDIR= what graft does
	$(graft-tool)

clean: ## remove build/
	@cd "$${BUILD:-build}" 2>/dev/null && rm -rf linux-* obj-* guest test log bench \
		*.patch *.config || true
	@rmdir "$${BUILD:-build}" 2>/dev/null || true

distclean: clean ## remove the sysroot and the kernels in the cache, too
	@rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/kvmalloc"
