// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that end before they are served: deadline, signal, kill.  A send that
 * ends early has withdrawn its message: it was received and the call says so,
 * or it never will be.
 */
#include "lib/test.h"
#include "lib/transfer.h"

#include <sys/time.h>

#define SECOND		1000000000LL
#define MILLISECOND	1000000LL
#define HOUR		(3600 * SECOND)

static int send_until(int box, __u32 number, __u32 clock, __s64 deadline,
		      __u32 flags)
{
	struct mailbox_send send = {
		.flags = flags | MAILBOX_DEADLINE,
		.clock = clock,
		.deadline = deadline,
		.message = {
			.data = mb_ptr(&number), .length = sizeof(number),
		},
	};

	return mb_send(box, &send);
}

static int receive_until(int box, __u32 clock, __s64 deadline, __u32 flags)
{
	struct mailbox_receive receive = {
		.flags = flags | MAILBOX_DEADLINE,
		.clock = clock,
		.deadline = deadline,
	};

	return mb_get_any(box, &receive);
}

/*
 * Deadlines, on each clock
 */

FIXTURE(deadline) {
	int client;
	int box;		/* holds one message */
	int meeting;		/* holds none */
};

FIXTURE_VARIANT(deadline) {
	__u32 clock;
};

FIXTURE_VARIANT_ADD(deadline, monotonic) {
	.clock = MAILBOX_CLOCK_MONOTONIC,
};

FIXTURE_VARIANT_ADD(deadline, realtime) {
	.clock = MAILBOX_CLOCK_REALTIME,
};

FIXTURE_VARIANT_ADD(deadline, boottime) {
	.clock = MAILBOX_CLOCK_BOOTTIME,
};

FIXTURE_SETUP(deadline)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	self->meeting = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->meeting);
}

FIXTURE_TEARDOWN(deadline)
{
	close(self->meeting);
	close(self->box);
	close(self->client);
}

TEST_F(deadline, send_times_out_not_before_it)
{
	__s64 deadline = mb_now_ns(variant->clock) + 20 * MILLISECOND;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(-ETIMEDOUT, send_until(self->box, 2, variant->clock,
					 deadline, 0));
	EXPECT_LE(deadline, mb_now_ns(variant->clock));
	EXPECT_EQ(1, mb_stat_of(self->box, withdrawn));
	EXPECT_EQ(0, mb_stat_of(self->box, blocked_senders));
}

TEST_F(deadline, timed_out_send_has_not_sent)
{
	__s64 deadline = mb_now_ns(variant->clock) + 5 * MILLISECOND;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(-ETIMEDOUT, send_until(self->box, 2, variant->clock,
					 deadline, 0));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_stat_of(self->box, sent));
}

TEST_F(deadline, rendezvous_send_times_out)
{
	__s64 deadline = mb_now_ns(variant->clock) + 5 * MILLISECOND;

	EXPECT_EQ(-ETIMEDOUT, send_until(self->meeting, 2, variant->clock,
					 deadline, 0));
	EXPECT_LE(deadline, mb_now_ns(variant->clock));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->meeting, MAILBOX_NONBLOCK));
}

