#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mailboxctl's conversations: calls and servers, processes by their numbers,
# connections, events.  Written and run as mailboxctl.sh.

# shellcheck source=selftests/lib/mailboxctl.sh
. "$(dirname "$0")/lib/mailboxctl.sh"

# ---- call and serve ----

# serve ARGUMENT...: "box", in the background, by $jobs processes
serve()
{
	mailboxctl serve "$@" 2>serve.err &
	server=$!
	becomes box waiting_receivers "${jobs:-1}"
}

test_call_gets_what_the_command_prints()
{
	gives 0 mailboxctl create box
	serve box tr a-z A-Z
	gives 0 mailboxctl call box hello
	same HELLO
	printf 'a\nb\n' >input
	# shellcheck disable=SC2016 # for the inner shell
	gives 0 sh -c 'mailboxctl call box <input'
	same "A
B
"
	gives 0 mailboxctl call box ''
	same ""
	kill "$server"
	ended "$server" 143
}

test_call_of_several_and_of_lines()
{
	gives 0 mailboxctl create box
	serve box rev
	gives 0 mailboxctl call --lines box abc def
	same "cba
fed
"
	printf 'one\ntwo' >input
	gives 0 sh -c 'mailboxctl call --each-line --netstrings box <input'
	same "3:eno,3:owt,"
	kill "$server"
	ended "$server" 143
}

test_call_moves_any_bytes()
{
	gives 0 mailboxctl create box
	serve box cat
	head -c 60000 /dev/urandom >noise
	gives 0 sh -c 'mailboxctl call box <noise'
	cmp noise out
	kill "$server"
	ended "$server" 143
}

test_call_fails_as_the_command_does()
{
	gives 0 mailboxctl create box
	# shellcheck disable=SC2016 # for the inner shell
	serve box sh -c 'read -r status; echo "so far"; exit "$status"'
	gives 5 mailboxctl call box 7
	same "so far
"
	has "box says that it failed: its reply has the tag 7" err
	has "its command ended with exit status 7" err
	gives 0 mailboxctl call --any-tag --json box 7
	are_json out
	has '"tag":7' out
	gives 0 mailboxctl call box 0
	kill "$server"
	ended "$server" 143
}

test_call_tells_of_a_signal_and_of_no_command()
{
	gives 0 mailboxctl create box
	# shellcheck disable=SC2016 # for the inner shell
	serve box sh -c 'kill -TERM $$'
	gives 5 mailboxctl call box x
	has "ended by signal 15" err
	kill "$server"
	ended "$server" 143
	serve box no-such-command
	gives 5 mailboxctl call box x
	has "exit status 127" err
	has "cannot run 'no-such-command'" serve.err
	kill "$server"
	ended "$server" 143
}

test_call_with_too_little_room()
{
	gives 0 mailboxctl create box
	serve box sh -c 'printf 12345'
	gives 5 mailboxctl call --room 4 box x
	same ""
	has "longer than 4 bytes" err
	gives 0 mailboxctl call --room 5 box x
	same 12345
	kill "$server"
	ended "$server" 143
}

test_serve_ends_a_command_that_prints_without_end()
{
	gives 0 mailboxctl create box
	serve box yes
	gives 5 mailboxctl call box x
	has "longer than 65536 bytes" err
	kill "$server"
	ended "$server" 143
}

test_call_tells_who_replied()
{
	gives 0 mailboxctl create box
	serve box true
	gives 0 mailboxctl call --verbose box x
	has "message 1: 0 bytes in reply, from process $server of root, tag 0" err
	kill "$server"
	ended "$server" 143
}

test_serve_tells_the_command_who_calls()
{
	gives 0 mailboxctl create --mode 0622 box
	# shellcheck disable=SC2016 # for the inner shell
	serve box sh -c 'echo $MAILBOX_UID $MAILBOX_TAG $MAILBOX_SEQ'
	gives 0 as_nobody mailboxctl call --tag 9 box x
	same "$(id -u nobody) 9 1
"
	kill "$server"
	ended "$server" 143
}

test_call_that_nobody_answers()
{
	gives 0 mailboxctl create box
	gives 3 mailboxctl call --timeout 10ms box x
	has "box did not answer in time" err
	has "is it served?" err
	mailboxctl call box x >out 2>err &
	caller=$!
	becomes box messages 1
	gives 0 mailboxctl destroy box
	ended "$caller" 4
	gives 4 mailboxctl call box x
	has "there is no mailbox 'box' here" err
}

