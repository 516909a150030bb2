#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mailboxctl, as a user meets it.  Every function test_* here is a test: it runs
# in a subshell with "set -e", so the first command that fails fails it.
#
#   mailboxctl.sh             all tests, as TAP
#   mailboxctl.sh NAME...     some
#
# Calls, connections and events are in mailboxctl-talk.sh.

# shellcheck source=selftests/lib/mailboxctl.sh
. "$(dirname "$0")/lib/mailboxctl.sh"

# ---- create ----

test_create_prints_an_address()
{
	gives 0 mailboxctl create
	grep -q '^id:[0-9]*$' out
	gives 0 mailboxctl stat "$(cat out)"
	has "(no name)" out
}

test_create_persists()
{
	gives 0 mailboxctl create box
	is box persist true
	is box capacity 16
	is box policy any
	is box mode 0600
}

test_create_takes_all_attributes()
{
	gives 0 mailboxctl create -c 5 -m 0622 --max-message 2K --policy \
		exclusive --keep-by-senders box
	is box capacity 5
	is box mode 0622
	is box max_message 2048
	is box policy exclusive
	is box keep_by_senders true
	gives 0 mailboxctl create --policy all --lossy --receivers 3 news
	is news lossy true
	is news max_receivers 3
}

test_create_rendezvous_and_unbounded()
{
	gives 0 mailboxctl create --rendezvous meet
	is meet buffer rendezvous
	gives 0 mailboxctl create --unbounded heap
	is heap buffer unbounded
	is heap capacity null
}

test_low_water()
{
	gives 0 mailboxctl create -c 4 --low-water 2 box
	is box low_water 2
	is box closed false
	for text in 1 2 3 4; do
		gives 0 mailboxctl send box "$text"
	done
	gives 3 mailboxctl send --nonblock box 5
	has "is full" err
	is box closed true
	gives 0 mailboxctl receive box
	gives 3 mailboxctl send --nonblock box 5
	has "opens when it holds no more than 2" err
	gives 0 mailboxctl stat box
	has "low-water mark 2, closed" out
	gives 1 mailboxctl set --low-water 4 box
	has "must be less than the capacity" err
	gives 1 mailboxctl set --capacity 2 box
	has "must be less than the capacity" err
	gives 0 mailboxctl set --low-water 3 box
	is box low_water 3
	is box closed false
	gives 0 mailboxctl send --nonblock box 5
}

test_create_json()
{
	gives 0 mailboxctl create --json box
	is_json out
	has '"name": "box"' out
	gives 0 mailboxctl create --json
	is_json out
	has '"name": null' out
}

test_create_says_that_a_name_is_taken()
{
	gives 0 mailboxctl create box
	gives 1 mailboxctl create box
	has "the name 'box' is taken" err
	[ ! -s out ]
}

test_create_refuses_an_id_for_a_name()
{
	gives 2 mailboxctl create id:5
	has name:id:5 err
	gives 0 mailboxctl create name:id:5
	gives 0 mailboxctl stat name:id:5
	has id:5 out
	gives 4 mailboxctl stat id:5
}

test_create_tells_which_quota_is_used_up()
{
	parameter=/sys/module/mailbox/parameters/user_mailboxes
	before=$(cat $parameter)
	used=$(mailboxctl limits --json | sed -n 's/.*"user_mailboxes": *\([0-9]*\),.*/\1/p')
	gives 0 mailboxctl create box
	echo $((used + 1)) >$parameter
	set +e
	mailboxctl create other >out 2>err
	status=$?
	set -e
	echo "$before" >$parameter
	[ "$status" -eq 1 ]
	has "mailboxes of your user: " err
	has "$((used + 1)) of $((used + 1))" err
}

test_create_hold_keeps_it_until_a_signal()
{
	mailboxctl create --hold box >address &
	holder=$!
	becomes box persist false
	[ "$(cat address)" = "id:$(field box id)" ]
	kill "$holder"
	ended "$holder" 143
	gives 4 mailboxctl stat box
}

test_create_run_hands_the_mailbox_on()
{
	# shellcheck disable=SC2016 # for the inner shell
	gives 7 mailboxctl create --run '
		echo hi >&$MAILBOX_FD
		mailboxctl receive $MAILBOX
		mailboxctl receive --nonblock $MAILBOX
		[ $? -eq 3 ] && exit 7' box
	same "hi
"
	gives 4 mailboxctl stat box
}

