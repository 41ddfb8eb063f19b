# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# KUnit, in the test kernel, behind every backend.
# To be sourced by tools/test, which says where "here" is.
# shellcheck source=../lib/kunit.sh
. "$here/lib/kunit.sh"

# shellcheck disable=SC2086 # They are words.
kunit_guests test $BACKENDS
