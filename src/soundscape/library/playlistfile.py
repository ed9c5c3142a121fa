"""The text of a playlist into a value: YAML, M3U and M3U8. Every fault of it, with its place.

::

    name: Deep water
    about: long, dark, predictable pieces
    tracks:
      - first.ogg                       # beside this file, or in a library folder
      - calm/*.flac                     # `**/` spans folders
      - {path: bell.ogg, intensity: 0.4, gain: -2 dB, cue-in: 0:03, cue-out: 3:10}
    folders: [drones]
    query: {intensity: [0.2, 0.5], tags: [genre:ambient], without: [language:en]}

All of `tracks`, `folders` and `query` together make the pool. Nothing here looks at music files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from soundscape.core.errors import Fault, InputError, nearest
from soundscape.library.units import parse_duration, parse_level, parse_time
from soundscape.library.units import shown as said
from soundscape.library.walk import shown
from soundscape.library.yamlfile import MAX_BYTES, Node, read_file, read_yaml, sorted_faults

YAML_SUFFIXES = (".yaml", ".yml")
M3U_SUFFIXES = (".m3u8", ".m3u")
MOST_GAIN_DB = 24.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a playlist: a file's path or a pattern as written, and what it overrides.

    Times in seconds from the start of the file, `gain_db` in dB. None: not overridden.
    """

    name: str
    intensity: float | None = None
    gain_db: float = 0.0
    cue_in_s: float | None = None
    cue_out_s: float | None = None
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Tracks of the libraries by intensity (both ends belong to it) and tags: all of `tags`, none
    of `without`. A tag without a colon matches the value of any kind."""

    low: float = 0.0
    high: float = 1.0
    tags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def takes(self, intensity: float, tags: tuple[str, ...]) -> bool:
        """Whether a track is asked for."""
        words = {*tags, *(tag.partition(":")[2] for tag in tags)}
        return (
            self.low <= intensity <= self.high
            and words.issuperset(self.tags)
            and words.isdisjoint(self.without)
        )


@dataclass(frozen=True, slots=True)
class PlaylistFile:
    """A playlist as written."""

    path: Path
    name: str
    about: str = ""
    entries: tuple[Entry, ...] = ()
    folders: tuple[Entry, ...] = ()
    query: Query | None = None


def read_playlist(path: Path) -> PlaylistFile:
    """The playlist in a file. Raises `InputError` with all its faults."""
    where = shown(path)
    data = read_file(path, "playlist")
    if path.suffix.lower() in M3U_SUFFIXES:
        return _read_m3u(path, data)
    tree, faults = read_yaml(data, where)
    if tree is None:
        raise InputError(sorted_faults(faults))
    reader = _Reader(where, faults)
    playlist = reader.playlist(path, tree)
    if reader.faults:
        raise InputError(sorted_faults(reader.faults))
    return playlist


def is_arc(path: Path) -> bool:
    """Whether a YAML file is an arc, by its text: arcs and playlists may lie side by side."""
    try:
        with path.open("rb") as file:
            return re.search(rb"^phases\s*:", file.read(MAX_BYTES), re.MULTILINE) is not None
    except OSError:
        return False


class _Reader:
    """Turns a tree into a value, collecting every fault on the way."""

    def __init__(self, where: str, faults: list[Fault]) -> None:
        self.where = where
        self.faults = faults

    def playlist(self, path: Path, tree: Node) -> PlaylistFile:
        if not isinstance(tree.value, dict):
            self.not_a("a mapping with `tracks`, `folders` or `query`", tree)
            return PlaylistFile(path, path.stem)
        known = self.keys(tree, ("name", "about", "tracks", "folders", "query"))
        entries = [self.entry(node) for node in self.items(known, "tracks")]
        folders = [self.folder(node) for node in self.items(known, "folders")]
        if not known.keys() & {"tracks", "folders", "query"}:
            self.fault(tree, "names no music", "give it `tracks`, `folders` or `query`")
        return PlaylistFile(
            path,
            self.text(known, "name") or path.stem,
            self.text(known, "about"),
            tuple(entry for entry in entries if entry),
            tuple(entry for entry in folders if entry),
            self.query(known["query"]) if "query" in known else None,
        )

    def fault(self, at: Node, what: str, do: str = "") -> None:
        self.faults.append(Fault(self.where, what, do, at.line, at.column))

    def not_a(self, expected: str, node: Node) -> None:
        self.fault(node, f"expected {expected}, not {said(node.value)}")

    def keys(self, node: Node, known: tuple[str, ...]) -> dict[str, Node]:
        """The values of the known keys; an unknown one is a fault with the nearest known."""
        assert isinstance(node.value, dict)
        for name, (key, _) in node.value.items():
            if name not in known:
                hint = nearest(name[:100], known) or f"known are {', '.join(known)}"
                self.fault(key, f"unknown key {said(name)}", hint)
        return {name: node.value[name][1] for name in known if name in node.value}

    def text(self, known: Mapping[str, Node], key: str) -> str:
        node = known.get(key)
        if node is None or node.value is None:
            return ""
        if isinstance(node.value, dict | list):
            self.not_a("a text", node)
        return str(node.value).strip()

    def items(self, known: Mapping[str, Node], key: str) -> list[Node]:
        """A list's values; one value alone stands for a list of one."""
        node = known.get(key)
        if node is None or node.value is None:
            return []
        return node.value if isinstance(node.value, list) else [node]

    def folder(self, node: Node) -> Entry | None:
        if isinstance(node.value, str) and node.value.strip():
            return Entry(node.value.strip(), line=node.line, column=node.column)
        self.not_a("a folder's path", node)
        return None

    def entry(self, node: Node) -> Entry | None:
        if isinstance(node.value, str) and node.value.strip():
            return Entry(node.value.strip(), line=node.line, column=node.column)
        if not isinstance(node.value, dict):
            self.not_a("a path, or a mapping with `path`", node)
            return None
        before = len(self.faults)
        known = self.keys(node, ("path", "intensity", "gain", "cue-in", "cue-out"))
        path = self.text(known, "path")
        if not path:
            self.fault(node, "a track needs its `path`")
        intensity = self.number(known, "intensity", parse_intensity)
        gain = self.number(known, "gain", parse_gain)
        cue_in = self.number(known, "cue-in", parse_point)
        cue_out = self.number(known, "cue-out", parse_point)
        if cue_out is not None and cue_out <= (cue_in or 0.0):
            self.fault(known["cue-out"], "`cue-out` must come after `cue-in`")
        if len(self.faults) > before:
            return None
        return Entry(path, intensity, gain or 0.0, cue_in, cue_out, node.line, node.column)

    def number(
        self, known: Mapping[str, Node], key: str, parse: Callable[[object], float]
    ) -> float | None:
        if key not in known:
            return None
        try:
            return parse(known[key].plain())
        except ValueError as error:
            self.fault(known[key], f"`{key}`: {error}")
            return None

    def query(self, node: Node) -> Query | None:
        if not isinstance(node.value, dict):
            self.not_a("a mapping with `intensity` or `tags`", node)
            return None
        known = self.keys(node, ("intensity", "tags", "without"))
        if not known:
            self.fault(node, "asks for nothing", "give it `intensity` or `tags`")
        low, high = 0.0, 1.0
        if "intensity" in known:
            try:
                low, high = map(parse_intensity, known["intensity"].plain())
                if low > high:
                    raise ValueError
            except (ValueError, TypeError):
                expected = "two numbers from 0 to 1, the lower first, such as `[0.2, 0.5]`"
                self.fault(known["intensity"], f"`intensity`: expected {expected}")
        tags = tuple(filter(None, map(self.tag, self.items(known, "tags"))))
        without = tuple(filter(None, map(self.tag, self.items(known, "without"))))
        return Query(low, high, tags, without)

    def tag(self, node: Node) -> str:
        if isinstance(node.value, dict | list | None) or not str(node.value).strip():
            self.not_a("a tag such as `genre:ambient`", node)
            return ""
        kind, colon, word = str(node.value).lower().partition(":")
        return f"{kind.strip()}{colon}{word.strip()}"


