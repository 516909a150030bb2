/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of calls: call, receive, reply, forward, the end of callers, servers and
 * mailboxes.  The inlines bear the names of the functions in kmod/call.c and
 * kmod/forward.c and follow them line by line, as in transfer.pml, and steps are
 * what they are there; how messages get from queue to receiver, and how waiters
 * sleep, is that model's business.  Here a queue takes any number of requests, and
 * a caller who waits goes on when it is finished, or gives up.
 *
 * Each caller makes one call, in mailbox 0; it has its caller's number.  Where it
 * is forwarded, to mailbox 1, there is a second call, CALLERS higher.
 */

#ifndef CALLERS
#define CALLERS		1
#endif
#ifndef SERVERS
#define SERVERS		1	/* of mailbox 0 */
#endif
#ifndef BACKS
#define BACKS		0	/* servers of mailbox 1, to which those forward */
#endif
#ifndef SERVES
#define SERVES		2	/* what each server does before it goes */
#endif
#ifndef ENDERS
#define ENDERS		0	/* who destroy mailbox 0, then 1 */
#endif
#ifndef THREADS
#define THREADS		1	/* servers of one process */
#endif

#ifdef HASTE
#define HASTES		1
#else
#define HASTES		0
#endif

/* Are requests lent, and may replies be written to where the caller waits? */
#ifdef LEND
#define LENDS		1
#else
#define LENDS		0
#endif

#define CALLS		(2 * CALLERS)
#define SECOND(c)	((c) + CALLERS)
#define FIRST(c)	((c) - CALLERS)
#define IS_SECOND(c)	((c) >= CALLERS)	/* MAILBOX_INFO_FORWARDED */
#define BOX(c)		((c) / CALLERS)
#define NOBODY		7

/* enum mbx_call_state */
#define NONE		0
#define SENT		1
#define OPEN		2
#define FORWARDED	3
#define ANSWERED	4
#define DEAD		5

/* Results. */
#define OK		0
#define ETIMEDOUT	1
#define EINTR		2	/* -ERESTARTSYS; or -EAGAIN: the call goes on */
#define EIDRM		3
#define EPIPE		4
#define ESTALE		5
#define ECANCELED	6
#define EBUSY		7

/* What the bytes of a message are. */
#define REQUEST		0
#define REPLY		1
#define RUBBISH		2

/* struct mbx_message with its struct mbx_call. */
typedef call_t {
	unsigned state : 3;
	bit place;		/* it is queued, or claimed by a receiver */
	bit claimed;
	bit caller;		/* @caller is not NULL */
	bit finished;		/* the caller's waiter is */
	unsigned outcome : 3;	/* the caller's @error */
	unsigned error : 3;
	unsigned server : 3;
	bit answering;
	bit relayed;
	bit up;
	bit down;
	unsigned bytes : 2;
	bit loan;		/* @loan is not NULL */
	bit room;		/* there is one, of the caller's */
	bit held;
	bit leaving;		/* @leaving is not NULL */
	/* not in the code */
	bit away;		/* the caller's memory is his own again */
	bit freed;
	unsigned answers : 2;
	unsigned ends : 2;	/* of the caller's call */
};

/* struct mbx_relay, to and from a second call. */
typedef relay_t {
	unsigned error : 3;
	bit answer;
};

call_t call[CALLS];
relay_t up[CALLERS];
unsigned dead : 2;		/* mailboxes */
bit begun;
byte alive[8];			/* threads of each server process */

hidden byte i_call, i_check, found, result;

#define IS_DEAD(box)	(dead & (1 << (box)))

#define TOUCH(c)	assert(call[c].state != NONE && !call[c].freed)

/* entry.c, message.h */

inline entry_reap(c) {
	TOUCH(c);
	if
	:: call[c].state == DEAD && !call[c].place && !call[c].caller &&
#ifndef BUG_CALL_FREED_EARLY
	   !call[c].answering &&
#endif
	   !call[c].relayed ->
		call[c].freed = 1
	:: else
	fi
}

/* call.c: the end */