/* What SYNC had queued already is taken out of the queue again. */
TEST_F(deadline, sync_send_times_out_and_leaves_the_queue)
{
	__s64 deadline = mb_now_ns(variant->clock) + 5 * MILLISECOND;

	EXPECT_EQ(-ETIMEDOUT, send_until(self->box, 2, variant->clock,
					 deadline, MAILBOX_SEND_SYNC));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	EXPECT_EQ(1, mb_stat_of(self->box, withdrawn));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(deadline, receive_times_out_not_before_it)
{
	__s64 deadline = mb_now_ns(variant->clock) + 20 * MILLISECOND;

	EXPECT_EQ(-ETIMEDOUT, receive_until(self->box, variant->clock,
					    deadline, 0));
	EXPECT_LE(deadline, mb_now_ns(variant->clock));
	EXPECT_EQ(0, mb_stat_of(self->box, waiting_receivers));
}

TEST_F(deadline, timed_out_receive_takes_nothing_later)
{
	__s64 deadline = mb_now_ns(variant->clock) + 5 * MILLISECOND;

	ASSERT_EQ(-ETIMEDOUT, receive_until(self->box, variant->clock,
					    deadline, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 4, 0, 0));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_EQ(4, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(deadline, peek_times_out)
{
	__s64 deadline = mb_now_ns(variant->clock) + 5 * MILLISECOND;

	EXPECT_EQ(-ETIMEDOUT, receive_until(self->box, variant->clock,
					    deadline, MAILBOX_RECEIVE_PEEK));
}

TEST_F(deadline, that_has_passed_still_sends_what_can_be_sent)
{
	EXPECT_EQ(0, send_until(self->box, 1, variant->clock, 1, 0));
	EXPECT_EQ(-ETIMEDOUT, send_until(self->box, 2, variant->clock, 1, 0));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
}

TEST_F(deadline, that_has_passed_still_receives_what_is_there)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(1, receive_until(self->box, variant->clock, 1, 0));
	EXPECT_EQ(-ETIMEDOUT, receive_until(self->box, variant->clock, 1, 0));
}

TEST_F(deadline, that_has_passed_still_meets_a_waiting_receiver)
{
	struct mb_child receiver;

	EXPECT_EQ(-ETIMEDOUT, send_until(self->meeting, 1, variant->clock, 1,
					 0));
	ASSERT_EQ(0, mb_get_number_start(&receiver, self->meeting, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->meeting, 0, 1));
	EXPECT_EQ(0, send_until(self->meeting, 1, variant->clock, 1, 0));
	EXPECT_EQ(1, mb_child_join(&receiver));
}

TEST_F(deadline, that_has_passed_still_meets_a_waiting_sender)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->meeting, 6, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	EXPECT_EQ(6, receive_until(self->meeting, variant->clock, 1, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(deadline, of_zero_has_passed)
{
	EXPECT_EQ(-ETIMEDOUT, receive_until(self->box, variant->clock, 0, 0));
}

struct until {
	int box;
	__u32 clock;
	__s64 deadline;
};

static int receive_until_run(void *argument)
{
	struct until *until = argument;

	return receive_until(until->box, until->clock, until->deadline, 0);
}

static int send_until_run(void *argument)
{
	struct until *until = argument;

	return send_until(until->box, 1, until->clock, until->deadline, 0);
}

TEST_F(deadline, far_away_waits)
{
	struct until until = {
		self->box, variant->clock, mb_now_ns(variant->clock) + HOUR,
	};
	struct mb_child receiver;

	ASSERT_EQ(0, mb_child_start(&receiver, receive_until_run, &until));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	EXPECT_FALSE(mb_child_done(&receiver));
	ASSERT_EQ(0, mb_put_number(self->box, 5, 0, 0));
	EXPECT_EQ(5, mb_child_join(&receiver));
}

TEST_F(deadline, beyond_all_time_waits)
{
	struct until until = { self->box, variant->clock, INT64_MAX };
	struct mb_child receiver;

	ASSERT_EQ(0, mb_child_start(&receiver, receive_until_run, &until));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	EXPECT_FALSE(mb_child_done(&receiver));
	ASSERT_EQ(0, mb_put_number(self->box, 5, 0, 0));
	EXPECT_EQ(5, mb_child_join(&receiver));
}

TEST_F(deadline, overrides_o_nonblock)
{
	struct until until = {
		self->box, variant->clock, mb_now_ns(variant->clock) + HOUR,
	};
	struct mb_child receiver;

	ASSERT_EQ(0, fcntl(self->box, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, mb_child_start(&receiver, receive_until_run, &until));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_number(self->box, 5, 0, 0));
	EXPECT_EQ(5, mb_child_join(&receiver));
}

/*
 * Time namespaces: their MONOTONIC and BOOTTIME are a day ahead.
 */

struct elsewhere {
	mb_child_fn run;
	void *argument;
};

static int elsewhere_run(void *argument)
{
	struct elsewhere *elsewhere = argument;
	int ret;

	if (unshare(CLONE_NEWTIME))
		return -errno;
	ret = mb_write_file("/proc/self/timens_offsets",
			    "monotonic 86400 0\nboottime 86400 0\n");
	/* it begins with the next child */
	return ret ? ret : mb_child_run(elsewhere->run, elsewhere->argument);
}

static int elsewhere_start(struct mb_child *child, mb_child_fn run,
			   void *argument)
{
	struct elsewhere elsewhere = { run, argument };

	return mb_child_start(child, elsewhere_run, &elsewhere);
}

static int elsewhere_join(mb_child_fn run, void *argument)
{
	struct mb_child child;
	int ret = elsewhere_start(&child, run, argument);

	return ret ? ret : mb_child_join(&child);
}

#define need_time_namespace() do {					\
	mb_need_root();							\
	if (elsewhere_join(mb_nothing, NULL))				\
		SKIP(return, "cannot make a time namespace");		\
} while (0)

/* Taken for the host's time, this deadline would be a day away. */
static int soon_receive(void *argument)
{
	struct until *until = argument;

	until->deadline = mb_now_ns(until->clock) + 10 * MILLISECOND;
	return receive_until_run(argument);
}

static int soon_send(void *argument)
{
	struct until *until = argument;

	until->deadline = mb_now_ns(until->clock) + 10 * MILLISECOND;
	return send_until_run(argument);
}

/* An hour away here, and already over there. */
static int later_receive(void *argument)
{
	struct until *until = argument;

	until->deadline = mb_now_ns(until->clock) + HOUR;
	return receive_until_run(argument);
}

TEST_F(deadline, of_a_time_namespace_ends_a_receive)
{
	struct until until = { self->box, variant->clock, 0 };

	need_time_namespace();
	EXPECT_EQ(-ETIMEDOUT, elsewhere_join(soon_receive, &until));
}

TEST_F(deadline, of_a_time_namespace_ends_a_send)
{
	struct until until = { self->meeting, variant->clock, 0 };

	need_time_namespace();
	EXPECT_EQ(-ETIMEDOUT, elsewhere_join(soon_send, &until));
}

TEST_F(deadline, of_a_time_namespace_is_waited_for)
{
	struct until until = { self->box, variant->clock, 0 };
	struct mb_child receiver;

	need_time_namespace();
	ASSERT_EQ(0, elsewhere_start(&receiver, later_receive, &until));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_number(self->box, 9, 0, 0));
	EXPECT_EQ(9, mb_child_join(&receiver));
}

/* The host's now plus an hour is long over in the namespace. */
TEST_F(deadline, of_the_host_has_passed_in_a_time_namespace)
{
	struct until until = {
		self->box, variant->clock, mb_now_ns(variant->clock) + HOUR,
	};

	if (variant->clock == MAILBOX_CLOCK_REALTIME)
		SKIP(return, "REALTIME is the same in all of them");
	need_time_namespace();
	EXPECT_EQ(-ETIMEDOUT, elsewhere_join(receive_until_run, &until));
}

/*
 * The rest, without variants
 */

FIXTURE(withdraw) {
	int client;
	int box;		/* holds one message */
	int meeting;		/* holds none */
};

FIXTURE_SETUP(withdraw)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	self->meeting = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->meeting);
}

