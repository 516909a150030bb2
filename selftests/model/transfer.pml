/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of the transfer of messages: send, receive, rendezvous, withdrawal,
 * hand-off, refill, destruction.  The inlines bear the names of the functions
 * in kmod/ (without "mbx_", where there is one) and follow them line by line;
 * each comment "file.c" says where to look.
 *
 * What a step is:
 *
 *   - A critical section under mailbox->lock is one d_step.  Others see of it,
 *     while it lasts, only mbx_waiter.finished; and whoever sees that reads
 *     nothing but the outcome in his own struct, which is written before, and
 *     not touched afterwards: TOUCH() asserts this each time.  So it makes no
 *     difference whether he sees it in the middle of the section or after it.
 *   - mbx_wait() is one step for each access: the task's state is set, then
 *     @finished is read, then the task sleeps unless it has been woken.  Each
 *     wake_up_process() is a step of its own, after the section.
 *   - A copy to the user takes no time, but lies between two sections.
 *
 * What memory ordering adds is the business of the litmus tests beside this.
 *
 * Time does not exist: a call with a deadline or an unblocked signal is
 * "hasty", and may give up at any step at which it sleeps.  One that is not
 * sleeps for ever unless woken, and where everybody sleeps the monitor judges
 * whether they should.
 *
 * Each sender sends one message, so a message's number is its sender's; task
 * numbers are senders first, then receivers.
 */

/* How large, and with what; see "configurations". */
#ifndef SENDERS
#define SENDERS		2
#endif
#ifndef RECEIVERS
#define RECEIVERS	2
#endif
#ifndef CALLS
#define CALLS		1	/* that each receiver makes */
#endif
#ifndef CAPACITY
#define CAPACITY	1	/* 0: rendezvous */
#endif
#ifndef LOW
#define LOW		0	/* low-water mark, below CAPACITY; 0: none */
#endif
#ifndef REFILL
#define REFILL		8	/* MBX_REFILL */
#endif
#ifndef POLLERS
#define POLLERS		0	/* who look for room, once */
#endif
#ifndef ENDERS
#define ENDERS		0	/* who destroy it or close its last handle */
#endif
#ifndef PIECES
#define PIECES		1	/* how much of it is emptied at a time */
#endif
#ifndef WAKES
#define WAKES		8	/* MBX_WAKES */
#endif

#define TASKS		(SENDERS + RECEIVERS)
#define NOBODY		RECEIVERS
#define NONE		SENDERS

/* enum mbx_entry_state */
#define IDLE		0
#define BLOCKED		1
#define QUEUED		2
#define HANDED		3
#define CLAIMED		4

/* Results. */
#define OK		0
#define EAGAIN		1
#define ETIMEDOUT	2
#define EIDRM		3
#define EPIPE		4
#define EMSGSIZE	5
#define EFAULT		6
#define EINTR		7	/* -ERESTARTSYS */
#define WAIT		8	/* not a result: sleep */

/* struct mbx_message with its entry, and what is known of it. */
typedef message_t {
	unsigned state : 3;
	bit slot;
	bit place;		/* @places: 0 or 1 unless multicast */
	bit admitted;
	bit sender;		/* @sender is not NULL */
	unsigned withdrawing : 3;
	unsigned receiver : 3;	/* @entry.receiver */
	unsigned peeks : 3;
	unsigned seq : 3;
	bit tag;
	bit big;
	/* not in the code */
	bit freed;
	bit received;		/* somebody has it */
	bit refused;		/* its send has failed */
};

/* struct mbx_sender, and the flags of his call. */
typedef sender_t {
	bit sync;
	bit nonblock;
	bit received;
	bit signal;		/* one may come after the deadline */
	unsigned haste : 3;	/* how it may give up: EINTR, ETIMEDOUT */
	unsigned error : 3;
};

/* struct mbx_receiver, and the flags of his call. */
typedef receiver_t {
	bit nonblock;
	bit hasty;
	bit peek;
	bit eof;
	bit small;
	bit careful;		/* selects messages with @tag */
	bit tag;
	unsigned entry : 3;
	unsigned error : 3;
};

message_t  msg[SENDERS];
sender_t   snd[SENDERS];
receiver_t rcv[RECEIVERS];

bit finished[TASKS];		/* mbx_waiter.finished */
bit asleep[TASKS];		/* the task's state is not TASK_RUNNING */
bit live[TASKS];		/* the waiter is on a stack */

