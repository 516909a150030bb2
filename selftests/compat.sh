#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Plain programs with POSIX and System V message queues, which know nothing of
# mailboxes: first on the kernel's own queues, which shows that they are right, then
# on mailboxes; as root and as an ordinary user.

here=$(dirname "$0")/compat
number=0

# The results of one program, renumbered, and named after how it ran.
results()
{
	awk -v how="$1" -v number="$number" '
	/^(ok|not ok) [0-9]+ / {
		ok = /^ok/ ? "ok" : "not ok"
		sub(/^(not )?ok [0-9]+ /, "")
		print ok " " ++number " " how ": " $0
		next
	}
	{ print "# " $0 }
	END { print number >"/tmp/compat.number" }' <"$2"
	number=$(cat /tmp/compat.number)
}

# try HOW USER COMMAND...: one run; that it ends well is a result as well
try()
{
	how=$1 user=$2
	shift 2
	if [ "$user" = root ]; then
		"$@" >/tmp/compat.out 2>&1
	else
		su "$user" -s /bin/sh -c "$*" >/tmp/compat.out 2>&1
	fi
	status=$?
	grep -q '^1\.\.[0-9]' /tmp/compat.out && results "$how" /tmp/compat.out
	number=$((number + 1))
	case $status in
	0 | 4) echo "ok $number $how: ends well" ;;
	*)
		grep -q '^1\.\.[0-9]' /tmp/compat.out ||
			sed 's/^/# /' /tmp/compat.out
		echo "not ok $number $how: ends well (status $status)"
		;;
	esac
}

# refused HOW TEXT COMMAND...: mailbox-run says why not
refused()
{
	how=$1 text=$2
	shift 2
	number=$((number + 1))
	if "$here/mailbox-run" "$@" >/tmp/compat.out 2>&1; then
		echo "not ok $number $how"
	elif grep -q "$text" /tmp/compat.out; then
		echo "ok $number $how"
	else
		sed 's/^/# /' /tmp/compat.out
		echo "not ok $number $how"
	fi
}

echo "TAP version 13"
chmod 755 /payload "$here"
if [ -e /proc/sys/fs/mqueue ] && mkdir -p /dev/mqueue; then
	mount -t mqueue mqueue /dev/mqueue 2>/dev/null || :
fi
for user in root alice; do
	for program in mq_open mq_transfer mq_order mq_notify; do
		[ ! -e /proc/sys/fs/mqueue ] ||
			try "kernel $program $user" "$user" "$here/$program"
	done
	[ ! -e /proc/sysvipc/msg ] || try "kernel msg $user" "$user" "$here/msg"
	for program in mq_open mq_transfer mq_order mq_notify msg; do
		try "mailbox $program $user" "$user" "$here/mailbox-run" \
			"$here/$program"
	done
	try "linked beyond $user" "$user" "$here/beyond"
done
refused "a static program is refused" "linked statically" /bin/busybox true
refused "no program is an error" "No such file" /nowhere/at/all
refused "no arguments are an error" "usage"
echo "1..$number"