FIXTURE_TEARDOWN(withdraw)
{
	close(self->meeting);
	close(self->box);
	close(self->client);
}

static int clock_move(__s64 by)
{
	__s64 now = mb_now_ns(CLOCK_REALTIME) + by;
	const struct timespec to = { now / SECOND, now % SECOND };

	return clock_settime(CLOCK_REALTIME, &to) ? -errno : 0;
}

/* The clock is put forward two minutes, and back again at once. */
TEST_F(withdraw, realtime_deadline_follows_a_clock_that_is_set)
{
	struct until until = {
		self->box, MAILBOX_CLOCK_REALTIME,
		mb_now_ns(CLOCK_REALTIME) + 90 * SECOND,
	};
	struct mb_child receiver;
	int result, ret;

	ASSERT_EQ(0, mb_child_start(&receiver, receive_until_run, &until));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ret = clock_move(120 * SECOND);
	if (ret == -EPERM) {
		mb_child_kill(&receiver);
		SKIP(return, "may not set the clock");
	}
	result = mb_child_join(&receiver);
	EXPECT_EQ(0, clock_move(-120 * SECOND));
	ASSERT_EQ(0, ret);
	EXPECT_EQ(-ETIMEDOUT, result);
}

TEST_F(withdraw, monotonic_deadline_ignores_a_clock_that_is_set)
{
	struct until until = {
		self->box, MAILBOX_CLOCK_MONOTONIC,
		mb_now_ns(CLOCK_MONOTONIC) + 90 * SECOND,
	};
	struct mb_child receiver;
	int ret;

	ASSERT_EQ(0, mb_child_start(&receiver, receive_until_run, &until));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ret = clock_move(120 * SECOND);
	if (ret == -EPERM) {
		mb_child_kill(&receiver);
		SKIP(return, "may not set the clock");
	}
	EXPECT_EQ(0, clock_move(-120 * SECOND));
	ASSERT_EQ(0, ret);
	EXPECT_EQ(1, mb_stat_of(self->box, waiting_receivers));
	EXPECT_EQ(0, mb_put_number(self->box, 5, 0, 0));
	EXPECT_EQ(5, mb_child_join(&receiver));
}

