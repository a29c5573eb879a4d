"""Gathers the pages that mkdocs builds the site from.

    gather.py ROOT DESCRIBED OUT

ROOT is the root of the sources, DESCRIBED what describe_operations prints, OUT the folder to fill: the pages of docs/
in their places, README.md and CHANGELOG.md, the reference, and every source file that a page links to. Links between
files of the repository become links between pages.
"""

import os
import posixpath
import re
import shutil
import sys
from pathlib import Path

import facts
import reference

languages = {".hpp": "cpp", ".cpp": "cpp", ".py": "python", ".yml": "yaml", ".txt": "text", "": "sh", ".awk": "awk"}


class Site:
    def __init__(self, root, described, out):
        self.root, self.out = root, out
        self.reference = reference.Reference(root, facts.Registry(root, described))
        self.sources = set()
        self.pages = {"README.md": "readme.md", "CHANGELOG.md": "changelog.md"}
        for folder in (root / "docs", root / "docs/tutorials"):
            for page in folder.glob("*.md"):
                path = str(page.relative_to(root))
                self.pages[path] = path.removeprefix("docs/")

    def write(self):
        if self.out.exists():
            shutil.rmtree(self.out)
        for path, place in self.pages.items():
            self.put(place, self.page((self.root / path).read_text(), path, place))
        for place, text in self.reference.files():
            # Links of the reference are those of pages that lie in docs/.
            self.put(place, self.page(text, "docs/" + place, place))
        self.put("LICENSE.md", "# License\n\n```text\n" + (self.root / "LICENSE").read_text() + "```\n")
        shutil.copytree(self.root / "docs/images", self.out / "images")
        shutil.copytree(self.root / "docs/site/assets", self.out / "assets")
        for path in sorted(self.sources):
            text = (self.root / path).read_text()
            language = languages.get(Path(path).suffix, "text")
            self.put(f"source/{path}.md", f"# {path}\n\n````{language}\n{text}````\n")

    def put(self, place, text):
        file = self.out / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def page(self, text, path, place):
        """A page with the links of its place in the site, and without the escapes that only code hosts need."""
        lines, fence = [], None
        for line in text.split("\n"):
            mark = re.match(r" *(`{3,})", line)  # a fence begins or ends
            if mark and (fence is None or mark.group(1) == fence):
                fence = mark.group(1) if fence is None else None
                line = re.sub(r"^( *```)output$", r"\1{ .text .output }", line)
            elif fence is None:
                line = self.linked(line, path, place)
                if line.startswith("|"):  # in a code span of a table, mkdocs takes | as it is
                    line = re.sub(r"`[^`]*`", lambda span: span.group(0).replace("\\|", "|"), line)
            lines.append(line)
        return "\n".join(lines)

    def linked(self, line, path, place):
        pieces = re.split(r"(`[^`]*`)(?!\])", line)
        return "".join(piece if piece.startswith("`") else
                       re.sub(r"\]\(([^()\s]+)\)", lambda link: f"]({self.target(link.group(1), path, place)})", piece)
                       for piece in pieces)

    def target(self, link, path, place):
        if re.match(r"[a-z]+:|#", link):
            return link
        file, mark, where = link.partition("#")
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
        return posixpath.relpath(self.place_of(wanted, path), posixpath.dirname(place) or ".") + mark + where

    def place_of(self, wanted, path):
        """The file in the site for a file of the repository."""
        if wanted in self.pages:
            return self.pages[wanted]
        if wanted.startswith(("docs/reference/", "docs/images/")):
            return wanted.removeprefix("docs/")
        if wanted == "LICENSE":
            return "LICENSE.md"
        own = self.reference.page_of_header.get(wanted)
        if own and not path.startswith("docs/reference/"):
            return own
        if not (self.root / wanted).is_file():
            raise ValueError(f"{path} links to {wanted}, which is no file")
        self.sources.add(wanted)
        return f"source/{wanted}.md"


if __name__ == "__main__":
    try:
        Site(Path(sys.argv[1]), Path(sys.argv[2]).read_text(), Path(sys.argv[3])).write()
    except (ValueError, OSError) as error:
        sys.exit(f"docs: {error}")
