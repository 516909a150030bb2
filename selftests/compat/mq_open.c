// SPDX-License-Identifier: GPL-2.0-only
/*
 * POSIX message queues: opening, unlinking, attributes, permission.
 *
 * A plain program that knows nothing of mailboxes: compat.sh runs it on the kernel's
 * own queues and on libmailbox-mqueue, and expects the same of both.
 */
#include <limits.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "mq.h"

/* Opening */

TEST_F(mq, names)
{
	char name[PATH_MAX + 8];

	EXPECT_ERROR(EINVAL, mq_open("none", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(EINVAL, mq_open("", O_RDWR));
	EXPECT_ERROR(ENOENT, mq_open("/", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(EACCES, mq_open("/a/b", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(EACCES, mq_open("//a", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(EACCES, mq_open("/.", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(EACCES, mq_open("/..", O_RDWR));
	EXPECT_ERROR(ENOENT, mq_open("/test-nobody-has-it", O_RDWR));
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[NAME_MAX + 2] = 0;
	EXPECT_ERROR(ENAMETOOLONG, mq_open(name, O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(ENAMETOOLONG, mq_unlink(name));
	memset(name + 1, 'x', PATH_MAX + 1);
	name[PATH_MAX + 2] = 0;
	EXPECT_ERROR(ENAMETOOLONG, mq_open(name, O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(ENOENT, mq_unlink("/test-nobody-has-it"));
	EXPECT_ERROR(ENOENT, mq_unlink("/"));
	EXPECT_ERROR(EINVAL, mq_unlink("none"));
	EXPECT_ERROR(EACCES, mq_unlink("/a/b"));
}

TEST_F(mq, longest_name)
{
	char name[NAME_MAX + 2];
	mqd_t q;

	memset(name, 'n', sizeof(name));
	name[0] = '/';
	name[NAME_MAX + 1] = 0;
	q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
	ASSERT_LE(0, q);
	EXPECT_EQ(0, mq_close(q));
	EXPECT_EQ(0, mq_unlink(name));
}

TEST_F(mq, exclusive)
{
	mqd_t q;

	EXPECT_ERROR(EEXIST, mq_open(self->name, O_RDWR | O_CREAT | O_EXCL,
				     0600, NULL));
	/* without O_CREAT it means nothing */
	q = mq_open(self->name, O_RDWR | O_EXCL);
	EXPECT_LE(0, q);
	mq_close(q);
	q = mq_open(self->name, O_RDWR | O_CREAT, 0600, NULL);
	EXPECT_LE(0, q);
	mq_close(q);
}

TEST_F(mq, bad_attributes)
{
	struct mq_attr bad[] = {
		{ .mq_maxmsg = 0, .mq_msgsize = 8 },
		{ .mq_maxmsg = -1, .mq_msgsize = 8 },
		{ .mq_maxmsg = 1, .mq_msgsize = 0 },
		{ .mq_maxmsg = 1, .mq_msgsize = -8 },
		{ .mq_maxmsg = LONG_MAX, .mq_msgsize = 8 },
		{ .mq_maxmsg = 1, .mq_msgsize = LONG_MAX },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_ERROR(EINVAL, mq_open("/test-bad", O_RDWR | O_CREAT,
					     0600, &bad[i]));
		EXPECT_ERROR(ENOENT, mq_unlink("/test-bad"));
	}
	/* they do not matter to a queue that is there */
	EXPECT_EQ(0, mq_close(mq_open(self->name, O_RDWR | O_CREAT, 0600,
				      &bad[0])));
	EXPECT_ERROR(EINVAL, mq_open(self->name, 3));
}

TEST_F(mq, bad_attribute_pointers)
{
	void *bad = nowhere();

	EXPECT_ERROR(EFAULT, mq_open("/test-bad", O_RDWR | O_CREAT, 0600, bad));
	EXPECT_ERROR(ENOENT, mq_unlink("/test-bad"));
	EXPECT_ERROR(EFAULT, mq_open(self->name, O_RDWR | O_CREAT, 0600, bad));
	EXPECT_ERROR(EFAULT, mq_getattr(self->q, bad));
	EXPECT_ERROR(EFAULT, mq_setattr(self->q, bad, NULL));
	EXPECT_ERROR(EFAULT, mq_setattr(self->q, &self->attr, bad));
	EXPECT_ERROR(EFAULT, syscall(SYS_mq_open, bad, O_RDWR));
	EXPECT_ERROR(EFAULT, syscall(SYS_mq_unlink, bad));
}

/* Of a queue that is made without any: 0 or an errno value. */
static int attributes_by_default(struct mq_attr *attr)
{
	mqd_t q = mq_open("/test-default", O_RDWR | O_CREAT | O_EXCL, 0600,
			  NULL);
	int error;

	if (q < 0)
		return errno;
	error = mq_getattr(q, attr) ? errno : 0;
	mq_close(q);
	return mq_unlink("/test-default") ? errno : error;
}

TEST_F(mq, default_attributes)
{
	struct mq_attr attr;

	ASSERT_EQ(0, attributes_by_default(&attr));
	EXPECT_EQ(10, attr.mq_maxmsg);
	EXPECT_EQ(8192, attr.mq_msgsize);
	EXPECT_EQ(0, attr.mq_curmsgs);
	EXPECT_EQ(0, attr.mq_flags);
}

#define LIMIT(name)	"/proc/sys/fs/mqueue/" name

TEST_F(mq, default_attributes_of_the_system)
{
	unsigned long count = number_in(LIMIT("msg_default"));
	unsigned long size = number_in(LIMIT("msgsize_default"));
	struct mq_attr attr;
	int error;

	if (!number_put(LIMIT("msg_default"), 7))
		SKIP(return, "needs root");
	ASSERT_TRUE(number_put(LIMIT("msgsize_default"), 200));
	error = attributes_by_default(&attr);
	number_put(LIMIT("msg_default"), count);
	number_put(LIMIT("msgsize_default"), size);
	ASSERT_EQ(0, error);
	EXPECT_EQ(7, attr.mq_maxmsg);
	EXPECT_EQ(200, attr.mq_msgsize);
}

static int as_nobody(int (*run)(const char *), const char *name)
{
	pid_t child = fork();
	int status;

	if (!child) {
		if (setgid(65534) || setuid(65534))
			_exit(100);
		_exit(run(name));
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

static int try_create(const char *name)
{
	return mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL) < 0 ?
	       errno : 0;
}

TEST_F(mq, number_of_queues_is_limited)
{
	unsigned long before = number_in(LIMIT("queues_max"));

	if (!number_put(LIMIT("queues_max"), 0))
		SKIP(return, "needs root");
	EXPECT_EQ(ENOSPC, as_nobody(try_create, "/test-none"));
	/* root may exceed it, and whatever there is can be opened */
	EXPECT_EQ(0, try_create("/test-root"));
	EXPECT_EQ(0, mq_close(mq_open(self->name, O_RDWR | O_CREAT, 0600,
				      NULL)));
	number_put(LIMIT("queues_max"), before);
	EXPECT_EQ(0, as_nobody(try_create, "/test-none"));
	EXPECT_EQ(0, mq_unlink("/test-none"));
	EXPECT_EQ(0, mq_unlink("/test-root"));
}

static int try_create_of(long messages, long size)
{
	struct mq_attr attr = { .mq_maxmsg = messages, .mq_msgsize = size };
	mqd_t q = mq_open("/test-size", O_RDWR | O_CREAT | O_EXCL, 0600, &attr);

	if (q < 0)
		return errno;
	mq_close(q);
	return mq_unlink("/test-size") ? errno : 0;
}

static int try_messages(const char *unused)
{
	(void)unused;
	if (try_create_of(6, 8) != EINVAL)
		return 1;
	return try_create_of(5, 8) ? 2 : 0;
}

static int try_size(const char *unused)
{
	(void)unused;
	if (try_create_of(1, 201) != EINVAL)
		return 1;
	return try_create_of(1, 200) ? 2 : 0;
}

/* Less than the kernel allows by itself. */
TEST_F(mq, size_of_queues_is_limited)
{
	unsigned long count = number_in(LIMIT("msg_max"));
	unsigned long size = number_in(LIMIT("msgsize_max"));
	struct mq_attr attr;
	int error;

	if (!number_put(LIMIT("msg_max"), 5))
		SKIP(return, "needs root");
	EXPECT_EQ(0, as_nobody(try_messages, NULL));
	/* root may exceed it */
	EXPECT_EQ(0, try_create_of(6, 8));
	ASSERT_TRUE(number_put(LIMIT("msgsize_max"), 200));
	EXPECT_EQ(0, as_nobody(try_size, NULL));
	EXPECT_EQ(0, try_create_of(1, 201));
	/* where nothing is said it is within the limits, for anybody */
	error = attributes_by_default(&attr);
	number_put(LIMIT("msg_max"), count);
	number_put(LIMIT("msgsize_max"), size);
	ASSERT_EQ(0, error);
	EXPECT_EQ(5, attr.mq_maxmsg);
	EXPECT_EQ(200, attr.mq_msgsize);
}

/* Neither takes messages nor brings any. */
TEST_F(mq, opening_again_changes_nothing)
{
	struct mq_attr attr = { .mq_maxmsg = 9, .mq_msgsize = 99 };
	mqd_t q;

	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	q = mq_open(self->name, O_RDWR | O_CREAT, 0666, &attr);
	ASSERT_LE(0, q);
	ASSERT_EQ(0, mq_getattr(q, &attr));
	EXPECT_EQ(4, attr.mq_maxmsg);
	EXPECT_EQ(32, attr.mq_msgsize);
	EXPECT_EQ(1, attr.mq_curmsgs);
	mq_close(q);
}

TEST_F(mq, close_on_exec)
{
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->q, F_GETFD));
}

TEST_F(mq, is_a_descriptor)
{
	int dead = dup(self->q);

	ASSERT_LE(0, dead);
	EXPECT_EQ(0, mq_send(dead, "dup", 3, 0));
	EXPECT_EQ(0, close(dead));
	EXPECT_ERROR(EBADF, mq_send(dead, "x", 1, 0));
	EXPECT_ERROR(EBADF, mq_close(dead));
}

TEST_F(mq, bad_descriptors)
{
	int files[] = { -1, 12345, open("/dev/null", O_RDWR) };
	struct timespec later = in_ms(100000);
	struct mq_attr attr = { 0 };
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	char data[64];

	for (int i = 0; i < 3; i++) {
		EXPECT_ERROR(EBADF, mq_send(files[i], "x", 1, 0));
		EXPECT_ERROR(EBADF, mq_timedsend(files[i], "x", 1, 0, &later));
		EXPECT_ERROR(EBADF, mq_receive(files[i], data, 64, NULL));
		EXPECT_ERROR(EBADF, mq_timedreceive(files[i], data, 64, NULL,
						    &later));
		EXPECT_ERROR(EBADF, mq_getattr(files[i], &attr));
		EXPECT_ERROR(EBADF, mq_setattr(files[i], &attr, NULL));
		EXPECT_ERROR(EBADF, mq_notify(files[i], &event));
		EXPECT_ERROR(EBADF, mq_notify(files[i], NULL));
	}
	EXPECT_ERROR(EBADF, mq_close(-1));
}

TEST_F(mq, direction)
{
	mqd_t r = mq_open(self->name, O_RDONLY);
	mqd_t w = mq_open(self->name, O_WRONLY);
	char data[32];

	ASSERT_LE(0, r);
	ASSERT_LE(0, w);
	EXPECT_ERROR(EBADF, mq_send(r, "x", 1, 0));
	EXPECT_EQ(0, mq_send(w, "x", 1, 0));
	EXPECT_ERROR(EBADF, mq_receive(w, data, 32, NULL));
	EXPECT_EQ(1, mq_receive(r, data, 32, NULL));
	mq_close(r);
	mq_close(w);
}

/* With as few descriptors as are open already. */
TEST_F(mq, no_descriptor_is_left)
{
	struct rlimit limit, less;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	less = limit;
	less.rlim_cur = 256;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &less));
	while (dup(0) >= 0)
		;
	EXPECT_EQ(EMFILE, errno);
	EXPECT_ERROR(EMFILE, mq_open(self->name, O_RDWR));
	EXPECT_ERROR(EMFILE, mq_open("/test-emfile", O_RDWR | O_CREAT, 0600,
				     NULL));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
}

static void *open_and_close(void *argument)
{
	for (int i = 0; i < 200; i++) {
		mqd_t q = mq_open(argument, O_RDWR);

		if (q < 0 || mq_send(q, "x", 1, 0) ||
		    mq_receive(q, (char[32]){ 0 }, 32, NULL) != 1 ||
		    mq_close(q))
			return argument;
	}
	return NULL;
}

TEST_F_TIMEOUT(mq, threads_open_and_close, 120)
{
	pthread_t threads[3];
	void *result;

	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, open_and_close,
					    self->name));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &result));
		EXPECT_EQ(NULL, result);
	}
}

TEST_F(mq, exec_closes_it)
{
	char path[64];
	pid_t child;
	int status;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->q);
	child = fork();
	if (!child) {
		execl("/bin/busybox", "test", "!", "-e", path, NULL);
		_exit(99);
	}
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
}

static int make_and_count(const char *name)
{
	mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL);

	return q < 0 ? (errno == EEXIST ? 0 : 2) : 1;
}

TEST_F(mq, one_of_many_makes_it)
{
	const char *name = "/test-race";
	int made = 0, status;

	for (int i = 0; i < 8; i++) {
		if (!fork())
			_exit(make_and_count(name));
	}
	for (int i = 0; i < 8; i++) {
		wait(&status);
		made += WEXITSTATUS(status);
	}
	EXPECT_EQ(1, made);
	mq_unlink(name);
}

/* Unlinking */

TEST_F(mq, unlink_removes_the_name_only)
{
	mqd_t again;
	char data[32];

	ASSERT_EQ(0, mq_unlink(self->name));
	EXPECT_ERROR(ENOENT, mq_unlink(self->name));
	EXPECT_ERROR(ENOENT, mq_open(self->name, O_RDWR));
	EXPECT_EQ(0, mq_send(self->q, "old", 3, 0));
	again = mq_open(self->name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK,
			0600, &self->attr);
	ASSERT_LE(0, again);
	EXPECT_ERROR(EAGAIN, mq_receive(again, data, 32, NULL));
	EXPECT_EQ(3, mq_receive(self->q, data, 32, NULL));
	mq_close(again);
}

TEST_F(mq, persists_without_descriptors)
{
	unsigned int priority;
	char data[32];

	ASSERT_EQ(0, mq_send(self->q, "stays", 5, 7));
	ASSERT_EQ(0, mq_close(self->q));
	self->q = mq_open(self->name, O_RDWR);
	ASSERT_LE(0, self->q);
	EXPECT_EQ(5, mq_receive(self->q, data, 32, &priority));
	EXPECT_EQ(7, priority);
	EXPECT_EQ(0, memcmp(data, "stays", 5));
}

TEST_F(mq, write_only_keeps_it)
{
	mqd_t w = mq_open(self->name, O_WRONLY);
	struct mq_attr attr;

	ASSERT_LE(0, w);
	mq_close(self->q);
	mq_unlink(self->name);
	EXPECT_EQ(0, mq_send(w, "x", 1, 0));
	EXPECT_EQ(0, mq_getattr(w, &attr));
	EXPECT_EQ(1, attr.mq_curmsgs);
	mq_close(w);
	self->q = -1;
}

/* Attributes */

TEST_F(mq, attributes)
{
	struct mq_attr attr, old;

	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	ASSERT_EQ(0, mq_getattr(self->q, &attr));
	EXPECT_EQ(0, attr.mq_flags);
	EXPECT_EQ(4, attr.mq_maxmsg);
	EXPECT_EQ(32, attr.mq_msgsize);
	EXPECT_EQ(1, attr.mq_curmsgs);

	attr.mq_flags = O_NONBLOCK;
	attr.mq_maxmsg = 9;
	ASSERT_EQ(0, mq_setattr(self->q, &attr, &old));
	EXPECT_EQ(0, old.mq_flags);
	EXPECT_EQ(1, old.mq_curmsgs);
	ASSERT_EQ(0, mq_getattr(self->q, &attr));
	EXPECT_EQ(O_NONBLOCK, attr.mq_flags);
	EXPECT_EQ(4, attr.mq_maxmsg);
	EXPECT_EQ(O_NONBLOCK, fcntl(self->q, F_GETFL) & O_NONBLOCK);

	attr.mq_flags = O_APPEND;
	EXPECT_ERROR(EINVAL, mq_setattr(self->q, &attr, NULL));
	attr.mq_flags = -1;
	EXPECT_ERROR(EINVAL, mq_setattr(self->q, &attr, NULL));
	attr.mq_flags = 0;
	EXPECT_EQ(0, mq_setattr(self->q, &attr, NULL));
	EXPECT_EQ(0, fcntl(self->q, F_GETFL) & O_NONBLOCK);
}

/* Files */

#define MQUEUE_MAGIC	0x19800202

TEST_F(mq, is_a_file)
{
	mqd_t w = mq_open(self->name, O_WRONLY);
	struct statfs system;
	struct stat status;

	ASSERT_EQ(0, fstat(w, &status));
	EXPECT_EQ(S_IFREG | 0600, status.st_mode);
	EXPECT_EQ(geteuid(), status.st_uid);
	EXPECT_EQ(getegid(), status.st_gid);
	EXPECT_EQ(1, status.st_nlink);
	EXPECT_EQ(80, status.st_size);
	ASSERT_EQ(0, fstatfs(w, &system));
	EXPECT_EQ(MQUEUE_MAGIC, system.f_type);
	ASSERT_EQ(0, mq_unlink(self->name));
	ASSERT_EQ(0, fstat(w, &status));
	EXPECT_EQ(0, status.st_nlink);
	mq_close(w);
	EXPECT_ERROR(EBADF, fstat(w, &status));
	/* what is none is left alone */
	ASSERT_EQ(0, fstat(0, &status));
	EXPECT_NE(0, status.st_mode & S_IFMT);
}

TEST_F(mq, has_a_file)
{
	struct stat status, same;
	struct mq_attr attr;
	char path[80], line[128];
	FILE *file;
	int fd;

	snprintf(path, sizeof(path), "/dev/mqueue%s", self->name);
	if (stat(path, &status) && errno == ENOENT)
		SKIP(return, "/dev/mqueue is not mounted");
	EXPECT_EQ(S_IFREG | 0600, status.st_mode);
	ASSERT_EQ(0, fstat(self->q, &same));
	EXPECT_EQ(same.st_ino, status.st_ino);
	ASSERT_EQ(0, lstat(path, &status));
	EXPECT_EQ(geteuid(), status.st_uid);
	EXPECT_EQ(0, access(path, F_OK));
	EXPECT_EQ(0, access(path, R_OK | W_OK));
	EXPECT_ERROR(EACCES, access(path, X_OK));

	ASSERT_EQ(0, mq_send(self->q, "abc", 3, 0));
	fd = open(path, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fcntl(fd, F_GETFD));
	/* it is the queue */
	EXPECT_EQ(0, mq_getattr(fd, &attr));
	EXPECT_EQ(1, attr.mq_curmsgs);
	EXPECT_EQ(3, mq_receive(fd, line, sizeof(line), NULL));
	EXPECT_ERROR(EBADF, mq_send(fd, "x", 1, 0));
	close(fd);
	file = fopen(path, "r");
	ASSERT_NE(NULL, file);
	ASSERT_NE(NULL, fgets(line, sizeof(line), file));
	EXPECT_EQ(0, strncmp(line, "QSIZE:0 ", 8));
	fclose(file);

	EXPECT_EQ(0, unlink(path));
	EXPECT_ERROR(ENOENT, unlink(path));
	EXPECT_ERROR(ENOENT, access(path, F_OK));
	EXPECT_ERROR(ENOENT, stat(path, &status));
	EXPECT_ERROR(ENOENT, open(path, O_RDONLY));
	EXPECT_ERROR(ENOENT, mq_open(self->name, O_RDONLY));
}

/* Permission */

static int try_open(const char *name)
{
	int flags[] = { O_RDONLY, O_WRONLY, O_RDWR };
	int result = 0;

	for (int i = 0; i < 3; i++) {
		mqd_t q = mq_open(name, flags[i]);

		if (q >= 0)
			result |= 1 << i;
		else if (errno != EACCES)
			result |= 64;
	}
	return result;
}

static int try_unlink(const char *name)
{
	return mq_unlink(name) ? errno : 0;
}

TEST_F(mq, permission)
{
	static const struct { mode_t mode; int open; } cases[] = {
		{ 0600, 0 }, { 0604, 1 }, { 0602, 2 }, { 0606, 7 },
	};
	const char *name = "/test-permission";

	if (geteuid())
		SKIP(return, "needs root");
	for (int i = 0; i < 4; i++) {
		mode_t before = umask(0);
		mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL,
				  cases[i].mode, NULL);

		umask(before);
		ASSERT_LE(0, q);
		EXPECT_EQ(cases[i].open, as_nobody(try_open, name));
		EXPECT_EQ(EACCES, as_nobody(try_unlink, name));
		mq_close(q);
		ASSERT_EQ(0, mq_unlink(name));
	}
}

TEST_F(mq, umask)
{
	const char *name = "/test-umask";
	mode_t before = umask(022);
	mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0666, NULL);

	umask(before);
	ASSERT_LE(0, q);
	if (!geteuid())
		EXPECT_EQ(1, as_nobody(try_open, name));
	mq_close(q);
	ASSERT_EQ(0, mq_unlink(name));
}

TEST_F(mq, mode_does_not_bind_the_maker)
{
	const char *name = "/test-maker";
	mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0, NULL);

	ASSERT_LE(0, q);
	EXPECT_EQ(0, mq_send(q, "x", 1, 0));
	if (geteuid())
		EXPECT_ERROR(EACCES, mq_open(name, O_RDONLY));
	mq_close(q);
	ASSERT_EQ(0, mq_unlink(name));
}

TEST_F(mq, another_user_may_fill_it)
{
	const char *name = "/test-fill";
	mode_t before = umask(0);
	struct mq_attr attr = { .mq_maxmsg = 8, .mq_msgsize = 8 };
	mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0666,
			  &attr);
	pid_t child;
	int status;

	umask(before);
	ASSERT_LE(0, q);
	child = fork();
	if (!child) {
		int count = 0;

		if (!geteuid() && (setgid(65534) || setuid(65534)))
			_exit(100);
		while (!mq_send(q, "x", 1, 0))
			count++;
		_exit(errno == EAGAIN ? count : 101);
	}
	waitpid(child, &status, 0);
	EXPECT_EQ(8, WEXITSTATUS(status));
	mq_close(q);
	mq_unlink(name);
}

TEST_HARNESS_MAIN