TEST_F(withdraw, negative_deadline_is_no_time_to_wait_for)
{
	int ret = receive_until(self->box, MAILBOX_CLOCK_MONOTONIC, -1, 0);

	EXPECT_TRUE(ret == -EINVAL || ret == -ETIMEDOUT) {
		TH_LOG("result %d", ret);
	}
}

/* Others move up when one in the middle of the line leaves it. */
TEST_F(withdraw, line_of_senders_closes_up)
{
	struct until until = { self->box, MAILBOX_CLOCK_MONOTONIC, 0 };
	struct mb_child before, leaver, after;

	ASSERT_EQ(0, mb_put_number(self->box, 100, 0, 0));
	ASSERT_EQ(0, mb_put_number_start(&before, self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	until.deadline = mb_now_ns(CLOCK_MONOTONIC) + 300 * MILLISECOND;
	ASSERT_EQ(0, mb_child_start(&leaver, send_until_run, &until));
	/* whether it is seen blocked or has left already does not matter */
	EXPECT_EQ(-ETIMEDOUT, mb_child_join(&leaver));
	ASSERT_EQ(0, mb_put_number_start(&after, self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 2));
	EXPECT_EQ(100, mb_get_number(self->box, 0));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(3, mb_get_number(self->box, 0));
	EXPECT_EQ(0, mb_child_join(&before));
	EXPECT_EQ(0, mb_child_join(&after));
}

/*
 * Signals
 */

struct signalled {
	int box;
	int flags;		/* of the handler */
	__u32 number;
	volatile int *handled;	/* shared: how often the handler ran */
};

static volatile int *handled;

static void count_shared(int number)
{
	(void)number;
	(*handled)++;
}

static int signalled_handle(struct signalled *signalled)
{
	struct sigaction action = {
		.sa_handler = count_shared,
		.sa_flags = signalled->flags,
	};

	handled = signalled->handled;
	return sigaction(SIGUSR1, &action, NULL) ? -errno : 0;
}

static int signalled_send(void *argument)
{
	struct signalled *signalled = argument;
	int ret = signalled_handle(signalled);

	return ret ? ret : mb_put_number(signalled->box, signalled->number, 0,
					 0);
}

static int signalled_receive(void *argument)
{
	struct signalled *signalled = argument;
	int ret = signalled_handle(signalled);

	return ret ? ret : mb_get_number(signalled->box, 0);
}

TEST_F(withdraw, signal_handler_ends_a_send_with_eintr)
{
	struct signalled signalled = {
		.box = self->meeting, .handled = mb_shared(sizeof(int)),
	};
	struct mb_child sender;

	ASSERT_NE(NULL, signalled.handled);
	ASSERT_EQ(0, mb_child_start(&sender, signalled_send, &signalled));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(0, kill(sender.pid, SIGUSR1));
	EXPECT_EQ(-EINTR, mb_child_join(&sender));
	EXPECT_EQ(1, *signalled.handled);
	EXPECT_EQ(0, mb_stat_of(self->meeting, blocked_senders));
	EXPECT_EQ(1, mb_stat_of(self->meeting, withdrawn));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->meeting, MAILBOX_NONBLOCK));
}

