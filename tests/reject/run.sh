#!/bin/bash
# run.sh - Give every wrong spec to "postern check" and compare what is said about it.
#
#   tests/reject/run.sh PROGRAM [CASE...]
#
# tests/reject/SLUG[-VARIANT].EXT is a spec, SLUG[-VARIANT].diag beside it the messages that
# are expected, byte for byte.  The first of them must be of that slug.  A first line
# "# options: ..." of the spec gives options.  UPDATE=1 writes the .diag files anew:
# read them before you commit them.
set -u -o pipefail
program=$(realpath -- "${1:?"usage: run.sh PROGRAM [CASE...]"}")
shift
cd -- "$(dirname -- "$0")" || exit 3
[ $# -gt 0 ] || set -- *.yaml *.json *.xml
failed=0

for spec; do
	name=${spec%.*}
	options=$(head -n 1 -- "$spec" | sed -n 's/^# options: //p' | tr -d '\0')
	# shellcheck disable=SC2086 # several words
	said=$("$program" check $options -- "$spec" 2>&1 > /dev/null)
	status=$?
	expected=1
	grep -q ' error: ' <<< "$said" || expected=0
	grep -q '\[file-' <<< "$said" && expected=3
	slug=$(sed -n '1s/.* \[\([a-z0-9-]*\)\]$/\1/p' <<< "$said")
	[ -n "${UPDATE:-}" ] && printf '%s\n' "$said" > "$name.diag"
	if [ "$status" -ne "$expected" ]; then
		echo "not ok - $name: exit status $status, not $expected"
	elif [[ -z $slug || $name != "$slug"* ]]; then
		echo "not ok - $name: the first message is of '$slug'"
	elif ! difference=$(diff -u --label "$name.diag" --label said "$name.diag" - <<< "$said"); then
		echo "not ok - $name"
		printf '%s\n' "$difference"
	else
		echo "ok - $name"
		continue
	fi
	failed=1
done
exit $failed
