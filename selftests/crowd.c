// SPDX-License-Identifier: GPL-2.0-only
/*
 * A crowd: four callers and a pool of four servers, threads and processes, any of
 * which may be interrupted or killed at any moment.  Each call must return once,
 * with the right reply or the right error, and no reply may reach another caller.
 *
 *	STRESS_CALLS	how many calls, in each test (20000)
 *	STRESS_KILLS	how many processes are killed, in each test (200)
 *	STRESS_SEED	to run the same dice again; it is printed
 *
 * What a process knows of a call it writes into memory that is shared with the
 * test, before and after each step, so that it is known of the dead too.
 */
#include <pthread.h>
#include <signal.h>

#include "lib/test.h"
#include "lib/transfer.h"

#define CALLERS		4
#define SERVERS		4
#define ASKERS		(CALLERS + SERVERS)	/* servers call, too */
#define HELD		3			/* calls to answer later */
#define FILL		400			/* bytes of a reply, at most */
#define MAGIC		0x63726f7764ULL

struct request {
	__u64 magic;
	__u32 asker;
	__u32 number;
	__u32 pid;
	__u32 zero;
};

struct reply {
	struct request request;
	__u32 server;
	unsigned char fill[FILL];
};

enum fate {
	UNTRIED,	/* or about to be made */
	TRIED,		/* made, and not yet returned */
	REPLIED,
	FAILED,
};

/* What is known of a call. */
struct record {
	__u32 fate;
	__s32 error;		/* FAILED */
	__u32 limited;		/* it had a deadline */
	__u32 received;		/* each of these: how often */
	__u32 forwarded;
	__u32 answering;	/* about to be answered */
	__u32 answered;		/* and REPLY said that it was */
};

/* What must not happen. */
enum wrong {
	FOREIGN,		/* another call's reply */
	GARBLED,
	AGAIN,			/* a call that had ended came back */
	CALL_ERROR,		/* none that can be */
	SERVER_ERROR,
	LOST,			/* never returned, though its caller lives */
	UNANSWERED,		/* a reply that nobody has sent */
	DEAF,			/* an answer that its caller did not get */
	TWICE,			/* received or answered more than once */
	WRONGS,
};

static const char * const wrong_names[WRONGS] = {
	"foreign", "garbled", "again", "call error", "server error", "lost",
	"unanswered", "deaf", "twice",
};

/* Shared by all. */
struct crowd {
	__u32 each;			/* calls of a caller */
	__u32 seed;
	__u32 runs;
	__u32 mixed;			/* with calls within calls, and FORWARD */
	__u32 next[ASKERS];
	__u32 wrong[WRONGS];
	__s32 error;			/* the last CALL_ERROR or SERVER_ERROR */
	__u32 returned;
	__u32 resumed;
	__u32 nested;
	struct record record[];		/* ASKERS times @room */
};

/* A mailbox as a process uses it: a handle, or a client and an ID. */
struct door {
	int fd;
	__u64 id;
};

struct place {
	struct crowd *crowd;
	__u32 room;			/* records of each asker */
	struct door front;
	struct door back;
	int who;
};

#define add(place)	__atomic_fetch_add(place, 1, __ATOMIC_SEQ_CST)
#define load(place)	__atomic_load_n(place, __ATOMIC_SEQ_CST)
#define store(place, value) __atomic_store_n(place, value, __ATOMIC_SEQ_CST)

static unsigned int dice(unsigned int *state, unsigned int sides)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 8) % sides;
}

static unsigned int dice_new(struct crowd *crowd)
{
	return crowd->seed * 31 + add(&crowd->runs) * 100003;
}

static struct record *record_of(const struct place *place, __u32 asker,
				__u32 number)
{
	if (asker >= ASKERS || number >= place->room)
		return NULL;
	return &place->crowd->record[asker * place->room + number];
}

static int went_wrong(const struct place *place, enum wrong what, int error)
{
	add(&place->crowd->wrong[what]);
	if (error)
		store(&place->crowd->error, error);
	return error;
}

/*
 * Callers
 */

static size_t reply_length(const struct request *request)
{
	return offsetof(struct reply, fill) +
	       (request->number * 7 + request->asker) % (FILL + 1);
}

static void reply_look(const struct place *place,
		       const struct mailbox_call *call,
		       const struct request *request, const struct reply *reply)
{
	size_t length = reply_length(request);

	if (reply->request.asker != request->asker ||
	    reply->request.number != request->number ||
	    reply->request.pid != request->pid)
		went_wrong(place, FOREIGN, 0);
	else if (reply->request.magic != MAGIC ||
		 call->reply.length != length || call->pending ||
		 call->reply.pid != reply->server ||
		 call->reply.tag != request->number ||
		 mb_differs(reply->fill, length - offsetof(struct reply, fill),
			    request->number) >= 0)
		went_wrong(place, GARBLED, 0);
}

