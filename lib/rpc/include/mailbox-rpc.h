/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libmailbox-rpc: remote procedure calls between processes, through mailboxes.
 *
 * An interface is written in a .proto file, from which "protoc-c" generates the
 * messages and the skeleton of a server, and "protoc --mailbox_out=DIR" what this
 * library needs to know besides, with a function for each method.  Manual:
 * mailbox_rpc(7), Documentation/rpc.rst.
 *
 * A server is found by its name.  It answers the calls to each interface that
 * has been added to it.  A client has a stub, which is used by one thread at a
 * time; stubs are cheap.
 *
 * How a call ended is a status: a code and a sentence.  Functions that make
 * calls return the code; functions that do not, 0 or -errno, as libmailbox does.
 */
#ifndef MAILBOX_RPC_H
#define MAILBOX_RPC_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Status ------------------------------------------------------------ */

/**
 * enum mailbox_rpc_code - how a call ended
 * @MAILBOX_RPC_OK: with a result
 * @MAILBOX_RPC_CANCELLED: the caller has cancelled it
 * @MAILBOX_RPC_UNKNOWN: the method failed and did not say why
 * @MAILBOX_RPC_INVALID_ARGUMENT: the request or its argument makes no sense
 * @MAILBOX_RPC_DEADLINE_EXCEEDED: the time was over first
 * @MAILBOX_RPC_NOT_FOUND: for methods: what was asked for is not there
 * @MAILBOX_RPC_ALREADY_EXISTS: for methods
 * @MAILBOX_RPC_PERMISSION_DENIED: the caller may not
 * @MAILBOX_RPC_RESOURCE_EXHAUSTED: a quota, a length, or a table's room
 * @MAILBOX_RPC_FAILED_PRECONDITION: for methods: not in this state
 * @MAILBOX_RPC_ABORTED: a repetition came too late: its answer is gone
 * @MAILBOX_RPC_OUT_OF_RANGE: for methods
 * @MAILBOX_RPC_UNIMPLEMENTED: no such service, version or method here
 * @MAILBOX_RPC_INTERNAL: one side breaks the rules
 * @MAILBOX_RPC_UNAVAILABLE: there is no server, or it died; whether the call was
 *	executed is not known
 *
 * The numbers are those that gRPC has for the same words.
 */
enum mailbox_rpc_code {
	MAILBOX_RPC_OK = 0,
	MAILBOX_RPC_CANCELLED = 1,
	MAILBOX_RPC_UNKNOWN = 2,
	MAILBOX_RPC_INVALID_ARGUMENT = 3,
	MAILBOX_RPC_DEADLINE_EXCEEDED = 4,
	MAILBOX_RPC_NOT_FOUND = 5,
	MAILBOX_RPC_ALREADY_EXISTS = 6,
	MAILBOX_RPC_PERMISSION_DENIED = 7,
	MAILBOX_RPC_RESOURCE_EXHAUSTED = 8,
	MAILBOX_RPC_FAILED_PRECONDITION = 9,
	MAILBOX_RPC_ABORTED = 10,
	MAILBOX_RPC_OUT_OF_RANGE = 11,
	MAILBOX_RPC_UNIMPLEMENTED = 12,
	MAILBOX_RPC_INTERNAL = 13,
	MAILBOX_RPC_UNAVAILABLE = 14,
};

#define MAILBOX_RPC_TEXT_MAX	160	/* bytes in a status's text, with NUL */

/**
 * struct mailbox_rpc_status - how a call ended
 * @code: one of enum mailbox_rpc_code
 * @replayed: the answer is that of an earlier execution of the same call
 * @attempts: how often the request was sent
 * @text: why, in a sentence; may be empty
 */
struct mailbox_rpc_status {
	int code;
	bool replayed;
	unsigned int attempts;
	char text[MAILBOX_RPC_TEXT_MAX];
};

/**
 * mailbox_rpc_code_name - the name of a code
 * @code: one of enum mailbox_rpc_code
 *
 * Return: a string as "NOT_FOUND", which belongs to the library.
 */
const char *mailbox_rpc_code_name(int code);

/* ---- Interfaces -------------------------------------------------------- */

