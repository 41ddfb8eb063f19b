# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Trees of Debian 13 with backports, made by mmdebstrap.  To be sourced, after say.sh and
# cache.sh.

# The mirror that this machine's apt uses, unless the user names one.
apt_mirror() {
	# shellcheck disable=SC2016 # The dollar is for apt.
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null |
		grep -v security | head -n 1
}

find_mirror() {
	mirror=${MIRROR:-$(apt_mirror || true)}
	if [ -z "$mirror" ] && [ "$(id -u)" = 0 ]; then
		step "reading apt's lists, to know its mirror"
		apt-get update >/dev/null 2>&1 || true
		mirror=$(apt_mirror || true)
	fi
	[ -n "$mirror" ] || die "apt has no Debian mirror here: name one with MIRROR=http://..."
}

# debootstrap TAR PACKAGES [OPTION...]: the packages that file PACKAGES names, one a line.
debootstrap() {
	local options=() proxy unused
	while read -r proxy; do options+=("--aptopt=$proxy"); done < <(apt-config dump 2>/dev/null | grep -E '^Acquire::https?::Proxy ')
	for unused in doc man info locale; do options+=("--dpkgopt=path-exclude=/usr/share/$unused/*"); done
	mmdebstrap --variant=apt --format=tar --include="$(grep -v '^#' "$2" | paste -sd,)" \
		"${options[@]}" "${@:3}" trixie "$1" \
		"deb $mirror trixie main" \
		"deb $mirror trixie-updates main" \
		"deb $mirror trixie-backports main"
}

# unpack TAR FOLDER: but for its devices.
# Errexit is off in what an "||" follows, so each step depends on the one before.
unpack() {
	local owner=()
	if [ "$(id -u)" != 0 ]; then owner=(--no-same-owner); fi
	mkdir "$2" && tar -C "$2" --exclude='./dev/*' "${owner[@]}" -xf "$1" && rm "$1"
}
