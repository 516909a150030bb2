# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "To wait, not to wait, to wait for so long"
say "Every send and receive may wait (the default), refuse to wait (EAGAIN), or" \
	"wait until a deadline (ETIMEDOUT)."
play waiting

say "In a shell script the exit status tells: 3 is 'would have to wait' and" \
	"'waited in vain'."
show 'mailboxctl create jobs'
show 'mailboxctl receive --nonblock jobs'
claim "exit status 3" test "$status" -eq 3
show 'mailboxctl receive --timeout 200ms jobs'
claim "exit status 3" test "$status" -eq 3
mailboxctl destroy jobs
