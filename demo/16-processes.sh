# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Direct communication: send to a process, receive from a process"
say "The lecture's other way: not a mailbox is named, but the process. Each process" \
	"that opens /dev/mailbox has a mailbox of its own, SELF. The link between two" \
	"processes comes into being when one first sends to the other."
play processes

say "In the shell a process is pid:NUMBER, and pid:self the command itself."
# shellcheck disable=SC2016 # for the inner shell
begin server 'exec mailboxctl serve --count 2 pid:self tr a-z A-Z'
server=$(cat "$folder/server.pid")
until mailboxctl notify --nonblock "pid:$server" space >/dev/null 2>&1; do
	sleep 0.1
done
show "mailboxctl call pid:$server hello"
claim "called by its number" test "$output" = HELLO
show_as alice "mailboxctl call pid:$server hello"
claim "not by other users: as with kill(2)" test "$status" -eq 1
show "mailboxctl call pid:$server 'the last one'"
finish server
show "mailboxctl send pid:$server 'too late'"
claim "its mailbox has ended with it" test "$status" -eq 4
