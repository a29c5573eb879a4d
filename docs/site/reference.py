"""Writes the pages of the reference: one for each entry of contents.py, out of the headers and the registry."""

import re

import contents
import headers
from cpp_text import split
from headers import Item

# Names that are words too, or stand everywhere: not made links.
plain_names = {"Error", "Tensor", "Function", "Shape", "Mean", "Average", "Result", "PyTorch", "NumPy"}


# The fence of code in a docstring, whose lines may wrap: many are formulas.
fence = "```{ .cpp .wraps }"


def escaped(text):
    """A docstring's text as Markdown that means just its characters."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "&#124;")
    return re.sub(r"([\\*_\[\]])", r"\\\1", text)


def anchor(name):
    words = {"()": "call", "[]": "subscript", "+": "plus", "-": "minus", "*": "times", "/": "divided", "%": "modulo",
             "=": "equals", "!": "not", "<": "less", ">": "greater", "~": "inverted", "&": "and", "|": "or", "^": "xor"}
    if re.match(r"operator\W", name):
        symbol = name[len("operator"):]
        return "operator-" + (words.get(symbol) or "-".join(words[c] for c in symbol))
    return name.lower()


class Reference:
    def __init__(self, root, registry):
        self.root = root
        self.registry = registry
        self.members = set(re.findall(r"(?m)^  [\w:<>]+ (\w+)\(", (root / "autograd/members.hpp").read_text()))
        self.pages = []  # (path, title, [(title of a part, intro, items)])
        self.place_of = {}  # name: (path of the page, anchor)
        self.page_of_header = {}
        self.described = set()
        self.undocumented = []
        for _, folder, pages in contents.groups:
            for file, title, sources in pages:
                self.add_page(f"reference/{folder}/{file}.md", title, sources)
        self.check_headers()

    def add_page(self, path, title, sources):
        parts = []
        for source in sources:
            name, sections = source if isinstance(source, tuple) else (source, None)
            header = headers.read(self.root, name)
            self.page_of_header.setdefault(name, path)
            items = [item for item in header.items
                     if (item.section in sections if sections else item.section != "definitions")]
            items = options_last([item for item in joined(items) if not is_internal(item)])
            if not items:
                raise ValueError(f"{name} declares nothing in {sections or 'it'}")
            intro = header.intro if sections is None else ""
            for section in dict.fromkeys(item.section for item in items):
                there = [item for item in items if item.section == section]
                parts.append((name, section, intro, there))
                intro = ""
            taken = {}
            for item in items:
                for each in dict.fromkeys(item.names):
                    self.place_of.setdefault(each, (path, anchor(each)))
        self.pages.append((path, title, parts))

    def check_headers(self):
        """Every public header has a page, or is said to be internal."""
        listed = set(self.page_of_header)
        for room in ("autograd", "nn", "data"):
            for file in sorted((self.root / room).rglob("*.hpp")):
                path = str(file.relative_to(self.root))
                hidden = any(path == one or (one.endswith("/") and path.startswith(one)) for one in contents.internal)
                if path not in listed and not hidden:
                    raise ValueError(f"{path} is on no page: add it to docs/site/contents.py")

    # ---------------------------------------------------------------------------------------------- texts

    def prose(self, doc, page, own=()):
        """Markdown of a docstring: paragraphs, indented code, lists, code between backticks, links to other entries."""
        blocks, lines, fenced = [], [], False
        for line in doc.split("\n") + [""]:
            if line.startswith("    ") and not (lines and lines[-1].lstrip().startswith("- ")):
                if not fenced:
                    blocks.append(self.paragraph(lines, page, own))
                    lines, fenced = [], True
                    blocks.append(fence)
                blocks.append(line[4:])
                continue
            if fenced:
                if line == "":
                    blocks.append("")
                    continue
                while blocks[-1] == "":
                    blocks.pop()
                blocks.append("```")
                fenced = False
            if line == "" or line.startswith("- "):
                blocks.append(self.paragraph(lines, page, own))
                lines = [line] if line else []
            else:
                lines.append(line)
        if fenced:
            while blocks[-1] == "":
                blocks.pop()
            blocks.append("```")
        text = "\n".join(block if block.startswith("- ") or is_code(blocks, i) else "\n" + block + "\n"
                         for i, block in enumerate(blocks) if block != "" or is_code(blocks, i))
        return text.strip("\n")

    def paragraph(self, lines, page, own):
        text = " ".join(line.strip() if i else line for i, line in enumerate(lines))
        pieces = re.split(r"(`[^`]*`)", text)
        start = "- " if pieces[0].startswith("- ") else ""
        pieces[0] = pieces[0][len(start):]
        return start + "".join(piece if piece.startswith("`") else self.linked(piece, page, own) for piece in pieces)

    def linked(self, text, page, own):
        result, last = "", 0
        names = re.finditer(r"(?<![\w:.\"])((?:nn::|optim::|data::|xgrad::|schedule::)*)([A-Za-z]\w+)(\(\))?"
                            r"(?![\w(\"]|::)", text)
        for word in names:
            name = word.group(2)
            telling = word.group(3) or word.group(1) or "_" in name or re.search(r"[a-z].*[A-Z]|[A-Z]{2}", name)
            if not telling or name in own or name in plain_names or name not in self.place_of:
                continue
            result += escaped(text[last:word.start()])
            result += f"[`{word.group(0)}`]({self.link(name, page)})"
            last = word.end()
        return result + escaped(text[last:])

    def link(self, name, page):
        path, where = self.place_of[name]
        return ("" if path == page else relative(path, page)) + "#" + where

    # ---------------------------------------------------------------------------------------------- entries

    def page(self, path, title, parts):
        lines = [f"# {title}", ""]
        used = {}
        several = len({name for name, *_ in parts}) > 1
        last = None
        for name, section, intro, items in parts:
            origin = f"From [`{name}`]({relative('../' + name, path)})." if name != last else ""
            heading = section or (heading_of(name) if several and name != last else "")
            repeats = heading.replace(" ", "").lower() in {one.lower() for one in items[0].names}
            if repeats and not section and not intro:  # the entry says the same
                heading = ""
            if heading:
                lines += [f"## {heading[0].upper()}{heading[1:]}", ""]
            if origin and (heading or intro):
                lines += [origin, ""]
                origin = ""
            if intro:
                lines += [self.prose(intro, path), ""]
            last = name
            for item in items:
                lines += self.entry(item, path, used, origin)
                origin = ""
        return "\n".join(lines) + "\n"

    def entry(self, item, page, used, origin=""):
        names = list(dict.fromkeys(item.names))
        title = ", ".join(f"`{prefix(item)}{name}`" for name in names)
        ids = []
        for name in names:
            one = anchor(name)
            used[one] = used.get(one, 0) + 1
            ids.append(one if used[one] == 1 else f"{one}-{used[one]}")
        lines = [f"### {title} {{#{ids[0]}}}", ""]
        if ids[1:]:
            lines += ["".join(f'<a id="{one}"></a>' for one in ids[1:]), ""]
        code = self.declaration(item)
        if code:
            lines += ["```cpp", code, "```", ""]
        if origin:
            lines += [origin, ""]
        if item.doc:
            lines += [self.prose(item.doc, page, names), ""]
        if item.kind in ("class", "struct"):
            lines += self.class_members(item, page)
        elif item.kind == "enum":
            lines += self.values(item, page)
        elif item.kind == "function":
            if item.members:
                lines += self.fields(item, page)
            is_operation = page.startswith("reference/operations/")
            for name in names if is_operation else []:
                lines += self.facts(name, len(names) > 1, item)
            if not item.doc and not all(self.registry.get(name) and self.registry.get(name).meaning for name in names):
                if not names[0].startswith("operator"):
                    self.undocumented.append(f"{item.header}:{item.line}: {names[0]}")
        return lines

    def declaration(self, item):
        if item.kind in ("class", "struct"):
            shown = [base for base in item.bases if not base.startswith(("private", "protected"))]
            head = f"{item.kind} {item.names[0]}" + (" : public " + ", ".join(shown) if shown else "")
            made = [declaration for member in item.members for declaration in member.declarations
                    if member.kind == "function" and member.names[0] == item.names[0]]
            return "\n".join(item.declarations + [head + ";"] + [wrapped(one) for one in made])
        if item.kind == "enum":
            return f"enum class {item.names[0]};"
        return "\n".join(wrapped(one) for one in item.declarations)

    def class_members(self, item, page):
        lines = self.fields(item, page) if any(m.kind == "field" for m in item.members) else []
        for member in item.members:
            if member.kind == "field":
                continue
            usual = member.kind == "function" and member.names[0] in ("arguments", "forward") and not member.doc
            if usual or (member.names[0] == item.names[0] and not member.doc):
                continue
            shown = "; ".join(f"`{d.replace(chr(10), ' ').rstrip(';')}`" for d in member.declarations)
            if member.kind == "nested":
                lines += ["```cpp", member.declarations[0], "```", ""]
                lines += [self.prose(member.doc, page, item.names), ""] if member.doc else []
                continue
            text = self.prose(member.doc, page, item.names) if member.doc else ""
            lines += ["- " + shown + ("\n\n" + indented(text) if text else ""), ""]
        return lines

    def fields(self, item, page):
        fields = [member for member in item.members if member.kind == "field"]
        documented = any(member.doc for member in fields)
        rows = ["| member | type | default |" + " |" * documented, "|---|---|---|" + "---|" * documented]
        for member in fields:
            kind, value = member.declarations
            row = f"| `{member.names[0]}` | {cell(kind)} | {cell(value)} |"
            rows.append(row + f" {self.prose(member.doc, page, item.names)} |".replace("\n", " ") * documented)
        return rows + [""]

    def values(self, item, page):
        if not any(doc for _, doc in item.members):
            return ["Values: " + ", ".join(f"`{name}`" for name, _ in item.members) + ".", ""]
        rows = ["| value | |", "|---|---|"]
        for name, doc in item.members:
            rows.append(f"| `{name}` | {self.prose(doc, page, item.names)} |")
        return rows + [""]

    def facts(self, name, of_several, item):
        facts = self.registry.get(name)
        if facts is None or name in self.described:
            return []
        self.described.add(name)
        rows = []
        if facts.meaning:
            rows.append(("computes", escaped(facts.meaning)))
        if facts.kind == "composition" and facts.records:
            rows.append(("composed of", ", ".join(f"`{one}`" for one in facts.records.split(", "))))
        rows.append(("derivative", derivative(facts)))
        # Samples of operations with several results make one tensor of them.
        gives_tensor = any(re.match(rf"(template.*\n)?Tensor {name}\(", one) for one in item.declarations)
        if facts.dtypes and gives_tensor:
            rows.append(("dtypes", ", ".join(f"{given} → {result}" for given, result in facts.dtypes)))
        if facts.shapes and gives_tensor:
            shown = "<br>".join(f"{escaped(without_float64(given))} → {escaped(without_float64(result))}"
                                for _, given, result in facts.shapes[:4])
            rows.append(("shapes, for example", shown))
        if facts.other_names:
            rows.append(("other names", ", ".join(f'`{one}`' for one in facts.other_names)))
        if name in self.members:
            alone = any(re.search(rf"\b{name}\(const Operand& \w+\);", one) for one in item.declarations)
            rows.append(("as a member", f"`x.{name}({'' if alone else '...'})`"))
        lines = [f"| `{name}` | |" if of_several else "| | |", "|---|---|"]
        lines += [f"| {left} | {right} |" for left, right in rows if right] + [""]
        if facts.edges:
            lines += ["At corners, poles and ties ([how to read it](" + "../../edges.md#derivatives)):", "",
                      "| call | at | value | first | second | not taken |", "|---|---|---|---|---|---|"]
            lines += ["| " + " | ".join(row) + " |" for row in facts.edges] + [""]
        errors = [text for kind, text in facts.errors if kind != "undefined"]
        if errors:
            lines += [f'??? info "Errors of {name}, as its tests provoke them ({len(errors)})"', "", "    ```text"]
            lines += [indented(text) for text in errors] + ["    ```", ""]
        return lines

    # ---------------------------------------------------------------------------------------------- pages

    def files(self):
        """(path, text) of all pages."""
        for path, title, parts in self.pages:
            yield path, self.page(path, title, parts)
        if self.undocumented:
            raise ValueError("functions without a docstring:\n" + "\n".join(self.undocumented))
        missing = [name for name, facts in self.registry.all.items()
                   if facts.kind and name in self.place_of and name not in self.described
                   and self.place_of[name][0].startswith("reference/operations/")]
        if missing:
            raise ValueError(f"operations without an entry: {missing}")
        yield "reference/operations/primitives.md", self.primitives()

    def primitives(self):
        page = "reference/operations/primitives.md"
        lines = ["# Primitives", "",
                 "What is recorded: the names that graphs, plans, profiles and anomalies show. Many are operations of the",
                 "same name; the others are recorded by operations and by derivatives. The kind says how a run computes",
                 "them: *elementwise* ones are fused into passes, *views* cost nothing, *blocks* are kernels of their own.",
                 "",
                 "| primitive | kind | computes | derivative |", "|---|---|---|---|"]
        for name, facts in sorted(self.registry.all.items()):
            if facts.kind in ("elementwise", "view", "block"):
                shown = f"[`{name}`]({self.link(name, page)})" if name in self.described else f"`{name}`"
                lines.append(f"| {shown} | {facts.kind} | {escaped(facts.meaning)} | {derivative(facts)} |")
        return "\n".join(lines) + "\n"


def derivative(facts):
    if facts.cotangents:
        return "for a cotangent `g` of the result `y`: " + ", ".join(
            f"of {operand} `{expression}`" for operand, expression in facts.cotangents)
    words = {"yes": "of any order", "zero": "zero, or none", "stops": "none: a constant", "no": "none"}
    return words.get(facts.derivative, "")


def joined(items):
    """A struct and the function right after it, where they share a docstring, as one entry."""
    result = []
    for item in items:
        before = result[-1] if result else None
        if (item.kind == "function" and not item.doc and before and before.kind == "struct" and before.doc
                and re.match(rf"{before.names[0]}\b", item.declarations[0])):
            before.kind = "function"
            before.declarations = [f"struct {before.names[0]};"] + item.declarations
            before.names = item.names + [before.names[0]]
            continue
        if (item.kind == "function" and not item.doc and before and before.kind == "struct" and before.doc
                and before.names[0].endswith("Options")):
            before.kind = "function"
            before.declarations = item.declarations
            before.names = item.names + [before.names[0]]
            continue
        result.append(item)
    return result


def options_last(items):
    """Structs of options behind the first entry that takes them, which readers look for."""
    result = list(items)
    for item in items:
        if item.kind != "struct" or item.doc or not item.names[0].endswith(("Options", "Masks", "Result", "State")):
            continue
        takes = re.compile(rf"\b{item.names[0]}\b")
        made = [other for other in result if other is not item and other.section == item.section and any(
            takes.search(text) for member in [other, *other.members]
            if isinstance(member, Item) and member.kind == "function" for text in member.declarations)]
        if made:
            result.remove(item)
            result.insert(result.index(made[0]) + 1, item)
    return result


def is_internal(item):
    return item.names[0] in contents.hidden or (item.kind == "class" and not item.doc and not item.members)


def prefix(item):
    space = item.namespace.removeprefix("xgrad").removeprefix("::")
    return space + "::" if space else ""


def heading_of(header):
    words = header.rsplit("/", 1)[-1].removesuffix(".hpp").replace("_", " ")
    return words[0].upper() + words[1:]


def wrapped(declaration):
    """A declaration with lines that fit beside the menus, broken between parameters."""
    lines = []
    for line in declaration.split("\n"):
        open_at = line.find("(", line.find("operator()") + 10 if "operator()" in line else 0)
        close_at = line.rfind(")")
        if len(line) <= 88 or open_at < 0 or close_at < open_at:
            lines.append(line)
            continue
        current, parameters = line[:open_at + 1], split(line[open_at + 1:close_at])
        for i, parameter in enumerate(parameters):
            text = parameter + (", " if i + 1 < len(parameters) else line[close_at:])
            if len(current + text.rstrip()) > 88 and current.strip():
                lines.append(current.rstrip())
                current = " " * 4
            current += text
        lines.append(current)
    return "\n".join(lines)


def indented(text):
    return "\n".join("    " + line if line else "" for line in text.split("\n"))


def cell(text):
    return "`" + text.replace("|", "\\|") + "`" if text else ""


def without_float64(text):
    """Samples are float64, but for labels and masks."""
    return text.replace("float64 ", "")


def is_code(blocks, i):
    """Whether block i is a fence or between fences."""
    return blocks[i] in (fence, "```") or blocks[:i].count(fence) > blocks[:i].count("```")


def relative(target, page):
    return "../" * page.count("/") + target