test_call_whose_server_dies()
{
	gives 0 mailboxctl create box
	serve box sh -c 'echo here >started; exec sleep 1000'
	mailboxctl call box x >out 2>err &
	caller=$!
	until [ -s started ]; do
		sleep 0.05
	done
	kill -KILL "$server"
	ended "$caller" 4
	has "nobody at box can answer any more" err
}

test_call_of_what_takes_none()
{
	gives 0 mailboxctl create --policy all news
	gives 1 mailboxctl call news x
	has "its policy is all" err
	mailboxctl listen port &
	listener=$!
	becomes port waiting_receivers 1
	gives 1 mailboxctl call port x
	has "it is a port" err
	kill "$listener"
	ended "$listener" 143
}

test_serve_count_and_messages_that_are_no_calls()
{
	gives 0 mailboxctl create box
	gives 0 mailboxctl send box one two three
	gives 0 mailboxctl serve --count 2 --verbose box cat
	same onetwo
	has "message 1: message of 3 bytes" err
	is box messages 1
	mailboxctl call box four >reply &
	caller=$!
	becomes box messages 2
	gives 0 mailboxctl serve --count 2 box cat
	same three
	ended "$caller" 0
	[ "$(cat reply)" = four ]
}

test_serve_answers_before_it_ends()
{
	gives 0 mailboxctl create box
	serve box sh -c 'echo here >started; until [ -s go ]; do sleep 0.05; done; echo done'
	mailboxctl call box x >reply &
	caller=$!
	until [ -s started ]; do
		sleep 0.05
	done
	kill "$server"
	echo >go
	echo go >go
	ended "$caller" 0
	[ "$(cat reply)" = "done" ]
	ended "$server" 143
}

# Each of the three commands waits for the two others.
test_serve_jobs_work_at_the_same_time()
{
	gives 0 mailboxctl create box
	jobs=3
	# shellcheck disable=SC2016 # for the inner shell
	serve --jobs 3 box sh -c 'read -r i; echo "$i" >"at.$i"
		until [ -s at.1 ] && [ -s at.2 ] && [ -s at.3 ]; do sleep 0.05; done
		echo "$i"'
	for i in 1 2 3; do
		mailboxctl call box "$i" >"reply.$i" &
		eval "caller$i=$!"
	done
	# shellcheck disable=SC2154 # set by eval
	for i in "$caller1" "$caller2" "$caller3"; do
		ended "$i" 0
	done
	[ "$(cat reply.1 reply.2 reply.3 | tr '\n' ' ')" = "1 2 3 " ]
	kill "$server"
	ended "$server" 143
	becomes box receive_handles 0
}

test_serve_ends_with_the_mailbox()
{
	gives 0 mailboxctl create box
	serve box cat
	gives 0 mailboxctl destroy box
	ended "$server" 4
	has "box has been destroyed" serve.err
}

# ---- processes ----

# A process that waits at its own mailbox: $self
start_self()
{
	"$@" >self.out 2>self.err &
	self=$!
	until mailboxctl notify --nonblock "pid:$self" space >asked 2>&1; do
		sleep 0.05
	done
}

test_send_to_a_process()
{
	start_self mailboxctl receive --count 3 --lines pid:self
	gives 0 mailboxctl send "pid:$self" hello 'two words'
	gives 0 mailboxctl send --json "pid:$self" last
	are_json out
	ended "$self" 0
	printf 'hello\ntwo words\nlast\n' >want
	cmp want self.out
	gives 4 mailboxctl send "pid:$self" late
	has "pid:$self does not use mailboxes here, or has ended" err
}

test_send_to_a_process_of_another_user()
{
	start_self mailboxctl receive pid:self
	gives 1 as_nobody mailboxctl send "pid:$self" x
	has "may not send to pid:$self: it is another user's" err
	kill "$self"
	ended "$self" 143
}

test_call_a_process()
{
	start_self mailboxctl serve --count 1 pid:self tr a-z A-Z
	gives 0 mailboxctl call "pid:$self" hello
	same HELLO
	ended "$self" 0
}

test_call_a_process_that_dies()
{
	start_self mailboxctl serve pid:self sh -c 'echo here >started; exec sleep 1000'
	mailboxctl call "pid:$self" x 2>err &
	caller=$!
	until [ -s started ]; do
		sleep 0.05
	done
	kill -KILL "$self"
	ended "$caller" 4
}

test_receive_from_one_process_of_several()
{
	mailboxctl receive --count 2 --lines pid:self >self.out 2>self.err &
	self=$!
	until mailboxctl send "pid:$self" one 2>/dev/null; do
		sleep 0.05
	done
	gives 0 mailboxctl send "pid:$self" two
	ended "$self" 0
	printf 'one\ntwo\n' >want
	cmp want self.out
}