/* struct mbx_mailbox */
unsigned dead : 3;
byte held;
byte messages;
byte waiting;
byte next_seq;
byte waitlist[RECEIVERS];	/* inbox.receivers: the first @waiting of it */
byte send_handles = SENDERS;
#if LOW
bit closed;			/* mbx_mailbox_closed_locked() */
#else
#define closed		0
#endif
bit begun;			/* init has started all */

/* Scratch of a d_step; each is set before it is read. */
hidden byte who, head, found, pieces;
hidden byte i_offer, i_list, i_first, i_find, i_gone, i_check, n_held, n_place;
hidden byte result, error_, tasks, let_in, held_before, closed_before;
hidden byte offered, withdrawn, room, emptied, drained;
hidden byte in_before, out_before, event_in, event_out;

#define FULL		(closed || held >= CAPACITY)
#define TAKES(r, m)	(!rcv[r].careful || rcv[r].tag == msg[m].tag)
#define TASK_OF(r)	(SENDERS + (r))

/* A waiter may be touched while it is on a stack and not finished. */
#define TOUCH(t)	assert(live[t] && !finished[t])

/* wait.c */

inline waiter_finish(t) {
	TOUCH(t);
#ifdef BUG_WAKE_EARLY
	asleep[t] = 0;
	wakes = wakes | (1 << (t))
#else
	finished[t] = 1;
	if
	:: count == WAKES -> asleep[t] = 0
	:: else ->
		wakes = wakes | (1 << (t));
		count++
	fi
#endif
}

inline waiter_init(t) {
	finished[t] = 0;
	live[t] = 1
}

/* One by one, in any order. */
inline wakes_run() {
	do
	:: wakes ->
		select_task();
		d_step {
			wakes = wakes & ~(1 << task);
			count = 0;
			printf("task %d is woken\n", task);
#ifdef BUG_WAKE_EARLY
			finished[task] = 1;
#else
			asleep[task] = 0;
#endif
			task = 0
		}
	:: else -> break
	od
}

inline select_task() {
	if
	:: wakes & 1 -> task = 0
	:: wakes & 2 -> task = 1
	:: wakes & 4 -> task = 2
	:: wakes & 8 -> task = 3
	:: wakes & 16 -> task = 4
	:: wakes & 32 -> task = 5
	fi
}

/*
 * @why, if not 0, is how the sleep may end too soon.  What is left out, as nobody
 * can see it: that the task's state is set once more before the last look at
 * @finished, and back after it.
 */
inline wait(t, why) {
	do
	::
#ifdef BUG_CHECK_FIRST
		if
		:: finished[t] -> break
		:: else
		fi;
		asleep[t] = 1;
#else
		asleep[t] = 1;		/* set_current_state() */
		if
		:: atomic { finished[t] -> asleep[t] = 0 }; break
		:: else
		fi;
#endif
		/* schedule() */
end_sleep:	if
		:: !asleep[t]
		:: atomic {
			why ->
			error = (finished[t] -> OK : why);
			asleep[t] = 0
		   };
		   break
		fi
	od;
	skip
}

/* The same without a deadline; perhaps there is a signal. */
inline asleep_again(t) {
	do
	::	asleep[t] = 1;
		if
		:: atomic { finished[t] -> asleep[t] = 0 }; break
		:: else
		fi;
		if
		:: !asleep[t]
		:: atomic {
			snd[t].signal ->
			error = (finished[t] -> OK : EINTR);
			asleep[t] = 0
		   };
		   break
		fi
	od;
	skip
}

inline wait_surely(t) {
	do
	::	asleep[t] = 1;
		if
		:: atomic { finished[t] -> asleep[t] = 0 }; break
		:: else
		fi;
		!asleep[t]
	od;
	skip
}

/* queue.c: the first by number that is in this state */

inline queue_first(what) {
	head = NONE;
	i_first = 0;
	do
	:: i_first < SENDERS ->
		if
		:: msg[i_first].state == what &&
		   (head == NONE || msg[i_first].seq < msg[head].seq) ->
			head = i_first
		:: else
		fi;
		i_first++
	:: else -> break
	od
}

inline list_del(r) {
	i_list = 0;
	do
	:: i_list < waiting && waitlist[i_list] != r -> i_list++
	:: else -> break
	od;
	assert(i_list < waiting);
	waiting--;
	do
	:: i_list < waiting ->
		waitlist[i_list] = waitlist[i_list + 1];
		i_list++
	:: else -> break
	od;
	waitlist[waiting] = 0
}

