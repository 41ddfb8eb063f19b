# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=busybox
#
# Allocations that fail below phyr's code only, for jobs that have an ULP to use it.  They need a
# kernel with CONFIG_FAULT_INJECTION_STACKTRACE_FILTER.
# To be sourced.

injecting=/sys/kernel/debug

# can_fail: whether they can be made to.  What is mapped without an IOMMU dma-debug keeps a record of,
# and without memory for that it switches itself off.
can_fail() {
	[ -e $injecting/failslab/require-start ] || return 1
	case $(cat /sys/bus/pci/devices/0000:00:05.0/iommu_group/type 2>/dev/null) in
	DMA*) ;;
	*) [ ! -e $injecting/dma-api ] ;;
	esac
}

# More than fail while any test runs.
MOST_FAILURES=1000000

# code_of_phyr: the addresses of phyr.ko's and phyr_rdma.ko's functions, each 16 digits; fails if
# another module lies between them.
code_of_phyr() {
	# What ftrace and the like make up belongs to no module.
	awk '$2 ~ /[tT]/ && $4 && $4 !~ /__builtin__/ { print $1, $4 }' /proc/kallsyms | sort >/tmp/code
	sed -n 's/ \[phyr\(_rdma\)*\]$//p' /tmp/code >/tmp/code-of-phyr
	! sed -n "/^$(head -n 1 /tmp/code-of-phyr)/,/^$(tail -n 1 /tmp/code-of-phyr)/p" /tmp/code | grep -v '\[phyr\(_rdma\)*\]$'
}

# below_phyr ATTRIBUTE PERCENT: from here on, of the allocations that phyr's code is on the stack of.
below_phyr() {
	cd "$injecting/$1" || return 1
	echo "0x$(head -n 1 /tmp/code-of-phyr)" >require-start
	echo "0x$(tail -n 1 /tmp/code-of-phyr)" >require-end
	echo 32 >stacktrace-depth
	# Those that may sleep, too.
	echo 0 >ignore-gfp-wait
	echo 0 >verbose
	echo $MOST_FAILURES >./times
	echo "$2" >probability
}

# fails_below_phyr PERCENT COMMAND...: whether COMMAND succeeds while these fail, of which there are some.
fails_below_phyr() {
	local percent=$1 status attribute failed=0
	shift
	code_of_phyr || return 1
	echo 0 >$injecting/fail_page_alloc/min-order
	for attribute in failslab fail_page_alloc; do (below_phyr $attribute "$percent") || return 1; done
	"$@"
	status=$?
	for attribute in failslab fail_page_alloc; do
		echo 0 >$injecting/$attribute/probability
		failed=$((failed + MOST_FAILURES - $(cat $injecting/$attribute/times)))
	done
	echo "report: allocations_failed=$failed"
	[ $status = 0 ] && [ $failed -gt 0 ]
}
