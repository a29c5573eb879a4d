"""Reads what the public headers declare, with the docstrings: lines that begin with ///.

A docstring belongs to the declaration that follows it, and to the functions on the lines right after that one which
have none of their own; of a class, to overloads only. Declarations in namespaces that begin with `detail` or are not
xgrad's, private and protected members, deleted functions and definitions of what was declared before are left out.
"""

import re
from dataclasses import dataclass, field

from cpp_text import (Text, name_of_function, nested_text, signature, split, trimmed, without_comments,
                      without_template)


@dataclass
class Item:
    """A declaration, or several that share a docstring."""

    kind: str  # function, class, struct, enum, using, constant
    names: list
    declarations: list
    doc: str
    header: str
    namespace: str = "xgrad"
    section: str = ""
    line: int = 0
    bases: list = field(default_factory=list)
    members: list = field(default_factory=list)  # of classes and structs; of enums (name, doc)


@dataclass
class Header:
    path: str
    intro: str
    items: list


class _Reader:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.scan = Text(text)
        self.intro = []
        self.items = []

    def line_of(self, i):
        return self.text.count("\n", 0, i) + 1

    def read(self):
        self.read_scope(0, len(self.text), "")
        return Header(self.path, "\n\n".join(self.intro), self.items)

    def read_scope(self, i, end, namespace):
        """Declarations of a namespace."""
        doc, section, last = [], "", None
        while i < end:
            if self.text[i] in " \n":
                if self.text.startswith("\n\n", i) or (self.text[i] == "\n" and self.text[i - 1] == "\n"):
                    last = None
                i += 1
                continue
            stop = self.text.find("\n", i)
            stop = end if stop < 0 else stop
            line = self.text[i:stop]
            if line.startswith("///"):
                doc.append(line[3:].removeprefix(" "))
                last = None
                i = stop
                continue
            if line.startswith("//"):
                ruled = re.match(r"// -{20,} ?(.*)", line)
                if ruled and ruled.group(1):
                    section = ruled.group(1).strip()
                doc, last = [], None
                i = stop
                continue
            if line.startswith("#"):
                i = stop
                while self.text[i - 1] == "\\":
                    i = self.text.index("\n", i + 1)
                continue
            if line.startswith("}"):
                i += 1
                continue
            opened = re.match(r"(?:inline )?namespace ([\w:]*) ?\{", line)
            if opened:
                close = self.scan.skip_block(i + opened.end() - 1)
                inner = opened.group(1)
                if inner.startswith("xgrad") or namespace:
                    full = inner if inner.startswith("xgrad") else namespace + "::" + inner
                    if doc:
                        self.intro.append("\n".join(doc))
                    if not re.search(r"(^|::)(detail|run|std|kernels|ops)\b", full) and full != "":
                        before = len(self.items)
                        self.read_scope(i + opened.end(), close - 1, full)
                        if section:
                            for item in self.items[before:]:
                                item.section = item.section or section
                doc, last = [], None
                i = close
                continue
            close = self.scan.statement_end(i)
            statement = self.text[i:close]
            if namespace:
                last = self.add(statement, "\n".join(doc), namespace, section, i, last)
            doc = []
            i = close

    def add(self, statement, doc, namespace, section, at, last):
        """Adds a declaration; gives the item that one without a docstring on the next line would join."""
        if statement.startswith("[[noreturn"):
            return None
        kind = re.match(r"(template\s*<.*?>\s*(requires.*?)?)?"
                        r"(class|struct|enum class|enum|using|friend|extern|typedef|static_assert|concept)\b",
                        statement, re.S)
        word = kind.group(3) if kind else ""
        make = lambda what, names, declarations, **more: Item(
            what, names, declarations, doc, self.path, namespace, section, self.line_of(at), **more)
        if word in ("class", "struct"):
            head = re.match(r"(template\s*<.*?>\s*)?(class|struct)\s+(?:alignas\(\d+\)\s+)?([\w:]+)(<[^{;]*>)?"
                            r"(\s+final)?\s*(:\s*([^{]*))?\{", statement, re.S)
            if not head or "::" in head.group(3):
                return None
            bases = [trimmed(b).removeprefix("public ").strip() for b in split(head.group(7) or "")]
            item = make(word, [head.group(3)], [], bases=bases)
            if head.group(1):
                item.declarations = [trimmed(head.group(1))]
            body = at + head.end()
            self.read_members(item, body, at + statement.rindex("}"), word == "struct")
            self.items.append(item)
            return None
        if word in ("enum class", "enum"):
            name = re.match(r"enum(?: class)? (\w+)", statement).group(1)
            item = make("enum", [name], [])
            for entry in re.finditer(r"(\w+)(?: = [^,\n}]*)?\s*(?:,|(?=\s*[}/]))[ ]*(///<[^\n]*)?",
                                     re.sub(r"(?m)//(?!/<)[^\n]*", "", statement[statement.index("{") + 1:])):
                item.members.append((entry.group(1), (entry.group(2) or "").removeprefix("///<").strip()))
            self.items.append(item)
            return None
        if word == "using":
            alias = re.match(r"(template\s*<.*?>\s*)?using (\w+) =", statement, re.S)
            if not alias:
                return None
            self.items.append(make("using", [alias.group(2)], [trimmed(without_comments(statement))]))
            return None
        if word or re.search(r"=\s*delete\s*;", statement) or "(" not in statement:
            variable = re.match(r"(inline |constexpr |extern |static )+[\w:<>]+[ &*]+(\w+)\s*(=|;|\{)", statement)
            if variable and not word:
                declared = re.sub(r"^(inline |constexpr |extern |static )+", "", trimmed(without_comments(statement)))
                if not doc and last is not None and last.kind == "constant":
                    last.names.append(variable.group(2))
                    last.declarations.append(declared)
                    return last
                item = make("constant", [variable.group(2)], [declared])
                self.items.append(item)
                return item
            return None
        name = name_of_function(statement)
        plain = without_template(statement)[1]
        head = plain.replace("decltype(auto)", "auto").split("(")[0]
        deduction = "->" in plain.split("{")[0] and head.split()[0] != "auto"
        if name is None or "::" in head.split()[-1] or deduction:
            return None
        if not doc and last is not None and last.kind == "function":
            last.names.append(name)
            last.declarations.append(signature(statement))
            return last
        item = make("function", [name], [signature(statement)])
        self.items.append(item)
        return item

    def read_members(self, item, i, end, public):
        """Public members: (kind, name, declaration, doc)."""
        doc, last = [], None
        kept = public
        while i < end:
            if self.text[i] in " \n":
                if self.text[i] == "\n" and self.text[i - 1] == "\n":
                    last = None
                i += 1
                continue
            stop = self.text.find("\n", i)
            line = self.text[i:stop]
            if line.startswith("///<"):
                if kept and item.members and self.line_of(i) == item.members[-1].line:
                    item.members[-1].doc = line[4:].strip()
                elif kept and item.members:
                    item.members[-1].doc += " " + line[4:].strip()
                i = stop
                continue
            if line.startswith("///"):
                doc.append(line[3:].removeprefix(" "))
                last = None
                i = stop
                continue
            if line.startswith("//"):
                if re.match(r"// \S", line):
                    doc = []
                i = stop
                continue
            if line.startswith("#"):
                i = stop
                continue
            access = re.match(r"(public|protected|private):", line)
            if access:
                kept = access.group(1) == "public"
                doc, last = [], None
                i += access.end()
                continue
            close = min(self.scan.statement_end(i), end)
            statement = self.text[i:close]
            if kept:
                last = self.add_member(item, statement, "\n".join(doc), i, close, last)
            doc = []
            i = close

    def add_member(self, owner, statement, doc, at, close, last):
        plain = without_template(statement)[1]
        if re.search(r"=\s*(delete|default)\s*;$", plain) or re.match(r"\s*(friend class|friend struct|using )", plain):
            return None
        nested = re.match(r"(class|struct|enum class|enum|union)\s+(\w+)?", plain)
        line = self.line_of(close - 1)
        if nested:
            if nested.group(2) and "{" in plain:
                inner = Item("nested", [nested.group(2)], [nested_text(statement)], doc, self.path, line=line)
                owner.members.append(inner)
            return None
        # A function has a bracket before any value or braces, outside of the arguments of templates.
        head = re.sub(r"<[^<>]*(<[^<>]*>)?[^<>]*>", "", plain)
        if not re.match(r"[^={]*\(", head) and "operator" not in head.split("(")[0]:
            variable = re.match(r"(?:static |inline |constexpr |mutable |const )*(.+?[\s&*>])(\w+(?:, \w+)*)\s*"
                                r"(=\s*(.*?)|\{.*?\})?;", trimmed(plain))
            if not variable:
                return None
            value = variable.group(4) or ""
            item = Item("field", [variable.group(2)], [trimmed(variable.group(1)), value], doc, self.path, line=line)
            owner.members.append(item)
            return None
        name = name_of_function(statement)
        if name is None or name.startswith("~"):
            return None
        own = owner.names[0]
        copies = re.match(rf"\s*(explicit )?{own}\((const )?{own}\s*&&?( \w+)?\)", plain)
        if name == "operator=" or copies or "library's own" in doc:
            return None
        if not doc and last is not None and name == last.names[0]:
            last.declarations.append(signature(statement))
            return last
        item = Item("function", [name], [signature(statement)], doc, self.path, line=line)
        owner.members.append(item)
        return item


def read(root, path):
    """The Header at a path below the root of the sources."""
    return _Reader(path, (root / path).read_text()).read()
