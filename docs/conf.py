"""How Sphinx builds these pages into a site: `script/docs`."""

from __future__ import annotations

import re
from pathlib import Path

_init = Path(__file__).parent.parent / "src" / "soundscape" / "__init__.py"
_found = re.search(r'__version__ = "(.*)"', _init.read_text("utf-8"))
assert _found

project = "soundscape"
version = release = _found[1]
extensions = ["myst_parser"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"soundscape {version}"
html_copy_source = False
html_show_copyright = False
pygments_style = "tango"