# ---- addresses ----

test_index_and_id_are_addresses()
{
	gives 0 mailboxctl create box
	gives 0 mailboxctl send "id:$(field box id)" one
	gives 0 mailboxctl send "index:$(field box index)" two
	gives 0 mailboxctl receive --lines --count 2 box
	same "one
two
"
}

test_bad_address()
{
	gives 2 mailboxctl stat id:
	gives 2 mailboxctl stat id:12x
	gives 2 mailboxctl stat index:4294967296
	gives 2 mailboxctl stat ''
	gives 2 mailboxctl send name: x
}

test_name_with_a_dash()
{
	gives 0 mailboxctl create name:-x
	gives 0 mailboxctl list --names
	has name:-x out
	gives 0 mailboxctl send name:-x hello
	gives 0 mailboxctl receive name:-x
	same hello
}

# ---- list and stat ----

test_list_is_empty_at_first()
{
	gives 0 mailboxctl list
	[ "$(wc -l <out)" -eq 1 ]
	gives 0 mailboxctl list --names
	same ""
	gives 0 mailboxctl list --json
	is_json out
}

test_list_shows_all()
{
	for i in 1 2 3; do
		mailboxctl create "box$i" >/dev/null
	done
	gives 0 mailboxctl list
	[ "$(wc -l <out)" -eq 4 ]
	gives 0 mailboxctl list --names
	same "box1
box2
box3
"
	gives 0 mailboxctl list --long
	has INDEX out
	gives 0 mailboxctl list --json
	is_json out
}

test_list_goes_beyond_one_call()
{
	i=0
	while [ "$i" -lt 300 ]; do
		echo "create"
		i=$((i + 1))
	done >many
	# shellcheck disable=SC2034 # only how often
	while read -r line; do
		mailboxctl create >/dev/null
	done <many
	gives 0 mailboxctl list --names
	[ "$(wc -l <out)" -eq 300 ]
	[ "$(sort -u out | wc -l)" -eq 300 ]
}

test_list_leaves_out_what_is_not_ones_own()
{
	gives 0 mailboxctl create --mode 0602 hidden
	gives 0 mailboxctl create --mode 0604 seen
	gives 0 as_nobody mailboxctl list --names
	same "seen
"
}

test_odd_names_do_not_reach_the_terminal()
{
	name=$(printf 'a\033[2Jb\\c\nd')
	mailboxctl create "$name" >address
	gives 0 mailboxctl list
	has 'a\x1b[2Jb\\c\x0ad' out
	gives 0 mailboxctl list --names
	cmp address out
	gives 0 mailboxctl stat "$name"
	has 'a\x1b[2Jb\\c\x0ad' out
	gives 0 mailboxctl list --json
	is_json out
	has 'a\u001b[2Jb\\c\nd' out
}

test_name_that_is_no_utf8_is_base64()
{
	name=$(printf 'caf\351')
	gives 0 mailboxctl create --json "$name"
	is_json out
	lacks '"name"' out
	has '"name_base64": "Y2Fm6Q=="' out
	gives 0 mailboxctl list --json
	is_json out
	has '"name_base64": "Y2Fm6Q=="' out
	gives 0 mailboxctl send "$name" x
	gives 0 mailboxctl receive "$name"
	same x
}

test_stat_of_several()
{
	gives 0 mailboxctl create one
	gives 0 mailboxctl create two
	gives 0 mailboxctl stat one two
	has one out
	has two out
	gives 0 mailboxctl stat --json one two
	is_json out
	gives 4 mailboxctl stat one three two
	has two out
	has "there is no mailbox 'three' here" err
}

test_stat_by_one_who_may_only_send()
{
	gives 0 mailboxctl create --mode 0602 box
	gives 0 as_nobody mailboxctl stat box
	has "mode 0602" out
	gives 0 mailboxctl set --mode 0600 box
	gives 1 as_nobody mailboxctl stat box
	has "nobody may not look at box" err
}

# ---- what a message is ----

test_send_arguments()
{
	gives 0 mailboxctl create box
	gives 0 mailboxctl send box one '' 'two words'
	gives 0 mailboxctl receive --count 3 --lines box
	same "one

two words
"
}