inline list_add(r) {
	i_list = waiting;
	do
	:: i_list > 0 ->
		waitlist[i_list] = waitlist[i_list - 1];
		i_list--
	:: else -> break
	od;
	waitlist[0] = r;
	waiting++
}

inline list_add_tail(r) {
	waitlist[waiting] = r;
	waiting++
}

/* after.c */

inline after_free(m) {
	assert(!msg[m].freed);
	msg[m].freed = 1;
	/* one freed message is like another */
	msg[m].withdrawing = 0;
	msg[m].admitted = 0;
	msg[m].tag = 0;
	msg[m].big = 0;
	msg[m].seq = 0
}

/* receiver.c, entry.c */

inline entry_reap(m) {
	if
	:: !msg[m].place && !msg[m].peeks -> after_free(m)
	:: else
	fi
}

inline receiver_kick(r, why) {
	TOUCH(TASK_OF(r));
	list_del(r);
	rcv[r].error = why;
	waiter_finish(TASK_OF(r))
}

inline transfer_answer(m, why) {
	if
	:: msg[m].sender ->
#ifndef BUG_DOUBLE_FINISH
		msg[m].sender = 0;
#endif
		TOUCH(m);
		snd[m].error = why;
		waiter_finish(m)
	:: else
	fi
}

/* mbx_receiver_drained_locked(): sets @drained; @head is scratch. */
inline receiver_drained() {
	queue_first(BLOCKED);
	drained = !send_handles && !held && head == NONE
}

inline receiver_eof() {
	receiver_drained();
	i_gone = 0;
	do
	:: drained && i_gone < waiting ->
		who = waitlist[i_gone];
		if
		:: rcv[who].eof -> receiver_kick(who, OK)
		:: else -> i_gone++
		fi
	:: else -> break
	od;
	if
	:: drained -> event_in = 1
	:: else
	fi
}

/* Sets @offered. */
inline entry_offer(m) {
	offered = 0;
	i_offer = 0;
	do
	:: !offered && i_offer < waiting ->
		who = waitlist[i_offer];
		if
		:: !TAKES(who, m) -> i_offer++
		:: TAKES(who, m) && rcv[who].peek -> receiver_kick(who, OK)
		:: TAKES(who, m) && !rcv[who].peek ->
			msg[m].state = HANDED;
			msg[m].receiver = who;
			rcv[who].entry = m;
			receiver_kick(who, OK);
			offered = 1
		fi
	:: else -> break
	od
}

inline entry_queue(m) {
	entry_offer(m);
	if
	:: offered
	:: else ->
		msg[m].state = QUEUED;
		event_in = 1
	fi
}

inline entry_block(m) {
	msg[m].state = BLOCKED;
	event_in = 1
}

inline entry_pull(m) {
	assert(!msg[m].freed);
	if
	:: msg[m].state == HANDED ->
		/* he is awake, or about to be, but has yet to take the lock */
		assert(live[TASK_OF(msg[m].receiver)] &&
		       finished[TASK_OF(msg[m].receiver)] &&
		       rcv[msg[m].receiver].entry == m);
#ifndef BUG_KEEPS_HANDED
		rcv[msg[m].receiver].entry = NONE;
#endif
		msg[m].receiver = NOBODY
	:: else
	fi;
	msg[m].state = IDLE
}

inline entry_drop(m) {
	entry_pull(m);
	if
	:: msg[m].slot ->
#ifndef BUG_SLOT_LEAK
		held--;
#endif
		msg[m].slot = 0;
		if
		:: !closed -> event_out = 1
		:: else
		fi
	:: else
	fi;
#if defined(EOF) && !defined(BUG_EOF_ONCE)
	receiver_eof();
#endif
	assert(msg[m].place);
	msg[m].place = 0;
	if
	:: msg[m].admitted -> messages--
	:: else
	fi;
	entry_reap(m)
}

/* transfer.c */

/* Sets @offered. */
inline transfer_offer(m) {
	entry_offer(m);
	if
	:: offered -> msg[m].place = 1
	:: else
	fi
}

inline transfer_block(m) {
	msg[m].place = 1;
	entry_block(m)
}

inline transfer_admit(m) {
	msg[m].place = 1;
	msg[m].admitted = 1;
	messages++;
	if
	:: msg[m].sender && !snd[m].sync -> transfer_answer(m, OK)
	:: else
	fi;
	msg[m].slot = 1;
	held++;
	entry_queue(m)
}

