// SPDX-License-Identifier: GPL-2.0-only
/*
 * libmailbox-mqueue and libmailbox-sysv, measured like what they stand in for.  Their
 * functions have other names here (see the Makefile), for the C library's are in the
 * same program.
 */
#define MQ_NAME		"mqueue-shim"
#define SYSV_NAME	"sysv-shim"
#define posix_mq	mqueue_shim
#define sysv_msg	sysv_shim
#define mq_open		shim_mq_open
#define mq_unlink	shim_mq_unlink
#define mq_send		shim_mq_send
#define mq_receive	shim_mq_receive
#define msgget		shim_msgget
#define msgctl		shim_msgctl
#define msgsnd		shim_msgsnd
#define msgrcv		shim_msgrcv

#include "queues.c"