test_send_standard_input_as_one()
{
	gives 0 mailboxctl create box
	printf 'a\nb\n' | mailboxctl send box
	is box messages 1
	gives 0 mailboxctl receive box
	same "a
b
"
}

test_bytes_go_through_unchanged()
{
	gives 0 mailboxctl create box
	printf 'a\0b\377\n\0' >bytes
	mailboxctl send box <bytes
	gives 0 mailboxctl receive box
	cmp bytes out
	head -c 65536 /dev/urandom >noise
	mailboxctl send box <noise
	gives 0 mailboxctl receive box
	cmp noise out
}

test_empty_message()
{
	gives 0 mailboxctl create box
	mailboxctl send box </dev/null
	gives 0 mailboxctl send box ''
	is box messages 2
	gives 0 mailboxctl receive --verbose box
	same ""
	has "message 1: 0 bytes from process" err
	gives 0 mailboxctl receive --json box
	is_json out
	has '"data":""' out
}

test_large_message()
{
	gives 0 mailboxctl create --max-message 16M box
	head -c 16777216 /dev/zero | tr '\0' x >large
	mailboxctl send box <large
	gives 0 mailboxctl receive box
	cmp large out
	echo x >>large
	gives 1 mailboxctl send box <large
	has "longer than any message may be" err
}

test_too_long_a_message()
{
	gives 0 mailboxctl create --max-message 4 box
	gives 1 mailboxctl send box hello
	has "box takes messages of up to 4 bytes, this one has 5" err
	is box messages 0
	gives 0 mailboxctl set --max-message 5 box
	gives 0 mailboxctl send box hello
}

test_lines()
{
	gives 0 mailboxctl create box
	printf 'one\n\nthree' | mailboxctl send --lines box
	is box messages 3
	gives 0 mailboxctl receive --drain --lines box
	same "one

three
"
}

test_null()
{
	gives 0 mailboxctl create box
	printf 'a\nb\0\0c\0' >bytes
	mailboxctl send -0 box <bytes
	is box messages 3
	gives 0 mailboxctl receive --drain -0 box
	cmp bytes out
}

test_netstrings()
{
	gives 0 mailboxctl create box
	printf '3:a\0\n,0:,1:,,' >bytes
	mailboxctl send --netstrings box <bytes
	is box messages 3
	gives 0 mailboxctl receive --drain --netstrings box
	cmp bytes out
	for bad in 3:ab "3:abcd," x 1:a 99999999999:; do
		printf %s "$bad" >bytes
		gives 1 mailboxctl send --netstrings box <bytes
		has netstrings err
	done
	is box messages 0
}

test_priority_and_tag()
{
	gives 0 mailboxctl create box
	gives 0 mailboxctl send box low
	gives 0 mailboxctl send --priority 32767 --tag 0xffffffffffffffff box high
	gives 0 mailboxctl send --tag 5 box five
	gives 0 mailboxctl receive --peek --json box
	are_json out
	has '"priority":32767,"tag":18446744073709551615' out
	gives 0 mailboxctl receive --tag 5 box
	same five
	gives 0 mailboxctl receive --tag 18446744073709551610-0xffffffffffffffff box
	same high
	gives 3 mailboxctl receive --nonblock --tag 1-9 box
	has "none of the 1 messages in box" err
	gives 0 mailboxctl receive box
	same low
}

test_receive_from()
{
	gives 0 mailboxctl create box
	gives 0 mailboxctl send box other
	mailboxctl send box this &
	sender=$!
	ended "$sender" 0
	gives 0 mailboxctl receive --from "$sender" box
	same this
	is box messages 1
}

test_peek_leaves_it()
{
	gives 0 mailboxctl create box
	gives 0 mailboxctl send box hello
	gives 0 mailboxctl receive --peek box
	same hello
	gives 0 mailboxctl receive box
	same hello
}

test_data_that_is_no_utf8_is_base64()
{
	gives 0 mailboxctl create box
	head -c 1000 /dev/urandom >noise
	printf '\300\200' >>noise
	mailboxctl send box <noise
	gives 0 mailboxctl receive --json box
	are_json out
	lacks '"data":' out
	sed 's/.*"data_base64":"\([^"]*\)".*/\1/' out | base64 -d >back
	cmp noise back
}