/**
 * DOC: semantics
 *
 * %MAILBOX_RPC_MAYBE: one attempt.  Executed once or not at all; after
 * %MAILBOX_RPC_UNAVAILABLE or DEADLINE_EXCEEDED nobody knows.
 *
 * %MAILBOX_RPC_AT_LEAST_ONCE: repeated until there is an answer or the time is
 * over.  If the server dies it may have been executed more than once.
 *
 * %MAILBOX_RPC_EXACTLY_ONCE: the same, and the server, which needs a journal for it,
 * knows repetitions and answers them with the first answer.
 */
#define MAILBOX_RPC_MAYBE		1
#define MAILBOX_RPC_AT_LEAST_ONCE	2
#define MAILBOX_RPC_EXACTLY_ONCE	3

/**
 * struct mailbox_rpc_method - what the .proto says of a method and protobuf-c does
 *	not keep
 * @stream: it returns any number of results
 * @semantics: MAILBOX_RPC_MAYBE, ..., or 0: MAYBE
 * @attachments: how many its argument may have
 * @result_attachments: how many its result may have
 */
struct mailbox_rpc_method {
	bool stream;
	uint32_t semantics;
	uint32_t attachments;
	uint32_t result_attachments;
};

/**
 * struct mailbox_rpc_interface - an interface; generated
 * @descriptor: protobuf-c's
 * @version: option (mailbox.rpc.version), or 0
 * @methods: as many as @descriptor has; NULL: none streams, all are MAYBE, nothing is
 *	attached
 * @files: the .proto and what it imports, a google.protobuf.FileDescriptorSet;
 *	may be NULL: then mailbox-rpc(1) needs the .proto
 * @files_length: its bytes
 */
struct mailbox_rpc_interface {
	const ProtobufCServiceDescriptor *descriptor;
	uint32_t version;
	const struct mailbox_rpc_method *methods;
	const uint8_t *files;
	size_t files_length;
};

/* ---- Clients ----------------------------------------------------------- */

struct mailbox_rpc_stub;

#define MAILBOX_RPC_FOREVER	UINT64_MAX	/* no time limit */

/**
 * mailbox_rpc_stub_new - make a stub for a server that has a name
 * @name: the server's
 * @interface: what to call there
 * @stub: out: to be freed with mailbox_rpc_stub_free()
 *
 * The server need not be there yet.
 *
 * Return: 0; or -ENOENT (no /dev/mailbox), -ENAMETOOLONG, -EACCES, -EMFILE,
 * -ENFILE, -ENOMEM.
 */
int mailbox_rpc_stub_new(const char *name,
			 const struct mailbox_rpc_interface *interface,
			 struct mailbox_rpc_stub **stub);

/**
 * mailbox_rpc_stub_handle - make a stub for whoever receives at a handle
 * @handle: to a mailbox, with the SEND right, or a channel's endpoint; stays the caller's,
 *	who may close it
 * @interface: what to call there
 * @stub: out: to be freed with mailbox_rpc_stub_free()
 *
 * No other server can take the place of one that ends, so no call is repeated.
 *
 * Return: 0; or -EBADF, or as mailbox_rpc_stub_new().
 */
int mailbox_rpc_stub_handle(int handle,
			    const struct mailbox_rpc_interface *interface,
			    struct mailbox_rpc_stub **stub);

/* The end of a stub, NULL included. */
void mailbox_rpc_stub_free(struct mailbox_rpc_stub *stub);

/**
 * mailbox_rpc_stub_service - the stub as protobuf-c's generated functions take it
 * @stub: the stub
 *
 * The closure is called before the generated function returns: with the result, or
 * with NULL, and mailbox_rpc_stub_status() says why.  The result is freed
 * afterwards.
 *
 * Return: the service, which belongs to the stub.
 */
ProtobufCService *mailbox_rpc_stub_service(struct mailbox_rpc_stub *stub);

/* How the last call ended; until the next one. */
const struct mailbox_rpc_status *
mailbox_rpc_stub_status(const struct mailbox_rpc_stub *stub);

/**
 * mailbox_rpc_stub_timeout - how long each later call may take in all
 * @stub: the stub
 * @timeout: nanoseconds, or %MAILBOX_RPC_FOREVER; a new stub has 30 seconds
 */
void mailbox_rpc_stub_timeout(struct mailbox_rpc_stub *stub, uint64_t timeout);

/**
 * mailbox_rpc_stub_semantics - what each later call shall promise
 * @stub: the stub
 * @semantics: MAILBOX_RPC_MAYBE, ...; 0: what the interface says
 *
 * Return: 0, or -EINVAL.
 */
