# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A tree of unpacked packages in the cache.  Its stamp is written last and holds
# a fingerprint, so a torn or altered tree is known and made again.  Sourced,
# after common.sh.

# Unused trees are removed after this many days.
tree_days=21

# tree_fingerprint TREE FILE...: each file's place and size, and the content of
# those that matter most (names relative to TREE, patterns allowed).
tree_fingerprint()
(
	cd "$1" || exit
	shift
	find . ! -type d ! -path './stamp*' -printf '%P %s %l\n' |
		sort | sha256sum
	# shellcheck disable=SC2068 # patterns
	sha256sum $@ 2>/dev/null || :
)

tree_intact()
{
	[ -s "$1/stamp" ] &&
		[ "$(tree_fingerprint "$@")" = "$(cat "$1/stamp")" ]
}

# tree_unpack TREE SUITE PACKAGE=VERSION...
tree_unpack()
{
	local tree=$1 suite=$2
	shift 2
	rm -rf -- "$tree"
	mkdir -p "$tree"
	# shellcheck disable=SC2154 # of common.sh
	"$vm_dir/suite" "$suite" unpack "$tree" "$@"
	rm -rf -- "$tree"/usr/share/{doc,man,info,locale,lintian,bug}
}

tree_seal()
{
	tree_fingerprint "$@" >"$1/stamp.new"
	mv "$1/stamp.new" "$1/stamp"
}

# A used tree is kept; what nobody used for long goes.
tree_used()
{
	touch "$1"
	find "$(dirname "$1")" -mindepth 1 -maxdepth 1 -type d \
		-mtime "+$tree_days" -exec rm -rf -- {} +
}
