# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Indirect communication: processes that know only a name"
say "A mailbox may have a name. Whoever knows it can open the mailbox, if its" \
	"permissions allow. Sender and receiver need not know each other, nor" \
	"live at the same time; there may be many of each."
show 'mailboxctl create jobs'
claim "made" test "$status" -eq 0
begin worker1 'mailboxctl receive --follow --lines jobs'
await jobs waiting_receivers 1
begin worker2 'mailboxctl receive --follow --lines jobs'
await jobs waiting_receivers 2
show 'mailboxctl list'
claim "two receivers wait at it" contains "$output" "2 receive"
show 'seq 1 6 | mailboxctl send --lines jobs'
await jobs received 6
stop worker1
first=$output
stop worker2
claim "each message went to one of them, none is missing" \
	test "$(printf '%s\n%s\n' "$first" "$output" | sort | tr -d '\n')" = 123456
show 'mailboxctl destroy jobs'
