// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * mailbox-run: run a program whose message queues are to be mailboxes.
 *
 * It looks at the program first: what cannot be redirected is said, and not run.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
"usage: mailbox-run [--mqueue | --sysv] [--] PROGRAM [ARGUMENT...]\n"
"\n"
"Runs PROGRAM with its POSIX and System V message queues on mailboxes.\n"
"\n"
"      --mqueue   only POSIX queues (mq_open and so on)\n"
"      --sysv     only System V queues (msgget and so on)\n"
"      --help     this text\n"
"      --version  the version\n"
"\n"
"Calls that the program makes through the C library are redirected, those by\n"
"syscall(2) as well, and files of /dev/mqueue by name.  Static programs, system calls\n"
"that a program has in its own code, and the list of /dev/mqueue cannot be.  See\n"
"mailbox-run(1).\n";

static void complain(const char *format, const char *what, const char *why)
{
	fputs("mailbox-run: ", stderr);
	fprintf(stderr, format, what, why);
	fputc('\n', stderr);
}

/* Where PROGRAM is, as execvp(3) finds it; NULL: nowhere. */
static char *program_find(const char *name)
{
	const char *path = getenv("PATH") ?: "/usr/local/bin:/usr/bin:/bin";
	char *found = malloc(strlen(path) + strlen(name) + 2);

	if (!found)
		return NULL;
	if (strchr(name, '/'))
		return access(name, X_OK) ? NULL : strcpy(found, name);
	while (*path) {
		size_t length = strcspn(path, ":");

		sprintf(found, "%.*s%s%s", (int)length, path,
			length ? "/" : "", name);
		if (!access(found, X_OK))
			return found;
		path += length + (path[length] == ':');
	}
	errno = ENOENT;
	return NULL;
}

/* Is there a program header of a dynamic program? */
static bool dynamic(int fd, const Elf64_Ehdr *header)
{
	Elf64_Phdr program;
	unsigned int i;

	for (i = 0; i < header->e_phnum; i++) {
		off_t at = (off_t)(header->e_phoff +
				   i * (Elf64_Off)header->e_phentsize);

		if (pread(fd, &program, sizeof(program), at) !=
		    (ssize_t)sizeof(program))
			return false;
		if (program.p_type == PT_INTERP)
			return true;
	}
	return false;
}

/* Why the libraries cannot be loaded into the program in @fd; NULL: they can. */
static const char *obstacle(int fd, const Elf64_Ehdr *header)
{
	struct stat status;

	if (header->e_ident[EI_CLASS] !=
	    (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
		return "it is of another word size than these libraries";
	if (sizeof(void *) == 8 && !dynamic(fd, header))
		return "it is linked statically";
	if (!fstat(fd, &status) && geteuid() &&
	    (((status.st_mode & S_ISUID) && status.st_uid != geteuid()) ||
	     ((status.st_mode & S_ISGID) && status.st_gid != getegid())))
		return "it runs as another user or group (set-uid or set-gid)";
	return NULL;
}

/* Looks at the program, or at the interpreter of a script. */
static int program_check(const char *name, int depth)
{
	union {
		Elf64_Ehdr header;
		char text[PATH_MAX];
	} start;
	const char *why;
	ssize_t length;
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;	/* perhaps it can be run though not read */
	memset(&start, 0, sizeof(start));
	length = read(fd, &start, sizeof(start) - 1);
	if (length > 2 && !memcmp(start.text, "#!", 2) && depth < 4) {
		char *interpreter = start.text + 2 +
				    strspn(start.text + 2, " \t");

		interpreter[strcspn(interpreter, " \t\n")] = 0;
		close(fd);
		return program_check(interpreter, depth + 1);
	}
	why = NULL;
	if (length >= (ssize_t)sizeof(Elf64_Ehdr) &&
	    !memcmp(start.text, ELFMAG, SELFMAG))
		why = obstacle(fd, &start.header);
	close(fd);
	if (!why)
		return 0;
	complain("%s cannot be redirected: %s", name, why);
	return -1;
}

/* Our libraries lie beside this program, or in ../lib, or where they were installed. */
static bool library_find(char *found, size_t room, const char *library)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *folder = ".";

	if (length > 0) {
		self[length] = 0;
		folder = dirname(self);
		snprintf(found, room, "%s/%s", folder, library);
		if (!access(found, R_OK))
			return true;
	}
	snprintf(found, room, "%s/%s", LIBDIR, library);
	if (!access(found, R_OK))
		return true;
	snprintf(found, room, "%s/../lib/%s", folder, library);
	if (!access(found, R_OK))
		return true;
	complain("cannot find %s%s: is it installed?", library, "");
	return false;
}

/* Adds a library, or something of the kind, to what is loaded first. */
static int list_add(char *list, const char *path)
{
	if (*list)
		strcat(list, ":");
	strcat(list, path);
	return 0;
}

static int library_add(char *list, const char *library)
{
	char found[PATH_MAX];

	return library_find(found, sizeof(found), library) ?
	       list_add(list, found) : -1;
}

static int preload(bool mqueue, bool sysv)
{
	const char *before = getenv("LD_PRELOAD");
	char list[4 * PATH_MAX] = "";

	if (mqueue && library_add(list, "libmailbox-mqueue.so.1"))
		return -1;
	if (sysv && library_add(list, "libmailbox-sysv.so.1"))
		return -1;
	if (library_add(list, "libmailbox-run.so.1"))
		return -1;
	if (before && *before && strlen(before) < PATH_MAX)
		list_add(list, before);
	return setenv("LD_PRELOAD", list, 1);
}

int main(int argc, char **argv)
{
	bool mqueue = true, sysv = true;
	char *program;
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--")) {
			i++;
			break;
		}
		if (!strcmp(argv[i], "--mqueue")) {
			sysv = false;
		} else if (!strcmp(argv[i], "--sysv")) {
			mqueue = false;
		} else if (!strcmp(argv[i], "--help")) {
			fputs(usage, stdout);
			return 0;
		} else if (!strcmp(argv[i], "--version")) {
			puts("mailbox-run 1.0.0");
			return 0;
		} else {
			complain("unknown option %s%s (see --help)", argv[i], "");
			return 125;
		}
	}
	if (i >= argc || (!mqueue && !sysv)) {
		fputs(usage, stderr);
		return 125;
	}
	program = program_find(argv[i]);
	if (!program) {
		complain("%s: %s", argv[i], strerror(errno));
		return errno == ENOENT ? 127 : 126;
	}
	if (program_check(program, 0))
		return 126;
	if (access("/dev/mailbox", R_OK | W_OK)) {
		complain("/dev/mailbox: %s (is the module loaded?)%s",
			 strerror(errno), "");
		return 125;
	}
	if (preload(mqueue, sysv))
		return 125;
	execv(program, argv + i);
	complain("%s: %s", program, strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
