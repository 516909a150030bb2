# SPDX-License-Identifier: GPL-2.0-only
#
# Everything is made below build/.  "make help" lists what there is to do.

KDIR		?= /lib/modules/$(shell uname -r)/build
PREFIX		?= /usr/local
export PREFIX
TOP		:= $(CURDIR)
VM		:= $(TOP)/selftests/vm
CHECKS		:= $(TOP)/selftests/checks
SUDO		:= $(shell [ "$$(id -u)" -eq 0 ] || echo sudo)

# A kernel by name has headers of its own; else those of KDIR serve.  The value
# is for a shell: a script's name with its environment and first argument.
MODULE		= $(if $(KERNEL),$(VM)/module $(KERNEL),env KDIR=$(KDIR) $(VM)/module)

# Each has a Makefile of its own; "build-lib" and so on go there.
PARTS		:= $(patsubst $(TOP)/%/Makefile,%,$(wildcard \
		   $(TOP)/lib/Makefile $(TOP)/lib/compat/Makefile \
		   $(TOP)/tools/Makefile \
		   $(TOP)/demo/Makefile))

# The library for remote calls needs protobuf-c, which nothing else does.
HAVE_PROTOBUF_C	:= $(shell protoc-c --version >/dev/null 2>&1 && \
		     pkg-config --exists libprotobuf-c && echo y)
ifeq ($(HAVE_PROTOBUF_C),y)
PARTS		+= lib/rpc
else
$(info no protobuf-c: leaving out lib/rpc)
endif

##@ Build

all: module $(PARTS:%=build-%)	## module, library, tools (KDIR= or KERNEL= names the kernel)

module:			## mailbox.ko only
	@ln -sfn "$$($(MODULE))" mailbox.ko

# The library first: the others link with it.
$(patsubst %,build-%,$(filter-out lib,$(PARTS))): $(filter build-lib,$(PARTS:%=build-%))

$(PARTS:%=build-%): build-%:
	@$(MAKE) --no-print-directory -C $*

tests: $(filter build-lib build-tools,$(PARTS:%=build-%))	## the test programs, and what they test
	@$(MAKE) --no-print-directory -C selftests

user: $(PARTS:%=build-%) tests	## all that runs outside the kernel

install: all		## DESTDIR= and PREFIX= say where
	@for part in $(filter lib tools lib/rpc lib/compat,$(PARTS)); do \
		$(MAKE) --no-print-directory -C $$part install || exit; \
	done
	install -D -m 644 mailbox.ko \
		$(DESTDIR)/lib/modules/$$(modinfo -F vermagic mailbox.ko | cut -d' ' -f1)/updates/mailbox.ko

clean:			## all that was made here (the cache of kernels stays)
	rm -rf build mailbox.ko

##@ Use on this machine

load: module		## insert the module (PARAMS= its parameters)
	$(SUDO) insmod mailbox.ko $(PARAMS)
	@for i in 1 2 3 4 5; do [ -c /dev/mailbox ] && exit; sleep 1; done; \
		echo "no /dev/mailbox appeared" >&2; exit 1

unload:			## remove it
	$(SUDO) rmmod mailbox

##@ In a virtual machine, with nothing prepared (KERNEL=bookworm, trixie, sid or a path)

demo:			## a guided tour
	@$(VM)/setup
	@$(MAKE) --no-print-directory -s user
	@$(VM)/run --kernel '$(KERNEL)' --timeout 900 -- sh /payload/demo/run

check:			## all tests (ONLY="area..." for some)
	@$(VM)/check '$(KERNEL)' $(ONLY)

check-debug:		## all tests on a kernel that finds memory errors, bad locking, leaks
	@$(VM)/debug/check debug $(ONLY)

check-races:		## all tests on a kernel that finds data races
	@$(VM)/debug/check races $(ONLY)

stress:			## rounds of stress in bad weather (TIME=seconds, KERNEL= also debug, races)
	@$(VM)/stress '$(TIME)' '$(KERNEL)'

fuzz-rpc:		## what libmailbox-rpc reads of others (TIME=seconds)
	@$(TOP)/selftests/rpc/fuzz/run $(TIME)

fuzz:			## calls made up by chance, on the debug kernel (TIME=seconds)
	@$(VM)/debug/fuzz $(TIME)

coverage:		## which lines of kmod/ the tests run: build/coverage
	@$(VM)/coverage $(ONLY)

check-plants:		## that planted bugs are caught (ONLY="name...")
	@$(VM)/debug/plant $(ONLY)

bench:			## count what a message costs, here and by other means (CSV=FILE, SIZES=64,1024)
	@$(TOP)/selftests/bench/run $(KERNEL:%=-k %) $(CSV:%=-o %) $(SIZES:%=-s %)

bench-plot:		## the plots of the manual, from the counts kept there (RECORD=1 counts anew)
	@$(TOP)/selftests/bench/plot $(if $(RECORD),-r)

bench-rpc:		## what a remote procedure call costs, and by ONC RPC
	@$(TOP)/selftests/bench/rpc/run $(KERNEL)

check-bench:		## that no message costs more than recorded (RECORD=1 records)
	@$(TOP)/selftests/bench/run $(KERNEL:%=-k %) $(if $(RECORD),-r,-c)

bench-here:		## the same in wall time, on this machine, module loaded
	@$(TOP)/selftests/bench/here $(CSV:%=-o %) $(SIZES:%=-s %)

vm:			## a shell with the module loaded, tests and tools in PATH
	@$(VM)/setup
	@$(MAKE) --no-print-directory -s user
	@$(VM)/run --kernel '$(KERNEL)' --shell

##@ Check the source

style:			## W=1, sparse, checkpatch, layers, UAPI layout, shellcheck
	@$(VM)/setup
	@$(CHECKS)/all

model:			## the protocol's states, exhaustively; memory ordering (ONLY="name...")
	@$(VM)/setup
	@$(TOP)/selftests/model/run $(ONLY)

##@ Help

docs:			## the manual as HTML, in build/docs/html
	@Documentation/build

help:			## this list
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z_%-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' \
		$(firstword $(MAKEFILE_LIST))

.PHONY: all module tests user install clean load unload demo check \
	check-debug check-races check-plants coverage fuzz fuzz-rpc \
	stress bench bench-plot bench-rpc \
	check-bench bench-here vm style model \
	docs help $(PARTS:%=build-%)
