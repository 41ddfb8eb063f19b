# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2153,SC2154
#
# Registered buffers of the copy sample, by controllers that come and go: in Debian's kernel behind
# intel; with FULL behind every backend, and in the test and the debug kernel behind some; and a file
# that is copied meanwhile, as users do it.  With FULL the devices of files on disks, and on what md and dm
# make of disks.
# To be sourced by tools/test, which says where "here" is.

# registered_guests: KERNEL:BACKEND.  Behind "high" it is up to the memory what can be reached.
registered_guests() {
	local backend
	echo stock:intel
	if [ -z "$FULL" ]; then return; fi
	for backend in $BACKENDS; do
		if [[ $backend != intel && $backend != high ]]; then echo "stock:$backend"; fi
	done
	echo test:intel test:amd debug:intel debug:amd debug:virtio debug:none
}

registered_suite() {
	local guest kernel backend log name guests limit
	guests=$(registered_guests)
	"$here/vm/program"
	"$here/modules/build" stock
	for kernel in test debug; do
		if [[ $guests = *$kernel:* ]]; then "$here/kernel/$kernel"; fi
	done
	for guest in $guests; do
		IFS=: read -r kernel backend <<<"$guest"
		limit=400
		if [ "$kernel" = debug ]; then limit=1500; fi
		TIME_LIMIT=$limit ARGS=$(backend_translation "$backend") boot_soon "$kernel" "$backend" premapped-tests \
			"$PHYR_CACHE/log/registered-$kernel-$backend.log"
	done
	for guest in $guests; do
		IFS=: read -r kernel backend <<<"$guest"
		log=$PHYR_CACHE/log/registered-$kernel-$backend.log
		name="registered: $kernel: $backend"
		if ! booted "$log" && ! grep -q '^phyr-guest: job ended with [1-9]' "$log"; then
			result fail "$name" "the guest did not end well; console: $log"
			continue
		fi
		ktap_results "$name" "$log"
		if grep '^phyr-guest: leak' "$log"; then result fail "$name: leak" "console: $log"; fi
		if grep -q '# SKIP' "$log"; then result fail "$name" "nothing was plugged in; console: $log"; fi
		if [ "$(reported "$log" iommu_map)" != "$(reported "$log" iommu_unmap)" ]; then
			result fail "$name: bytes mapped through the IOMMU" "some were not unmapped; console: $log"
		fi
		dmesg_result "$name" "$log"
	done
	if [ -n "$FULL" ]; then files_results; fi
	registered_file
}

# files_results: the debug kernel has bd_walk_slaves().
files_results() {
	local backend log name
	"$here/vm/userland"
	for backend in intel amd none; do
		ARGS='' boot_soon debug "$backend" files "$PHYR_CACHE/log/files-debug-$backend.log"
	done
	for backend in intel amd none; do
		log=$PHYR_CACHE/log/files-debug-$backend.log
		name="files: debug: $backend"
		if ! booted "$log"; then
			result fail "$name" "the guest did not end well; console: $log"
			continue
		fi
		if grep -q 'a_file_of_this_machine # SKIP' "$log"; then result fail "$name" "no file was asked for; console: $log"; fi
		ktap_results "$name" "$log"
		dmesg_result "$name" "$log"
	done
}

registered_file() {
	local log=$PHYR_CACHE/log/registered-file.log
	if IOMMU=intel KERNEL=stock FILE="" "$here/samples/premapped" >"$log" 2>&1; then
		result pass "registered: a file"
	else
		result fail "registered: a file" "$(tail -n 1 "$log") (log: $log)"
	fi
}

registered_suite
