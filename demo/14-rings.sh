# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Through shared memory"
say "Two processes connect at a port, and from then on their messages go through" \
	"shared memory: without a system call, as long as neither has to sleep."
play rings
say "What the kernel does not see it cannot do: priorities, or to take a message" \
	"back. That is refused, and said. That a process has died it does see."
