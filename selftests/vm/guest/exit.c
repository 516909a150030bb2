// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends the VM: vm-exit STATUS
 *
 * QEMU's isa-debug-exit device leaves the emulator with (value << 1) | 1 when a
 * value is written to its port.  The value is STATUS + 1: an exit status of 1 is
 * QEMU's own for a failed start.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>
#include <unistd.h>

#define EXIT_PORT	0x501
#define STATUS_MAX	125

int main(int argc, char **argv)
{
	int status = argc > 1 ? atoi(argv[1]) : 0;

	if (status < 0 || status > STATUS_MAX)
		status = STATUS_MAX;
	if (iopl(3)) {
		perror("iopl");
		return 1;
	}
	outb(status + 1, EXIT_PORT);
	/* the device acts at once; without it, the caller powers off */
	sleep(1);
	return 1;
}
