# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# KUnit, in the debug kernel: behind two backends, or with FULL behind every one.
# To be sourced by tools/test, which says where "here" is.
# shellcheck source=../lib/kunit.sh
. "$here/lib/kunit.sh"

# shellcheck disable=SC2086 # They are words.
if [ -n "$FULL" ]; then
	kunit_guests debug $BACKENDS
else
	kunit_guests debug intel swiotlb
fi
