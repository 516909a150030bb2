// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailbox: message passing between processes through /dev/mailbox.
 *
 * The parts are in layers, which the file LAYERS lists: a file knows only those
 * of its own layer and below.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <net/net_namespace.h>

#include "client.h"
#include "debugfs.h"
#include "lifetime.h"
#include "limits.h"
#include "mailbox.h"
#include "message.h"
#include "name.h"
#include "section.h"
#include "view.h"

static struct miscdevice mailbox_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mailbox",
	.fops = &mbx_client_fops,
	.mode = 0666,
};

/*
 * Destroys what is left in a namespace.  Clients, handles and views hold on to it,
 * so there are none, and only what persists is left, or is still mapped.
 */
static void namespace_empty(struct net *net)
{
	struct mbx_mailbox *mailbox;
	struct mbx_section *section;
	u64 cursor = 0;

	while ((mailbox = mbx_name_next(net, &cursor))) {
		mbx_lifetime_destroy(mailbox);
		mbx_name_unregister(mailbox);
		mbx_mailbox_put(mailbox);
	}
	mbx_name_settle();
	cursor = 0;
	while ((section = mbx_section_next(net, &cursor))) {
		mbx_section_destroy(section);
		mbx_section_put(section);
	}
}

static struct pernet_operations mailbox_net_ops = {
	.exit = namespace_empty,
	.id = &mbx_name_net_id,
	.size = sizeof(struct mbx_name_net),
};

static int __init mailbox_init(void)
{
	int error;

	mbx_limits_init();
	error = mbx_view_init();
	if (error)
		return error;
	error = mbx_message_init();
	if (error)
		return error;
	error = register_pernet_subsys(&mailbox_net_ops);
	if (error)
		goto exit_message;
	/* Last: from here on there are users. */
	error = misc_register(&mailbox_device);
	if (error)
		goto unregister_pernet;
	mbx_debugfs_init();
	return 0;

unregister_pernet:
	unregister_pernet_subsys(&mailbox_net_ops);
exit_message:
	mbx_message_exit();
	return error;
}

/* No descriptor is open, no section mapped: each holds a reference to the module. */
static void __exit mailbox_exit(void)
{
	mbx_debugfs_exit();
	misc_deregister(&mailbox_device);
	unregister_pernet_subsys(&mailbox_net_ops);
	/* Mailboxes are freed after a grace period. */
	rcu_barrier();
	mbx_message_exit();
}

module_init(mailbox_init);
module_exit(mailbox_exit);

MODULE_DESCRIPTION("Mailboxes: message passing between processes");
MODULE_AUTHOR("The mailbox developers");
MODULE_LICENSE("GPL");
