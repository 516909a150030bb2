# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Connection ports: a private channel for each client"
say "A port takes connection requests only. Who asks says a greeting; who listens" \
	"accepts or rejects. Then each has one end of a channel that nobody else can" \
	"get at, and calls may run both ways: the server may call back."
play ports

say "In the shell: each connection gets a command of its own."
# shellcheck disable=SC2016 # for the inner shell
begin server 'exec mailboxctl listen --verbose --if "grep -q -x sesame" cave tr a-z A-Z'
await cave waiting_receivers 1
show 'echo "open the treasure" | mailboxctl connect --greeting mustard cave'
claim "rejected" test "$status" -eq 5
show 'printf "gold\nsilver\n" | mailboxctl connect --greeting sesame cave'
claim "accepted: each line went there and back" test "$output" = "GOLD
SILVER"
stop server