inline call_kill(c) {
	TOUCH(c);
	/* it is in the tree */
	assert(call[c].state != DEAD);
	call[c].state = DEAD
}

inline caller_tell(c, why) {
	if
	:: call[c].caller ->
		/* once */
		assert(!call[c].finished);
		call[c].outcome = why;
		call[c].finished = 1
	:: else
	fi
}

inline request_withdraw(c) {
	if
	:: call[c].place && !call[c].claimed -> call[c].place = 0
	:: else
	fi;
	entry_reap(c)
}

/* forward.c: @ups and @downs are the relays to run after unlocking. */
inline forward_end(c, why, answered) {
	if
	:: call[c].up ->
		call[c].up = 0;
		up[FIRST(c)].error = why;
		up[FIRST(c)].answer = answered;
		ups = ups | (1 << FIRST(c))
	:: else
	fi;
	if
	:: call[c].down ->
		call[c].down = 0;
		downs = downs | (1 << (c))
	:: else
	fi
}

/* lend.c: is anybody at the caller's memory? */
#define lent(c)	(call[c].held || (call[c].loan && call[c].claimed))

/* Somebody is, at this moment. */
#define MEMORY(c)	assert(!call[c].away)

/* A receiver has read what was lent. */
#define READ(c)		assert(reads -> !call[c].away : 1); reads = 0

inline lend_done(c) {
	if
	:: call[c].leaving && !lent(c) -> call[c].leaving = 0
	:: else
	fi
}

inline lend_hold(c) {
	call[c].held = call[c].room && call[c].caller && !call[c].up
}

inline lend_release(c) {
	call[c].held = 0;
	lend_done(c)
}

inline lend_keep_begin(c) {
#ifdef BUG_CALL_FORWARDS_LENT
	skip
#else
	call[c].held = call[c].loan
#endif
}

/* It gets its bytes. */
inline lend_keep(c) {
	if
	:: call[c].loan ->
		d_step {
			MEMORY(c);
			call[c].loan = 0;
			lend_release(c);
			check()
		}
	:: else
	fi
}

/* Its relay goes without a token: there is nothing to do. */
inline forward_forget(c) {
	call[c].down = 0
}

inline call_end(c, why) {
	if
#ifdef BUG_CALL_TOLD_TWICE
	:: true -> caller_tell(c, why)
#else
	:: call[c].state != ANSWERED -> caller_tell(c, why)
	:: else
#endif
	fi;
	forward_end(c, why, 0);
	call_kill(c);
	request_withdraw(c)
}

inline call_fail(c, why) {
	if
	:: call[c].caller || IS_SECOND(c) -> call_end(c, why)
	:: else ->
		call[c].state = ANSWERED;
		call[c].error = why;
		forward_end(c, why, 0);
		request_withdraw(c)
	fi
}

inline call_detach(c) {
	call[c].caller = 0;
	entry_reap(c)
}

/* The caller */

/* mbx_call_begin(), of which only one thing can go wrong here. */
inline call_begin(c) {
	d_step {
		if
		:: IS_DEAD(0) -> error = EIDRM
		:: else ->
			call[c].state = SENT;
			call[c].place = 1;
			call[c].caller = 1;
			call[c].loan = LENDS;
			call[c].room = LENDS;
			error = OK
		fi;
		check()
	}
}

/* Sets @result. */
inline pending_find(c) {
	if
	:: call[c].state == NONE || call[c].state == DEAD -> result = ESTALE
#ifndef BUG_CALL_RESUMES_SECOND
	:: call[c].state != NONE && call[c].state != DEAD && IS_SECOND(c) ->
		result = ESTALE
	:: call[c].state != NONE && call[c].state != DEAD && !IS_SECOND(c) ->
		result = (call[c].caller -> EBUSY : OK)
#else
	:: else -> result = (call[c].caller -> EBUSY : OK)
#endif
	fi
}

inline call_resume(c) {
	d_step {
		if
		:: IS_DEAD(BOX(c)) -> error = EIDRM
		:: else ->
			pending_find(c);
			error = result;
			if
			:: error == OK ->
				call[c].caller = 1;
				call[c].room = LENDS;
				call[c].away = 0;
				call[c].outcome = call[c].error;
				call[c].finished = (call[c].state == ANSWERED)
			:: else
			fi
		fi;
		check()
	}
}

