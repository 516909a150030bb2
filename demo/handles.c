// SPDX-License-Identifier: GPL-2.0-only
/*
 * A handle is a capability: alice narrows hers to sending, and passes it
 * through a UNIX socket to carol, who could not open the mailbox.
 */
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "demo.h"

#define ALICE 1000
#define CAROL 1002

static int sockets[2];

static void become(uid_t uid)
{
	demo_check(setgroups(0, NULL), "setgroups");
	demo_check(setgid(uid), "setgid");
	demo_check(setuid(uid), "setuid");
}

static int pass(int socket, int fd)
{
	char room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec byte = { .iov_base = ".", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -errno;
}

static int accept_passed(int socket)
{
	char room[CMSG_SPACE(sizeof(int))];
	char byte;
	struct iovec piece = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	int fd = -1;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
		return -errno;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void carol(void *unused)
{
	char buffer[16];
	int client, handle;

	(void)unused;
	close(sockets[0]);
	become(CAROL);
	client = demo_client();
	handle = (int)demo_check(DO(accept_passed(sockets[1])), "recvmsg");
	CLAIM(DO(mailbox_open(client, "letters", MAILBOX_RIGHT_SEND, 0)) ==
	      -EACCES, "carol cannot open it by its name");
	CLAIM(DO(mailbox_send(handle, 0, "from carol", 10)) == 0,
	      "but with the handle that came she can send");
	CLAIM(DO(mailbox_try_receive(handle, 0, buffer, 16)) == -EBADF,
	      "and only that");
	CLAIM(DO(mailbox_destroy(handle, 0)) == -EBADF, "really");
}

int main(void)
{
	struct mailbox_receive receive;
	struct mailbox_attr attr;
	int client, handle, narrow;
	char buffer[16];
	pid_t pid;

	demo_act("alice");
	demo_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets),
		   "socketpair");
	pid = demo_start("carol", carol, NULL);
	close(sockets[1]);
	become(ALICE);
	client = demo_client();
	mailbox_attr_init(&attr);
	attr.name = "letters";
	attr.mode = 0600;
	handle = (int)demo_check(DO(mailbox_create_with(client, &attr)),
				 "create");
	narrow = (int)demo_check(DO(mailbox_restrict(handle,
						     MAILBOX_RIGHT_SEND, 0)),
				 "restrict");
	demo_check(DO(pass(sockets[0], narrow)), "sendmsg");
	demo_join(pid);
	mailbox_receive_init(&receive, 0, buffer, sizeof(buffer));
	demo_check(DO(mailbox_receive_with(handle, &receive)), "receive");
	CLAIM(receive.message.uid == CAROL,
	      "alice sees that user %u has sent it", receive.message.uid);
	return 0;
}