test_data_that_is_utf8_is_text()
{
	gives 0 mailboxctl create box
	printf 'gr\303\274n \342\202\254 "\\\t\0' | mailboxctl send box
	gives 0 mailboxctl receive --json box
	are_json out
	has "$(printf 'gr\303\274n \342\202\254 \\"\\\\\\t\\u0000')" out
}

# ---- waiting ----

test_receive_does_not_wait()
{
	gives 0 mailboxctl create box
	gives 3 mailboxctl receive --nonblock box
	has "box holds no message" err
	gives 3 mailboxctl receive --timeout 10ms box
	has "in time" err
	gives 0 mailboxctl receive --drain box
	same ""
}

test_send_does_not_wait()
{
	gives 0 mailboxctl create -c 1 box
	gives 0 mailboxctl send box one
	gives 3 mailboxctl send --nonblock box two
	has "box is full: it holds 1 of 1 messages" err
	gives 3 mailboxctl send --timeout 10ms box two
	has "box is full" err
	gives 0 mailboxctl create --rendezvous meet
	gives 3 mailboxctl send --nonblock meet hello
	has "no receiver waits at meet" err
	is box messages 1
}

test_send_says_how_many_went_before()
{
	gives 0 mailboxctl create -c 2 box
	gives 3 mailboxctl send --nonblock box a b c
	has "2 messages before this one" err
}

test_send_waits_for_room()
{
	gives 0 mailboxctl create -c 1 box
	gives 0 mailboxctl send box one
	mailboxctl send box two &
	sender=$!
	becomes box blocked_senders 1
	gives 0 mailboxctl receive box
	same one
	ended "$sender" 0
	gives 0 mailboxctl receive box
	same two
}

test_receive_waits_for_a_message()
{
	gives 0 mailboxctl create --rendezvous box
	mailboxctl receive box >got &
	receiver=$!
	becomes box waiting_receivers 1
	gives 0 mailboxctl send --nonblock --verbose box hello
	has "message 1: 5 bytes, received by process $receiver of root" err
	ended "$receiver" 0
	[ "$(cat got)" = hello ]
}

test_sync_tells_who_received()
{
	gives 0 mailboxctl create box
	mailboxctl send --sync --json box hello >sent &
	sender=$!
	becomes box messages 1
	gives 0 mailboxctl receive box
	ended "$sender" 0
	are_json sent
	has '"received":true' sent
	gives 0 mailboxctl send --json box hello
	has '"received":false' out
}

# ---- many messages ----

test_follow_until_destroyed()
{
	gives 0 mailboxctl create box
	mailboxctl receive --follow --lines box >got 2>complaint &
	follower=$!
	gives 0 mailboxctl send box one two three
	becomes box received 3
	becomes box waiting_receivers 1
	gives 0 mailboxctl destroy box
	ended "$follower" 4
	has "box has been destroyed" complaint
	[ "$(tr '\n' ' ' <got)" = "one two three " ]
}

test_follow_until_a_signal_loses_nothing()
{
	gives 0 mailboxctl create -c 1 box
	seq 1 2000 >all
	mailboxctl send --lines box <all &
	sender=$!
	: >got
	# shellcheck disable=SC2034 # only how often
	for round in 1 2 3 4 5 6; do
		mailboxctl receive --follow --lines box >>got &
		follower=$!
		before=$(field box received)
		while [ "$(field box received)" -lt $((before + 20)) ] &&
			[ "$(field box received)" -lt 2000 ]; do
			:
		done
		kill "$follower"
		ended "$follower" 143
	done
	mailboxctl receive --follow --lines box >>got &
	follower=$!
	ended "$sender" 0
	becomes box received 2000
	becomes box waiting_receivers 1
	kill "$follower"
	ended "$follower" 143
	cmp all got
}

test_eof_ends_with_the_last_sender()
{
	gives 0 mailboxctl create box
	mkfifo feed
	mailboxctl send --lines box <feed &
	sender=$!
	exec 9>feed
	echo one >&9
	becomes box messages 1
	mailboxctl receive --follow --eof --lines box >got 9>&- &
	receiver=$!
	becomes box waiting_receivers 1
	echo two >&9
	exec 9>&-
	ended "$sender" 0
	ended "$receiver" 0
	[ "$(tr '\n' ' ' <got)" = "one two " ]
}

