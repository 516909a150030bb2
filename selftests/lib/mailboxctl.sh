# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the tests of mailboxctl are written with, beyond script.sh.

# shellcheck source=selftests/lib/script.sh
. "$(dirname "$0")/lib/script.sh"

for folder in "$here/../tools" "$here/../build/tools"; do
	[ ! -f "$folder/mailboxctl" ] || PATH=$(cd "$folder" && pwd):$PATH
done
export PATH

# A script of this name must not be taken for the command.
command -v mailboxctl >/dev/null || bail "no mailboxctl: is it built?"
[ -c /dev/mailbox ] || bail "no /dev/mailbox: is the module loaded?"
[ "$(id -u)" -eq 0 ] || bail "these tests act as several users: run them as root"

# In a network namespace of their own the tests meet nobody else's mailboxes.
if [ -z "${MAILBOXCTL_NAMESPACE-}" ]; then
	MAILBOXCTL_NAMESPACE=1
	export MAILBOXCTL_NAMESPACE
	unshare -n true 2>/dev/null || bail "no unshare -n"
	exec unshare -n "$0" "$@"
fi

work_begin mailboxctl

tidy()
{
	mailboxctl list --names | while IFS= read -r left; do
		mailboxctl destroy --force "$left"
	done
}

# ---- what the tests are written with ----

# field MAILBOX NAME: a member of its JSON
field()
{
	mailboxctl stat --json "$1" |
		sed -n "s/^ *\"$2\": *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p"
}

# is MAILBOX NAME VALUE
is()
{
	is_now=$(field "$1" "$2")
	[ "$is_now" = "$3" ] || {
		echo "$1: $2 is $is_now, not $3"
		return 1
	}
}

# becomes MAILBOX NAME VALUE: now or soon
becomes()
{
	becomes_tries=0
	until [ "$(field "$1" "$2" 2>/dev/null)" = "$3" ]; do
		becomes_tries=$((becomes_tries + 1))
		[ "$becomes_tries" -lt 200 ] || {
			echo "$1: $2 does not become $3"
			return 1
		}
		sleep 0.05
	done
}

# is_json FILE: one JSON value.  Values are reduced to letters until one is left.
is_json()
{
	awk '
	{ s = s $0 "\n" }
	END {
		gsub(/"([^"\\]|\\["\\\/bfnrt]|\\u[0-9a-f][0-9a-f][0-9a-f][0-9a-f])*"/, "#", s)
		if (s ~ /[SVM]/)
			exit 1
		gsub(/#/, "S", s)
		gsub(/-?[0-9]+(\.[0-9]+)?|true|false|null/, "V", s)
		gsub(/[ \t\n]/, "", s)
		do {
			before = s
			gsub(/S:[SV]/, "M", s)
			gsub(/\{(M(,M)*)?\}/, "V", s)
			gsub(/\[([SV](,[SV])*)?\]/, "V", s)
		} while (s != before)
		exit s !~ /^[SV]$/
	}' "$1" || {
		echo "not JSON:"
		cat "$1"
		return 1
	}
}

# are_json FILE: one JSON value on each line
are_json()
{
	[ -s "$1" ]
	while IFS= read -r are_line; do
		printf '%s\n' "$are_line" >one
		is_json one
	done <"$1"
}

as_nobody()
{
	su -s /bin/sh nobody -c "PATH=$PATH $*"
}