inline transfer_close() {
#if LOW
	if
	:: held > LOW -> closed = 1
	:: else
	fi
#else
	skip
#endif
}

inline open() {
#if LOW
	if
	:: !dead && closed && held <= LOW ->
		closed = 0;
#ifndef BUG_OPENS_QUIETLY
		event_out = 1
#endif
	:: else
	fi
#else
	skip
#endif
}

inline transfer_refill() {
	open();
	let_in = 0;
	do
	:: !dead && !closed ->
		queue_first(BLOCKED);
		if
		:: head == NONE -> break
		:: head != NONE && (FULL || (LOW && let_in >= REFILL && held > LOW)) ->
			transfer_close();
			break
		:: else ->
			msg[head].state = IDLE;
			transfer_admit(head);
			let_in++
		fi
	:: else -> break
	od
}

/* Sets @found. */
inline transfer_find(r) {
	found = NONE;
	i_find = 0;
	do
	:: i_find < SENDERS ->
		if
		:: (msg[i_find].state == QUEUED || msg[i_find].state == BLOCKED) &&
		   TAKES(r, i_find) &&
		   (found == NONE || msg[i_find].state > msg[found].state ||
		    (msg[i_find].state == msg[found].state &&
		     msg[i_find].seq < msg[found].seq)) ->
			found = i_find
		:: else
		fi;
		i_find++
	:: else -> break
	od
}

inline transfer_claim(m) {
	entry_pull(m);
	msg[m].state = CLAIMED
}

inline message_receipt(m) {
	if
	:: msg[m].sender ->
		TOUCH(m);
		snd[m].received = 1;
		transfer_answer(m, OK)
	:: else
	fi
}

inline transfer_commit(m) {
	assert(msg[m].state == CLAIMED && !msg[m].freed);
	assert(!msg[m].received && !msg[m].refused);
	msg[m].received = 1;
	message_receipt(m);
	entry_drop(m);
#ifndef BUG_NO_REFILL
	transfer_refill()
#endif
}

/* Sets @withdrawn. */
inline transfer_withdraw(m) {
	assert(!msg[m].freed);
	if
#ifndef BUG_WITHDRAW_CLAIMED
	:: msg[m].state == CLAIMED -> withdrawn = 0
#endif
	:: else ->
		withdrawn = 1;
		msg[m].sender = 0;
		if
		:: msg[m].state != IDLE -> entry_drop(m)
		:: else
		fi;
#ifdef BUG_WITHDRAWAL_KEEPS_CLOSED
		if
		:: !closed -> transfer_refill()
		:: else
		fi
#else
		transfer_refill()
#endif
	fi
}

inline transfer_restore(m) {
	assert(msg[m].state == CLAIMED || msg[m].state == HANDED);
	entry_pull(m);
	if
#ifndef BUG_RESTORE_DEAD
	:: dead ->
		transfer_answer(m, dead);
		entry_drop(m)
#endif
	:: else ->
#ifdef BUG_RESTORE_DROPS
		entry_drop(m);
#else
#ifdef BUG_RESTORE_KEEPS
		offered = 0;
		if
		:: msg[m].slot -> msg[m].state = QUEUED; event_in = 1
		:: else -> entry_block(m)
		fi;
#else
		if
		:: msg[m].slot -> entry_queue(m)
		:: else ->
			entry_offer(m);
			if
			:: offered
			:: else -> entry_block(m)
			fi
		fi;
#endif
#endif
#ifdef BUG_RESTORE_QUIET
		event_in = 0;
#endif
		if
		:: msg[m].withdrawing && msg[m].sender ->
			error_ = msg[m].withdrawing;
			transfer_withdraw(m);
			if
			:: withdrawn ->
#ifdef BUG_LATE_OUTCOME
				waiter_finish(m);
				TOUCH(m);
				snd[m].error = error_
#else
				TOUCH(m);
				snd[m].error = error_;
				waiter_finish(m)
#endif
			:: else
			fi
		:: else -> transfer_refill()
		fi
	fi
}

/* What holds whenever the lock is free. */

#define POLL_IN	(n_queued || n_blocked || \
		 (GONE && !send_handles && !held))
#if CAPACITY
#define POLL_OUT	(!FULL)
#else
#define POLL_OUT	(waiting > 0)
#endif
#ifdef EOF
#define GONE	1
#else
#define GONE	0
#endif

hidden byte n_queued, n_blocked;