TEST_F(withdraw, signal_handler_ends_a_receive_with_eintr)
{
	struct signalled signalled = {
		.box = self->box, .handled = mb_shared(sizeof(int)),
	};
	struct mb_child receiver;

	ASSERT_NE(NULL, signalled.handled);
	ASSERT_EQ(0, mb_child_start(&receiver, signalled_receive,
				    &signalled));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, kill(receiver.pid, SIGUSR1));
	EXPECT_EQ(-EINTR, mb_child_join(&receiver));
	EXPECT_EQ(0, mb_stat_of(self->box, waiting_receivers));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

TEST_F(withdraw, sa_restart_restarts_a_send)
{
	struct signalled signalled = {
		.box = self->meeting, .flags = SA_RESTART, .number = 4,
		.handled = mb_shared(sizeof(int)),
	};
	struct mb_child sender;

	ASSERT_NE(NULL, signalled.handled);
	ASSERT_EQ(0, mb_child_start(&sender, signalled_send, &signalled));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(0, kill(sender.pid, SIGUSR1));
	ASSERT_EQ(0, mb_until(*signalled.handled == 1));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	EXPECT_EQ(4, mb_get_number(self->meeting, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->meeting, MAILBOX_NONBLOCK));
}

TEST_F(withdraw, sa_restart_restarts_a_receive)
{
	struct signalled signalled = {
		.box = self->box, .flags = SA_RESTART,
		.handled = mb_shared(sizeof(int)),
	};
	struct mb_child receiver;

	ASSERT_NE(NULL, signalled.handled);
	ASSERT_EQ(0, mb_child_start(&receiver, signalled_receive,
				    &signalled));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, kill(receiver.pid, SIGUSR1));
	ASSERT_EQ(0, mb_until(*signalled.handled == 1));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_number(self->box, 8, 0, 0));
	EXPECT_EQ(8, mb_child_join(&receiver));
}

TEST_F(withdraw, restarted_send_queues_anew)
{
	struct signalled signalled = {
		.box = self->meeting, .flags = SA_RESTART, .number = 1,
		.handled = mb_shared(sizeof(int)),
	};
	struct mb_child first, second;

	ASSERT_NE(NULL, signalled.handled);
	ASSERT_EQ(0, mb_child_start(&first, signalled_send, &signalled));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(0, mb_put_number_start(&second, self->meeting, 2, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 2));
	ASSERT_EQ(0, kill(first.pid, SIGUSR1));
	/* it had withdrawn when the handler ran, and then comes back */
	ASSERT_EQ(0, mb_until(*signalled.handled == 1));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 2));
	EXPECT_EQ(2, mb_get_number(self->meeting, 0));
	EXPECT_EQ(1, mb_get_number(self->meeting, 0));
	EXPECT_EQ(0, mb_child_join(&first));
	EXPECT_EQ(0, mb_child_join(&second));
}

static int restart_until(void *argument)
{
	struct signalled *signalled = argument;
	int ret = signalled_handle(signalled);
	__s64 deadline = mb_now_ns(CLOCK_MONOTONIC) + SECOND;

	if (ret)
		return ret;
	ret = receive_until(signalled->box, MAILBOX_CLOCK_MONOTONIC, deadline,
			    0);
	if (ret != -ETIMEDOUT)
		return ret;
	return mb_now_ns(CLOCK_MONOTONIC) >= deadline ? 0 : -ETIME;
}

/* The deadline is a point in time: restarts do not move it. */
TEST_F(withdraw, restarted_receive_keeps_its_deadline)
{
	struct signalled signalled = {
		.box = self->box, .flags = SA_RESTART,
		.handled = mb_shared(sizeof(int)),
	};
	struct mb_child receiver;

	ASSERT_NE(NULL, signalled.handled);
	ASSERT_EQ(0, mb_child_start(&receiver, restart_until, &signalled));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, kill(receiver.pid, SIGUSR1));
	EXPECT_EQ(0, mb_child_join(&receiver));
	EXPECT_EQ(1, *signalled.handled);
}