/* Sets @error. */
inline caller_leave(c) {
	if
	:: call[c].finished && call[c].outcome == OK -> error = OK
	:: call[c].finished && call[c].outcome != OK ->
		error = call[c].outcome;
		if
		:: call[c].state == ANSWERED -> call_kill(c)
		:: else
		fi;
		call_detach(c)
	:: !call[c].finished && error == ETIMEDOUT ->
		call[c].caller = 0;
		call_end(c, error)
	:: else -> call_detach(c)
	fi;
	if
	:: error != OK -> call[c].finished = 0
	:: else
	fi
}

#ifdef BUG_CALL_LEAVES_READER
#define LEFT(c)	true
#else
#define LEFT(c)	(!lent(c))
#endif

/* Before he leaves; @error as there. */
inline lend_end(c) {
	d_step {
		if
		:: error == ETIMEDOUT && !call[c].finished -> call_end(c, error)
		:: else
		fi;
		check()
	}
	do
	:: atomic {
		LEFT(c) ->
		call[c].loan = 0;
		call[c].room = 0;
		check()
	   };
	   break
	:: atomic { !LEFT(c) -> call[c].leaving = 1 };
	   !call[c].leaving
	od;
	forward_run()
}

/* caller_sleep(), then mbx_call_wait(). */
inline call_wait(c) {
	skip;
end_sleep:
	if
	:: call[c].finished -> error = OK
	:: HASTES -> error = EINTR
	:: HASTES -> error = ETIMEDOUT
	fi;
	if
	:: atomic { error == OK && call[c].outcome == OK -> skip }
	:: else ->
#ifdef LEND
		lend_end(c);
		skip;
#endif
		d_step {
			caller_leave(c);
			printf("caller %d leaves: %d\n", c, error);
			check()
		}
		forward_run()
	fi;
	assert(!call[c].loan && !call[c].held);
	call[c].away = 1
}

/* mbx_call_finish() or mbx_call_leave() */
inline reply_release(c, taken) {
	d_step {
		if
		:: call[c].state != DEAD && (taken || IS_DEAD(BOX(c))) ->
			call_kill(c)
		:: else
		fi;
		call_detach(c);
		call[c].finished = 0;
		check()
	}
}

inline call_cancel(c) {
	d_step {
		pending_find(c);
		if
		:: result == OK -> call_end(c, ECANCELED)
		:: else
		fi;
		error = result;
		printf("caller %d cancels: %d\n", c, error);
		check()
	}
	forward_run()
}

/* The caller's call has ended, as far as he is concerned. */
inline ended(c) {
	call[c].ends++;
	assert(call[c].ends == 1)
}

/*
 * A process has died: server @who, or the one who called @maker and SECOND of it;
 * each with NOBODY for none.
 */
inline call_orphan(box, who, maker) {
	d_step {
		i_call = box * CALLERS;
		do
		:: i_call < (box + 1) * CALLERS ->
			if
			:: call[i_call].state == NONE || call[i_call].state == DEAD
			:: else ->
				if
				:: maker != NOBODY && i_call % CALLERS == maker &&
				   !call[i_call].caller ->
					call_end(i_call, EPIPE)
#ifndef BUG_CALL_SURVIVES_SERVER
				:: maker == NOBODY && call[i_call].state == OPEN &&
				   call[i_call].server == who ->
					call_fail(i_call, EPIPE)
#endif
				:: else
				fi
			fi;
			i_call++
		:: else -> break
		od;
		i_call = 0;
		check()
	}
	forward_run()
}

/* The server */

/* receive.c: claims a request, if there is one; sets @mine. */
inline receive_begin(box) {
	d_step {
		mine = CALLS;
		i_call = box * CALLERS;
		do
		:: i_call < (box + 1) * CALLERS ->
			if
			:: !IS_DEAD(box) && call[i_call].place &&
			   !call[i_call].claimed && mine == CALLS ->
				mine = i_call
			:: else
			fi;
			i_call++
		:: else -> break
		od;
		i_call = 0;
		if
		:: mine != CALLS ->
			TOUCH(mine);
			assert(call[mine].state == SENT);
			call[mine].claimed = 1;
			reads = call[mine].loan
		:: else
		fi
	}
}