inline count_all() {
	n_queued = 0;
	n_blocked = 0;
	n_held = 0;
	n_place = 0;
	i_check = 0;
	do
	:: i_check < SENDERS ->
		n_queued = n_queued + (msg[i_check].state == QUEUED);
		n_blocked = n_blocked + (msg[i_check].state == BLOCKED);
		n_held = n_held + msg[i_check].slot;
		n_place = n_place + (msg[i_check].admitted && msg[i_check].place);
		i_check++
	:: else -> break
	od
}

inline spin_lock() {
	count_all();
	in_before = POLL_IN;
	out_before = POLL_OUT;
	held_before = held;
	closed_before = closed;
	event_in = 0;
	event_out = 0
}

inline check_message(m) {
	assert(msg[m].slot -> msg[m].state >= QUEUED : 1);
	assert(msg[m].state == QUEUED -> msg[m].slot : 1);
	assert(msg[m].state == BLOCKED -> !msg[m].slot : 1);
	assert(msg[m].state == IDLE -> !msg[m].place : msg[m].place);
	assert(msg[m].state != IDLE -> !msg[m].freed : 1);
	/* without a slot the sender waits */
	assert(msg[m].state != IDLE && !msg[m].slot -> msg[m].sender : 1);
	assert(msg[m].sender -> live[m] && !finished[m] : 1);
	/* who does not block is neither queued nor blocked while he waits */
	assert(msg[m].sender && snd[m].nonblock ->
	       msg[m].state != QUEUED && msg[m].state != BLOCKED : 1);
	assert(msg[m].state == HANDED ->
	       rcv[msg[m].receiver].entry == m &&
	       live[TASK_OF(msg[m].receiver)] : 1);
	/* rule 1: no one waits for what is there */
	i_list = 0;
	do
	:: i_list < waiting ->
		assert(dead || msg[m].state == IDLE || msg[m].state > QUEUED ||
		       !TAKES(waitlist[i_list], m));
		i_list++
	:: else -> break
	od
}

inline spin_unlock() {
	count_all();
	assert(held == n_held);
	assert(messages == n_place);
	assert(held <= CAPACITY);
	/* rule 1: no one waits for a slot that is free */
	assert(dead || FULL || !n_blocked);
#if LOW
	/* what is closed holds something yet, and nobody gets in */
	assert(dead || !closed || held > LOW);
	assert(dead || !closed || !closed_before || held <= held_before);
	/* if someone waits for room it is closed */
	assert(dead || closed || !n_blocked);
#endif
	i_check = 0;
	do
	:: i_check < SENDERS -> check_message(i_check); i_check++
	:: else -> break
	od;
	i_list = 0;
	do
	:: i_list < waiting ->
		who = waitlist[i_list];
		assert(live[TASK_OF(who)] && !finished[TASK_OF(who)]);
		assert(dead || !rcv[who].eof || send_handles || held || n_blocked);
		i_list++
	:: else -> break
	od;
	/* a poller is told of what becomes true */
	assert(dead || !POLL_IN || in_before || event_in);
	assert(dead || !POLL_OUT || out_before || event_out)
}

/* send.c */

/* Sets @result. */
inline send_place(m) {
#ifdef BUG_PASSES_CLOSED
	room = held < CAPACITY;
#else
	room = !FULL;
#endif
	msg[m].seq = next_seq;
	if
	:: room && !snd[m].sync ->
		transfer_admit(m);
		result = OK
	:: else ->
		if
		:: !room -> transfer_close()	/* transfer_refused() */
		:: else
		fi;
		msg[m].sender = 1;
		if
		:: snd[m].nonblock ->
#ifndef BUG_NONBLOCK_LINGERS
			msg[m].withdrawing = EAGAIN;
#endif
			transfer_offer(m);
			if
			:: offered -> result = WAIT
			:: else ->
				msg[m].sender = 0;	/* freed soon */
				result = EAGAIN
			fi
		:: else ->
			if
			:: room -> transfer_admit(m)
			:: else ->
				transfer_offer(m);
				if
				:: offered
				:: else -> transfer_block(m)
				fi
			fi;
			result = WAIT
		fi
	fi
}

inline send_start(m) {
	if
	:: dead -> result = dead
	:: else -> send_place(m)
	fi;
	if
	:: result == OK || result == WAIT -> next_seq++
	:: else -> after_free(m)
	fi
}

