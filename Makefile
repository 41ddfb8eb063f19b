# SPDX-License-Identifier: GPL-2.0
#
# For people. The kernel's build reads Kbuild, not this file.

MAKEFLAGS += --no-print-directory --no-builtin-rules
export ACCEL CONNECTIONS DEPTH DMA_DIR FILE FULL FUNCTIONS GRANULE INSTALL_MOD_PATH IOMMU KDIR KERNEL LAYOUT MIRROR
export MOST MUTANT N NEW OLD OUT QUICK RDMA RELEASE SAMPLE SECONDS_EACH SIZE SUITE THREADS

.PHONY: help run test fuzz bench bench-compare bench-scale bench-ulps check modules install to-kernel clean distclean

help: ## this help
	@echo 'usage: make TARGET [VARIABLE=value ...]'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16
	@echo
	@echo 'All of them fetch and build what they need into $${XDG_CACHE_HOME:-~/.cache}/phyr.'

run: ## copy FILE, or one of SIZE=2G, by DMA in a guest; IOMMU=intel|amd|virtio|none|... KERNEL=stock|test|debug KDIR=; or SAMPLE=premapped, through buffers that are mapped once; ulp, to move it by RDMA; nvmeof or nfs
	@tools/run

test: ## every test, in guests behind every IOMMU; SUITE=mapper|lists|premapped|rdma|host|series|kunit|debug|p2p|kunit-py|copy|registered|ulp|mutants|batch-link for a part, FULL=1 for more
	@tools/test

fuzz: ## inputs that libFuzzer makes up, for the code that keeps lists; SECONDS_EACH=600 MUTANT=
	@tools/fuzz/run

bench: ## instructions to map and unmap lists, beside what others take; IOMMU= LAYOUT= N= FUNCTIONS=1, SUITE=rdma, or QUICK=1 for a few against the baseline
	@tools/bench/$(if $(QUICK),quick,run)

bench-compare: ## which rows of OLD=bench.json|table.txt and NEW= differ, by MOST=3 percent or more
	@tools/bench/compare

bench-scale: ## what 1 to 8 threads map, beside what others do; IOMMU= GRANULE= SECONDS_EACH= THREADS= DMA_DIR=
	@tools/bench/scale

bench-ulps: ## instructions of I/O by NVMe-oF and NFS, with phyr and without; IOMMU= SAMPLE=nvmeof|nfs
	@tools/bench/ulps

check: ## format, lints, checkpatch, kernel-doc, layering
	@tools/check

modules: ## build the modules for Debian's 7.2 kernel, or for KDIR=/path/to/linux
	@tools/modules/for-people

install: ## install the modules for the running kernel (as root)
	@tools/modules/install

to-kernel: ## make a series of patches for a 7.2 kernel, to be applied by git am, in the folder OUT
	@tools/to-kernel $(OUT)

clean: ## remove what was built of phyr itself
	@tools/clean

distclean: ## remove the whole cache: build root, kernels, modules
	@tools/clean --all
