/* SPDX-License-Identifier: GPL-2.0-only */
/* Trace events: /sys/kernel/tracing/events/mailbox/ */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mailbox

#if !defined(MBX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MBX_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(mailbox_create,
	    TP_PROTO(u64 id, u32 policy, u32 capacity),
	    TP_ARGS(id, policy, capacity),
	    TP_STRUCT__entry(__field(u64, id)
			     __field(u32, policy)
			     __field(u32, capacity)),
	    TP_fast_assign(__entry->id = id;
			   __entry->policy = policy;
			   __entry->capacity = capacity;),
	    TP_printk("id=%llu policy=%u capacity=%u",
		      __entry->id,
		      __entry->policy,
		      __entry->capacity)
);

TRACE_EVENT(mailbox_end,
	    TP_PROTO(u64 id, int error),
	    TP_ARGS(id, error),
	    TP_STRUCT__entry(__field(u64, id)
			     __field(int, error)),
	    TP_fast_assign(__entry->id = id;
			   __entry->error = error;),
	    TP_printk("id=%llu error=%d",
		      __entry->id,
		      __entry->error)
);

TRACE_EVENT(mailbox_section_create,
	    TP_PROTO(u64 id, u64 length, u32 seals),
	    TP_ARGS(id, length, seals),
	    TP_STRUCT__entry(__field(u64, id)
			     __field(u64, length)
			     __field(u32, seals)),
	    TP_fast_assign(__entry->id = id;
			   __entry->length = length;
			   __entry->seals = seals;),
	    TP_printk("id=%llu length=%llu seals=%u",
		      __entry->id,
		      __entry->length,
		      __entry->seals)
);

TRACE_EVENT(mailbox_section_end,
	    TP_PROTO(u64 id),
	    TP_ARGS(id),
	    TP_STRUCT__entry(__field(u64, id)),
	    TP_fast_assign(__entry->id = id;),
	    TP_printk("id=%llu", __entry->id)
);

TRACE_EVENT(mailbox_send,
	    TP_PROTO(u64 id, u64 seq, size_t length, u32 priority,
		     int result),
	    TP_ARGS(id, seq, length, priority, result),
	    TP_STRUCT__entry(__field(u64, id)
			     __field(u64, seq)
			     __field(size_t, length)
			     __field(u32, priority)
			     __field(int, result)),
	    TP_fast_assign(__entry->id = id;
			   __entry->seq = seq;
			   __entry->length = length;
			   __entry->priority = priority;
			   __entry->result = result;),
	    TP_printk("id=%llu seq=%llu length=%zu priority=%u result=%d",
		      __entry->id,
		      __entry->seq,
		      __entry->length,
		      __entry->priority,
		      __entry->result)
);

TRACE_EVENT(mailbox_receive,
	    TP_PROTO(u64 id, u64 seq, size_t length, u32 priority),
	    TP_ARGS(id, seq, length, priority),
	    TP_STRUCT__entry(__field(u64, id)
			     __field(u64, seq)
			     __field(size_t, length)
			     __field(u32, priority)),
	    TP_fast_assign(__entry->id = id;
			   __entry->seq = seq;
			   __entry->length = length;
			   __entry->priority = priority;),
	    TP_printk("id=%llu seq=%llu length=%zu priority=%u",
		      __entry->id,
		      __entry->seq,
		      __entry->length,
		      __entry->priority)
);

TRACE_EVENT(mailbox_reply,
	    TP_PROTO(u64 id, u64 token, size_t length, int result),
	    TP_ARGS(id, token, length, result),
	    TP_STRUCT__entry(__field(u64, id)
			     __field(u64, token)
			     __field(size_t, length)
			     __field(int, result)),
	    TP_fast_assign(__entry->id = id;
			   __entry->token = token;
			   __entry->length = length;
			   __entry->result = result;),
	    TP_printk("id=%llu token=%llu length=%zu result=%d",
		      __entry->id,
		      __entry->token,
		      __entry->length,
		      __entry->result)
);

TRACE_EVENT(mailbox_forward,
	    TP_PROTO(u64 id, u64 token, u64 to, int result),
	    TP_ARGS(id, token, to, result),
	    TP_STRUCT__entry(__field(u64, id)
			     __field(u64, token)
			     __field(u64, to)
			     __field(int, result)),
	    TP_fast_assign(__entry->id = id;
			   __entry->token = token;
			   __entry->to = to;
			   __entry->result = result;),
	    TP_printk("id=%llu token=%llu to=%llu result=%d",
		      __entry->id,
		      __entry->token,
		      __entry->to,
		      __entry->result)
);

#endif /* MBX_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
