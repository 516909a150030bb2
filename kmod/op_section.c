// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uidgid.h>

#include "client.h"
#include "identity.h"
#include "ioctl.h"
#include "section.h"
#include "trace.h"
#include "userdata.h"
#include "view.h"

#define MODE_DEFAULT	0600
#define MODE_BITS	0666

#define OPEN_BY		(MAILBOX_OPEN_NAME | MAILBOX_OPEN_ID)

static bool rights_valid(u32 rights)
{
	return (rights & MAILBOX_SECTION_READ) &&
	       !(rights & ~MAILBOX_SECTION_RIGHTS);
}

/* May there be one more view with these rights? */
static int seals_check(const struct mbx_section *section, u32 rights)
{
	return (rights & MAILBOX_SECTION_WRITE) &&
	       (section->seals & MAILBOX_SEAL_FUTURE_WRITE) ? -EPERM : 0;
}

static int create_check(const struct mailbox_section_create *create)
{
	bool nofd = create->flags & MAILBOX_CREATE_NOFD;

	if (create->name_length > MAILBOX_NAME_MAX || create->reserved ||
	    (create->seals & ~MAILBOX_SEALS_ALL))
		return -EINVAL;
	if (create->flags & MAILBOX_CREATE_MODE ?
		    create->mode & ~MODE_BITS : create->mode)
		return -EINVAL;
	if (!nofd)
		return rights_valid(create->rights) ? 0 : -EINVAL;
	/* Nothing else would keep it. */
	return !create->rights && (create->flags & MAILBOX_CREATE_PERSIST) ?
	       0 : -EINVAL;
}

/* Publishes the section and tells the caller; undoes both if that fails. */
static int create_publish(struct mbx_request *request,
			  struct mbx_section *section, int fd)
{
	struct mailbox_section_create *create =
		&request->argument.section_create;
	char *name;
	int error;

	name = mbx_name_read(create->name, create->name_length);
	if (IS_ERR(name))
		return PTR_ERR(name);
	error = mbx_section_register(section, name, create->name_length);
	if (error) {
		kfree(name);
		return error;
	}
	create->id = section->record.id;
	create->fd = fd;
	error = mbx_reply(request);
	if (error)
		mbx_section_destroy(section);
	return error;
}

static int create_view(struct mbx_request *request, struct mbx_section *section)
{
	const struct mbx_client *client = mbx_client_of(request->file);
	struct file *file;
	int error, fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = mbx_view_file(section, client->net,
			     request->argument.section_create.rights);
	if (IS_ERR(file)) {
		error = PTR_ERR(file);
		goto put_fd;
	}
	error = create_publish(request, section, fd);
	if (error)
		goto put_file;
	fd_install(fd, file);
	return 0;

put_file:
	fput(file);
put_fd:
	put_unused_fd(fd);
	return error;
}

int mbx_op_section_create(struct mbx_request *request)
{
	const struct mailbox_section_create *create =
		&request->argument.section_create;
	const struct mbx_client *client = mbx_client_of(request->file);
	struct mbx_section_settings settings = {
		.flags = create->flags & MAILBOX_CREATE_PERSIST,
		.seals = create->seals,
		.length = create->length,
		.mode = create->flags & MAILBOX_CREATE_MODE ? create->mode :
							      MODE_DEFAULT,
	};
	struct mbx_section *section;
	int error;

	error = create_check(create);
	if (error)
		return error;
	section = mbx_section_new(&settings, client->net);
	if (IS_ERR(section))
		return PTR_ERR(section);
	if (create->flags & MAILBOX_CREATE_NOFD)
		error = create_publish(request, section, -1);
	else
		error = create_view(request, section);
	if (!error)
		trace_mailbox_section_create(section->record.id,
					     create->length, create->seals);
	mbx_section_put(section);
	return error;
}