test_addresses_of_processes()
{
	gives 2 mailboxctl send pid:x hello
	gives 2 mailboxctl send pidfd: hello
	gives 2 mailboxctl receive pid:1
	has "only process pid:1 receives what is sent to it" err
	gives 2 mailboxctl destroy pid:self
	has "is a process, and this takes a mailbox" err
	gives 2 mailboxctl create pid:5
	gives 0 mailboxctl create name:pid:5
	gives 0 mailboxctl list --names
	same "name:pid:5
"
	gives 1 mailboxctl send pidfd:0 hello
	gives 1 mailboxctl send pidfd:99 hello
	gives 2 mailboxctl receive --eof pid:self
	gives 2 mailboxctl serve --jobs 2 pid:self cat
}

# ---- connect and listen ----

# listen ARGUMENT...: a port called port, in the background
listen()
{
	mailboxctl listen "$@" >listen.out 2>listen.err &
	listener=$!
	becomes port waiting_receivers 1
}

test_connect_to_a_command()
{
	listen port tr a-z A-Z
	printf 'one\n\ntwo' >input
	gives 0 sh -c 'mailboxctl connect port <input'
	same "ONE

TWO
"
	gives 0 sh -c 'printf again | mailboxctl connect port'
	same "AGAIN
"
	kill "$listener"
	ended "$listener" 143
	gives 4 mailboxctl connect port
}

test_connections_at_the_same_time()
{
	# shellcheck disable=SC2016 # for the inner shell
	listen --count 3 port sh -c 'read -r i; echo "$i" >"at.$i"
		tries=0
		until [ -s at.1 ] && [ -s at.2 ] && [ -s at.3 ]; do
			tries=$((tries + 1))
			[ "$tries" -lt 400 ] || exit
			sleep 0.05
		done
		echo "$i"'
	for i in 1 2 3; do
		echo "$i" | mailboxctl connect port >"reply.$i" &
		eval "caller$i=$!"
	done
	# shellcheck disable=SC2154 # set by eval
	for i in "$caller1" "$caller2" "$caller3"; do
		ended "$i" 0
	done
	head -n 1 at.* listen.err
	[ "$(cat reply.1 reply.2 reply.3 | tr '\n' ' ')" = "1 2 3 " ]
	ended "$listener" 0
}

test_conversation_both_ways()
{
	mkfifo to from
	mailboxctl listen --verbose port <to >listen.out 2>listen.err &
	listener=$!
	exec 8>to
	becomes port waiting_receivers 1
	# which must not keep "to" open
	mailboxctl connect --verbose --greeting 'it is me' port <from \
		>out 2>err 8>&- &
	caller=$!
	exec 9>from
	echo 'hello server' >&9
	echo 'hello client' >&8
	until [ -s out ] && [ -s listen.out ]; do
		sleep 0.05
	done
	has 'hello server' listen.out
	has 'hello client' out
	has "accepted by process $listener of root" err
	has "connection from process $caller of root: it is me" listen.err
	# half a close: the other direction goes on
	exec 9>&-
	echo 'still here' >&8
	until grep -q still out; do
		sleep 0.05
	done
	exec 8>&-
	ended "$caller" 0
	ended "$listener" 0
}

test_conversation_ends_with_the_other_side()
{
	mkfifo to
	mailboxctl listen port <to >listen.out 2>listen.err &
	listener=$!
	exec 8>to
	becomes port waiting_receivers 1
	mkfifo from
	mailboxctl connect port <from >out 2>err 8>&- &
	caller=$!
	exec 9>from
	echo hello >&9
	until [ -s listen.out ]; do
		sleep 0.05
	done
	kill -KILL "$caller"
	ended "$listener" 0
	exec 8>&- 9>&-
}

test_messages_of_any_bytes()
{
	listen --count 1 --netstrings port cat
	printf '3:a\nb,0:,2:\0,,' >input
	gives 0 sh -c 'mailboxctl connect --netstrings port <input'
	cmp input out
	ended "$listener" 0
	listen --count 1 -0 port cat
	printf 'a\nb\0\0' >input
	gives 0 sh -c 'mailboxctl connect -0 port <input'
	cmp input out
	ended "$listener" 0
}

