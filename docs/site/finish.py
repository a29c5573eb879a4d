"""Makes the search of a built site work from files.

    finish.py SITE

Takes the source files out of the search index, whose headers the reference has, and writes the index as a script, too.
"""

import json
import sys
from pathlib import Path

folder = Path(sys.argv[1]) / "search"
index = json.loads((folder / "search_index.json").read_text())
index["docs"] = [entry for entry in index["docs"] if not entry["location"].startswith("source/")]
text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
(folder / "search_index.json").write_text(text)
(folder / "search_index.js").write_text("var searchIndex = " + text + "\n")
