# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "The kernel as one to be called: commands as messages"
say "Mach's idea: what a system call does, a message to the kernel does as well. A" \
	"call to the reserved ID KERNEL carries a command and its structure, and the" \
	"reply carries the structure back. It goes through the same functions as the" \
	"ioctl."
play kernel
