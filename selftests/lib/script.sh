# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What test scripts are written with, and how they are run: a script sources this
# file, calls work_begin, defines functions test_* (and tidy, which is called after
# each), and ends with: run_tests "$@"
#
# Plain sh and awk: this runs in the VM's busybox too.

here=$(cd "$(dirname "$0")" && pwd)

bail()
{
	echo "Bail out! $*"
	exit 1
}

# work_begin NAME: in a folder of its own, $work, which goes at the end
work_begin()
{
	work=$(mktemp -d "${TMPDIR:-/tmp}/$1.XXXXXX") || bail "no temporary folder"
	trap 'end_work' EXIT
	cd "$work" || bail "no temporary folder"
	chmod 755 .
}

end_work()
{
	rm -rf "$work"
}

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

# ---- running them ----

tidy()
{
	:
}

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
	tidy
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
