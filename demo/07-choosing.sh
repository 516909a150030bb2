# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Which message comes first: priorities, tags, senders, peeking"
say "The highest priority comes first, and within one the oldest. A receiver" \
	"may ask for certain messages only: by the tag that the sender gave, or" \
	"by the sender."
show 'mailboxctl create jobs'
show 'mailboxctl send jobs sweep scrub'
show 'mailboxctl send --priority 9 jobs fire!'
show 'mailboxctl send --tag 42 jobs "about 42"'
show 'mailboxctl receive --lines --peek jobs'
claim "the highest priority is first, and peeking leaves it there" \
	test "$output" = 'fire!'
show 'mailboxctl receive --lines --tag 40-49 jobs'
claim "by its tag, past all others" test "$output" = 'about 42'
show 'mailboxctl receive --lines --count 3 jobs'
claim "the rest, in order" test "$output" = "fire!
sweep
scrub"

say "Now two processes send, and the receiver wants the second one's message."
show 'mailboxctl send jobs "from one"'
# shellcheck disable=SC2016 # for the inner shell
show 'sh -c '\''echo $$ >$DEMO_FOLDER/pid; exec mailboxctl send jobs "from another"'\'
# shellcheck disable=SC2016
show 'mailboxctl receive --lines --from $(cat $DEMO_FOLDER/pid) jobs'
claim "by its sender, past the first" test "$output" = "from another"
mailboxctl destroy jobs
