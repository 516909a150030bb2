# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Limits: what one user does harms no other"
say "What a user's messages take up in the kernel counts against his quota. The" \
	"administrator sets it, for now to 64 KiB."
parameter=/sys/module/mailbox/parameters/user_bytes
before=$(cat $parameter)
trap 'echo "$before" >$parameter' EXIT
show "echo 65536 >$parameter"
show_as alice 'mailboxctl create --unbounded --mode 0666 heap'
# shellcheck disable=SC2016 # for the inner shell
show_as alice 'head -c 8000 /dev/zero >/tmp/block; n=0
           while mailboxctl send heap </tmp/block; do n=$((n + 1)); done; echo "sent $n"'
claim "at some point a send is refused, and told why" contains "$output" quota
show_as alice 'mailboxctl limits'
claim "alice sees what she uses" contains "$output" "queued by your user"
show_as bob 'mailboxctl send heap "I still can" && echo sent'
claim "bob is not concerned" test "$output" = sent
show_as alice 'mailboxctl receive heap | wc -c; mailboxctl send heap again && echo sent'
claim "what is received makes room" contains "$output" sent
rm -f /tmp/block
show_as alice 'mailboxctl destroy heap'
