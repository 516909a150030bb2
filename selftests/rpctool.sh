#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mailbox-rpc and the examples of libmailbox-rpc, as a user meets them.  Every function
# test_* here is a test: it runs in a subshell with "set -e", so the first command that
# fails fails it.
#
#   rpctool.sh             all tests, as TAP
#   rpctool.sh NAME...     some

# shellcheck source=selftests/lib/script.sh
. "$(dirname "$0")/lib/script.sh"

PATH=$here:$PATH
export PATH

command -v mailbox-rpc >/dev/null || bail "no mailbox-rpc: is it built?"
[ -c /dev/mailbox ] || bail "no /dev/mailbox: is the module loaded?"

work_begin rpctool

# The bare system has no protoc: it comes with its libraries.
if ! command -v protoc >/dev/null && [ -f "$here/protoc.tar" ]; then
	mkdir protoc.d && tar -xf "$here/protoc.tar" -C protoc.d
	printf '#!/bin/sh\nexec "%s/ld.so" --library-path "%s" "%s/protoc" "$@"\n' \
		"$work/protoc.d" "$work/protoc.d" "$work/protoc.d" >protoc
	chmod 755 protoc
	PATH=$work:$PATH
fi

# Of one test, which is a subshell.
kill_servers()
{
	# shellcheck disable=SC2086 # numbers
	kill -KILL $servers 2>/dev/null || :
}

# serve PROGRAM NAME: starts it, and waits until it answers; its number is in $server
serve()
{
	"$1" "$2" >/dev/null 2>&1 &
	server=$!
	servers="${servers-} $server"
	trap kill_servers EXIT
	serve_tries=0
	until mailbox-rpc describe "$2" >/dev/null 2>&1; do
		serve_tries=$((serve_tries + 1))
		[ "$serve_tries" -lt 200 ] || {
			echo "$1 does not answer"
			return 1
		}
		sleep 0.05
	done
}

# stop SIGNAL
stop()
{
	kill "-$1" "$server"
	wait "$server" 2>/dev/null || :
}

test_list_and_describe()
{
	serve kv-server rpctool.kv
	gives 0 mailbox-rpc list
	has "rpctool.kv" out
	gives 0 mailbox-rpc describe rpctool.kv
	has "service kv.Store, version 1" out
	has "Get(kv.Key) returns kv.Pair, AT_LEAST_ONCE" out
	has "List(kv.Prefix) returns stream kv.Pair" out
	has "Save(kv.Prefix) returns kv.Saved, takes 1 attachments" out
	has "service mailbox.rpc.Directory" out
	gives 1 mailbox-rpc describe rpctool.none
	has "UNAVAILABLE: no server rpc:rpctool.none" err
	stop TERM
}

test_usage()
{
	gives 0 mailbox-rpc --help
	has "usage: mailbox-rpc" out
	gives 2 mailbox-rpc
	gives 2 mailbox-rpc dance
	gives 2 mailbox-rpc -t x list
	gives 2 mailbox-rpc -s twice list
}

test_mailboxctl_is_another_way()
{
	serve bank-server rpctool.m
	gives 0 mailboxctl rpc list
	has "rpctool.m" out
	gives 0 mailboxctl rpc describe rpctool.m
	has "service bank.Bank" out
	gives 0 mailboxctl rpc --timeout 20 call rpctool.m Deposit 'account: 2 amount: 7'
	has "balance: 7" out
	gives 1 mailboxctl rpc call rpctool.m Withdraw 'account: 2 amount: 8'
	has "FAILED_PRECONDITION" err
	gives 2 mailboxctl rpc
	gives 2 mailboxctl rpc -t
	gives 2 mailboxctl rpc dance
	gives 0 mailboxctl rpc --help
	has "mailboxctl rpc list" out
	gives 127 env PATH=/nowhere "$(command -v mailboxctl)" rpc list
	has "there is no mailbox-rpc" err
	stop TERM
}

