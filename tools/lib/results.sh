# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Counts what tests say.  To be sourced.

passed=0
failed=0
skipped=0

# result pass|fail|skip NAME [WHY]
result() {
	case $1 in
	pass) passed=$((passed + 1)) ;;
	fail) failed=$((failed + 1)) ;;
	skip) skipped=$((skipped + 1)) ;;
	esac
	printf '[%s]   %s: %s%s\n' "$(elapsed)" "$1" "$2" "${3:+ ($3)}"
}

# add_results SUITE PASSED FAILED SKIPPED: what a suite counted by itself.
add_results() {
	passed=$((passed + $2))
	failed=$((failed + $3))
	skipped=$((skipped + $4))
	printf '[%s]   %s: %s passed, %s failed, %s skipped\n' "$(elapsed)" "$1" "$2" "$3" "$4"
}

# ktap_results SUITE LOG: counts the results on a guest's console with the kernel's
# own kunit.py and shows those that failed or were skipped.  No result at all is a
# failure.
ktap_results() {
	local suite=$1 log=$2 parts=$2.ktap part parser source
	local passes failures skips
	source=/cache/$(basename "$("$PHYR_REPO/tools/kernel/stock" --path)")/source
	parser=$source/tools/testing/kunit/kunit.py

	# It reads one report; a guest prints one for each module with tests.  What the
	# kernel says behind the first line of a suite makes it lose that suite.
	rm -rf "$parts"
	mkdir "$parts"
	sed 's/^\[ *[0-9.]*\] //' "$log" |
		awk -v parts="$parts" '/^KTAP version/ { n++ }
			begun && !/^ *(# Subtest:|[0-9]+\.\.[0-9]+)/ { next }
			{ begun = /^ *KTAP version/ }
			n { print > (parts "/" n) }'

	local pass=0 fail=0 skip=0
	for part in $(grep -l '# Subtest:' "$parts"/* 2>/dev/null || true); do
		# It also fails if a test failed.
		"$PHYR_REPO/tools/root/enter" python3 -B "$parser" \
			parse "/cache${part#"$PHYR_CACHE"}" >"$part.parsed" 2>&1 || true
		shown <"$part.parsed"
		if ! read -r passes failures skips < <(counted <"$part.parsed"); then
			result fail "$suite" "kunit.py cannot read its report: $part.parsed"
			continue
		fi
		pass=$((pass + passes))
		fail=$((fail + failures))
		skip=$((skip + skips))
	done
	if [ $((pass + fail)) = 0 ]; then
		result fail "$suite" "no test ran; console: $log"
		return
	fi
	if [ $fail -gt 0 ]; then grep -n 'not ok ' "$log" || true; fi
	add_results "$suite" $pass $fail $skip
}

# shown: the lines of kunit.py's report about tests that failed or were skipped.  A suite
# that was skipped as a whole is one line, with the reason of its last test.
shown() {
	sed -n 's/^\[[0-9:]*\] /        /p' |
		awk '/ =+ \[[A-Z]+\] .* =+$/ {
				if (/\[SKIPPED\]/) print "        [SKIPPED] all of " $3 why
				else printf "%s", skipped
				skipped = ""
			}
			/^ *\[SKIPPED\]/ {
				skipped = skipped $0 "\n"
				why = match($0, / \(.*/) ? substr($0, RSTART) : ""
			}
			/\[(FAILED|ERROR|CRASHED)\]/'
}

# counted: how many tests passed, failed and were skipped, as kunit.py counted them in
# its report.
counted() {
	sed -n 's/.*Testing complete. Ran [0-9]* tests: //p' |
		awk -F '[:,] *' '{
			for (i = 1; i < NF; i += 2) n[$i] = $(i + 1)
			print n["passed"] + 0, n["failed"] + n["crashed"] + n["errors"], n["skipped"] + 0
		}'
}

# reported LOG NAME: what a guest's job has reported of that; nothing if it has not.
reported() { sed -n "s/^report: $2=//p" "$1"; }

# dmesg_result SUITE LOG: a guest's kernel must not complain.
dmesg_result() {
	local complaints
	if complaints=$("$PHYR_REPO/tools/vm/dmesg" "$2"); then
		result pass "$1: clean dmesg"
	else
		echo "$complaints" | head -n 20
		result fail "$1: clean dmesg" "console: $2"
	fi
}

# Ends a test run: the line that counts.
finish() {
	echo
	if [ $((passed + failed)) = 0 ]; then
		echo "no test ran" >&2
		failed=1
	fi
	printf '%s passed, %s failed' "$passed" "$failed"
	if [ "$skipped" -gt 0 ]; then printf ', %s skipped' "$skipped"; fi
	echo
	[ "$failed" = 0 ]
}