static int ignoring_send(void *argument)
{
	signal(SIGUSR1, SIG_IGN);
	return mb_put_number(*(int *)argument, 7, 0, 0);
}

TEST_F(withdraw, ignored_signal_ends_nothing)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_child_start(&sender, ignoring_send, &self->meeting));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(0, kill(sender.pid, SIGUSR1));
	EXPECT_EQ(7, mb_get_number(self->meeting, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

static int stopped(pid_t pid)
{
	int status;

	return waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status);
}

static int continued(pid_t pid)
{
	int status;

	return waitpid(pid, &status, WCONTINUED) == pid &&
	       WIFCONTINUED(status);
}

TEST_F(withdraw, stop_and_continue_do_not_end_a_send)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->meeting, 7, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(0, kill(sender.pid, SIGSTOP));
	ASSERT_TRUE(stopped(sender.pid));
	ASSERT_EQ(0, kill(sender.pid, SIGCONT));
	ASSERT_TRUE(continued(sender.pid));
	EXPECT_EQ(7, mb_get_number(self->meeting, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->meeting, MAILBOX_NONBLOCK));
}

TEST_F(withdraw, stop_and_continue_do_not_end_a_receive)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_get_number_start(&receiver, self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, kill(receiver.pid, SIGSTOP));
	ASSERT_TRUE(stopped(receiver.pid));
	ASSERT_EQ(0, kill(receiver.pid, SIGCONT));
	ASSERT_TRUE(continued(receiver.pid));
	ASSERT_EQ(0, mb_put_number(self->box, 7, 0, 0));
	EXPECT_EQ(7, mb_child_join(&receiver));
}

/* A message for a stopped process goes to one that runs, or stays. */
TEST_F(withdraw, stopped_receiver_loses_no_message)
{
	struct mb_child receiver;
	int number;

	ASSERT_EQ(0, mb_get_number_start(&receiver, self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, kill(receiver.pid, SIGSTOP));
	ASSERT_TRUE(stopped(receiver.pid));
	ASSERT_EQ(0, mb_put_number(self->box, 7, 0, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, kill(receiver.pid, SIGCONT));
	number = mb_child_join(&receiver);
	EXPECT_EQ(7, number);
}

/*
 * Kill
 */

TEST_F(withdraw, killed_sender_withdraws)
{
	struct mb_child killed, other;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number_start(&killed, self->box, 2, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_number_start(&other, self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 2));
	mb_child_kill(&killed);
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(1, mb_stat_of(self->box, withdrawn));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(3, mb_get_number(self->box, 0));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&other));
}