/* Issues the structure until the call has ended, whatever interrupts it. */
static int call_to_the_end(struct crowd *crowd, int fd,
			   struct mailbox_call *call)
{
	int ret = mb_call(fd, call);

	if (ret == -EAGAIN && call->pending) {
		call->flags &= ~MAILBOX_NONBLOCK;
		ret = mb_call(fd, call);
	}
	while (ret == -EINTR && call->pending) {
		add(&crowd->resumed);
		ret = mb_call(fd, call);
	}
	return ret;
}

/* One call; it fails only if the test is to end. */
static int ask(const struct place *place, const struct door *door, __u32 asker,
	       __u32 number, unsigned int *state)
{
	struct record *record = record_of(place, asker, number);
	struct request request = {
		.magic = MAGIC, .asker = asker, .number = number,
		.pid = getpid(),
	};
	struct reply reply = { };
	struct mailbox_call call = {
		.id = door->id,
		.request = {
			.data = mb_ptr(&request), .length = sizeof(request),
			.tag = asker, .priority = dice(state, 3),
		},
		.reply = { .data = mb_ptr(&reply), .room = sizeof(reply) },
	};
	int kind = dice(state, 8), ret;

	if (!record)
		return went_wrong(place, CALL_ERROR, -ENOSPC);
	if (kind == 0) {
		call.flags = MAILBOX_DEADLINE;
		call.clock = MAILBOX_CLOCK_MONOTONIC;
		call.deadline = mb_now_ns(CLOCK_MONOTONIC) +
				dice(state, 1000000);
		record->limited = 1;
	} else if (kind == 1) {
		call.flags = MAILBOX_NONBLOCK;
	}
	store(&record->fate, TRIED);
	ret = call_to_the_end(place->crowd, door->fd, &call);
	if (!ret) {
		__u64 token = call.reply.seq;

		reply_look(place, &call, &request, &reply);
		store(&record->fate, REPLIED);
		call.flags = 0;
		call.deadline = 0;
		call.clock = 0;
		call.pending = token;
		if (!dice(state, 8) && mb_call(door->fd, &call) != -ESTALE)
			went_wrong(place, AGAIN, 0);
	} else {
		record->error = ret;
		store(&record->fate, FAILED);
		if (ret != -EPIPE && !(ret == -ETIMEDOUT && kind == 0) &&
		    !(ret == -EAGAIN && kind == 1))
			return went_wrong(place, CALL_ERROR, ret);
	}
	add(&place->crowd->returned);
	return 0;
}

static int caller_run(void *argument)
{
	const struct place *place = argument;
	struct crowd *crowd = place->crowd;
	unsigned int state = dice_new(crowd);
	int ret = 0;

	while (!ret && load(&crowd->next[place->who]) < crowd->each)
		ret = ask(place, &place->front, place->who,
			  add(&crowd->next[place->who]), &state);
	return ret;
}

/*
 * Servers
 */

struct debt {
	__u64 token;
	struct request request;
};

/* What a server's thread is about. */
struct server {
	const struct place *place;
	const struct door *door;
	unsigned int state;
	struct debt held[HELD];
	unsigned int count;
};

static void reply_write(struct mailbox_message *message, struct reply *reply,
			const struct debt *debt)
{
	size_t length = reply_length(&debt->request);

	reply->request = debt->request;
	reply->server = getpid();
	mb_fill(reply->fill, length - offsetof(struct reply, fill),
		debt->request.number);
	*message = (struct mailbox_message){
		.data = mb_ptr(reply), .length = length,
		.tag = debt->request.number,
	};
}

/* What has come is noted; 1 if it is a call to answer. */
static int request_look(struct server *server,
			const struct mailbox_message *message,
			const struct request *request, struct debt *debt)
{
	struct record *record = record_of(server->place, request->asker,
					  request->number);

	if (!record || message->length != sizeof(*request) ||
	    request->magic != MAGIC || message->pid != request->pid ||
	    message->tag != request->asker || !message->token ||
	    !(message->info & MAILBOX_INFO_CALL))
		return went_wrong(server->place, GARBLED, -EBADMSG);
	add(&record->received);
	debt->token = message->token;
	debt->request = *request;
	return 1;
}