/* Sets @result: OK, or WAIT on. */
inline send_withdraw(m) {
	result = OK;
	if
#ifndef BUG_GIVES_UP_BLINDLY
	:: finished[m]
#endif
	:: else ->
		msg[m].withdrawing = error;
		if
		:: error == ETIMEDOUT && msg[m].state == HANDED -> result = WAIT
		:: else ->
			transfer_withdraw(m);
			if
			:: withdrawn -> snd[m].error = error
			:: else -> result = WAIT
			fi
		fi
	fi
}

proctype send(byte m) {
	byte wakes, count, task, error, next;

	d_step {	/* mbx_send() */
		waiter_init(m);
		spin_lock();
		send_start(m);
		spin_unlock();
		next = result;
		if
		:: next != OK && next != WAIT -> snd[m].error = next
		:: else
		fi;
		printf("sender %d: send_start: %d, message %d\n", m, next,
		       msg[m].state)
	}
	wakes_run();
	if
	:: next == WAIT ->	/* send_wait(), send_give_up() */
		wait(m, snd[m].haste);
		do
		:: error ->
			d_step {
				spin_lock();
				send_withdraw(m);
				spin_unlock();
				next = result;
				printf("sender %d: send_withdraw after %d: %d\n",
				       m, error, next)
			}
			wakes_run();
			if
			:: next == OK -> break
			:: next == WAIT && error == EINTR -> break
			:: next == WAIT && error == ETIMEDOUT ->
				/* a second wait, which only a signal ends */
				error = OK;
				asleep_again(m)
			fi
		:: else -> next = OK; break
		od;
		skip;
		error = OK;
		if
		:: next == WAIT -> wait_surely(m)
		:: else
		fi
	:: else
	fi;
	d_step {
		/* the outcome is in snd[m]: is it true? */
		live[m] = 0;
		next = 0;
		printf("sender %d: returns %d, received %d\n", m, snd[m].error,
		       snd[m].received);
		assert(!msg[m].sender);
		if
		:: snd[m].error ->
			assert(!msg[m].received && msg[m].state == IDLE);
			assert(!snd[m].received);
			msg[m].refused = 1
		:: else ->
			assert(!snd[m].sync || snd[m].received);
			assert(!snd[m].received || msg[m].received)
		fi;
		/* one that has ended is like another */
		finished[m] = 0;
		snd[m].error = OK;
		snd[m].received = 0;
		snd[m].sync = 0;
		snd[m].nonblock = 0;
		snd[m].signal = 0;
		snd[m].haste = OK
	}
#ifdef EOF
	d_step {	/* mbx_lifetime_detach() */
		spin_lock();
		send_handles--;
		receiver_eof();
		spin_unlock();
		printf("sender %d: closes, %d left\n", m, send_handles)
	}
	wakes_run()
#endif
}

/* receive.c */

/* Sets @result. */
inline take(r, m) {
	if
	:: msg[m].big && rcv[r].small ->
		if
		:: msg[m].state == HANDED -> transfer_restore(m)
		:: else
		fi;
		result = EMSGSIZE
	:: else ->
		mine = m;
		if
		:: rcv[r].peek -> msg[m].peeks++
		:: else -> transfer_claim(m)
		fi;
		result = OK
	fi
}

/* Sets @found, or @result. */
inline try(r) {
	if
	:: dead -> result = EIDRM
	:: else ->
		transfer_find(r);
		receiver_drained();
		if
		:: found == NONE && rcv[r].eof && drained -> result = EPIPE
		:: else
		fi
	fi
}

inline join(r) {
	rcv[r].error = OK;
	rcv[r].entry = NONE;
	waiter_init(TASK_OF(r));
	if
	:: waited -> list_add(r)
	:: else -> list_add_tail(r)
	fi;
#if !CAPACITY
	event_out = 1
#endif
}

/* Sets @found, or @result; @error is how the wait ended. */
inline leave(r) {
	if
	:: !finished[TASK_OF(r)] ->
		list_del(r);
		result = error
	:: finished[TASK_OF(r)] ->
		found = rcv[r].entry;
#ifdef BUG_SIGNAL_FIRST
		found = (error -> NONE : found);
#endif
		if
		:: found != NONE
		:: found == NONE && rcv[r].error -> result = rcv[r].error
		:: found == NONE && !rcv[r].error && error -> result = error
		:: else
		fi
	fi
}

/*
 * What receive_locked() does from lock to unlock: leave, if it has slept; try,
 * unless it goes with that; join, if there is nothing.
 */
