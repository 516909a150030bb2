# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the chapters of the demo are written with.  A chapter sources this file;
# it ends at the first thing that is not as it claims.

set -u

# title TEXT
title()
{
	echo
	echo "== $1"
	echo
}

# say TEXT: a paragraph
say()
{
	printf '%s\n' "$*" | fold -s -w 76 | sed 's/ *$//; s/^/  /'
	echo
}

# Where a running command leaves what it prints.
folder=${DEMO_FOLDER:?started by demo/run}

indent()
{
	sed 's/^/    /'
}

# show_as USER COMMAND: show a command, run it as USER, show what it prints.
# $output has what it printed, $status its exit status.
show_as()
{
	printf '    %s$ %s\n' "$1" "$2"
	# shellcheck disable=SC2034 # for the chapters
	if [ "$1" = root ]; then
		output=$(sh -c "$2" 2>&1 </dev/null)
	else
		output=$(as "$1" sh -c "$2" 2>&1 </dev/null)
	fi
	status=$?
	[ -z "$output" ] || printf '%s\n' "$output" | indent
	[ "$status" -eq 0 ] || echo "    (exit status $status)"
}

# show COMMAND: the same as root
show()
{
	show_as root "$1"
}

# begin NAME COMMAND: show a command and let it run on, as another terminal would
begin()
{
	printf '    root$ %s &\n' "$2"
	sh -c "$2" >"$folder/$1" 2>&1 </dev/null &
	echo $! >"$folder/$1.pid"
}

# finish NAME: wait until it has ended, show what it printed
finish()
{
	wait "$(cat "$folder/$1.pid")"
	status=$?
	# shellcheck disable=SC2034 # for the chapters
	output=$(cat "$folder/$1")
	echo "    $1 has printed:"
	[ -z "$output" ] || printf '%s\n' "$output" | sed 's/^/        /'
	case $status in
	0) ;;
	143) echo "        (and was ended by a signal)" ;;
	*) echo "        (exit status $status)" ;;
	esac
}

# stop NAME: end it by a signal, show what it printed
stop()
{
	kill "$(cat "$folder/$1.pid")"
	finish "$1"
}

# claim TEXT COMMAND...: the command (a test, mostly) succeeds, or the demo fails
claim()
{
	claim_text=$1
	shift
	if "$@"; then
		echo "    [ok] $claim_text"
		echo
		return
	fi
	echo "    [WRONG] $claim_text"
	echo "    not so: $*"
	exit 1
}

# play PROGRAM [ARGUMENT]...: a program of the demo, which checks its own claims
play()
{
	echo "    (demo/$1.c${2:+ $2})"
	"$@" </dev/null || exit
	echo
}

# field MAILBOX NAME: a number from its STAT
field()
{
	mailboxctl stat --json "$1" |
		sed -n "s/^ *\"$2\": *\"\{0,1\}\([0-9]*\)\"\{0,1\},\{0,1\}$/\1/p"
}

# await MAILBOX NAME VALUE: wait until that number is VALUE
await()
{
	await_count=0
	until [ "$(field "$1" "$2" 2>/dev/null)" = "$3" ]; do
		await_count=$((await_count + 1))
		if [ "$await_count" -gt 300 ]; then
			echo "    [WRONG] $1: $2 is not $3 after a long time"
			exit 1
		fi
		sleep 0.1
	done
}

contains()
{
	case $1 in
	*"$2"*) return 0 ;;
	esac
	return 1
}