/* Answers @old, if there is one, and receives: 1, and @debt; 0: nothing yet. */
static int serve(struct server *server, const struct debt *old,
		 struct debt *debt)
{
	struct record *record = old ? record_of(server->place,
						old->request.asker,
						old->request.number) : NULL;
	struct request request;
	struct reply reply;
	struct mailbox_reply_receive both = {
		.id = server->door->id,
		.flags = server->count ? MAILBOX_NONBLOCK : 0,
		.message = { .data = mb_ptr(&request), .room = sizeof(request) },
	};
	int ret;

	if (old) {
		both.token = old->token;
		reply_write(&both.reply, &reply, old);
		add(&record->answering);
	}
	ret = mb_reply_receive(server->door->fd, &both);
	if (old && !both.token && ret != -ESTALE)
		add(&record->answered);
	else if (old && both.token)
		return went_wrong(server->place, SERVER_ERROR, -EPROTO);
	if (ret == -EINTR || ret == -EAGAIN || ret == -ESTALE)
		return 0;
	if (ret)
		return went_wrong(server->place, SERVER_ERROR, ret);
	return request_look(server, &both.message, &request, debt);
}

static int answer(struct server *server, const struct debt *debt)
{
	struct record *record = record_of(server->place, debt->request.asker,
					  debt->request.number);
	struct reply reply;
	struct mailbox_reply argument = {
		.id = server->door->id, .token = debt->token,
	};
	int ret;

	reply_write(&argument.message, &reply, debt);
	add(&record->answering);
	ret = mb_reply(server->door->fd, &argument);
	if (!ret)
		add(&record->answered);
	else if (ret != -ESTALE)
		return went_wrong(server->place, SERVER_ERROR, ret);
	/* it was one-shot */
	if (mb_reply(server->door->fd, &argument) != -ESTALE)
		went_wrong(server->place, TWICE, 0);
	return 0;
}

static int pass_on(struct server *server, const struct debt *debt)
{
	const struct door *back = &server->place->back;
	struct record *record = record_of(server->place, debt->request.asker,
					  debt->request.number);
	struct mailbox_forward forward = {
		.size = sizeof(forward),
		.id = server->door->id,
		.token = debt->token,
		.to = back->id,
		.to_fd = back->fd == server->door->fd ? -1 : back->fd,
	};
	int ret;

	add(&record->forwarded);
	ret = mb_ioctl(server->door->fd, MAILBOX_IOC_FORWARD, &forward);
	if (ret && ret != -ESTALE)
		return went_wrong(server->place, SERVER_ERROR, ret);
	return 0;
}

/* A call within the call. */
static int ask_back(struct server *server)
{
	struct crowd *crowd = server->place->crowd;
	__u32 asker = CALLERS + server->place->who;

	add(&crowd->nested);
	return ask(server->place, &server->place->back, asker,
		   add(&crowd->next[asker]), &server->state);
}

/* Takes one of those that wait. */
static struct debt held_take(struct server *server)
{
	unsigned int which = dice(&server->state, server->count);
	struct debt debt = server->held[which];

	server->held[which] = server->held[--server->count];
	return debt;
}

/* What to do with a call: 1: answer it with the next receive. */
static int decide(struct server *server, const struct debt *debt)
{
	bool mixed = server->place->crowd->mixed &&
		     server->door == &server->place->front;
	int ret;

	switch (dice(&server->state, 16)) {
	case 0:
	case 1:
		return answer(server, debt);
	case 2:
	case 3:
		if (server->count == HELD)
			return 1;
		server->held[server->count++] = *debt;
		return 0;
	case 4:
	case 5:
	case 6:
		return mixed ? pass_on(server, debt) : 1;
	case 7:
	case 8:
	case 9:
		ret = mixed ? ask_back(server) : 0;
		return ret ? ret : 1;
	default:
		return 1;
	}
}

static void *server_thread(void *argument)
{
	struct server *server = argument;
	struct debt debt, old;
	bool owes = false;
	int ret;

	do {
		ret = serve(server, owes ? &old : NULL, &debt);
		owes = false;
		if (ret > 0) {
			ret = decide(server, &debt);
			owes = ret > 0;
			old = debt;
		} else if (!ret && server->count) {
			debt = held_take(server);
			ret = answer(server, &debt);
		}
	} while (ret >= 0);
	return NULL;
}

/* A door of one's own, by ID, to the mailbox that @handle is of. */
static struct door door_by_id(int client, struct door handle)
{
	return (struct door){ .fd = client, .id = mb_id(handle.fd) };
}

/*
 * Two have the handles of the parent, two a client of their own; of each two, one
 * has two threads, and with FORWARD one serves the front, one the back.
 */