inline receive_locked(r) {
	d_step {
		spin_lock();
		result = EAGAIN;
		found = NONE;
		if
		:: waited -> leave(r)
		:: else
		fi;
		if
		:: result == EAGAIN && found == NONE -> try(r)
		:: else
		fi;
		if
		:: found != NONE -> take(r, found)
		:: else
		fi;
		if
		:: waited ->
			/* the waiter is not in use until it joins again */
			live[TASK_OF(r)] = 0;
			finished[TASK_OF(r)] = 0;
			rcv[r].entry = NONE;
			rcv[r].error = OK
		:: else
		fi;
#ifndef BUG_JOINS_LATE
		if
		:: result == EAGAIN && !rcv[r].nonblock ->
			join(r);
			waited = 1;
			result = WAIT
		:: else
		fi;
#endif
		printf("receiver %d: receive_locked: %d, message %d\n", r,
		       result, found);
		spin_unlock();
		error = result
	}
}

inline receive_begin(r) {
	waited = 0;
	error = OK;
	do
	::	receive_locked(r);
		wakes_run();
#ifdef BUG_JOINS_LATE
		if
		:: error == EAGAIN && !rcv[r].nonblock ->
			d_step {
				spin_lock();
				join(r);
				waited = 1;
				spin_unlock();
				error = WAIT
			}
		:: else
		fi;
#endif
		if
		:: error == WAIT ->
			error = OK;
			wait(TASK_OF(r), (rcv[r].hasty -> EINTR : OK))
		:: else -> break
		fi
	od;
	skip
}

inline peek_end(m) {
	msg[m].peeks--;
	entry_reap(m)
}

inline receive_commit(r, m) {
	d_step {
		spin_lock();
		if
		:: rcv[r].peek -> peek_end(m)
		:: else -> transfer_commit(m)
		fi;
		printf("receiver %d: receive_commit: message %d\n", r, m);
		mine = NONE;
		spin_unlock()
	}
	wakes_run()
}

inline receive_restore(r, m) {
	d_step {
		spin_lock();
		if
		:: rcv[r].peek -> peek_end(m)
		:: else -> transfer_restore(m)
		fi;
		printf("receiver %d: receive_restore: message %d\n", r, m);
		mine = NONE;
		spin_unlock()
	}
	wakes_run()
}

/* deliver.c: mbx_deliver() */
proctype receive(byte r) {
	byte wakes, count, task, error, calls, mine = NONE;
	bit waited, faulted;

	do
	:: calls < CALLS ->
		calls++;
again:		receive_begin(r);
		if
		:: error == OK ->
			if
			:: receive_commit(r, mine)
#ifdef FAULT
			:: !faulted ->
				receive_restore(r, mine);
				faulted = 1;
				if
				:: goto again
				:: error = EFAULT
				fi
#endif
			fi
		:: error == EIDRM || error == EPIPE -> break
#ifdef BUG_SPINS
		:: error == EMSGSIZE -> goto again
#endif
		:: else
		fi
	:: else -> break
	od;
	skip;
	d_step {
		/* one that has ended is like another */
		rcv[r].nonblock = 0;
		rcv[r].hasty = 0;
		rcv[r].peek = 0;
		rcv[r].eof = 0;
		rcv[r].small = 0;
		rcv[r].careful = 0;
		rcv[r].tag = 0
	}
}

/* lifetime.c */

/* A piece of it.  Sets @emptied. */
inline mailbox_empty() {
	pieces = PIECES;
	emptied = 0;
	do
	:: pieces && waiting ->
		pieces--;
		who = waitlist[0];
		receiver_kick(who, EIDRM)
	:: pieces && !waiting ->
		queue_first(QUEUED);
		if
		:: head == NONE -> queue_first(BLOCKED)
		:: else
		fi;
		if
		:: head == NONE -> emptied = 1; break
		:: else ->
			pieces--;
			found = head;
			transfer_answer(found, dead);
			entry_drop(found)
		fi
	:: !pieces -> break
	od
}

/* mbx_lifetime_destroy(), or mbx_lifetime_detach() of what keeps it. */
proctype lifetime_destroy(byte why) {
	byte wakes, count, task;
	bit more;

	d_step {
		spin_lock();
		if
		:: !dead ->
			dead = why;
			printf("dead: %d\n", why);
			more = 1
		:: else
		fi;
		spin_unlock()
	}
	do
	:: more ->
		d_step {
			spin_lock();
			mailbox_empty();
			printf("mailbox_empty: a piece, all %d\n", emptied);
			spin_unlock();
			more = !emptied
		}
		wakes_run()
	:: else -> break
	od
}