test_policy_all_gives_it_to_everybody()
{
	gives 0 mailboxctl create --policy all news
	mailboxctl receive news >first &
	one=$!
	mailboxctl receive news >second &
	two=$!
	becomes news receive_handles 2
	gives 0 mailboxctl send news hello
	ended "$one" 0
	ended "$two" 0
	[ "$(cat first second)" = hellohello ]
}

test_policy_exclusive_says_who_has_it()
{
	gives 0 mailboxctl create --policy exclusive box
	mailboxctl receive box >got &
	receiver=$!
	becomes box waiting_receivers 1
	gives 1 mailboxctl receive --nonblock box
	has "its policy is exclusive" err
	has "Process $receiver uses it now" err
	gives 0 mailboxctl send box hello
	ended "$receiver" 0
}

test_policy_pair_says_who_has_it()
{
	gives 0 mailboxctl create --policy pair box
	mailboxctl receive box >got &
	receiver=$!
	becomes box waiting_receivers 1
	mailboxctl receive box >>got &
	second=$!
	becomes box waiting_receivers 2
	gives 1 mailboxctl send box hello
	has "its policy is pair" err
	has "Process $second uses it now" err
	kill "$receiver"
	ended "$receiver" 143
	gives 0 mailboxctl send box hello
	ended "$second" 0
}

# ---- output that cannot be written ----

test_closed_output_takes_no_message()
{
	gives 0 mailboxctl create box
	gives 0 mailboxctl send box hello
	set +e
	mailboxctl receive box >&- 2>err
	status=$?
	set -e
	[ "$status" -eq 1 ]
	has "standard output is closed" err
	is box messages 1
}

test_closed_pipe_takes_no_message()
{
	gives 0 mailboxctl create box
	gives 0 mailboxctl send box hello
	mkfifo pipe
	# shellcheck disable=SC2217 # it only keeps the pipe open
	sleep 60 <pipe &
	reader=$!
	exec 9>pipe # once the reader has it open
	kill "$reader"
	ended "$reader" 143
	set +e
	mailboxctl receive box >&9 2>err
	status=$?
	set -e
	exec 9>&-
	[ "$status" -eq 141 ]
	is box messages 1
}

test_full_disk_is_told()
{
	gives 0 mailboxctl create box
	gives 0 mailboxctl send box hello world
	set +e
	mailboxctl receive box >/dev/full 2>err
	status=$?
	set -e
	[ "$status" -eq 1 ]
	has "cannot write the output: No space left on device" err
	has "Message 1 of 5 bytes had been received from box, and is lost." err
	set +e
	mailboxctl receive --json box >/dev/full 2>err
	status=$?
	set -e
	[ "$status" -eq 1 ]
	has "Message 2" err
	set +e
	mailboxctl list >/dev/full 2>err
	status=$?
	set -e
	[ "$status" -eq 1 ]
	has "cannot write the output" err
}

# ---- destroy, unlink, set ----

test_destroy()
{
	gives 0 mailboxctl create one
	gives 0 mailboxctl create two
	gives 4 mailboxctl destroy one three two
	has "there is no mailbox 'three' here" err
	gives 4 mailboxctl stat one
	gives 4 mailboxctl stat two
	gives 0 mailboxctl destroy --force one two id:1000000
	gives 0 mailboxctl destroy --force
}

test_unlink_frees_the_name()
{
	gives 0 mailboxctl create box
	mailboxctl receive box >got &
	receiver=$!
	becomes box waiting_receivers 1
	id=$(field box id)
	gives 0 mailboxctl unlink box
	gives 4 mailboxctl stat box
	gives 0 mailboxctl create box
	gives 0 mailboxctl send "id:$id" hello
	ended "$receiver" 0
	[ "$(cat got)" = hello ]
	gives 4 mailboxctl stat "id:$id"
}

test_set()
{
	gives 0 mailboxctl create box
	gives 0 mailboxctl set --mode 0624 --capacity 99 --max-message 1M \
		--owner nobody --group 12345 box
	is box mode 0624
	is box capacity 99
	is box max_message 1048576
	is box uid "$(id -u nobody)"
	is box gid 12345
}

