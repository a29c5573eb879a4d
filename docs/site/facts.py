"""What the registry tells about operations (tests/docs/describe_operations.cpp), the rows of docs/edges.md, and the
other names of autograd/ops/aliases.cpp."""

import re
from dataclasses import dataclass, field


@dataclass
class Facts:
    meaning: str = ""
    kind: str = ""  # elementwise, view, block, composition
    derivative: str = ""  # yes, zero, stops, no
    shapes: list = field(default_factory=list)  # (sample, inputs, result)
    dtypes: list = field(default_factory=list)  # (given, result)
    cotangents: list = field(default_factory=list)  # (operand, expression)
    records: str = ""
    errors: list = field(default_factory=list)  # (kind, text)
    edges: list = field(default_factory=list)  # cells of a row
    other_names: list = field(default_factory=list)


class Registry:
    def __init__(self, root, described):
        self.all = {}
        for line in described.splitlines():
            word, name, *rest = line.split("\t")
            facts = self.all.setdefault(name, Facts())
            if word == "primitive":
                facts.kind, facts.meaning, facts.derivative = rest
            elif word == "composition":
                facts.kind, facts.derivative = "composition", rest[0]
            elif word == "shapes":
                facts.shapes.append(tuple(rest))
            elif word == "dtype":
                facts.dtypes.append(tuple(rest))
            elif word == "derivative":
                facts.cotangents.append((rest[1], rest[2]))
            elif word == "records":
                facts.records = rest[0]
            elif word == "error":
                facts.errors.append((rest[0], rest[1].replace("\\n", "\n")))
            else:
                raise ValueError(f"a line that is not known here: {line}")
        self.read_edges((root / "docs/edges.md").read_text())
        self.read_other_names((root / "autograd/ops/aliases.cpp").read_text())

    def get(self, name):
        return self.all.get(name)

    def read_edges(self, page):
        table = page[page.index("| function | at |"):]
        for line in table.split("\n\n")[0].splitlines()[2:]:
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            call = cells[0].strip("` ")
            name = re.match(r"(\w+)\(", call)
            name = name.group(1) if name else {"/": "divide"}.get(call.split()[1])
            if name:
                self.all.setdefault(name, Facts()).edges.append(cells)

    def read_other_names(self, source):
        for other, name in re.findall(r'Called called\("(\w+)"\);\s*return (\w+)\(', source):
            names = self.all.setdefault(name, Facts()).other_names
            if other not in names:
                names.append(other)