inline call_receive(c, who, tokenless) {
	if
	:: call[c].state != SENT
	:: call[c].state == SENT && tokenless -> call_fail(c, EPIPE)
	:: call[c].state == SENT && !tokenless ->
		assert(call[c].bytes == REQUEST);
		call[c].state = OPEN;
		call[c].server = who
	fi
}

/* mbx_receive_commit() or mbx_receive_restore() */
inline receive_commit(c, who, tokenless) {
	d_step {
		READ(c);
		call_receive(c, who, tokenless);
		call[c].claimed = 0;
		call[c].place = 0;
		entry_reap(c);
		lend_done(c);
		printf("server %d receives %d\n", who, c);
		check()
	}
	forward_run()
}

inline receive_restore(c) {
	d_step {
		READ(c);
		call[c].claimed = 0;
		lend_done(c);
		if
		:: IS_DEAD(BOX(c)) || call[c].state >= ANSWERED ->
			call[c].place = 0;
			entry_reap(c)
		:: else
		fi;
		check()
	}
}

/* Is it for this process to answer?  mbx_call_owed_locked() */
#define call_owed(c, who) \
	(call[c].state == OPEN && ANSWERABLE(c) && call[c].server == who)
#ifdef BUG_CALL_ANSWERED_TWICE
#define ANSWERABLE(c)	1
#else
#define ANSWERABLE(c)	(!call[c].answering)
#endif

/* Any that is owed; @mine, or CALLS.  From then on nobody else answers it. */
inline answer_begin(box, who) {
	atomic {
		mine = CALLS;
		found = box * CALLERS;
		do
		:: found < (box + 1) * CALLERS ->
			if
			:: call_owed(found, who) -> mine = found
			:: true
			fi;
			found++
		:: else -> break
		od;
		found = 0;
		if
		:: mine != CALLS ->
			call[mine].answering = 1;
			lend_hold(mine)
		:: else
		fi
	}
}

inline call_answered(c) {
	if
	:: call[c].up ->
		call[c].relayed = 1;
		call_kill(c);
		forward_end(c, OK, 1)
	:: else ->
		forward_forget(c);
		call[c].state = ANSWERED;
		caller_tell(c, OK)
	fi
}

/* The reply is written to where it is wanted, or, which may take for ever, here. */
inline answer_read(c) {
	if
	:: call[c].held -> MEMORY(c)
	:: call[c].held ->
		d_step {
			lend_release(c);
			check()
		}
	:: else
	fi
}

inline answer_end(c, failed) {
	d_step {
		TOUCH(c);
		call[c].answering = 0;
		if
		:: call[c].held ->
			MEMORY(c);
			assert(call[c].caller);
			lend_release(c)
		:: else
		fi;
		if
		:: call[c].state != OPEN -> entry_reap(c)
		:: call[c].state == OPEN && failed
		:: call[c].state == OPEN && !failed ->
			call[c].bytes = REPLY;
			call[c].loan = 0;
			call[c].answers++;
			assert(call[c].answers == 1);
			call_answered(c)
		fi;
		printf("answer_end %d: failed %d\n", c, failed);
		check()
	}
	forward_run()
}

/* Forwarding */

inline forward_begin(c) {
	call[c].state = FORWARDED;
	call[c].answering = 1;
	lend_keep_begin(c)
}

/* Sets @error. */
inline second_place(c) {
	d_step {
		if
		:: IS_DEAD(1) -> error = EIDRM
		:: else ->
			assert(call[SECOND(c)].state == NONE);
			call[SECOND(c)].state = SENT;
			call[SECOND(c)].place = 1;
			call[SECOND(c)].bytes = call[c].bytes;
			call[SECOND(c)].up = 1;
			error = OK
		fi
	}
}

