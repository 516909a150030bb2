#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The fuzzer's programs, among them all that once showed something wrong, and a few
# seconds of what it makes up from them.  What the kernel's log says counts too.
#
#	FUZZ_SECONDS	how long (5)
#	FUZZ_SEED	the dice; told at the start

here=$(dirname "$0")

echo "TAP version 13"
echo "1..2"

if output=$("$here/fuzzer" -r -n 3 "$here/fuzz-seeds" 2>&1); then
	echo "ok 1 every known program"
else
	echo "$output" | sed 's/^/# /'
	echo "not ok 1 every known program"
fi

if output=$("$here/fuzzer" -t "${FUZZ_SECONDS:-5}" ${FUZZ_SEED:+-s "$FUZZ_SEED"} \
	"$here/fuzz-seeds" 2>&1); then
	echo "$output" | grep -e '^seed' -e ' programs ' | sed 's/^/# /'
	echo "ok 2 programs made up by chance"
else
	echo "$output" | sed 's/^/# /'
	echo "not ok 2 programs made up by chance"
fi