test_refused_with_a_reason()
{
	# shellcheck disable=SC2016 # for the inner shell
	listen --verbose --count 1 --if 'read -r word; [ "$word" = sesame ] || exit 42' \
		port cat
	gives 5 mailboxctl connect --greeting mustard port
	has "port refuses the connection, with the reason 42" err
	until [ -s listen.err ]; do
		sleep 0.05
	done
	has "refused with reason 42: connection from process" listen.err
	gives 0 sh -c 'echo hello | mailboxctl connect --greeting sesame port'
	same "hello
"
	ended "$listener" 0
}

test_command_that_reads_less_than_there_is()
{
	# shellcheck disable=SC2016 # for the inner shell
	listen --count 1 port sh -c 'read -r line; echo "$line"'
	seq 1 100 >input
	gives 0 sh -c 'mailboxctl connect port <input'
	same "1
"
	ended "$listener" 0
}

test_connect_as_another_user()
{
	# shellcheck disable=SC2016 # for the inner shell
	listen --mode 0622 --count 1 port sh -c 'read -r line; echo $MAILBOX_UID'
	gives 0 as_nobody "echo | mailboxctl connect port"
	same "$(id -u nobody)
"
	ended "$listener" 0
	listen port cat
	gives 1 as_nobody mailboxctl connect port
	has "nobody may not connect to port" err
	kill "$listener"
	ended "$listener" 143
}

test_connect_that_nobody_answers()
{
	listen --if 'echo >judging; exec sleep 1000' port
	gives 3 mailboxctl connect --timeout 10ms port
	has "port did not answer in time" err
	mailboxctl connect port </dev/null >out 2>err &
	caller=$!
	becomes port messages 1
	kill -KILL "$listener"
	ended "$caller" 4
	has "nobody at port can answer any more" err
}

test_connect_to_what_is_no_port()
{
	gives 0 mailboxctl create box
	gives 1 mailboxctl connect box
	has "box is a mailbox, and no port to connect to" err
	gives 1 mailboxctl listen box
	has "the name 'box' is taken" err
	gives 2 mailboxctl listen id:5
	gives 2 mailboxctl connect --greeting "$(printf '%0257d' 0)" box
}

test_stat_tells_of_a_port()
{
	listen --backlog 3 port cat
	is port port true
	gives 0 mailboxctl stat port
	has "3 connection requests may wait" out
	kill "$listener"
	ended "$listener" 143
}

# ---- notify ----

test_notify_of_what_is_so_already()
{
	gives 0 mailboxctl create box
	gives 0 mailboxctl notify box no-receivers no-senders space
	[ "$(sort out | tr '\n' ' ')" = "no-receivers no-senders space " ]
	gives 3 mailboxctl notify --nonblock box not-empty
	has "nothing happened to box in time" err
	gives 3 mailboxctl notify --timeout 10ms box not-empty
	gives 0 mailboxctl notify --first --json box space not-empty
	are_json out
	has "\"event\":\"space\",\"id\":$(field box id),\"error\":null" out
}

test_notify_waits()
{
	gives 0 mailboxctl create box
	rm out
	mailboxctl notify box space not-empty >out 2>err &
	watcher=$!
	# it has asked for both when one has come
	until [ -s out ]; do
		sleep 0.05
	done
	gives 0 mailboxctl send box hello
	ended "$watcher" 0
}

test_notify_of_the_end()
{
	gives 0 mailboxctl create box
	rm out
	mailboxctl notify --json box space destroyed >out 2>err &
	watcher=$!
	until [ -s out ]; do
		sleep 0.05
	done
	gives 0 mailboxctl destroy box
	ended "$watcher" 0
}

test_notify_of_the_end_before_anything_else()
{
	gives 0 mailboxctl create box
	mailboxctl notify box space not-empty >told 2>err &
	watcher=$!
	until [ -s told ]; do
		sleep 0.05
	done
	gives 0 mailboxctl destroy box
	ended "$watcher" 4
	has "not-empty: The mailbox was destroyed." told
	gives 4 mailboxctl notify box not-empty
}

test_notify_of_a_process()
{
	start_self mailboxctl receive pid:self
	mailboxctl notify "pid:$self" space destroyed >told 2>err &
	watcher=$!
	until [ -s told ]; do
		sleep 0.05
	done
	kill -KILL "$self"
	ended "$watcher" 0
	has destroyed told
	gives 2 mailboxctl notify pid:1 not-empty
	gives 2 mailboxctl notify pidfd:5 destroyed
}

test_notify_of_nonsense()
{
	gives 0 mailboxctl create box
	gives 2 mailboxctl notify box
	gives 2 mailboxctl notify box receipt
	gives 2 mailboxctl notify box something
	has "none of no-receivers" err
}

run_tests "$@"