inline forward_end_of(c) {
	d_step {
		TOUCH(c);
		call[c].answering = 0;
		if
		:: call[c].state != FORWARDED ->
			entry_reap(c);
#ifndef BUG_CALL_LEFT_BEHIND
			if
			:: error == OK -> downs = downs | (1 << (c))
			:: else
			fi
#endif
		:: call[c].state == FORWARDED && error != OK ->
			call[c].state = OPEN
		:: call[c].state == FORWARDED && error == OK ->
			call[c].down = 1
		fi;
		printf("forwarded %d: %d\n", c, error);
		check()
	}
	forward_run()
}

inline answer_release(c) {
	call[c].relayed = 0;
	entry_reap(c)
}

/* An end, with or without an answer, comes to where the call came from. */
inline relay_run(c) {
	if
	:: call[c].state == DEAD
	:: call[c].state != DEAD && !up[c].answer -> call_fail(c, up[c].error)
	:: call[c].state != DEAD && up[c].answer ->
		assert(call[c].state == FORWARDED);
		TOUCH(SECOND(c));
		call[c].bytes = call[SECOND(c)].bytes;
		call_answered(c)
	fi
}

/* One after the other, each in a section of its own. */
inline forward_run() {
	do
	:: ups ->
		d_step {
			relay = (ups & 1 -> 0 : 1);
			ups = ups & ~(1 << relay);
			relay_run(relay);
			printf("relay up to %d\n", relay);
			check()
		}
		d_step {
			if
			:: up[relay].answer ->
				up[relay].answer = 0;
				answer_release(SECOND(relay))
			:: else
			fi;
			up[relay].error = OK;
			relay = 0;
			check()
		}
	:: downs ->
		d_step {
			relay = SECOND((downs & 1 -> 0 : 1));
			downs = downs & ~(1 << FIRST(relay));
			if
			:: call[relay].state == NONE || call[relay].state == DEAD
			:: else -> call_fail(relay, ECANCELED)
			fi;
			relay = 0;
			check()
		}
	:: else -> break
	od
}

/* What holds whenever the lock is free. */
inline check() {
	i_check = 0;
	do
	:: i_check < CALLS ->
		/* a caller who waits will be told */
		assert(call[i_check].caller && !call[i_check].finished ->
		       call[i_check].state >= SENT &&
		       call[i_check].state <= FORWARDED : 1);
		assert(call[i_check].freed ->
		       !call[i_check].caller && !call[i_check].place &&
		       !call[i_check].answering && !call[i_check].relayed : 1);
		assert(call[i_check].claimed -> call[i_check].place : 1);
		/* it is only with the receiver, or queued, as long as it is sent */
		assert(call[i_check].state == SENT ->
		       call[i_check].place || IS_DEAD(BOX(i_check)) : 1);
		assert(call[i_check].down -> call[i_check].state == FORWARDED : 1);
		i_check++
	:: else -> break
	od;
	i_check = 0
}

/* op_call.c: mbx_op_call() until it has ended */
proctype call_make(byte c) {
	byte ups, downs, error, relay, at = c;

	call_begin(c);
	if
	:: error != OK -> ended(c); goto done
	:: else
	fi;
again:	call_wait(at);
	assert(at == c);
	if
	:: error == OK ->
		/* the right reply, and nobody else at it */
		assert(call[c].bytes == REPLY && !call[c].freed);
		if
		:: reply_release(c, 1); ended(c)
#ifdef FAULT
		:: reply_release(c, 0);
		   error = EINTR
#endif
		fi
	:: error != OK && error != EINTR -> ended(c)
	:: else
	fi;
	if
	:: error != EINTR
	:: else ->
		/* it goes on: come back, or cancel it, or die */
		if
		:: call_resume(c);
		   if
		   :: error == OK -> goto again
		   :: else ->
			assert(error == EIDRM);
			ended(c)
		   fi
#if BACKS
		/* or try what is not his */
		:: call_resume(SECOND(c));
		   if
		   :: error == OK -> at = SECOND(c); goto again
		   :: else
		   fi;
		   call_cancel(c);
		   ended(c)
#endif
		:: call_cancel(c);
		   ended(c)
		:: call_orphan(0, NOBODY, c);
		   call_orphan(1, NOBODY, c);
		   ended(c)
		fi
	fi;
done:	skip
}