TEST_F(withdraw, killed_sync_sender_takes_its_message_along)
{
	struct mb_child killed;

	ASSERT_EQ(0, mb_put_number_start(&killed, self->box, 2, 0,
					 MAILBOX_SEND_SYNC));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	mb_child_kill(&killed);
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(withdraw, withdrawn_sync_message_frees_its_slot)
{
	struct mb_child killed, blocked;

	ASSERT_EQ(0, mb_put_number_start(&killed, self->box, 2, 0,
					 MAILBOX_SEND_SYNC));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_number_start(&blocked, self->box, 3, 0, 0));
	/* a SYNC sender may or may not count as blocked */
	ASSERT_EQ(0, mb_wait_in_syscall(blocked.pid, SYS_ioctl));
	mb_child_kill(&killed);
	EXPECT_EQ(0, mb_child_join(&blocked));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

static int send_and_exit(void *argument)
{
	return mb_put_number(*(int *)argument, 2, 0, 0);
}

TEST_F(withdraw, queued_message_outlives_its_sender)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_child_start(&sender, send_and_exit, &self->box));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	mb_child_kill(&sender);
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(withdraw, killed_receiver_takes_nothing)
{
	struct mb_child killed, other;

	ASSERT_EQ(0, mb_get_number_start(&killed, self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_get_number_start(&other, self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 2));
	mb_child_kill(&killed);
	EXPECT_EQ(1, mb_stat_of(self->box, waiting_receivers));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_EQ(3, mb_child_join(&other));
}

TEST_F(withdraw, waiting_calls_are_no_longer_counted)
{
	unsigned int before = mb_query_of(self->client, user_waiting);
	struct mb_child receiver, sender;

	ASSERT_EQ(0, mb_get_number_start(&receiver, self->box, 0));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->meeting, 1, 0, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	EXPECT_EQ(before + 2, mb_query_of(self->client, user_waiting));
	mb_child_kill(&receiver);
	EXPECT_EQ(before + 1, mb_query_of(self->client, user_waiting));
	mb_child_kill(&sender);
	EXPECT_EQ(before, mb_query_of(self->client, user_waiting));
}

/*
 * Races: a receiver takes messages as fast as it can while the sender gives
 * up at any point of its send.  What the sender was told must be what the
 * receiver saw, for every single message.
 */

#define RACES	3000

struct race {
	int box;
	int prefilled;		/* the mailbox is full to begin with */
	__u32 flags;
	int signals;		/* give up by signal, else by deadline */
	int done;		/* the sender has ended */
	unsigned int seed;
	int progress;
	signed char told[RACES];	/* 1: success, -1: withdrawn */
	unsigned char seen[RACES];	/* how often it was received */
};

#define NO_RACE_NUMBER	1000000

static int race_receive(void *argument)
{
	struct race *race = argument;
	int number;

	for (;;) {
		/* in this order: what was sent before @done is then there */
		int done = __atomic_load_n(&race->done, __ATOMIC_SEQ_CST);

		number = mb_get_number(race->box, MAILBOX_NONBLOCK);
		if (number == -EAGAIN && done)
			return 0;
		if (number == -EAGAIN) {
			sched_yield();
			continue;
		}
		if (number < 0)
			return number;
		if (number == NO_RACE_NUMBER)
			continue;
		if (number >= RACES)
			return -ERANGE;
		race->seen[number]++;
	}
}

static int race_send_one(struct race *race, int i, unsigned int *state)
{
	__s64 delay;

	*state = *state * 1103515245 + 12345;
	delay = (*state >> 16) % 200000;
	if (race->signals) {
		struct itimerval timer = {
			.it_value.tv_usec = 1 + delay / 1000,
		};
		int ret;

		setitimer(ITIMER_REAL, &timer, NULL);
		ret = mb_put_number(race->box, i, 0, race->flags);
		memset(&timer, 0, sizeof(timer));
		setitimer(ITIMER_REAL, &timer, NULL);
		return ret;
	}
	return send_until(race->box, i, MAILBOX_CLOCK_MONOTONIC,
			  mb_now_ns(CLOCK_MONOTONIC) + delay, race->flags);
}

static int race_send(void *argument)
{
	struct race *race = argument;
	unsigned int state = race->seed;
	int i, ret = mb_signal_handle(SIGALRM, 0);

	for (i = 0; !ret && i < RACES; i++) {
		ret = race_send_one(race, i, &state);
		race->told[i] = ret ? -1 : 1;
		__atomic_store_n(&race->progress, i, __ATOMIC_SEQ_CST);
		if (ret == -ETIMEDOUT || ret == -EINTR)
			ret = 0;
	}
	__atomic_store_n(&race->done, 1, __ATOMIC_SEQ_CST);
	return ret;
}

FIXTURE(race) {
	int client;
	struct race *race;
};

FIXTURE_VARIANT(race) {
	int capacity;
	__u32 flags;
	int signals;
};

FIXTURE_VARIANT_ADD(race, rendezvous_deadline) {
	.capacity = 0,
};

FIXTURE_VARIANT_ADD(race, rendezvous_signal) {
	.capacity = 0,
	.signals = 1,
};

FIXTURE_VARIANT_ADD(race, sync_deadline) {
	.capacity = 1,
	.flags = MAILBOX_SEND_SYNC,
};

FIXTURE_VARIANT_ADD(race, sync_signal) {
	.capacity = 1,
	.flags = MAILBOX_SEND_SYNC,
	.signals = 1,
};

FIXTURE_VARIANT_ADD(race, full_deadline) {
	.capacity = 1,
};

FIXTURE_VARIANT_ADD(race, full_signal) {
	.capacity = 1,
	.signals = 1,
};

FIXTURE_SETUP(race)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->race = mb_shared(sizeof(*self->race));
	ASSERT_NE(NULL, self->race);
	self->race->box = mb_new(self->client, variant->capacity,
				 MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->race->box);
	self->race->flags = variant->flags;
	self->race->signals = variant->signals;
	self->race->seed = getpid();
}

