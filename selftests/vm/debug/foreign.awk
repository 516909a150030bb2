# SPDX-License-Identifier: GPL-2.0-only
#
# Leaves out of a kernel log the data races in which the module takes no part.
# The kernel has some of its own that are known and harmless, and KCSAN, told to
# be strict, reports them whenever it meets them.
#
# The module takes part if one of the two accesses is made by a function of
# its own (what is inlined there is), or by one of the kernel's that works on its
# caller's memory and was called by it.  A report that ends before it has shown
# who takes part is kept.

BEGIN {
	helpers = "^(_?_?copy_(to|from)_(user|iter)|_?copy_.*iter.*|__?mem(cpy|set|move)|" \
		"mem(cpy|set|move|cmp|chr)|str[a-z]*|k[mv]?free.*|kmem_cache_free|" \
		"__list_.*|list_.*|rb_.*|__rb_.*|xa_.*|xas_.*|refcount_.*|" \
		"_raw_(spin|read|write)_.*|(get|put)_(pid|task|net).*|kcsan_.*|__tsan_.*)$"
}

function end_of_report()
{
	if (ours || !stacks)
		printf "%s", report
	report = ""
}

/BUG: KCSAN: / {
	if (report != "")
		end_of_report()
	report = $0 "\n"
	ours = stacks = looking = 0
	next
}
report == "" {
	print
	next
}
{ report = report $0 "\n" }
/=====================/ {
	end_of_report()
	next
}
/ by (task|interrupt)/ {
	stacks++
	looking = 1
	next
}
looking {
	frame = $0
	sub(/^\[[^]]*\](\[[^]]*\])?/, "", frame)
	name = frame
	gsub(/^ +|\+.*/, "", name)
	if (name == "") {
		looking = 0
	} else if (frame ~ /\[mailbox\]/) {
		ours = 1
		looking = 0
	} else if (name !~ helpers) {
		looking = 0
	}
}
END {
	if (report != "")
		printf "%s", report
}