/* Is there something to do? */
#define HAS(box, n, who) \
	((call[(box) * CALLERS + (n)].place && \
	  !call[(box) * CALLERS + (n)].claimed) || \
	 call_owed((box) * CALLERS + (n), who))
#define WORK(box, who) \
	(HAS(box, 0, who) || (CALLERS > 1 && HAS(box, CALLERS - 1, who)))

/* A server: receives, answers, forwards, dies. */
proctype serve(byte box; byte who) {
	byte ups, downs, error, relay, mine, steps;
	bit reads;

	do
	:: steps < SERVES ->
		/* there is a request, or something to answer, or an end of waiting */
end_idle:	if
		:: WORK(box, who) -> skip
		:: atomic { IS_DEAD(box) -> goto gone }
		fi;
		if
		:: steps++;
		   receive_begin(box);
		   if
		   :: mine == CALLS
		   :: else ->
			if
			:: receive_commit(mine, who, 0)
#ifdef FAULT
			:: receive_restore(mine)
			:: receive_commit(mine, who, 1)
#endif
			fi
		   fi
		:: answer_begin(box, who);
		   if
		   :: mine == CALLS
		   :: else ->
			answer_read(mine);
#ifdef FAULT
			if
			:: answer_end(mine, 0)
			:: steps++;
#ifdef BUG_CALL_REPLY_SPOILS
			   call[mine].bytes = RUBBISH;
#endif
			   answer_end(mine, 1)
			fi
#else
			answer_end(mine, 0)
#endif
		   fi
#if BACKS
		:: box == 0 ->
		   atomic {
			answer_begin(box, who);
			if
			:: mine != CALLS ->
				call[mine].held = 0;
				forward_begin(mine)
			:: else
			fi
		   }
		   if
		   :: mine == CALLS
		   :: else ->
			lend_keep(mine);
			second_place(mine);
			forward_end_of(mine)
		   fi
#endif
#ifdef DEATH
		:: break
#endif
		fi
	:: else -> break
	od;
gone:
	/* with what it owes; a process's threads end with the last of them */
	alive[who]--;
	if
	:: !alive[who] -> call_orphan(box, who, NOBODY)
	:: else
	fi
}

/* lifetime.c: mbx_lifetime_destroy() */
proctype lifetime_destroy(byte box) {
	byte ups, downs, relay, n;

	dead = dead | (1 << box);
	/* what is queued leaves the queue, then calls end, piece by piece */
	n = box * CALLERS;
	do
	:: n < (box + 1) * CALLERS ->
		d_step {
			if
			:: call[n].state == NONE || call[n].state == DEAD
			:: else -> call_end(n, EIDRM)
			fi;
			check()
		}
		forward_run();
		n++
	:: else -> break
	od
}

/* When nothing moves any more: is all as it should be? */
active proctype monitor() {
	byte n;

end_begin: timeout && begun;
	d_step {
		n = 0;
		do
		:: n < CALLERS ->
			/* who has not ended waits for a server that is not there */
			assert(call[n].ends == 1 || call[n].state == SENT ||
			       (call[n].state == FORWARDED &&
				call[SECOND(n)].state == SENT));
			assert(!IS_DEAD(0) || call[n].ends == 1);
			assert(call[n].ends -> call[n].state == NONE ||
			       call[n].freed : 1);
			/* the second ends with the first */
			assert(call[n].ends -> call[SECOND(n)].state == NONE ||
			       call[SECOND(n)].freed : 1);
			n++
		:: else -> break
		od;
		n = 0
	}
}

init {
	byte n;

	atomic {
		n = 0;
		do
		:: n < CALLERS -> run call_make(n); n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < SERVERS ->
			alive[n / THREADS]++;
			run serve(0, n / THREADS);
			n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < BACKS -> alive[4 + n]++; run serve(1, 4 + n); n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < ENDERS -> run lifetime_destroy(n); n++
		:: else -> break
		od;
		begun = 1;
		n = 0
	}
}
