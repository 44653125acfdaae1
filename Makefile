# SPDX-License-Identifier: GPL-2.0
#
# The front door.  Everything is done by scripts/, which say what they do; here
# stands what can be asked for.

# 6.12 is the kernel that stays available for years.
DEFAULT_KERNEL := 6.12
MODE ?= replace

export KERNEL SYSROOT ACCEL JOBS V UPDATE MIRROR BUILD TIMEOUT
unexport MAKEFLAGS

.DEFAULT_GOAL := help
.PHONY: help run test shell kernel graft ungraft patch clean distclean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' \
		$(firstword $(MAKEFILE_LIST))
	@echo
	@echo '  KERNEL=6.12|7.3   which kernel (default: $(DEFAULT_KERNEL); for test: both)'
	@echo '  KDIR=             a Linux source tree, for graft, ungraft and patch'
	@echo '  MODE=beside       graft, patch: keep upstream'"'"'s family under other names'
	@echo '  JOBS=N V=1        parallel jobs; show the logs as they are written'
	@echo '  SYSROOT=none      use the tools of this machine, after checking them'
	@echo '  ACCEL=kvm         let QEMU use KVM (default: tcg, which runs everywhere)'
	@echo '  UPDATE=1          look for newer kernels in Debian'
	@echo '  BUILD=DIR         where to build (default: build/)'
	@echo '  MIRROR=URL        which Debian mirror makes the sysroot'
	@echo '  TIMEOUT=SECONDS   how long a guest may take (default: 300)'

run: ## boot Linux with our kvmalloc and push a file through both drivers
	@scripts/run demo

test: ## run every suite, C and Rust, on both kernels, and the host's checks
	@scripts/test

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
		python3 scripts/graft $@ --mode '$(MODE)' '$(KDIR)'; \
	else \
		kdir=$$(realpath '$(KDIR)') && scripts/sysroot && \
		KV_BIND=$$kdir scripts/enter scripts/graft $@ --mode '$(MODE)' "$$kdir"; \
	fi
endef

graft: ## put our family into the tree KDIR=
	$(graft-tool)

ungraft: ## take it out of the tree KDIR= again
	$(graft-tool)

patch: ## print a patch that does to the pristine tree KDIR= what graft does
	$(graft-tool)

clean: ## remove build/
	@cd "$${BUILD:-build}" 2>/dev/null && rm -rf linux-* obj-* guest test log \
		*.patch *.config || true
	@rmdir "$${BUILD:-build}" 2>/dev/null || true

distclean: clean ## remove the sysroot and the kernels in the cache, too
	@rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/kvmalloc"
