"""A playlist's file into a value, whatever form it is written in. Every fault, with its place.

The forms stand in `forms`, a module each; the file's suffix says which it is.
Nothing here looks at music files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from soundscape.core.errors import Fault, InputError
from soundscape.core.text import shown
from soundscape.library.playlists.forms import jspf, m3u, pls, xspf, yamlform
from soundscape.library.playlists.forms.values import Form, PlaylistFile
from soundscape.library.yamlfile import MAX_BYTES, read_file

MOST_BYTES = 20_000_000
"""The largest playlist that is read: 100,000 tracks in XSPF fit. YAML has a limit of its own."""


FORMS: Mapping[str, Form] = {
    suffix: form
    for form in (yamlform.FORM, m3u.FORM, xspf.FORM, pls.FORM, jspf.FORM)
    for suffix in form.suffixes
}
"""Each suffix of a playlist's file, in the order in which a bare name is looked for."""

YAML_SUFFIXES = yamlform.FORM.suffixes


def form_of(path: Path) -> Form | None:
    """The form of a file, by its suffix; None where that is no playlist's."""
    return FORMS.get(path.suffix.lower())


def form_for(path: Path) -> Form:
    """The same. Raises `InputError` where the suffix is no playlist's."""
    form = form_of(path)
    if form is None:
        known = ", ".join(f"`{suffix}`" for suffix in FORMS)
        what = f"is not named like a playlist, which ends in one of {known}"
        raise InputError([Fault(shown(path), what)])
    return form


def read_playlist(path: Path) -> PlaylistFile:
    """The playlist in a file. Raises `InputError` with all its faults."""
    data = read_file(path, "playlist", MOST_BYTES)
    form = form_for(path)
    if len(data) > MOST_BYTES:
        what = f"is larger than {MOST_BYTES // 1_000_000} MB"
        raise InputError([Fault(shown(path), what, "is it the right file?")])
    return form.read(path, data)


def is_arc(path: Path) -> bool:
    """Whether a YAML file is an arc, by its text: arcs and playlists may lie side by side."""
    try:
        with path.open("rb") as file:
            return re.search(rb"^phases\s*:", file.read(MAX_BYTES), re.MULTILINE) is not None
    except OSError:
        return False
