#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Programs by other hands, as Debian has them, on mailboxes: stress-ng, python3 with
# python3-sysv-ipc, perl, fakeroot, ipcmk, ipcs and ipcrm; as root and as an ordinary
# user.  What is not installed where this is built is left out.
#
# CLIENTS_OPS: operations of stress-ng (more than the usual run's)

here=$(dirname "$0")/clients
run=$here/mailbox-run
ops=${CLIENTS_OPS:-3000}
out=/tmp/clients.out
number=0

# as USER COMMAND...
as()
{
	as_user=$1
	shift
	if [ "$as_user" = root ]; then
		"$@"
	else
		su "$as_user" -s /bin/sh -c "$*"
	fi
}

# result GOOD WHAT: 0 is good
result()
{
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number $2"
	else
		sed 's/^/# /' "$out"
		echo "not ok $number $2"
	fi
}

# left_out PROGRAM
left_out()
{
	[ ! -x "$here/$1" ] || return 1
	number=$((number + 1))
	echo "ok $number $1 # SKIP not installed where this was built"
}

# tap WHAT USER COMMAND...: a program that checks itself, with all its results good
tap()
{
	what=$1
	shift
	as "$@" >"$out" 2>&1
	status=$?
	[ "$status" -eq 0 ] && grep -q '^1\.\.[1-9]' "$out" &&
		! grep -q '^not ok' "$out"
	result $? "$what ($(grep -c '^ok' "$out") checks)"
}

# stress WHAT USER OPTION...: it verifies what it receives; and it did do something
stress()
{
	what=$1 user=$2 name=$3
	shift 3
	(cd /tmp && as "$user" "$run" "$here/stress-ng" --temp-path /tmp --verify \
		--metrics-brief --timeout 120 "--$name" 2 "--$name-ops" "$ops" \
		"$@") >"$out" 2>&1
	status=$?
	[ "$status" -eq 0 ] && ! grep -qi 'fail' "$out" &&
		awk -v name="$name" '
		{ for (i = 1; i < NF; i++) if ($i == name && $(i + 1) + 0 > 0) good = 1 }
		END { exit !good }' "$out"
	result $? "$what"
}

# Of the kernel's own queues there are to be no more than before.
own_queues()
{
	cat /proc/sysvipc/msg /dev/mqueue/* 2>/dev/null | wc -l
}

export PYTHONHOME="$here/python" PYTHONPATH="$here/python"
before=$(own_queues)

echo "TAP version 13"
chmod 755 /payload "$here"
for user in root alice; do
	left_out python3 || tap "python3-sysv-ipc, $user" "$user" \
		"$run" "$here/python3" -S "$here/python.py"
	left_out perl || tap "perl, $user" "$user" "$run" "$here/perl" \
		"$here/perl.pl"
	left_out stress-ng || {
		stress "stress-ng --mq, $user" "$user" mq
		stress "stress-ng --msg, $user" "$user" msg
		stress "stress-ng --msg with types, $user" "$user" msg \
			--msg-types 8
	}
done

# fakeroot's daemon and library talk by System V's queues: who owns a file is what the
# daemon was told, by another process.
left_out faked-sysv || left_out perl || {
	daemon=$(as alice "$run" "$here/faked-sysv" 2>"$out")
	fake="env FAKEROOTKEY=${daemon%:*} \
		LD_PRELOAD=$here/libmailbox-sysv.so.1:$here/libfakeroot-sysv.so"
	file=/tmp/clients.owned
	as alice touch "$file"
	as alice "$fake $here/perl -e 'chown(12, 34, qq($file)) or die'" \
		>>"$out" 2>&1 &&
		as alice "$fake $here/perl -e 'my @s = stat qq($file);
			exit !(\$s[4] == 12 && \$s[5] == 34)'" >>"$out" 2>&1 &&
		[ "$(stat -c %U "$file")" = alice ]
	result $? "fakeroot remembers owners"
	kill "${daemon#*:}"
	rm -f "$file"
}

left_out ipcmk || {
	id=$("$run" "$here/ipcmk" -Q 2>"$out" | grep -o '[0-9]*$')
	[ -n "$id" ] && [ "$(own_queues)" -eq "$before" ]
	result $? "ipcmk makes a queue, and not the kernel's"
	"$run" "$here/ipcs" -q >"$out" 2>&1 && grep -q " $id " "$out"
	result $? "ipcs lists it"
	"$run" "$here/ipcrm" -q "$id" >"$out" 2>&1
	result $? "ipcrm removes it"
	! "$run" "$here/ipcrm" -q "$id" >"$out" 2>&1
	result $? "once"
}
[ "$(own_queues)" -eq "$before" ]
result $? "none of all these were the kernel's own queues"
echo "1..$number"
