# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
#
# The copy sample, in Debian's kernel and in the test kernel, behind one backend of each
# kind; with FULL in the debug kernel too, and behind every backend.
# To be sourced by tools/test, which says where "here" is.

COPY_BACKENDS="intel intel-lazy intel-pt amd virtio none swiotlb"

copy_suite() {
	local kernel backend log kernels="stock test" backends=$COPY_BACKENDS
	if [ -n "$FULL" ]; then
		kernels+=" debug"
		backends=$BACKENDS
	fi
	for kernel in $kernels; do "$here/kernel/$kernel"; done
	"$here/vm/program"
	"$here/modules/build" stock
	for kernel in $kernels; do
		for backend in $backends; do
			ARGS="test $(backend_translation "$backend")" boot_soon "$kernel" "$backend" copy-tests \
				"$PHYR_CACHE/log/copy-$kernel-$backend.log"
		done
	done
	for kernel in $kernels; do
		for backend in $backends; do
			log=$PHYR_CACHE/log/copy-$kernel-$backend.log
			if ! booted "$log" &&
				! grep -q '^phyr-guest: job ended with [1-9]' "$log"; then
				result fail "copy: $kernel: $backend" "the guest did not end well; console: $log"
				continue
			fi
			ktap_results "copy: $kernel: $backend" "$log"
			if grep '^phyr-guest: leak' "$log"; then result fail "copy: $kernel: $backend: leak"; fi
			dmesg_result "copy: $kernel: $backend" "$log"
		done
	done
}

copy_suite