test_results_of_any_length()
{
	serve kv-server rpctool.l
	awk 'BEGIN { printf "key: \"long\" value: \""; for (i = 0; i < 200000; i++) printf "x"; print "\"" }' |
		gives 0 mailbox-rpc call rpctool.l Put -
	gives 0 mailbox-rpc call rpctool.l Get 'key: "long"'
	[ "$(wc -c <out)" -gt 200000 ]
	stop TERM
}

test_call_by_text()
{
	serve bank-server rpctool.a
	gives 0 mailbox-rpc call rpctool.a Deposit 'account: 1 amount: 50'
	has "balance: 50" out
	gives 0 mailbox-rpc call rpctool.a bank.Bank.Withdraw 'account: 1 amount: 8'
	has "balance: 42" out
	gives 1 mailbox-rpc call rpctool.a Withdraw 'account: 1 amount: 100'
	has "FAILED_PRECONDITION: account 1 has 42" err
	gives 1 mailbox-rpc call rpctool.a Withdraw 'account: 99 amount: 1'
	has "NOT_FOUND: no account 99" err
	gives 1 mailbox-rpc call rpctool.a Withdraw 'amont: 1'
	gives 1 mailbox-rpc call rpctool.a Dance
	has "no method Dance" err
	echo 'account: 1' | gives 0 mailbox-rpc call rpctool.a Statement -
	has "amount: 50" out
	has "amount: -8" out
	stop TERM
}

test_bank()
{
	serve bank-server rpctool.b
	gives 0 bank -n rpctool.b deposit 3 100
	gives 0 bank -n rpctool.b withdraw 3 30
	stop KILL
	serve bank-server rpctool.b
	gives 0 bank -n rpctool.b balance 3
	has "70" out
	gives 0 bank -n rpctool.b statement 3
	[ "$(cat out)" = "+100
-30" ]
	gives 1 bank -n rpctool.b withdraw 3 71
	has "FAILED_PRECONDITION" err
	gives 2 bank dance
	stop TERM
}

test_kv()
{
	serve kv-server rpctool.c
	gives 0 kv -n rpctool.c put one 1
	gives 0 kv -n rpctool.c put two 2
	gives 0 kv -n rpctool.c put one eins
	gives 0 kv -n rpctool.c get one
	has "eins" out
	gives 0 kv -n rpctool.c list
	[ "$(cat out)" = "one=eins
two=2" ]
	gives 0 kv -n rpctool.c list t
	[ "$(cat out)" = "two=2" ]
	gives 0 kv -n rpctool.c save saved
	has "2 pairs" out
	[ "$(cat saved)" = "one=eins
two=2" ]
	gives 1 mailbox-rpc call rpctool.c Save 'prefix: "o"'
	has "INVALID_ARGUMENT: no file to write to is attached" err
	gives 0 kv -n rpctool.c delete one
	gives 1 kv -n rpctool.c get one
	has "NOT_FOUND: no key one" err
	gives 2 kv put
	stop TERM
}

test_greeter()
{
	greeter-server &
	server=$!
	servers="$servers $server"
	until mailbox-rpc describe greeter >/dev/null 2>&1; do
		sleep 0.05
	done
	gives 0 greeter world
	has "Hello, world: you are user 0" out
	gives 1 greeter ''
	has "whom shall I greet?" err
	stop KILL
}

test_trace()
{
	serve kv-server rpctool.d
	mailbox-rpc trace rpctool.d >traced &
	tracer=$!
	servers="$servers $tracer"
	trace_tries=0
	until grep -q 'replied.*kv.Store.Put' traced; do
		trace_tries=$((trace_tries + 1))
		[ "$trace_tries" -lt 200 ]
		kv -n rpctool.d put one 1
		sleep 0.05
	done
	has "received" traced
	has "executed" traced
	has "AT_LEAST_ONCE" traced
	# the end of the server is the end of the trace
	stop TERM
	wait "$tracer"
}

run_tests "$@"
