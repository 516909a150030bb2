#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Run test programs one after the other and count what they say:
#
#   run.sh [AREA...]      all, or those of these areas (AREA, AREA32, AREA.sh)
#
# The programs and the file "programs" that lists them lie beside this script, or
# in $TESTS.  The output is KTAP, each program's own indented by "# "; the last
# line counts single tests: "N passed, N failed", with ", N skipped" if any.
# What a program promised (its plan) and did not report has failed; so has
# a program that ends badly without saying why; and to run nothing is a failure.
#
# Plain sh and awk: this runs in the VM's busybox too.

tests=${TESTS:-$(dirname "$0")}
# seconds for one program, before it counts as hung
limit=${TEST_TIMEOUT:-600}

die()
{
	echo "run.sh: $*" >&2
	echo "0 passed, 1 failed"
	exit 1
}

# The programs of the areas asked for.
choose()
{
	[ "$#" -gt 0 ] || {
		cat "$tests/programs"
		return
	}
	for area; do
		grep -x -e "$area" -e "${area}32" -e "$area\.sh" \
			"$tests/programs" || {
			echo "no such area: $area (there are:" \
				"$(tr '\n' ' ' <"$tests/programs"))" >&2
			return 1
		}
	done
}

# Reads a program's output, shows it, and leaves its counts in a file.
count()
{
	awk -v counts="$1" '
	{ print "# " $0; fflush() }
	/^1\.\.[0-9]+/ { planned = substr($1, 4) + 0; plan = 1 }
	/^ok .*# (SKIP|skip)/ { skipped++; next }
	/^ok / { passed++ }
	/^not ok .*# (TODO|XFAIL)/ { skipped++; next }
	/^not ok / { failed++ }
	END {
		missing = planned - passed - failed - skipped
		if (missing < 0)
			missing = 0
		print passed + 0, failed + 0, skipped + 0, missing, plan + 0 >counts
	}'
}

# What a program that was killed, or is careless, leaves running would keep its
# end of the pipe open: end all that is of its session.
sweep()
{
	awk -v session="$1" '{
		pid = $1
		sub(/.*\) /, "")
		if ($4 == session)
			print pid
	}' /proc/[0-9]*/stat 2>/dev/null | while read -r pid; do
		echo "process $pid was left running"
		kill -KILL "$pid"
	done
}

# A test that unloads the module and fails before it loads it again has failed;
# those after it shall not, for that.
reload()
{
	[ ! -c /dev/mailbox ] || return 0
	echo "# the module is not loaded: loading it"
	insmod "${MAILBOX_KO:-/payload/mailbox.ko}" || echo "# that failed"
}

# run NUMBER PROGRAM: one program, its result line, and the totals
run()
{
	{
		# shellcheck disable=SC2016 # for the inner shell
		setsid sh -c 'echo $$ >"$0"; exec timeout -s KILL "$@"' \
			"$work/session" "$limit" "$tests/$2" </dev/null 2>&1
		echo $? >"$work/status"
		sweep "$(cat "$work/session")"
	} | count "$work/counts"
	status=$(cat "$work/status")
	read -r passed failed skipped missing plan <"$work/counts"

	why=
	case $status in
	0) ;;
	# a program whose tests all skip says 4
	4) [ "$skipped" -gt 0 ] || why="exit status 4" ;;
	137) why="killed, perhaps after $limit s" ;;
	*) why="exit status $status" ;;
	esac
	if [ "$missing" -gt 0 ]; then
		why="$missing tests without a result${why:+, $why}"
		failed=$((failed + missing))
	elif [ "$plan" -eq 0 ] || [ $((passed + failed + skipped)) -eq 0 ]; then
		why="no test reported${why:+, $why}"
		failed=$((failed + 1))
	elif [ -n "$why" ] && [ "$failed" -eq 0 ]; then
		failed=$((failed + 1))
	fi

	if [ "$failed" -gt 0 ]; then
		echo "not ok $1 mailbox: $2${why:+ # $why}"
	else
		echo "ok $1 mailbox: $2"
	fi
	all_passed=$((all_passed + passed))
	all_failed=$((all_failed + failed))
	all_skipped=$((all_skipped + skipped))
}

[ -s "$tests/programs" ] || die "no test programs in $tests"
[ -c /dev/mailbox ] || die "no /dev/mailbox: is the module loaded?"
[ "$(id -u)" -eq 0 ] || die "tests act as several users: run them as root"
programs=$(choose "$@") || die "nothing run"
work=$(mktemp -d "${TMPDIR:-/tmp}/run.XXXXXX") || die "no temporary folder"
trap 'rm -rf "$work"' EXIT

all_passed=0
all_failed=0
all_skipped=0
number=0
echo "TAP version 13"
echo "1..$(echo "$programs" | wc -l)"
for program in $programs; do
	number=$((number + 1))
	echo "# running $program"
	reload
	run "$number" "$program"
done

summary="$all_passed passed, $all_failed failed"
[ "$all_skipped" -eq 0 ] || summary="$summary, $all_skipped skipped"
echo "$summary"
[ "$all_failed" -eq 0 ] && [ "$all_passed" -gt 0 ]
