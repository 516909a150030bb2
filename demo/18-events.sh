# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Events: to be told instead of asking again and again"
say "A process asks to be told, once, when something happens; the event comes as a" \
	"message to its NOTIFY mailbox. Its place is reserved when it is asked for, so" \
	"none is lost; what is so already is told at once."
play events

say "From the shell:"
show 'mailboxctl create jobs'
begin watcher 'exec mailboxctl notify jobs space not-empty destroyed'
until [ -s "$folder/watcher" ]; do
	sleep 0.1
done
show 'mailboxctl send jobs hello'
show 'mailboxctl destroy jobs'
finish watcher
claim "all three, in the order in which they happened" test "$output" = "space
not-empty
destroyed: The mailbox was destroyed."
