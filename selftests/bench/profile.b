#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Which functions of the kernel the instructions of one operation belong to:
#
#   profile [-k KERNEL] [-n LINES] [TEST [MECHANISM [BYTES]]]
#
#   -k    the kernel; default trixie's
#   -n    how many functions to show; default 60
#
# TEST, MECHANISM and BYTES are those of "bench": same, mailbox, 64 if not given.
# The program repeats the operation for ever in the virtual machine, whose every
# instruction is written down by the emulator for some seconds; the addresses are
# then looked up in the guest's own /proc/kallsyms.  Operations are told apart by a
# system call of the program, hence its own instructions are one entry, USER.

. "$(dirname -- "$0")/../vm/common.sh"

here=$top_dir/selftests/bench
kernel=trixie
lines=60
while [ "$#" -gt 0 ]; do
	case $1 in
	-k) kernel=$2; shift ;;
	-n) lines=$2; shift ;;
	*) break ;;
	esac
	shift
done
test=${1:-same}
mechanism=${2:-mailbox}
bytes=${3:-64}

"$vm_dir/setup"
make -s -C "$here" >&2
kernel_facts "$kernel"
work=$(mktemp -d "${TMPDIR:-/tmp}/profile.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

# The kernel lies where it was linked (nokaslr), so its symbols are asked for once
# for each kernel; the module's each time.
symbols=$top_dir/build/bench/$k_release.symbols
if [ ! -s "$symbols" ]; then
	note "asking $k_release for its symbols"
	# shellcheck disable=SC2016 # for awk
	"$vm_dir/run" -k "$kernel" --bare --no-module -t 300 -b tmp/symbols \
		-o "$work" -- sh -c 'awk "\$2 ~ /[tTwW]/ { print \$1, \$3 }" \
			/proc/kallsyms >/tmp/symbols'
	sort "$work/tmp/symbols" >"$symbols"
fi

# shellcheck disable=SC2016 # for the guest
guest='awk "/\[mailbox\]/ { print \$1, \$3 }" /proc/kallsyms
exec /payload/bench -b -l -t "$1" -m "$2" -s "$3"'
note "tracing $test by $mechanism, $bytes bytes, on $k_name"
"$vm_dir/run" -k "$kernel" --bare -d -t 240 -l "$work/log" \
	-q -monitor -q "unix:$work/monitor,server,nowait" \
	-f "$top_dir/build/bench/bench=bench" -- \
	sh -c "$guest" bench "$test" "$mechanism" "$bytes" \
	>"$work/out" 2>"$work/err" &
machine=$!
"$here/trace" "$work/monitor" "$work/out" "$work/trace" || {
	cat "$work/err" >&2
	wait "$machine" || :
	exit 1
}
wait "$machine" || :

"$here/attribute" "$symbols" "$work/out" "$work/trace" "$lines"