FIXTURE_TEARDOWN(race)
{
	close(self->race->box);
	close(self->client);
}

/* Keeps a bounded mailbox busy, so that the other sender has to wait. */
static int race_fill(void *argument)
{
	struct race *race = argument;
	int ret = 0;

	while (!ret && !__atomic_load_n(&race->done, __ATOMIC_SEQ_CST))
		ret = mb_put_number(race->box, NO_RACE_NUMBER, 0, 0);
	return ret;
}

TEST_F_TIMEOUT(race, both_sides_tell_the_same_story, 200)
{
	struct race *race = self->race;
	struct mb_child sender, receiver, filler;
	int fill = variant->capacity && !variant->flags;
	int i, withdrawn = 0;

	TH_LOG("seed %u", race->seed);
	ASSERT_EQ(0, mb_child_start(&receiver, race_receive, race));
	if (fill)
		ASSERT_EQ(0, mb_child_start(&filler, race_fill, race));
	ASSERT_EQ(0, mb_child_start(&sender, race_send, race));
	ASSERT_EQ(0, mb_until_stuck(race->progress, mb_child_done(&sender)));
	ASSERT_EQ(0, mb_child_join(&sender));
	ASSERT_EQ(0, mb_child_join(&receiver));
	if (fill)
		mb_child_kill(&filler);
	for (i = 0; i < RACES; i++) {
		EXPECT_EQ(race->told[i] > 0, race->seen[i]) {
			TH_LOG("message %d", i);
		}
		withdrawn += race->told[i] < 0;
	}
	TH_LOG("%d of %d withdrawn", withdrawn, RACES);
}

/*
 * The other way round: receivers give up, senders do not.  Every message that
 * was accepted is received by somebody, once.
 */
static int race_give_up(void *argument)
{
	struct race *race = argument;
	unsigned int state = getpid();
	int number, done;

	for (;;) {
		done = __atomic_load_n(&race->done, __ATOMIC_SEQ_CST);
		state = state * 1103515245 + 12345;
		number = receive_until(race->box, MAILBOX_CLOCK_MONOTONIC,
				       mb_now_ns(CLOCK_MONOTONIC) +
				       (state >> 16) % 100000, 0);
		if (number == -ETIMEDOUT && done)
			return 0;
		if (number == -ETIMEDOUT)
			continue;
		if (number < 0 || number >= RACES)
			return number;
		__atomic_fetch_add(&race->seen[number], 1, __ATOMIC_SEQ_CST);
	}
}

static int race_send_all(void *argument)
{
	struct race *race = argument;
	int i, ret = 0;

	for (i = 0; !ret && i < RACES; i++)
		ret = mb_put_number(race->box, i, 0, 0);
	__atomic_store_n(&race->done, 1, __ATOMIC_SEQ_CST);
	return ret;
}

static void race_of_receivers(struct __test_metadata *_metadata, int box)
{
	struct race *race = mb_shared(sizeof(*race));
	struct mb_child sender, receiver[2];
	int i;

	ASSERT_NE(NULL, race);
	race->box = box;
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, mb_child_start(&receiver[i], race_give_up, race));
	ASSERT_EQ(0, mb_child_start(&sender, race_send_all, race));
	ASSERT_EQ(0, mb_until_stuck(mb_stat_of(box, received),
				    mb_child_done(&sender)));
	ASSERT_EQ(0, mb_child_join(&sender));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, mb_child_join(&receiver[i]));
	for (i = 0; i < RACES; i++) {
		EXPECT_EQ(1, race->seen[i]) {
			TH_LOG("message %d", i);
		}
	}
}

TEST_F_TIMEOUT(withdraw, receivers_that_give_up_lose_nothing, 120)
{
	race_of_receivers(_metadata, self->box);
}

TEST_F_TIMEOUT(withdraw, rendezvous_receivers_that_give_up_lose_nothing, 120)
{
	race_of_receivers(_metadata, self->meeting);
}

TEST_HARNESS_MAIN
