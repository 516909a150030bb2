# SPDX-License-Identifier: GPL-2.0-only
"""How Sphinx renders the manual; "make docs" runs it.

The kernel's extension for kernel-doc is used where the script "build" has put
it, which says so in $srctree (the name that the extension itself expects).
"""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
KERNEL = os.environ["srctree"]

sys.path[:0] = [os.path.join(KERNEL, "Documentation/sphinx"),
                os.path.join(HERE, "sphinx")]


def version_of_header():
    """The interface's version, of which the header is the only source."""
    with open(os.path.join(TOP, "uapi/linux/mailbox.h")) as header:
        found = re.findall(r"^#define MAILBOX_VERSION_M[AI]\w+\s+(\d+)",
                           header.read(), re.MULTILINE)
    return ".".join(found)


project = "mailbox"
author = "The mailbox developers"
copyright = "The mailbox developers"  # pylint: disable=redefined-builtin
version = release = version_of_header()

extensions = ["kerneldoc", "sources", "sphinx.ext.extlinks"]
primary_domain = "c"
highlight_language = "none"
smartquotes = False

kerneldoc_bin = os.path.join(KERNEL, "scripts/kernel-doc")
kerneldoc_srctree = TOP
sources_top = TOP

# Our own manual pages lie beside the HTML, the system's are on the web.
extlinks = {"man": ("man/%s.html", None)}
manpages_url = \
    "https://man7.org/linux/man-pages/man{section}/{page}.{section}.html"

# Each reference must lead somewhere, but for the types of others.
nitpicky = True
nitpick_ignore_regex = [
    ("c:identifier",
     r"__[us]\d+|u\d+|s\d+|u?int\d+_t|s?size_t|[ugp]id_t|bool|atomic_long_t|"
     r"refcount_t|spinlock_t|wait_queue_head_t|k[ug]id_t|__poll_t|pid|net|"
     r"file|task_struct|list_head|rb_node|rb_root|rcu_head|mbx_\w+"),
]

html_theme = "alabaster"
html_theme_options = {
    "description": "Message passing between processes, by ioctl",
    "fixed_sidebar": True,
    "page_width": "68em",
    "sidebar_width": "15em",
    "show_powered_by": False,
    "font_family": "system-ui, sans-serif",
    "head_font_family": "system-ui, sans-serif",
}
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_static_path = ["sphinx/static"]
html_css_files = ["mailbox.css"]
html_copy_source = False
html_show_sphinx = False
html_extra_path = [os.environ["mailbox_man_html"]]