int mailbox_rpc_stub_semantics(struct mailbox_rpc_stub *stub,
			       uint32_t semantics);

/**
 * mailbox_rpc_stub_room - how long a result may be to come in a message
 * @stub: the stub
 * @room: bytes, with about 100 for what is around it; a new stub has 64 KiB
 *
 * A longer one, up to 64 MiB, comes in a section, which takes longer.
 *
 * Return: 0; or -ENOMEM, -EINVAL.
 */
int mailbox_rpc_stub_room(struct mailbox_rpc_stub *stub, size_t room);

/**
 * mailbox_rpc_call - call a method, and wait for the result
 * @stub: the stub
 * @method: its number in the interface
 * @input: the argument
 * @output: out: the result, to be freed with protobuf_c_message_free_unpacked();
 *	NULL if there is none.  May be NULL
 *
 * Signal handlers that run meanwhile do not end it.
 *
 * Return: %MAILBOX_RPC_OK, or another code, and the status has its text.
 */
int mailbox_rpc_call(struct mailbox_rpc_stub *stub, unsigned int method,
		     const ProtobufCMessage *input, ProtobufCMessage **output);

/**
 * typedef mailbox_rpc_each - takes one result of a stream
 * @result: the result, until it returns
 * @context: as given
 *
 * Return: 0, or anything else: no more, please.
 */
typedef int (*mailbox_rpc_each)(const ProtobufCMessage *result, void *context);

/**
 * mailbox_rpc_call_stream - call a method that returns a stream
 * @stub: the stub
 * @method: its number in the interface
 * @input: the argument
 * @each: called for each result, in order
 * @context: given to it
 *
 * The server waits when it is 16 results ahead.
 *
 * Return: %MAILBOX_RPC_OK after the last result; %MAILBOX_RPC_CANCELLED if @each
 * ended it; or another code, and what came before is valid.
 */
int mailbox_rpc_call_stream(struct mailbox_rpc_stub *stub, unsigned int method,
			    const ProtobufCMessage *input,
			    mailbox_rpc_each each, void *context);

/* ---- Attachments --------------------------------------------------------- */

/**
 * DOC: parcels
 *
 * Besides its message, an argument or a result can carry descriptors: handles to send,
 * sections, files.  The interface says how many (mailbox.rpc.attachments,
 * mailbox.rpc.result_attachments); a method of which it does not takes none.
 *
 * What is attached goes into a parcel, which has duplicates: the program may close
 * its own at once.  An outgoing parcel is emptied by the next call, however that ends;
 * an incoming one has what the last call brought, until the next call, or until the
 * method has answered.  What the program takes out is its own to close.
 */
struct mailbox_rpc_parcel;
struct mailbox_attachment;

/* For the argument of the stub's next call; and from the result of its last. */
struct mailbox_rpc_parcel *
mailbox_rpc_stub_outgoing(struct mailbox_rpc_stub *stub);
struct mailbox_rpc_parcel *
mailbox_rpc_stub_incoming(struct mailbox_rpc_stub *stub);

/**
 * mailbox_rpc_attach - attach a descriptor
 * @parcel: an outgoing one
 * @item: from mailbox_attachment(); its kind does not matter
 *
 * Whether it can be sent turns out with the call, which else ends with
 * %MAILBOX_RPC_INVALID_ARGUMENT, or of a result with %MAILBOX_RPC_INTERNAL.  To a server
 * that persists no files can be sent.
 *
 * Return: its number in the parcel, from 1; or -ENOSPC (no more may be attached, or
 * to an incoming one), -EBADF, -EMFILE, -ENOMEM.
 */
int mailbox_rpc_attach(struct mailbox_rpc_parcel *parcel,
		       const struct mailbox_attachment *item);

/**
 * mailbox_rpc_attached - look at an attachment
 * @parcel: an incoming one
 * @number: which, from 1
 *
 * Its fd is negative if it was taken (-EBADF), or, in a result, could not be received.
 *
 * Return: it, until the parcel is emptied; NULL: there are not so many.
 */
const struct mailbox_attachment *
mailbox_rpc_attached(const struct mailbox_rpc_parcel *parcel,
		     unsigned int number);