static int server_run(void *argument)
{
	struct place place = *(struct place *)argument;
	struct server server[2];
	pthread_t thread;
	int i;

	if (place.who & 2) {
		int client = mb_client();

		if (client < 0)
			return client;
		place.front = door_by_id(client, place.front);
		place.back = door_by_id(client, place.back);
	}
	for (i = 0; i < 2; i++) {
		server[i] = (struct server){
			.place = &place,
			.door = place.crowd->mixed && (place.who & 1) ?
				&place.back : &place.front,
			.state = dice_new(place.crowd),
		};
	}
	if (!(place.who & 1) &&
	    pthread_create(&thread, NULL, server_thread, &server[1]))
		return -EAGAIN;
	server_thread(&server[0]);
	return -EPROTO;
}

/*
 * The test
 */

static unsigned int setting(const char *name, unsigned int otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoul(value, NULL, 0) : otherwise;
}

FIXTURE(crowd) {
	int client;
	struct place place;
	unsigned int kills;
	struct mailbox_query idle;
	struct mb_child child[ASKERS];
};

FIXTURE_VARIANT(crowd) {
	__u32 capacity;
	bool mixed;
};

FIXTURE_VARIANT_ADD(crowd, rendezvous) {
	.capacity = 0,
};

FIXTURE_VARIANT_ADD(crowd, forward_and_nested) {
	.capacity = 4,
	.mixed = true,
};

static struct door door_new(int client, __u32 capacity)
{
	return (struct door){ .fd = mb_new(client, capacity,
					   MAILBOX_RIGHTS_ALL) };
}

FIXTURE_SETUP(crowd)
{
	struct place *place = &self->place;
	unsigned int calls = setting("STRESS_CALLS", 20000);

	/* for all children, before the first signal can come */
	ASSERT_EQ(0, mb_signal_handle(SIGUSR1, 0));
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	place->front = door_new(self->client, variant->capacity);
	place->back = door_new(self->client, variant->capacity);
	ASSERT_LE(0, place->front.fd);
	ASSERT_LE(0, place->back.fd);
	self->idle = mb_query_now(self->client);
	self->kills = setting("STRESS_KILLS", 200);
	/* more than enough for calls within calls: not touched, not there */
	place->room = calls + 1000;
	place->crowd = mb_shared(sizeof(*place->crowd) +
				 ASKERS * place->room * sizeof(struct record));
	ASSERT_NE(NULL, place->crowd);
	place->crowd->each = calls / CALLERS;
	place->crowd->mixed = variant->mixed;
	place->crowd->seed = setting("STRESS_SEED", mb_now_ns(CLOCK_REALTIME));
	TH_LOG("STRESS_SEED=%u STRESS_CALLS=%u STRESS_KILLS=%u",
	       place->crowd->seed, calls, self->kills);
}

FIXTURE_TEARDOWN(crowd)
{
	close(self->place.front.fd);
	close(self->place.back.fd);
	close(self->client);
}

static void start(struct __test_metadata *_metadata, FIXTURE_DATA(crowd) *self,
		  int i)
{
	struct place place = self->place;

	place.who = i < CALLERS ? i : i - CALLERS;
	ASSERT_EQ(0, mb_child_start(&self->child[i],
				    i < CALLERS ? caller_run : server_run,
				    &place));
}

static bool caller_done(FIXTURE_DATA(crowd) *self, int i)
{
	return mb_child_done(&self->child[i]);
}

static bool callers_done(FIXTURE_DATA(crowd) *self)
{
	int i;

	for (i = 0; i < CALLERS; i++) {
		if (!caller_done(self, i))
			return false;
	}
	return true;
}

static void judge_call(const struct place *place, const struct record *record,
		       unsigned int kills, unsigned int *silent)
{
	/* The end of a call that was forwarded may overtake its answer. */
	bool direct = !record->forwarded;

	switch (record->fate) {
	case UNTRIED:
	case TRIED:
		++*silent;
		break;
	case REPLIED:
		if (!record->answering)
			went_wrong(place, UNANSWERED, 0);
		break;
	case FAILED:
		if ((record->error == -EPIPE && !kills) ||
		    (record->error == -ETIMEDOUT && !record->limited))
			went_wrong(place, CALL_ERROR, record->error);
		if (record->answered && direct)
			went_wrong(place, DEAF, record->error);
		break;
	}
	if (record->answered > 1 || record->received > 1 + record->forwarded)
		went_wrong(place, TWICE, 0);
}

