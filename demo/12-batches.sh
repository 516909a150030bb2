# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Many messages in one call"
say "A batch sends or receives up to 1024 messages in one system call. If it" \
	"cannot do all, it says how many it did."
play batch
