"""C++ as text: where statements end, and what of a declaration users see."""

import re


class Text:
    """The text of a header, and how to step over its statements."""

    def __init__(self, text):
        self.text = text

    def skip_quoted(self, i):
        quote = self.text[i]
        i += 1
        while self.text[i] != quote:
            i += 2 if self.text[i] == "\\" else 1
        return i + 1

    def is_quote(self, i):
        """Whether a literal begins here; 10'000 has no quotes."""
        c = self.text[i]
        return c == '"' or (c == "'" and not (self.text[i - 1].isalnum() and self.text[i + 1].isalnum()))

    def skip_block(self, i):
        """The place behind the bracket that closes the one at i."""
        depth = 0
        while True:
            c = self.text[i]
            if self.is_quote(i):
                i = self.skip_quoted(i)
                continue
            if self.text.startswith("//", i):
                i = self.text.index("\n", i)
                continue
            depth += c in "({["
            depth -= c in ")}]"
            i += 1
            if depth == 0:
                return i

    def statement_end(self, i):
        """The place behind the statement that begins at i: behind its semicolon, or the body of a function."""
        start = i
        while True:
            if self.is_quote(i):
                i = self.skip_quoted(i)
            elif self.text.startswith("//", i):
                i = self.text.index("\n", i)
            elif self.text[i] in "([":
                i = self.skip_block(i)
            elif self.text[i] == "{":
                i = self.skip_block(i)
                rest = self.text[i:].lstrip(" \n")
                if rest.startswith(";"):
                    return self.text.index(";", i) + 1
                if ends_function(self.text[start:i]) and not rest.startswith((",", "{")):
                    return i
            elif self.text[i] == ";":
                return i + 1
            else:
                i += 1


def ends_function(statement):
    """Whether a statement that ends with a block is the definition of a function."""
    return not re.match(r"\s*(template\s*<.*>\s*)?(class|struct|enum|union)\b", statement) and "(" in statement


def trimmed(text):
    return re.sub(r"\s+", " ", text).strip()


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def closing_angle(text, i):
    """The place behind the > that closes the < at i."""
    depth = 0
    while True:
        depth += text[i] == "<"
        depth -= text[i] == ">" and text[i - 1] != "-"
        i += 1
        if depth == 0:
            return i


def after_requires(text):
    """What follows a requires clause: conditions in brackets, or names with arguments, joined by && and ||."""
    text = text.lstrip().removeprefix("requires").lstrip()
    while True:
        if text.startswith("("):
            text = text[Text(text).skip_block(0):].lstrip()
        else:
            name = re.match(r"!?[\w:]+", text).end()
            text = text[closing_angle(text, name) if text[name:name + 1] == "<" else name:].lstrip()
        joint = re.match(r"(&&|\|\|)\s*", text)
        if not joint:
            return text
        text = text[joint.end():]


def without_template(statement):
    """The template parameters of a declaration, and the rest of it, without conditions on them."""
    text = without_comments(statement).lstrip()
    head = re.match(r"template\s*<", text)
    if not head:
        return "", text
    end = closing_angle(text, head.end() - 1)
    rest = text[end:].lstrip()
    return trimmed(text[:end]), after_requires(rest) if rest.startswith("requires") else rest


def signature(statement):
    """A declaration of a function as users see it: without its body, its list of initializers and its conditions."""
    template, text = without_template(statement)
    scanner = Text(text + ";")
    i = 0
    while i < len(text) and text[i] not in "{;":
        if text[i] == ":" and ":" not in text[i - 1:i] + text[i + 1:i + 2]:
            break
        i = scanner.skip_block(i) if text[i] in "([" else i + 1
    text = trimmed(text[:i])
    text = re.sub(r"^(\[\[nodiscard\]\]\s*)?((inline|explicit|static|virtual|constexpr|friend) )*",
                  lambda words: "static " if "static " in words.group(0) else "", text)
    text = re.sub(r"\s+(override|noexcept)\b", "", text)
    text = re.sub(r"\)([ \w&]*) requires .*$", r")\1", text).removesuffix(" = 0")
    return (template + "\n" if template else "") + text + ";"


def name_of_function(statement):
    text = without_template(statement)[1].replace("decltype(auto)", "auto")
    operator = re.search(r"operator\s*(\(\)|\[\]|[^\s(]+)\s*\(", text)
    if operator:
        return "operator" + operator.group(1)
    found = re.search(r"(~?\w+)\s*\(", text)
    return found.group(1) if found else None


def nested_text(statement):
    lines = statement.split("\n")
    indent = min((len(l) - len(l.lstrip()) for l in lines[1:] if l.strip()), default=0)
    return "\n".join([lines[0]] + [l[indent:] for l in lines[1:]])


def split(text):
    """The parts of a text between commas that no bracket encloses."""
    parts, depth, part = [], 0, ""
    for c in text:
        depth += c in "<({["
        depth -= c in ">)}]"
        if c == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += c
    return [p for p in [trimmed(p) for p in parts + [part]] if p]