/**
 * mailbox_rpc_take - take an attachment out
 * @parcel: an incoming one
 * @number: which, from 1
 *
 * Return: the descriptor, close-on-exec, the caller's to close; or -ENOENT (there are
 * not so many), -EBADF (it has been taken), or why it was not received: -EMFILE,
 * -EIDRM, -EACCES.
 */
int mailbox_rpc_take(struct mailbox_rpc_parcel *parcel, unsigned int number);

/* ---- Calls that are not waited for -------------------------------------- */

struct mailbox_rpc_queue;
struct mailbox_rpc_pending;

/**
 * typedef mailbox_rpc_done - a call has ended
 * @result: or NULL; freed when it returns
 * @status: how; until it returns
 * @context: as given
 */
typedef void (*mailbox_rpc_done)(const ProtobufCMessage *result,
				 const struct mailbox_rpc_status *status,
				 void *context);

/**
 * mailbox_rpc_queue_new - make a queue of calls that are not waited for
 * @name: the server's
 * @interface: what to call there
 * @threads: how many calls may be under way at once
 * @queue: out: to be freed with mailbox_rpc_queue_free()
 *
 * With one thread calls are made in the order in which they were started.
 *
 * Return: 0; or as mailbox_rpc_stub_new(), -EINVAL, -EAGAIN (no more threads).
 */
int mailbox_rpc_queue_new(const char *name,
			  const struct mailbox_rpc_interface *interface,
			  unsigned int threads,
			  struct mailbox_rpc_queue **queue);

/* Cancels what is under way, and frees it; no @done is called any more. */
void mailbox_rpc_queue_free(struct mailbox_rpc_queue *queue);

/* As mailbox_rpc_stub_timeout(), for calls that are started later. */
void mailbox_rpc_queue_timeout(struct mailbox_rpc_queue *queue,
			       uint64_t timeout);

/* As mailbox_rpc_stub_semantics(), for calls that are started later. */
int mailbox_rpc_queue_semantics(struct mailbox_rpc_queue *queue,
				uint32_t semantics);

/*
 * For the argument of the next call that is started, by the thread that starts it; and
 * from the result, while @done is called.
 */
struct mailbox_rpc_parcel *
mailbox_rpc_queue_outgoing(struct mailbox_rpc_queue *queue);
struct mailbox_rpc_parcel *
mailbox_rpc_pending_incoming(struct mailbox_rpc_pending *pending);

/**
 * mailbox_rpc_start - call a method, and do not wait
 * @queue: the queue
 * @method: its number in the interface, of one that does not stream
 * @input: the argument; not needed any more when this returns
 * @done: called by mailbox_rpc_queue_dispatch() when the call has ended
 * @context: given to it
 * @pending: out: for mailbox_rpc_cancel(), until @done is called, and for
 *	mailbox_rpc_pending_incoming(), until it returns; may be NULL
 *
 * The time limit runs from now.
 *
 * Return: 0; or -ENOMEM, -EINVAL.
 */
int mailbox_rpc_start(struct mailbox_rpc_queue *queue, unsigned int method,
		      const ProtobufCMessage *input, mailbox_rpc_done done,
		      void *context, struct mailbox_rpc_pending **pending);

/**
 * mailbox_rpc_cancel - end a call that has been started
 * @queue: its queue
 * @pending: the call, of which @done has not been called
 *
 * It ends with %MAILBOX_RPC_CANCELLED, unless the answer is there already.  The
 * server may have executed it, and can see that nobody waits any more.  Uses
 * SIGURG, for which the library has a handler from the first queue on; a thread of
 * the program's own never gets it.
 */
void mailbox_rpc_cancel(struct mailbox_rpc_queue *queue,
			struct mailbox_rpc_pending *pending);

/**
 * mailbox_rpc_queue_fd - what to poll(2) for
 * @queue: the queue
 *
 * Return: a descriptor that is readable when a call has ended; it belongs to the
 * queue.
 */
int mailbox_rpc_queue_fd(const struct mailbox_rpc_queue *queue);

/**
 * mailbox_rpc_queue_dispatch - call @done of the calls that have ended
 * @queue: the queue
 * @wait: wait for one, if any is under way
 *
 * In the calling thread.
 *
 * Return: how many.
 */
unsigned int mailbox_rpc_queue_dispatch(struct mailbox_rpc_queue *queue,
					bool wait);

