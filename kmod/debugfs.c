// SPDX-License-Identifier: GPL-2.0-only
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

#include "debugfs.h"
#include "loan.h"
#include "mailbox.h"
#include "name.h"

static struct dentry *debugfs_root;

static void mailbox_show(struct seq_file *seq, struct mbx_mailbox *mailbox)
{
	spin_lock(&mailbox->lock);
	seq_printf(seq, "%llu %u %s%u %u %d %u %llu %u %u %u %u %llu %llu ",
		   mailbox->record.id, mailbox->policy, mailbox->unbounded ? "u" : "",
		   mailbox->capacity, mailbox->low_water, mailbox->dead,
		   mailbox->messages,
		   mailbox->bytes, mailbox->blocked.count, mailbox->waiting,
		   mailbox->receive_handles, mailbox->send_handles,
		   mailbox->counts.sent, mailbox->counts.received);
	spin_unlock(&mailbox->lock);
	if (READ_ONCE(mailbox->record.named))
		seq_escape_mem(seq, mailbox->record.name, mailbox->record.name_length,
			       ESCAPE_ANY_NP, NULL);
	seq_putc(seq, '\n');
}

static int mailboxes_show(struct seq_file *seq, void *unused)
{
	struct mbx_mailbox *mailbox;
	u64 cursor = 0;

	seq_puts(seq, "id policy capacity low_water dead messages bytes blocked waiting receive_handles send_handles sent received name\n");
	while ((mailbox = mbx_name_next(NULL, &cursor))) {
		mailbox_show(seq, mailbox);
		mbx_mailbox_put(mailbox);
		if (seq_has_overflowed(seq))
			break;
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mailboxes);

static int loans_show(struct seq_file *seq, void *unused)
{
	struct mbx_loan_counts counts;

	mbx_loan_count(&counts);
	seq_printf(seq, "loans %llu\nbytes %llu\npages %llu\nmost %llu\n",
		   counts.loans, counts.bytes, counts.pages, counts.most);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(loans);

void mbx_debugfs_init(void)
{
	debugfs_root = debugfs_create_dir("mailbox_ipc", NULL);
	debugfs_create_file("mailboxes", 0400, debugfs_root, NULL,
			    &mailboxes_fops);
	debugfs_create_file("loans", 0400, debugfs_root, NULL, &loans_fops);
}

void mbx_debugfs_exit(void)
{
	debugfs_remove_recursive(debugfs_root);
}
