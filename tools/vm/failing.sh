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

# code_of phyr: the addresses of phyr.ko's and phyr_rdma.ko's functions, each 16 digits, into
# /tmp/code; fails if another module lies between them.
# code_of FUNCTION: those of this one alone.
code_of() {
	# What ftrace and the like make up belongs to no module.
	awk '$2 ~ /[tT]/ && $4 && $4 !~ /__builtin__/ { print $1, $3, $4 }' /proc/kallsyms | sort >/tmp/functions
	if [ "$1" != phyr ]; then
		sed -n "/ $1 /{ p; n; p }" /tmp/functions | sed 's/ .*//' >/tmp/code
		[ "$(wc -l </tmp/code)" = 2 ]
		return
	fi
	sed -n 's/ .*\[phyr\(_rdma\)*\]$//p' /tmp/functions >/tmp/code
	! sed -n "/^$(head -n 1 /tmp/code)/,/^$(tail -n 1 /tmp/code)/p" /tmp/functions | grep -v '\[phyr\(_rdma\)*\]$'
}

# below_code ATTRIBUTE PERCENT: from here on, of the allocations that what is in /tmp/code is on the
# stack of.
below_code() {
	cd "$injecting/$1" || return 1
	echo "0x$(head -n 1 /tmp/code)" >require-start
	echo "0x$(tail -n 1 /tmp/code)" >require-end
	echo 32 >stacktrace-depth
	# Those that may sleep, too.
	echo 0 >ignore-gfp-wait
	echo 0 >verbose
	echo $MOST_FAILURES >./times
	echo "$2" >probability
}

# fails_below phyr|FUNCTION PERCENT COMMAND...: whether COMMAND succeeds while these fail, of which
# there are some.
fails_below() {
	local where=$1 percent=$2 status attribute failed=0
	shift 2
	code_of "$where" || return 1
	echo 0 >$injecting/fail_page_alloc/min-order
	for attribute in failslab fail_page_alloc; do (below_code $attribute "$percent") || return 1; done
	"$@"
	status=$?
	for attribute in failslab fail_page_alloc; do
		echo 0 >$injecting/$attribute/probability
		failed=$((failed + MOST_FAILURES - $(cat $injecting/$attribute/times)))
	done
	echo "report: allocations_failed_below_$where=$failed"
	[ $status = 0 ] && [ $failed -gt 10 ]
}