/* poll.c: mbx_poll_writable_locked(), which finds no room. */
proctype poll_writable() {
	d_step {
		spin_lock();
		if
		:: !dead && FULL ->
			transfer_close();
			printf("poll_writable: closed %d\n", closed)
		:: else
		fi;
		spin_unlock()
	}
}

/* When nothing moves any more: is all as it should be? */
active proctype monitor() {
	byte n;

end_begin: timeout && begun;
	d_step {
		n = 0;
		do
		:: n < TASKS ->
			/* nobody sleeps who has been told */
			assert(!(asleep[n] && finished[n]));
			assert(!(asleep[n] && dead));
			n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < SENDERS ->
			assert(msg[n].state < HANDED);
			assert(!msg[n].peeks);
			assert(msg[n].state == IDLE -> msg[n].freed : !dead);
			/* none is lost */
			assert(msg[n].received || msg[n].refused || dead ||
			       msg[n].state != IDLE);
			/* a sender sleeps only while his message is there */
			assert(asleep[n] -> msg[n].state == BLOCKED ||
			       (snd[n].sync && msg[n].state == QUEUED) : 1);
			n++
		:: else -> break
		od;
		assert(!dead || (!held && !waiting && !messages));
		n = 0
	}
}

/* Every combination of what the calls may be. */

#ifdef SYNC
#define SYNCS		1
#else
#define SYNCS		0
#endif
#ifdef NONBLOCK
#define NONBLOCKS	1
#else
#define NONBLOCKS	0
#endif
#ifdef HASTE
#define HASTES		1
#else
#define HASTES		0
#endif
#ifdef HASTE_RECEIVE
#define HASTES_RECEIVE	1
#else
#define HASTES_RECEIVE	0
#endif
#ifdef PEEK
#define PEEKS		1
#else
#define PEEKS		0
#endif
#ifdef SMALL
#define SMALLS		1
#else
#define SMALLS		0
#endif
#ifdef TAGS
#define TAGSS		1
#else
#define TAGSS		0
#endif

inline either(what, possible) {
	if
	:: what = 0
	:: possible -> what = 1
	fi
}

/*
 * Two senders, or two receivers, who differ in nothing but their number may
 * change places, so the first has the greater flags; init stops in other cases.
 */
#define SEND_FLAGS(n)	(4 * snd[n].sync + 2 * snd[n].nonblock + \
			 msg[n].big + 32 * snd[n].haste + 16 * snd[n].signal)
#define RECEIVE_FLAGS(n) (64 * rcv[n].nonblock + 32 * rcv[n].hasty + \
			  16 * rcv[n].peek + 8 * rcv[n].small + \
			  4 * rcv[n].eof + 2 * rcv[n].careful + rcv[n].tag)

init {
	byte n;

	atomic {
		do
		:: n < SENDERS ->
			msg[n].receiver = NOBODY;
			either(snd[n].sync, SYNCS);
			either(snd[n].nonblock, NONBLOCKS);
			if
			:: snd[n].haste = OK
			:: HASTES -> snd[n].haste = EINTR
			:: HASTES && !snd[n].nonblock ->
				snd[n].haste = ETIMEDOUT;
				either(snd[n].signal, 1)
			fi;
			either(msg[n].big, SMALLS);
			msg[n].tag = (TAGSS -> n % 2 : 0);
end_same_send:		(!n || TAGSS || SEND_FLAGS(n) <= SEND_FLAGS(n - 1));
			n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < RECEIVERS ->
			rcv[n].entry = NONE;
			either(rcv[n].nonblock, NONBLOCKS);
			either(rcv[n].hasty, HASTES_RECEIVE);
			either(rcv[n].peek, PEEKS);
			either(rcv[n].small, SMALLS);
			either(rcv[n].eof, GONE);
			either(rcv[n].careful, TAGSS);
			either(rcv[n].tag, rcv[n].careful);
end_same_receive:	(!rcv[n].nonblock || !rcv[n].hasty) &&
			(!n || RECEIVE_FLAGS(n) <= RECEIVE_FLAGS(n - 1));
			n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < SENDERS -> run send(n); n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < RECEIVERS -> run receive(n); n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < ENDERS ->
			run lifetime_destroy((n % 2 -> EPIPE : EIDRM));
			n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < POLLERS -> run poll_writable(); n++
		:: else -> break
		od;
		begun = 1;
		n = 0
	}
}