/* ---- Journals: state that changes all at once or not at all --------------- */

/**
 * DOC: journals
 *
 * A journal is a piece of shared memory with a program's state, the answers that have
 * been given to EXACTLY_ONCE calls, and a log of what the current change has
 * overwritten.  What is changed between begin and commit is there after a crash of the
 * process as a whole or not at all: commit is one store.
 *
 * The memory must outlive the process to be of use.  A section of the module does,
 * until it is removed, or the module is, or the machine restarts.  Only the server
 * may have it mapped writable.
 */
struct mailbox_rpc_journal;

/**
 * struct mailbox_rpc_journal_sizes - how a journal is laid out
 * @state: bytes of the program's state
 * @log: bytes that one change may overwrite, with 16 for each piece
 * @answers: clients whose last answer is kept
 * @answer: bytes of the longest answer that is kept
 */
struct mailbox_rpc_journal_sizes {
	uint32_t state;
	uint32_t log;
	uint32_t answers;
	uint32_t answer;
};

/* Bytes of memory that a journal takes, or 0: too many. */
size_t mailbox_rpc_journal_bytes(const struct mailbox_rpc_journal_sizes *sizes);

/**
 * mailbox_rpc_journal_open - use memory as a journal
 * @memory: shared, writable, aligned to 64 bytes; all zero: a new one is made
 * @length: its bytes
 * @sizes: as the journal has, or shall have
 * @journal: out: to be freed with mailbox_rpc_journal_close()
 *
 * If a process died in the middle of a change, that is undone.
 *
 * Return: 0; or -EINVAL (@memory, @length, @sizes), -EILSEQ (it is not a journal, or
 * one with other sizes), -ENOMEM.
 */
int mailbox_rpc_journal_open(void *memory, size_t length,
			     const struct mailbox_rpc_journal_sizes *sizes,
			     struct mailbox_rpc_journal **journal);

/**
 * mailbox_rpc_journal_section - use a section of the module as a journal
 * @name: of the journal; those of sections are apart from those of mailboxes
 * @sizes: as the journal has, or shall have
 * @journal: out: to be freed with mailbox_rpc_journal_close()
 *
 * The section is made if there is none: it persists, belongs to the caller, and is of
 * the mode 0600.  One process makes it before others open it.
 *
 * Return: 0; or as mailbox_rpc_journal_open(), mailbox_section_create() and
 * mailbox_section_open(); -ENAMETOOLONG.
 */
int mailbox_rpc_journal_section(const char *name,
				const struct mailbox_rpc_journal_sizes *sizes,
				struct mailbox_rpc_journal **journal);

/* The end of such a section, when it is not in use any more: 0 or -errno. */
int mailbox_rpc_journal_remove(const char *name);

/* The memory stays, but what mailbox_rpc_journal_section() mapped is unmapped. */
void mailbox_rpc_journal_close(struct mailbox_rpc_journal *journal);

/* The program's state, zero in a new journal. */
void *mailbox_rpc_journal_state(struct mailbox_rpc_journal *journal);

/**
 * mailbox_rpc_journal_begin - begin a change
 * @journal: the journal
 *
 * Waits until other threads and processes have ended theirs.  If one of them died
 * in it, that is undone first.  Methods of a server with a journal are called within
 * one.
 *
 * Return: 0; or -EDEADLK (this thread has begun one).
 */
int mailbox_rpc_journal_begin(struct mailbox_rpc_journal *journal);

/**
 * mailbox_rpc_journal_touch - say that a piece of the state will be overwritten
 * @journal: in a change
 * @where: in the state
 * @length: its bytes
 *
 * Return: 0; or -EINVAL (not in the state), -ENOSPC (the log is full), and then it
 * must not be overwritten.
 */
int mailbox_rpc_journal_touch(struct mailbox_rpc_journal *journal, void *where,
			      size_t length);

/* The end of a change: it holds. */
void mailbox_rpc_journal_commit(struct mailbox_rpc_journal *journal);

/* The end of a change: the state is what it was. */
void mailbox_rpc_journal_abort(struct mailbox_rpc_journal *journal);

/* ---- Servers ----------------------------------------------------------- */

struct mailbox_rpc_server;
struct mailbox_rpc_context;

/**
 * struct mailbox_rpc_caller - who calls, as the kernel says
 * @pid: the process, 0: not shown in this pid namespace
 * @uid: its effective user
 * @gid: its effective group
 */