def parse_intensity(value: object) -> float:
    """A number from 0 to 1. Raises ValueError that says so."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise ValueError(f"expected a number from 0 to 1, not {said(value)}")


def parse_gain(value: object) -> float:
    """dB, from a number or text such as `-2 dB`, at most `MOST_GAIN_DB` either way."""
    gain = parse_level(value)
    if abs(gain) > MOST_GAIN_DB:
        raise ValueError(f"expected a gain from {-MOST_GAIN_DB:g} to {MOST_GAIN_DB:g} dB")
    return gain


def parse_point(value: object) -> float:
    """A point in a track in seconds: `0:12`, `1:02:03.5`, `12.5 s`, or a bare number of seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6:
        return float(value)
    try:
        if isinstance(value, str):
            return parse_time(value) if ":" in value else parse_duration(value)
    except ValueError:
        pass
    raise ValueError(f"expected a time in the track such as `0:12` or `12.5 s`, not {said(value)}")


def _read_m3u(path: Path, data: bytes) -> PlaylistFile:
    """M3U: a path a line. `.m3u8` is UTF-8; an old `.m3u` may be Windows' Latin letters."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if path.suffix.lower() == ".m3u8":
            line = data.count(b"\n", 0, error.start) + 1
            raise InputError(
                [Fault(shown(path), "is not UTF-8 text", "save it as UTF-8", line=line)]
            ) from error
        text = data.decode("cp1252", "replace")
    entries = []
    for number, row in enumerate(re.split(r"\r\n?|\n", text), 1):
        name = row.strip()
        if name and not name.startswith("#"):
            entries.append(Entry(name, line=number, column=1))
    return PlaylistFile(path, path.stem, entries=tuple(entries))
