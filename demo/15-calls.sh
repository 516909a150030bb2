# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Call and reply: a request, its answer, and who works on it"
say "A call is a message whose sender waits for the reply: one system call. The" \
	"receiver gets a token with it, good for one reply. A server replies and" \
	"waits for the next request in one system call, too; several processes may" \
	"serve one mailbox."
play calls

say "From the shell: a command is run for each request, and what it prints is the" \
	"reply. Its exit status tells the caller whether it could be done."
show 'mailboxctl create sums'
begin server 'mailboxctl serve --jobs 2 sums bc'
await sums waiting_receivers 2
show 'echo 6*7 | mailboxctl call sums'
claim "the reply" test "$output" = 42
show 'printf "1+1\n2+2\n" | mailboxctl call --each-line sums'
claim "one call for each line" test "$output" = "2
4"
stop server
begin server 'mailboxctl serve sums false'
await sums waiting_receivers 1
show 'mailboxctl call sums 1+1'
claim "the server failed, and says so" test "$status" -eq 5
stop server
mailboxctl destroy sums
