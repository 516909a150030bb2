# SPDX-License-Identifier: GPL-2.0-only
"""Directives that pull into the manual what the sources say of themselves.

.. file-head:: FILE
    The comment at the head of a source file, after the licence.

.. module-parameters:: FILE
    A table of the module parameters that FILE defines.

.. test-areas:: FOLDER
    A table of the test programs in FOLDER, each with its file's head.
"""

import glob
import os
import re
import textwrap

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

LIST_ITEM = re.compile(r"(- |\d+\. )")


def head_of(path):
    """The text of the first comment after the licence line."""
    with open(path) as source:
        text = source.read()
    text = re.sub(r"\A(#!.*\n)?", "", text)
    if path.endswith(".sh"):
        lines = re.match(r"(?:#.*\n)*", text).group().splitlines()
        lines = [line[1:] for line in lines
                 if "SPDX-License-Identifier" not in line]
    else:
        text = re.sub(r"\A(/\*.*\*/|//.*)\n", "", text)
        found = re.match(r"/\*(.*?)\*/", text, re.DOTALL)
        if not found:
            raise ValueError("%s: no comment at its head" % path)
        lines = [re.sub(r"^ ?\*", "", line)
                 for line in found.group(1).splitlines()]
    lines = [re.sub(r"^ ", "", line).expandtabs(8) for line in lines]
    return "\n".join(lines).strip("\n")


def escape(text):
    """What is an identifier in a comment, but markup in the manual."""
    text = re.sub(r"([*|`\\])", r"\\\1", text)
    text = re.sub(r"(?<=\w)_(?!\w)", r"\\_", text)
    # members, variables, functions, other names
    text = re.sub(r"@(\w+)", r"``\1``", text)
    text = re.sub(r"(\$\w+)", r"``\1``", text)
    text = re.sub(r"(?<![\w`])(\w+\(\))", r"``\1``", text)
    text = re.sub(r"(?<![\w`])((?:smp|READ|WRITE)_\w+)", r"``\1``", text)
    return re.sub(r"(?<![\w`$])(\w+->\w+|\w+_\w+(?:->\w+)?)(?![\w`(])",
                  r"``\1``", text)


def to_rst(text):
    """Paragraphs and lists as such; all else that is indented as it stands."""
    out = []
    for block in re.split(r"\n(?:[ ]*\n)+", text):
        lines = block.splitlines()
        indented = all(line.startswith("  ") for line in lines)
        block = textwrap.dedent(block)
        if not indented:
            out.append(escape(block))
        elif LIST_ITEM.match(block):
            items = re.split(r"\n(?=- |\d+\. )", block)
            out.append("\n".join(escape(item) for item in items))
        elif out and out[-1].startswith("::"):
            # a drawing may hold empty lines
            out[-1] += "\n\n" + textwrap.indent("\n".join(
                line[2:] for line in lines), "  ")
        else:
            # no dedent: the next block may begin further left
            out.append("::\n\n" + "\n".join(lines))
    return "\n\n".join(out) + "\n"


class Pulled(Directive):
    """What the three have in common."""
    required_arguments = 1
    has_content = False

    def path(self, name):
        """A file of the tree, on which the page then depends."""
        env = self.state.document.settings.env
        path = os.path.join(env.config.sources_top, name)
        env.note_dependency(path)
        return path

    def parse(self, text, origin):
        node = nodes.Element()
        self.state.nested_parse(StringList(text.splitlines(), origin),
                                0, node)
        return node.children

    def table(self, rows, origin):
        """A table of two columns, the first literal."""
        text = [".. list-table::", "   :widths: auto", ""]
        for left, right in rows:
            text.append("   * - %s" % left)
            right = right.splitlines()
            text.append("     - %s" % right[0])
            text += ["       %s" % line for line in right[1:]]
        return self.parse("\n".join(text), origin)


class FileHead(Pulled):
    """The comment at the head of a source file."""

    def run(self):
        name = self.arguments[0]
        where = nodes.paragraph("", "", classes=["origin"])
        where += nodes.literal(name, name)
        return [where] + self.parse(to_rst(head_of(self.path(name))), name)


class ModuleParameters(Pulled):
    """The parameters of a module, as modinfo(8) tells them."""

    def run(self):
        name = self.arguments[0]
        with open(self.path(name)) as source:
            found = re.findall(
                r'MODULE_PARM_DESC\((\w+),\s*((?:"[^"]*"\s*)+)\)',
                source.read())
        if not found:
            raise self.error("%s defines no parameters" % name)
        rows = [("``%s``" % parameter,
                 escape("".join(re.findall(r'"([^"]*)"', text))) + ".")
                for parameter, text in found]
        return self.table(rows, name)


class TestAreas(Pulled):
    """The areas of the tests."""

    def run(self):
        folder = self.path(self.arguments[0])
        rows = []
        paths = glob.glob(folder + "/*.c") + glob.glob(folder + "/*.sh")
        for path in sorted(paths):
            name = re.sub(r"\.\w+$", "", os.path.basename(path))
            # that one runs the others
            if name == "run":
                continue
            rows.append(("``%s``" % name, to_rst(head_of(self.path(path)))))
        return self.table(rows, self.arguments[0])


def link_functions(app, doctree, _):
    """A library function that is named leads to its manual page."""
    pages = os.path.join(app.config.html_extra_path[0], "man")
    for literal in list(doctree.findall(nodes.literal)):
        found = re.match(r"(mailbox_\w+)\(", literal.astext())
        if not found or isinstance(literal.parent, nodes.reference):
            continue
        page = found.group(1) + ".3.html"
        if os.path.exists(os.path.join(pages, page)):
            link = nodes.reference("", "", refuri="man/" + page,
                                   internal=False, classes=["function"])
            literal.replace_self(link)
            link += literal


def setup(app):
    """Called by Sphinx."""
    app.connect("doctree-resolved", link_functions)
    app.add_config_value("sources_top", None, "env")
    app.add_directive("file-head", FileHead)
    app.add_directive("module-parameters", ModuleParameters)
    app.add_directive("test-areas", TestAreas)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