static int open_check(const struct mailbox_section_open *open)
{
	u32 by = open->flags & OPEN_BY;

	if (hweight32(by) != 1 || !rights_valid(open->rights) ||
	    (open->seals & ~MAILBOX_SEALS_ALL))
		return -EINVAL;
	if (by == MAILBOX_OPEN_NAME)
		return open->name_length ? 0 : -EINVAL;
	return open->id && !open->name && !open->name_length ? 0 : -EINVAL;
}

static struct mbx_section *open_find(const struct net *net,
				     const struct mailbox_section_open *open)
{
	struct mbx_section *section;
	char *name;

	if (open->flags & MAILBOX_OPEN_ID)
		return mbx_section_find_id(net, open->id) ?: ERR_PTR(-ENOENT);
	name = mbx_name_read(open->name, open->name_length);
	if (IS_ERR(name))
		return ERR_CAST(name);
	section = mbx_section_find(net, name, open->name_length);
	kfree(name);
	return section ?: ERR_PTR(-ENOENT);
}

int mbx_op_section_open(struct mbx_request *request)
{
	struct mailbox_section_open *open = &request->argument.section_open;
	const struct mbx_client *client = mbx_client_of(request->file);
	struct mbx_section *section;
	int error;

	error = open_check(open);
	if (error)
		return error;
	section = open_find(client->net, open);
	if (IS_ERR(section))
		return PTR_ERR(section);

	error = mbx_section_check(section, open->rights) ?:
		seals_check(section, open->rights);
	if (!error && (open->seals & ~section->seals))
		error = -EPERM;
	if (error)
		goto put_section;
	open->id = section->record.id;
	open->length = mbx_section_length(section);
	open->fd = -1;
	if (open->flags & MAILBOX_OPEN_NOFD)
		error = mbx_reply(request);
	else
		error = mbx_reply_with_file(request,
					    mbx_view_file(section, client->net,
							  open->rights),
					    &open->fd);
	/* It died while we looked at it: it is not there any more. */
	if (error == -EIDRM)
		error = -ENOENT;
put_section:
	mbx_section_put(section);
	return error;
}

int mbx_op_section_restrict(struct mbx_request *request)
{
	struct mailbox_restrict *restricted = &request->argument.restricted;
	const struct mbx_view *view = mbx_view_of(request->file);

	if (restricted->reserved || restricted->handle_flags ||
	    !rights_valid(restricted->rights))
		return -EINVAL;
	if (restricted->rights & ~view->rights)
		return -EBADF;
	return seals_check(view->section, restricted->rights) ?:
	       mbx_reply_with_file(request,
				   mbx_view_file(view->section, view->net,
						 restricted->rights),
				   &restricted->fd);
}

/* What a command that looks at a section needs. */
#define RIGHT_LOOK	0

/*
 * The section a command is about, with a reference: on a client by ID, with the
 * permission checked; on a view its own, with its rights.  Or an ERR_PTR().
 */
static struct mbx_section *section_get(struct mbx_request *request, u64 id,
				       u32 right)
{
	const struct mbx_client *client = mbx_client_of(request->file);
	struct mbx_section *section;
	int error;

	if (!client) {
		const struct mbx_view *view = mbx_view_of(request->file);

		if (id)
			return ERR_PTR(-EINVAL);
		if (right & ~view->rights)
			return ERR_PTR(-EBADF);
		mbx_section_get(view->section);
		return view->section;
	}
	if (!id)
		return ERR_PTR(-EINVAL);
	section = mbx_section_find_id(client->net, id);
	if (!section)
		return ERR_PTR(-ENOENT);
	error = right == RIGHT_LOOK ? mbx_section_check_look(section) :
				      mbx_section_check(section, right);
	if (error) {
		mbx_section_put(section);
		return ERR_PTR(error);
	}
	return section;
}

int mbx_op_section_destroy(struct mbx_request *request)
{
	struct mbx_section *section;
	int error;

	section = section_get(request, request->argument.target.id,
			      MAILBOX_SECTION_MANAGE);
	if (IS_ERR(section))
		return PTR_ERR(section);
	error = mbx_section_destroy(section);
	mbx_section_put(section);
	return error;
}