test_set_of_what_is_not_bounded()
{
	gives 0 mailboxctl create --unbounded box
	gives 1 mailboxctl set --capacity 5 box
	has "box is not bounded" err
}

test_only_the_owner_manages()
{
	gives 0 mailboxctl create --mode 0666 box
	for command in destroy unlink; do
		gives 1 as_nobody mailboxctl "$command" box
		has "only its owner, or root, may $command box" err
		has "It belongs to root" err
	done
	gives 1 as_nobody mailboxctl set --mode 0600 box
	has "may change box" err
	is box mode 0666
}

test_permission_is_explained()
{
	gives 0 mailboxctl create --mode 0604 box
	gives 1 as_nobody mailboxctl send box hello
	has "nobody may not send to box" err
	has "Its mode is 0604" err
	gives 0 mailboxctl set --mode 0602 box
	gives 0 as_nobody mailboxctl send box hello
	gives 1 as_nobody mailboxctl receive box
	has "nobody may not receive from box" err
	gives 0 mailboxctl receive --json box
	has "\"uid\":$(id -u nobody)" out
}

# ---- watch and limits ----

test_watch_list()
{
	gives 0 mailboxctl create jobs
	gives 0 mailboxctl watch --count 2 --interval 10ms
	[ "$(grep -c jobs out)" -eq 2 ]
	gives 0 mailboxctl watch --count 1 other
	lacks jobs out
}

test_watch_events()
{
	gives 0 mailboxctl create box
	mailboxctl watch --events --interval 20ms >events &
	watcher=$!
	until grep -q there events; do
		sleep 0.05
	done
	gives 0 mailboxctl create other
	gives 0 mailboxctl send box hello
	until grep -q other events && grep -q sent events; do
		sleep 0.05
	done
	gives 0 mailboxctl destroy other
	until grep -q gone events; do
		sleep 0.05
	done
	kill "$watcher"
	ended "$watcher" 143
	grep -q 'box .*there' events
	grep -q 'other .*created' events
	grep -q 'box .*changed  sent +1 ' events
	grep -q 'other .*gone' events
}

test_watch_json()
{
	gives 0 mailboxctl create box
	mailboxctl watch --json --interval 20ms box >events &
	watcher=$!
	until [ -s events ]; do
		sleep 0.05
	done
	gives 0 mailboxctl send box hello
	# perhaps it sees the sender's handle, too, and then has more to tell
	until grep -q '"event":"changed".*"before":{"sent":0' events; do
		sleep 0.05
	done
	kill "$watcher"
	ended "$watcher" 143
	are_json events
	[ "$(sed 1q events | grep -c '"event":"there"')" -eq 1 ]
}

test_limits()
{
	gives 0 mailboxctl limits
	has "queued by your user" out
	has "sections of your user" out
	gives 0 mailboxctl query --json
	is_json out
	has '"user_bytes_max"' out
}

# ---- the rest ----

test_wrong_command_lines()
{
	gives 2 mailboxctl
	gives 2 mailboxctl frobnicate
	has "there is no command 'frobnicate'" err
	gives 2 mailboxctl send
	gives 2 mailboxctl send --priority 32768 box x
	has "not a number from 0 to 32767" err
	gives 2 mailboxctl receive --follow --count 2 box
	gives 2 mailboxctl create --mode 0777 box
	gives 2 mailboxctl create --no-such-option
	has "mailboxctl create --help" err
}

test_help_and_version()
{
	gives 0 mailboxctl --help
	has "Exit codes" out
	gives 0 mailboxctl --version
	for command in create list stat send receive destroy unlink set watch \
		limits; do
		gives 0 mailboxctl "$command" --help
		has "Examples:" out
		has "Usage: mailboxctl $command" out
	done
}

test_without_the_module()
{
	mkdir device
	gives 1 unshare -m sh -c 'mount -t tmpfs none /dev && mailboxctl list'
	has "The kernel module is not loaded" err
	has "sudo make load" err
}

test_device_that_is_another()
{
	gives 1 unshare -m sh -c 'mount -t tmpfs none /dev &&
		mknod /dev/mailbox c 1 3 && mailboxctl list'
	has "does not answer as the mailbox module does" err
}

run_tests "$@"
