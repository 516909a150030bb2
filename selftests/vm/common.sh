# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # the sourcing scripts use what this sets
#
# What every script of the VM harness shares: where things are, how to speak,
# how to take a lock.  Sourced, never run.

set -euo pipefail
export LC_ALL=C
umask 022

# The repository, and the folder that outlives a clone.  The cache holds only
# what can be fetched or built again.
vm_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
top_dir=$(cd -- "$vm_dir/../.." && pwd -P)
cache_dir=${MAILBOX_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/mailbox}

# Progress goes to stderr: stdout belongs to what a script answers.
note()
{
	printf '# %s\n' "$*" >&2
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# lock FILE: held until the script ends.  Two checks may run at once on one
# machine, and both want the same kernel.
lock()
{
	mkdir -p -- "$(dirname -- "$1")"
	exec {lock_fd}>"$1"
	flock "$lock_fd" || die "cannot lock $1"
}

unlock()
{
	exec {lock_fd}>&-
}

# kernel_facts [KERNEL]: what "kernel" answers, as variables of ours.
kernel_facts()
{
	local facts
	facts=$("$vm_dir/kernel" "$@") || return
	k_name='' k_release='' k_vmlinuz='' k_kdir='' k_inside=''
	eval "$facts"
}

# release_of KDIR: what a kernel built there calls itself
release_of()
{
	sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' \
		"$1/include/generated/utsrelease.h" 2>/dev/null |
		grep . || die "no prepared kernel headers in KDIR=$1"
}

# younger FILE SECONDS: FILE was written less than SECONDS ago.
younger()
{
	local age
	[ -e "$1" ] || return 1
	age=$(($(date +%s) - $(stat -c %Y -- "$1")))
	[ "$age" -ge 0 ] && [ "$age" -lt "$2" ]
}
