"""Playlists in YAML, the form for people.

::

    name: Deep water
    about: long, dark, predictable pieces
    tracks:
      - first.ogg                       # beside this file, or in a library folder
      - calm/*.flac                     # `**/` spans folders
      - {path: bell.ogg, intensity: 0.4, gain: -2 dB, cue-in: 0:03, cue-out: 3:10}
      - {glob: "loud/*.flac", gain: -3 dB}
    folders: [drones, {folder: rain, intensity: 0.1}]
    query: {intensity: [0.2, 0.5], tags: [genre:ambient], without: [language:en]}

All of `tracks`, `folders` and `query` together make the pool.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from soundscape.core.errors import InputError
from soundscape.library.playlists.forms.overrides import OVERRIDES
from soundscape.library.playlists.forms.queryform import read_query
from soundscape.library.playlists.forms.reader import Reader
from soundscape.library.playlists.forms.values import Entry, Kind, Listing, PlaylistFile, tidy
from soundscape.library.walk import shown
from soundscape.library.yamlfile import Node, read_yaml, sorted_faults

HOLDS = frozenset({"about", *OVERRIDES})
"""What of a listing this form can hold beside the files themselves."""

NAMES: Mapping[str, Kind] = {"path": "either", "glob": "pattern", "folder": "folder"}
"""The keys that name a track's files, and what they name."""


def read(path: Path, data: bytes) -> PlaylistFile:
    """The playlist of a text. Raises `InputError` with every fault of it."""
    where = shown(path)
    tree, faults = read_yaml(data, where)
    if tree is None:
        raise InputError(sorted_faults(faults))
    reader = Reader(where, faults)
    playlist = _playlist(reader, path, tree)
    if reader.faults:
        raise InputError(sorted_faults(reader.faults))
    return playlist


def write(listing: Listing) -> str:
    """A listing as text; every word in quotes, so that none is taken for something else."""
    lines = [f"name: {_quoted(listing.name)}"]
    if listing.about:
        lines.append(f"about: {_quoted(listing.about)}")
    lines.append("tracks:")
    for row in listing.rows:
        # A first step such as `file:` would be taken for an address.
        name = _quoted(f"./{row.name}" if ":" in row.name.split("/")[0] else row.name)
        more = "".join(f", {key}: {text}" for key, text in row.overrides().items())
        lines.append(f"  - {{path: {name}{more}}}" if more else f"  - {name}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text in double quotes; YAML reads JSON's escapes, and `\\U` for the rest."""
    words = json.dumps(text, ensure_ascii=False)
    return "".join(
        c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"
        for c in words
    )


def _playlist(reader: Reader, path: Path, tree: Node) -> PlaylistFile:
    """The playlist of a whole file; of no use where there are `faults` afterwards."""
    if not isinstance(tree.value, dict):
        reader.not_a("a mapping with `tracks`, `folders` or `query`", tree)
        return PlaylistFile(path, path.stem)
    known = reader.keys(tree, ("name", "about", "tracks", "folders", "query"))
    entries = [_entry(reader, node, NAMES) for node in reader.items(known, "tracks")]
    folders = [_entry(reader, node, FOLDER_NAMES) for node in reader.items(known, "folders")]
    if not known.keys() & {"tracks", "folders", "query"}:
        reader.fault(tree, "names no music", "give it `tracks`, `folders` or `query`")
    return PlaylistFile(
        path,
        tidy(reader.text(known, "name")) or path.stem,
        tidy(reader.text(known, "about")),
        tuple(entry for entry in entries if entry),
        tuple(entry for entry in folders if entry),
        read_query(reader, known["query"]) if "query" in known else None,
    )


def _entry(reader: Reader, node: Node, names: Mapping[str, Kind]) -> Entry | None:
    """One of `tracks` or `folders`: a text, or a mapping with one of `names` as its key."""
    first = next(iter(names))
    if isinstance(node.value, str) and node.value.strip():
        return Entry(node.value, line=node.line, column=node.column, kind=names[first])
    if not isinstance(node.value, dict):
        reader.not_a(f"a path, or a mapping with `{first}`", node)
        return None
    before = len(reader.faults)
    known = reader.keys(node, (*names, *OVERRIDES))
    given = [key for key in names if key in known]
    if len(given) != 1 or not reader.text(known, given[0]).strip():
        listed = " or ".join(f"`{key}`" for key in names)
        what = f"a track needs its {listed}" if not given else f"needs one of {listed}"
        reader.fault(node, what)
    fields = reader.overrides(known)
    if len(reader.faults) > before:
        return None
    name = reader.text(known, given[0])
    place = {"line": node.line, "column": node.column}
    return Entry(name, kind=names[given[0]], **fields, **place)  # type: ignore[arg-type]


FOLDER_NAMES: Mapping[str, Kind] = {"folder": "folder", "path": "folder"}
"""The same for a member of `folders`, where a path is a folder's."""