struct mailbox_rpc_caller {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/* What can be traced. */
enum mailbox_rpc_event {
	MAILBOX_RPC_RECEIVED = 1,	/* before the method is called */
	MAILBOX_RPC_EXECUTED = 2,	/* and what it changed is committed */
	MAILBOX_RPC_REPLAYED = 3,	/* instead of executing it again */
	MAILBOX_RPC_REFUSED = 4,	/* before any method was called */
	MAILBOX_RPC_REPLIED = 5,	/* the answer is ready to go */
};

/**
 * struct mailbox_rpc_trace - one thing that happens to a call
 * @event: what
 * @caller: who calls
 * @service: as in the request; may be empty
 * @method: likewise
 * @semantics: likewise
 * @identity: likewise
 * @sequence: likewise
 * @code: how it ended, as far as known
 * @text: why
 */
struct mailbox_rpc_trace {
	enum mailbox_rpc_event event;
	struct mailbox_rpc_caller caller;
	const char *service;
	const char *method;
	uint32_t semantics;
	uint64_t identity;
	uint64_t sequence;
	int code;
	const char *text;
};

/**
 * struct mailbox_rpc_server_options - how a server is made
 * @size: sizeof(struct mailbox_rpc_server_options)
 * @mode: permission bits of its mailbox; w (2) is the right to call.  0: 0600
 * @capacity: calls that may wait; more callers wait before them.  0: 64
 * @max_message: bytes in the longest request; 0: the module's default
 * @persist: the mailbox outlives the server, and calls wait in it for the next one
 * @journal: or NULL; needed for EXACTLY_ONCE.  Methods are then called one at a time
 * @trace: called for what happens to each call, from the server's threads; or NULL
 * @trace_context: given to it
 */
struct mailbox_rpc_server_options {
	size_t size;
	uint32_t mode;
	uint32_t capacity;
	uint32_t max_message;
	bool persist;
	struct mailbox_rpc_journal *journal;
	void (*trace)(const struct mailbox_rpc_trace *what, void *context);
	void *trace_context;
};

/**
 * mailbox_rpc_server_new - make a server
 * @name: to be found by; NULL: it has none, and is for objects, or
 *	mailbox_rpc_server_handle()
 * @options: or NULL
 * @server: out: to be freed with mailbox_rpc_server_free()
 *
 * If a mailbox of that name is there and may be received from, the server joins
 * those who serve it.
 *
 * Return: 0; or -EACCES (the name is another user's), -EEXIST (it is a mailbox that
 * no server can have made), -ENAMETOOLONG, -EINVAL, -ENOENT (no /dev/mailbox),
 * -EDQUOT, -EMFILE, -ENFILE, -ENOMEM.
 */
int mailbox_rpc_server_new(const char *name,
			   const struct mailbox_rpc_server_options *options,
			   struct mailbox_rpc_server **server);

/* After mailbox_rpc_serve() has returned.  Its objects end. */
void mailbox_rpc_server_free(struct mailbox_rpc_server *server);

/**
 * mailbox_rpc_server_handle - let calls come by a handle
 * @server: a server that was made without a name
 * @handle: to a mailbox, with the RECEIVE right, or a channel's endpoint; stays the
 *	caller's, who may close it
 *
 * What is attached, long arguments and results and streams included, needs a mailbox or
 * a port made with %MAILBOX_CREATE_ATTACH.  At both ends of a channel there can be a
 * server and stubs: calls go both ways.
 *
 * Return: 0; or -EEXIST (it has a name or a handle, or this is a port or an ALL mailbox),
 * -EBUSY (it serves), -EBADF, -ENOTTY, -EIDRM, -EMFILE, -ENOMEM.
 */
int mailbox_rpc_server_handle(struct mailbox_rpc_server *server, int handle);

/**
 * mailbox_rpc_server_add - add an interface
 * @server: the server, which does not serve yet
 * @interface: the interface
 * @service: protobuf-c's skeleton with the methods filled in; stays the program's
 *
 * A method is called with a closure and its data.  It calls the closure with the
 * result; or, of a stream, with each result and then with NULL; or
 * mailbox_rpc_fail().  Without a journal, that may also be later and by
 * another thread.  The data is the struct mailbox_rpc_context of the functions
 * below.
 *
 * Return: 0; or -EEXIST, -ENOMEM, -EBUSY (it serves).
 */
int mailbox_rpc_server_add(struct mailbox_rpc_server *server,
			   const struct mailbox_rpc_interface *interface,
			   ProtobufCService *service);

/**
 * mailbox_rpc_serve - serve, until told to stop
 * @server: the server
 * @threads: how many calls are served at once, this thread's included
 *
 * The other threads have all signals blocked.
 *
 * Return: 0 after mailbox_rpc_server_stop(); -EINTR after a signal handler ran in
 * this thread, and serving can go on with another call; or -EIDRM (the mailbox was
 * destroyed), -EPIPE (the channel's other end was closed), -EAGAIN (no more threads), -EINVAL, -ENOMEM.
 */
int mailbox_rpc_serve(struct mailbox_rpc_server *server, unsigned int threads);

/* Ends mailbox_rpc_serve(); from any thread, also from a method. */
void mailbox_rpc_server_stop(struct mailbox_rpc_server *server);

/* ---- Within a method ----------------------------------------------------- */

/* A method's closure data. */
static inline struct mailbox_rpc_context *
mailbox_rpc_context(void *closure_data)
{
	return (struct mailbox_rpc_context *)closure_data;
}

/* Who calls. */
const struct mailbox_rpc_caller *
mailbox_rpc_caller(const struct mailbox_rpc_context *context);

/* When the call's time is over: nanoseconds of CLOCK_MONOTONIC; 0: never. */
uint64_t mailbox_rpc_deadline(const struct mailbox_rpc_context *context);

/* Does nobody wait for the answer any more? */
bool mailbox_rpc_cancelled(struct mailbox_rpc_context *context);

/* The server's journal, or the object's; or NULL. */
struct mailbox_rpc_journal *
mailbox_rpc_journal(const struct mailbox_rpc_context *context);

/* From the argument; and for the result, if the caller takes attachments. */
struct mailbox_rpc_parcel *
mailbox_rpc_incoming(struct mailbox_rpc_context *context);
struct mailbox_rpc_parcel *
mailbox_rpc_outgoing(struct mailbox_rpc_context *context);

/**
 * mailbox_rpc_fail - end the call without a result
 * @context: the call; not to be used any more
 * @code: why, not %MAILBOX_RPC_OK
 * @format: the text, as for printf(3)
 *
 * What the method has changed in the journal is undone.
 */
void mailbox_rpc_fail(struct mailbox_rpc_context *context, int code,
		      const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * mailbox_rpc_stream_ready - does the stream's reader still read?
 * @context: the call of a method that streams
 *
 * Return: false: there is no use in further results.
 */
bool mailbox_rpc_stream_ready(const struct mailbox_rpc_context *context);

/* ---- Objects ------------------------------------------------------------- */

/**
 * DOC: objects
 *
 * An object is a mailbox of its own, with a journal that is its state, served by one
 * thread at a time.  A reference to it, mailbox.rpc.Reference, can be a field of any
 * message; with the message goes a handle to send, as an attachment, and who gets both
 * makes a stub of them.  Objects belong to a class, which every process that shall
 * ever have one registers.
 *
 * An object ends when nobody has a handle to it any more, in a stub, in a parcel or
 * under way, from the first reference or call on; or with its server, if that does not
 * move it to another process first.
 */
struct mailbox_rpc_object;
struct Mailbox__Rpc__Reference;

/**
 * struct mailbox_rpc_class - what objects are made from
 * @interface: what can be called
 * @service: the methods; mailbox_rpc_journal() is the object's
 * @sizes: of the journal, of which 64 MiB can move
 * @mode: permission bits of the objects' mailboxes; w (2) is the right to call by ID,
 *	without a handle, and the owner needs it, r (4) to be moved to.  0: 0600
 */
struct mailbox_rpc_class {
	const struct mailbox_rpc_interface *interface;
	ProtobufCService *service;
	struct mailbox_rpc_journal_sizes sizes;
	uint32_t mode;
};

/**
 * mailbox_rpc_server_class - let a server have objects of a class
 * @server: the server, which does not serve yet
 * @class_: the class, which stays the program's
 *
 * Objects may also be moved here by other processes of the same user.  The library
 * then reads the events of the process (%MAILBOX_ID_NOTIFY).
 *
 * Return: 0; or -EEXIST, -EINVAL (sizes), -EBUSY, -EMFILE, -ENFILE, -ENOMEM.
 */
int mailbox_rpc_server_class(struct mailbox_rpc_server *server,
			     const struct mailbox_rpc_class *class_);

/* How many objects there are here. */
unsigned int mailbox_rpc_server_objects(struct mailbox_rpc_server *server);

/**
 * mailbox_rpc_object_new - make an object
 * @server: where it is served, by mailbox_rpc_serve()
 * @class_: of a class that the server has
 * @object: out: it belongs to the server, and is there until a reference to it has been
 *	given away; then it may end at any time
 *
 * Return: 0; or -EINVAL, -EDQUOT, -EMFILE, -ENFILE, -ENOMEM.
 */
int mailbox_rpc_object_new(struct mailbox_rpc_server *server,
			   const struct mailbox_rpc_class *class_,
			   struct mailbox_rpc_object **object);

/* Its state, to be changed as any journal. */
struct mailbox_rpc_journal *
mailbox_rpc_object_journal(struct mailbox_rpc_object *object);

/**
 * mailbox_rpc_attach_object - attach a reference to an object
 * @parcel: of the message that the reference is in
 * @object: the object
 * @reference: out: the reference, whose strings stay the library's
 *
 * Return: as mailbox_rpc_attach().
 */
int mailbox_rpc_attach_object(struct mailbox_rpc_parcel *parcel,
			      struct mailbox_rpc_object *object,
			      struct Mailbox__Rpc__Reference *reference);

/*
 * Fills in a reference that no handle goes with: it is opened by its ID, does not count,
 * and the permission bits decide.
 */
void mailbox_rpc_object_reference(const struct mailbox_rpc_object *object,
				  struct Mailbox__Rpc__Reference *reference);

/* Ends it: callers get %MAILBOX_RPC_UNAVAILABLE. */
void mailbox_rpc_object_free(struct mailbox_rpc_object *object);

/**
 * mailbox_rpc_object_move - move an object to another process
 * @server: where it is
 * @id: which: the reference's
 * @to: name of a server that has its class, of the same user
 * @timeout: nanoseconds; calls wait meanwhile
 * @status: out: how it ended; may be NULL
 *
 * Not from one of the object's own methods.  Calls that wait and calls to come are
 * served there, in their order; the answers that EXACTLY_ONCE keeps move, too.
 *
 * Return: %MAILBOX_RPC_OK; or another code, and the object is still here, except
 * after %MAILBOX_RPC_UNAVAILABLE or DEADLINE_EXCEEDED whose text says that it is lost:
 * the other process ended just when it took over.
 */
int mailbox_rpc_object_move(struct mailbox_rpc_server *server, uint64_t id,
			    const char *to, uint64_t timeout,
			    struct mailbox_rpc_status *status);

/**
 * mailbox_rpc_attach_stub - attach a reference to what a stub calls
 * @parcel: of the message that the reference is in
 * @stub: of an object, or of a server
 * @reference: out: the reference, whose strings stay the library's
 *
 * Return: as mailbox_rpc_attach(); or -ENOENT (there is no such server), -EIDRM,
 * -EPIPE (it has ended), -EACCES.
 */
int mailbox_rpc_attach_stub(struct mailbox_rpc_parcel *parcel,
			    struct mailbox_rpc_stub *stub,
			    struct Mailbox__Rpc__Reference *reference);

/**
 * mailbox_rpc_stub_object - make a stub of a reference
 * @reference: as it was received
 * @parcel: what was received with it: the stub takes the handle; NULL: it is opened by
 *	its ID
 * @interface: what to call there
 * @stub: out: to be freed with mailbox_rpc_stub_free()
 *
 * Return: 0; or -EINVAL (it has another interface, or what is attached is no handle to
 * it), -ENOENT (it has ended, or nothing is attached), -EBADF (the handle has been
 * taken), -EACCES, or as mailbox_rpc_stub_new().
 */
int mailbox_rpc_stub_object(const struct Mailbox__Rpc__Reference *reference,
			    struct mailbox_rpc_parcel *parcel,
			    const struct mailbox_rpc_interface *interface,
			    struct mailbox_rpc_stub **stub);

#ifdef __cplusplus
}
#endif

#endif /* MAILBOX_RPC_H */