/* @kills: how many were killed, each of whom had at most two calls under way. */
static void judge(struct __test_metadata *_metadata, FIXTURE_DATA(crowd) *self,
		  unsigned int kills)
{
	struct place *place = &self->place;
	struct crowd *crowd = place->crowd;
	unsigned int silent = 0, count[FAILED + 1] = { }, broken = 0;
	__u32 asker, number, what;

	for (asker = 0; asker < ASKERS; asker++) {
		for (number = 0; number < crowd->next[asker]; number++) {
			struct record *record = record_of(place, asker, number);

			ASSERT_NE(NULL, record);
			judge_call(place, record, kills, &silent);
			count[record->fate]++;
			broken += record->error == -EPIPE;
		}
	}
	if (silent > 2 * (kills + SERVERS))
		went_wrong(place, LOST, 0);
	TH_LOG("%u replied, %u failed (%u for want of a server), %u of the dead; %u resumed, %u nested",
	       count[REPLIED], count[FAILED], broken, silent, crowd->resumed,
	       crowd->nested);
	for (what = 0; what < WRONGS; what++) {
		EXPECT_EQ(0, crowd->wrong[what]) {
			TH_LOG("%s, error %d", wrong_names[what], crowd->error);
		}
	}
	EXPECT_LT(0, count[REPLIED]);
	EXPECT_LE(crowd->each * CALLERS, count[REPLIED] + count[FAILED] + silent);
}

static void nothing_is_left(struct __test_metadata *_metadata,
			    FIXTURE_DATA(crowd) *self)
{
	const struct door *doors[] = { &self->place.front, &self->place.back };
	struct mailbox_query query = mb_query_now(self->client);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(doors); i++) {
		struct mailbox_stat stat = mb_stat_now(doors[i]->fd);

		EXPECT_EQ(0, stat.messages);
		EXPECT_EQ(0, stat.bytes);
		EXPECT_EQ(0, stat.blocked_senders);
		EXPECT_EQ(0, stat.waiting_receivers);
	}
	EXPECT_EQ(self->idle.user_bytes, query.user_bytes);
	EXPECT_EQ(self->idle.total_bytes, query.total_bytes);
	EXPECT_EQ(self->idle.user_waiting, query.user_waiting);
	EXPECT_EQ(self->idle.user_mailboxes, query.user_mailboxes);
}

/* Interrupts or kills one; a caller that has ended is left in peace. */
static void disturb(struct __test_metadata *_metadata,
		    FIXTURE_DATA(crowd) *self, bool kill_it, unsigned int which)
{
	int i = which % ASKERS;

	if (i < CALLERS && caller_done(self, i))
		i += CALLERS;
	if (!kill_it) {
		kill(self->child[i].pid, SIGUSR1);
		return;
	}
	mb_child_kill(&self->child[i]);
	start(_metadata, self, i);
}

static void run(struct __test_metadata *_metadata, FIXTURE_DATA(crowd) *self,
		unsigned int kills, unsigned int signals)
{
	struct crowd *crowd = self->place.crowd;
	unsigned int state = crowd->seed, n, events = kills + signals;
	__s64 begin = mb_now_ms();
	int i;

	for (i = 0; i < ASKERS; i++)
		start(_metadata, self, i);
	for (n = 0; n < events; n++) {
		__u32 due = (unsigned long long)crowd->each * CALLERS * n /
			    (events + 1);

		ASSERT_EQ(0, mb_until_stuck(load(&crowd->returned),
					    load(&crowd->returned) >= due ||
					    callers_done(self)));
		/* one after the other, until both are used up */
		disturb(_metadata, self, n % 2 ? kills : !signals,
			dice(&state, ASKERS));
	}
	ASSERT_EQ(0, mb_until_stuck(load(&crowd->returned),
				    callers_done(self))) {
		TH_LOG("stuck after %u calls", crowd->returned);
	}
	for (i = 0; i < CALLERS; i++)
		EXPECT_EQ(0, mb_child_join(&self->child[i]));
	TH_LOG("%lld ms", (long long)(mb_now_ms() - begin));
	for (i = CALLERS; i < ASKERS; i++)
		mb_child_kill(&self->child[i]);
	judge(_metadata, self, kills);
	nothing_is_left(_metadata, self);
}

TEST_F_TIMEOUT(crowd, each_call_returns_once, 1200)
{
	run(_metadata, self, 0, self->kills);
}

TEST_F_TIMEOUT(crowd, each_call_returns_once_while_many_die, 1200)
{
	run(_metadata, self, self->kills, self->kills);
}

TEST_HARNESS_MAIN
