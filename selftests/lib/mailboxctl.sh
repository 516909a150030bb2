# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the tests of mailboxctl are written with, and how they are run: a test script
# sources this file, defines functions test_*, and ends with: run_tests "$@"
#
# Plain sh and awk: this runs in the VM's busybox too.

here=$(cd "$(dirname "$0")" && pwd)
for folder in "$here/../tools" "$here/../build/tools"; do
	[ ! -f "$folder/mailboxctl" ] || PATH=$(cd "$folder" && pwd):$PATH
done
export PATH

bail()
{
	echo "Bail out! $*"
	exit 1
}

# A script of this name must not be taken for the command.
command -v mailboxctl >/dev/null || bail "no mailboxctl: is it built?"
[ -c /dev/mailbox ] || bail "no /dev/mailbox: is the module loaded?"
[ "$(id -u)" -eq 0 ] || bail "these tests act as several users: run them as root"

# In a network namespace of their own the tests meet nobody else's mailboxes.
if [ -z "${MAILBOXCTL_NAMESPACE-}" ]; then
	MAILBOXCTL_NAMESPACE=1
	export MAILBOXCTL_NAMESPACE
	unshare -n true 2>/dev/null || bail "no unshare -n"
	exec unshare -n "$0" "$@"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/mailboxctl.XXXXXX") || bail "no temporary folder"
trap 'rm -rf "$work"' EXIT
cd "$work" || bail "no temporary folder"
chmod 755 .

# ---- what the tests are written with ----

# gives STATUS COMMAND...: runs it; its output is in files out and err
gives()
{
	gives_want=$1
	shift
	set +e
	"$@" >out 2>err
	gives_status=$?
	set -e
	[ "$gives_status" -eq "$gives_want" ] || {
		echo "exit status $gives_status, not $gives_want: $*"
		cat out err
		return 1
	}
}

# has TEXT FILE
has()
{
	grep -q -F -e "$1" "$2" || {
		echo "no '$1' in $2:"
		cat "$2"
		return 1
	}
}

lacks()
{
	! grep -q -F -e "$1" "$2" || {
		echo "there is '$1' in $2:"
		cat "$2"
		return 1
	}
}

# same TEXT: the standard output of what ran last, to the byte
same()
{
	printf '%s' "$1" >want
	cmp want out || {
		echo "wanted:"
		cat want
		echo "got:"
		cat out
		return 1
	}
}

# field MAILBOX NAME: a member of its JSON
field()
{
	mailboxctl stat --json "$1" |
		sed -n "s/^ *\"$2\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p"
}

# is MAILBOX NAME VALUE
is()
{
	is_now=$(field "$1" "$2")
	[ "$is_now" = "$3" ] || {
		echo "$1: $2 is $is_now, not $3"
		return 1
	}
}

# becomes MAILBOX NAME VALUE: now or soon
becomes()
{
	becomes_tries=0
	until [ "$(field "$1" "$2" 2>/dev/null)" = "$3" ]; do
		becomes_tries=$((becomes_tries + 1))
		[ "$becomes_tries" -lt 200 ] || {
			echo "$1: $2 does not become $3"
			return 1
		}
		sleep 0.05
	done
}

# ended PID STATUS
ended()
{
	set +e
	wait "$1"
	ended_status=$?
	set -e
	[ "$ended_status" -eq "$2" ] || {
		echo "exit status $ended_status, not $2"
		return 1
	}
}

# is_json FILE: one JSON value.  Values are reduced to letters until one is left.
is_json()
{
	awk '
	{ s = s $0 "\n" }
	END {
		gsub(/"([^"\\]|\\["\\\/bfnrt]|\\u[0-9a-f][0-9a-f][0-9a-f][0-9a-f])*"/, "#", s)
		if (s ~ /[SVM]/)
			exit 1
		gsub(/#/, "S", s)
		gsub(/-?[0-9]+(\.[0-9]+)?|true|false|null/, "V", s)
		gsub(/[ \t\n]/, "", s)
		do {
			before = s
			gsub(/S:[SV]/, "M", s)
			gsub(/\{(M(,M)*)?\}/, "V", s)
			gsub(/\[([SV](,[SV])*)?\]/, "V", s)
		} while (s != before)
		exit s !~ /^[SV]$/
	}' "$1" || {
		echo "not JSON:"
		cat "$1"
		return 1
	}
}

# are_json FILE: one JSON value on each line
are_json()
{
	[ -s "$1" ]
	while IFS= read -r are_line; do
		printf '%s\n' "$are_line" >one
		is_json one
	done <"$1"
}

as_nobody()
{
	su -s /bin/sh nobody -c "PATH=$PATH $*"
}

# ---- running them ----

number=0
failures=0

run_test()
{
	number=$((number + 1))
	mkdir "$work/$1" || bail "no folder"
	cd "$work/$1" || bail "no folder"
	# not in a condition, where "set -e" would mean nothing
	(
		set -e
		"test_$1"
	) >log 2>&1 </dev/null
	status=$?
	mailboxctl list --names | while IFS= read -r left; do
		mailboxctl destroy --force "$left"
	done
	if [ "$status" -eq 0 ]; then
		echo "ok $number $1"
	else
		sed 's/^/# /' log
		echo "not ok $number $1"
		failures=$((failures + 1))
	fi
	cd "$work" || bail "no folder"
	rm -rf "${work:?}/$1"
}

# run_tests [NAME...]: all of the script, or some
run_tests()
{
	tests=$(sed -n 's/^test_\([a-z0-9_]*\)()$/\1/p' "$here/${0##*/}")
	[ "$#" -eq 0 ] || tests=$*

	echo "TAP version 13"
	for test in $tests; do
		run_test "$test"
	done
	echo "1..$number"
	[ "$failures" -eq 0 ]
}
