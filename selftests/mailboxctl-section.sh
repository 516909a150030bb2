#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mailboxctl section: shared memory from the command line.  Written and run as
# mailboxctl.sh.

# shellcheck source=selftests/lib/mailboxctl.sh
. "$(dirname "$0")/lib/mailboxctl.sh"

tidy()
{
	mailboxctl section list | awk 'NR > 1 { print "id:" $2 }' |
		while IFS= read -r left; do
			mailboxctl section destroy "$left"
		done
}

test_load_and_dump()
{
	gives 0 mailboxctl section create 8K frames
	grep -q '^id:[0-9]*$' out
	printf 'any\000bytes\377' >input
	gives 0 sh -c 'mailboxctl section load frames <input'
	gives 0 mailboxctl section dump name:frames
	cp out dumped
	[ "$(wc -c <dumped)" -eq 8192 ]
	head -c 10 dumped | cmp - input
	# what was not loaded is as it was: zeros
	[ "$(tail -c +11 dumped | tr -d '\000' | wc -c)" -eq 0 ]
	printf 'new' >input
	gives 0 sh -c 'mailboxctl section load frames <input'
	gives 0 mailboxctl section dump frames
	[ "$(head -c 3 out)" = new ]
}

test_large_ones_are_moved_whole()
{
	gives 0 mailboxctl section create 3M
	address=$(cat out)
	head -c 3145728 /dev/urandom >input
	gives 0 sh -c "mailboxctl section load $address <input"
	mailboxctl section dump "$address" | cmp - input
	printf 'x' >>input
	gives 1 sh -c "mailboxctl section load $address <input"
	has "longer than section" err
}

test_list()
{
	gives 0 mailboxctl section list
	[ "$(wc -l <out)" -le 1 ]
	gives 0 mailboxctl section create --mode 0640 64K first
	gives 0 mailboxctl section create 4K
	gives 0 mailboxctl section list
	grep -q '^first  *[0-9]* .* 0640 ' out
	[ "$(wc -l <out)" -eq 3 ]
	gives 0 mailboxctl section list --json
	cp out list
	is_json list
	grep -q '"length": *65536' list
	gives 0 mailboxctl section create --json 4K third
	cp out made
	is_json made
}

test_what_is_mapped_for_others()
{
	gives 0 mailboxctl section create --mode 0604 4K frames
	printf 'mine' >input
	gives 0 sh -c 'mailboxctl section load frames <input'
	chmod 644 input
	gives 0 as_nobody "mailboxctl section dump frames"
	[ "$(head -c 4 out)" = mine ]
	gives 1 as_nobody "mailboxctl section load frames </dev/null"
	has "cannot write section 'frames'" err
	gives 1 as_nobody "mailboxctl section destroy frames"
	gives 0 as_nobody "mailboxctl section list"
	grep -q '^frames ' out
}

test_destroy()
{
	gives 0 mailboxctl section create 4K one
	gives 0 mailboxctl section create 4K two
	gives 4 mailboxctl section destroy one none two
	has "there is no section 'none'" err
	gives 4 mailboxctl section dump one
	gives 4 mailboxctl section load two
}

test_no_ring_in_it()
{
	gives 0 mailboxctl section create 64K frames
	gives 1 mailboxctl ring frames
	has "there is no ring in section 'frames'" err
	gives 4 mailboxctl ring none
	gives 0 mailboxctl ring
	same ""
}

test_name_that_is_taken()
{
	gives 0 mailboxctl section create 4K frames
	gives 1 mailboxctl section create 4K frames
	has "cannot make the section" err
}

test_full_output_is_an_error()
{
	[ -c /dev/full ] || return 0
	gives 0 mailboxctl section create 4K frames
	gives 1 sh -c 'mailboxctl section dump frames >/dev/full'
	has "cannot write the output" err
}

test_nonsense()
{
	gives 2 mailboxctl section
	gives 2 mailboxctl section paint
	gives 2 mailboxctl section create
	gives 2 mailboxctl section create 0
	gives 2 mailboxctl section create 4X
	gives 2 mailboxctl section create 4K a b
	gives 2 mailboxctl section list a
	gives 2 mailboxctl section dump
	gives 2 mailboxctl section dump --json a
	gives 2 mailboxctl section dump id:x
	gives 2 mailboxctl section load a b
	gives 2 mailboxctl section list --mode 0600
	gives 2 mailboxctl section destroy
}

run_tests "$@"
