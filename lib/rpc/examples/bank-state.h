/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The bank's state, as it lies in its journal: no pointers. */
#ifndef BANK_STATE_H
#define BANK_STATE_H

#include <stdint.h>

#define ACCOUNTS	64
#define LATEST		16

/**
 * struct account - an account
 * @balance: what is in it
 * @transfers: how many there have been
 * @latest: the last of them; number n is at n % LATEST
 */
struct account {
	int64_t balance;
	uint64_t transfers;
	int64_t latest[LATEST];
};

struct bank_state {
	struct account accounts[ACCOUNTS];
};

#endif /* BANK_STATE_H */
