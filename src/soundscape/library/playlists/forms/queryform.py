"""The query of a playlist in YAML."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from soundscape.home import at_home
from soundscape.library.playlists.forms.overrides import OVERRIDES, parse_intensity
from soundscape.library.playlists.forms.reader import Reader
from soundscape.library.playlists.query import VOICES, Query, Span
from soundscape.library.units import parse_duration
from soundscape.library.yamlfile import Node

T = TypeVar("T")

CONDITIONS = (
    *("intensity", "tags", "any", "without", "voice"),
    *("length", "range", "artist", "album", "folder"),
)
"""The keys that say which tracks are asked for."""


def read_query(reader: Reader, node: Node) -> Query | None:
    """The query a node says; what is wrong with it goes to the reader's faults."""
    if not isinstance(node.value, dict):
        reader.not_a("a mapping with `intensity` or `tags`", node)
        return None
    known = reader.keys(node, (*CONDITIONS, "as"))
    if not known.keys() - {"as"}:
        reader.fault(node, "asks for nothing", "give it `intensity` or `tags`")

    def each(key: str, read: Callable[[Node], T | None]) -> tuple[T, ...]:
        found = map(read, reader.items(known, key))
        return tuple(value for value in found if value is not None)

    def span(key: str, read: Callable[[object], float], expected: str) -> Span | None:
        return _span(reader, known[key], key, read, expected) if key in known else None

    def text(at: Node) -> str | None:
        if isinstance(at.value, dict | list | None) or not str(at.value).strip():
            reader.not_a("a text", at)
            return None
        return str(at.value).strip()

    def tag(at: Node) -> str | None:
        if isinstance(at.value, dict | list | None) or not str(at.value).strip():
            reader.not_a("a tag such as `genre:ambient`", at)
            return None
        return str(at.value).strip()

    def voice(at: Node) -> str | None:
        if at.value not in VOICES:
            reader.not_a(f"one of {', '.join(f'`{each}`' for each in VOICES)}", at)
            return None
        return str(at.value)

    bounds = span("intensity", parse_intensity, "two numbers from 0 to 1, the lower first, such as "
                  "`[0.2, 0.5]`")  # fmt: skip
    return Query(
        bounds.low if bounds else 0.0,
        bounds.high if bounds else 1.0,
        tags=each("tags", tag),
        any_of=each("any", tag),
        without=each("without", tag),
        voices=tuple(v for v in VOICES if v in each("voice", voice)),
        artists=each("artist", text),
        albums=each("album", text),
        folders=tuple(at_home(folder).rstrip("/") or "/" for folder in each("folder", text)),
        length=span("length", parse_duration, "two durations, the shorter first, such as "
                    "`[3 min, 15 min]`"),
        loudness_range=span("range", _lu, "two numbers of LU, the lower first, such as `[0, 12]`"),
        played=_played(reader, known["as"]) if "as" in known else (),
    )  # fmt: skip


def _span(
    reader: Reader, node: Node, key: str, read: Callable[[object], float], expected: str
) -> Span | None:
    try:
        low, high = map(read, node.plain())
        if low > high:
            raise ValueError
    except (ValueError, TypeError):
        reader.fault(node, f"`{key}`: expected {expected}")
        return None
    return Span(low, high)


def _lu(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100:
        return float(value)
    raise ValueError


def _played(reader: Reader, node: Node) -> tuple[tuple[str, float], ...]:
    if not isinstance(node.value, dict):
        reader.not_a(f"a mapping with {', '.join(f'`{key}`' for key in OVERRIDES)}", node)
        return ()
    return tuple(reader.overrides(reader.keys(node, tuple(OVERRIDES))).items())