int mbx_op_section_unlink(struct mbx_request *request)
{
	struct mbx_section *section;
	int error;

	section = section_get(request, request->argument.target.id,
			      MAILBOX_SECTION_MANAGE);
	if (IS_ERR(section))
		return PTR_ERR(section);
	error = mbx_section_unlink(section);
	mbx_section_put(section);
	return error;
}

/* A field counts only with its flag, and is 0 without. */
static bool given(const struct mailbox_section_set *set, u32 flag, u64 value)
{
	return (set->flags & flag) || !value;
}

static int set_read(struct mbx_section_settings *settings,
		    const struct mailbox_section_set *set)
{
	if (!set->flags || set->reserved || (set->mode & ~MODE_BITS) ||
	    !given(set, MAILBOX_SET_MODE, set->mode) ||
	    !given(set, MAILBOX_SET_UID, set->uid) ||
	    !given(set, MAILBOX_SET_GID, set->gid) ||
	    !given(set, MAILBOX_SET_LENGTH, set->length))
		return -EINVAL;
	settings->flags = set->flags;
	settings->seals = 0;
	settings->length = set->length;
	settings->mode = set->mode;
	settings->uid = make_kuid(current_user_ns(), set->uid);
	settings->gid = make_kgid(current_user_ns(), set->gid);
	if ((set->flags & MAILBOX_SET_UID) && !uid_valid(settings->uid))
		return -EINVAL;
	if ((set->flags & MAILBOX_SET_GID) && !gid_valid(settings->gid))
		return -EINVAL;
	return 0;
}

int mbx_op_section_set(struct mbx_request *request)
{
	const struct mailbox_section_set *set = &request->argument.section_set;
	struct mbx_section_settings settings;
	struct mbx_section *section;
	int error;

	error = set_read(&settings, set);
	if (error)
		return error;
	section = section_get(request, set->id, MAILBOX_SECTION_MANAGE);
	if (IS_ERR(section))
		return PTR_ERR(section);
	error = mbx_section_change(section, &settings);
	mbx_section_put(section);
	return error;
}

static int stat_fill_locked(struct mailbox_section_stat *stat,
			    const struct mbx_section *section)
{
	lockdep_assert_held(&section->lock);
	if (section->dead)
		return section->dead;
	stat->id = section->record.id;
	stat->length = section->length;
	stat->create_flags = section->persist ? MAILBOX_CREATE_PERSIST : 0;
	stat->seals = section->seals;
	stat->mode = section->mode;
	stat->uid = from_kuid_munged(current_user_ns(), section->uid);
	stat->gid = from_kgid_munged(current_user_ns(), section->gid);
	stat->creator_pid = mbx_identity_pid(section->creator);
	stat->holders = section->holders;
	return 0;
}

static int stat_fill(struct mailbox_section_stat *stat,
		     struct mbx_section *section, const struct mbx_view *view)
{
	const struct mbx_record *record = &section->record;
	u32 size = stat->size;
	int error;

	/* All but the size is output, and nothing of the caller's stays. */
	memset(stat, 0, sizeof(*stat));
	stat->size = size;
	spin_lock(&section->lock);
	error = stat_fill_locked(stat, section);
	spin_unlock(&section->lock);
	if (error)
		return error;
	stat->resident = inode_get_bytes(file_inode(section->memory));
	stat->rights = view ? view->rights : 0;
	if (READ_ONCE(record->named)) {
		stat->name_length = record->name_length;
		memcpy(stat->name, record->name, record->name_length);
	}
	return 0;
}

int mbx_op_section_stat(struct mbx_request *request)
{
	struct mailbox_section_stat *stat = &request->argument.section_stat;
	struct mbx_section *section;
	int error;

	section = section_get(request, stat->id, RIGHT_LOOK);
	if (IS_ERR(section))
		return PTR_ERR(section);
	error = stat_fill(stat, section, mbx_view_of(request->file));
	mbx_section_put(section);
	return error ?: mbx_reply(request);
}
