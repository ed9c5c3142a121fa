"""What may be played in a phase, and what is the same music."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from soundscape.core.arc import Phase
from soundscape.core.names import CREDITS, canonical, folded, people, readings, spoken
from soundscape.core.track import Pools, Track


def sound(track: Track) -> str:
    """What makes two tracks the same music: the piece, the key of the sound, else the path."""
    return track.piece or track.key or track.path


def sounds(pools: Pools) -> dict[str, str]:
    """The sound of each path that has a copy or may have one; a path that is missing is its own."""
    return {t.path: sound(t) for pool in _each_once(pools) for t in pool if t.piece or t.key}


def _each_once(pools: Mapping[str, tuple[Track, ...]]) -> Iterable[tuple[Track, ...]]:
    return {id(pool): pool for pool in pools.values()}.values()


def sings(track: Track, phase: Phase) -> bool:
    """Whether somebody sings or speaks in the track and the phase does not want that."""
    return track.voice == "voice" and not phase.voice


def over_cap(track: Track, phase: Phase) -> bool:
    """Whether the track is fuller than the phase may ever be."""
    return track.intensity > phase.cap


_NAMES = ("artist", "album", "licence", *CREDITS)
"""Kinds of tags that hold names, not what the music is like."""

_SMALL = frozenset(
    ("and", "und", "et", "y", "feat", "ft", "featuring", "with", "mit", "vs", "versus", "x", "the")
)
"""Words between people's names, and before them."""

_BRACKETED = re.compile(r"[(\[{][^)\]}]*[)\]}]")
_GUESTS = re.compile(
    r"[\s(\[](?:feat|ft)\.\s*(.+)|[\s(\[](?:feat|ft|featuring)\s+(.+)", re.IGNORECASE
)
_NOBODY = ("", "various artists", "various", "va", "unknown artist", "unknown", "[unknown]")
"""What stands for an artist, in canonical form, where a file names none."""

_NUMBERED = re.compile(r"(?:\d+ )+(?=\S)")
_MOST = 1 << 16


@dataclass(frozen=True, slots=True)
class _Name:
    """A name, a credit of several people or a tag's value: its words; what is a whole name in it,
    without blanks; and `needed`, sets of words of which one has to be in the other."""

    words: frozenset[str]
    wholes: frozenset[str]
    needed: tuple[frozenset[str], ...]

    def meets(self, other: _Name, *, whole: bool = False) -> bool:
        """Whether this wanted name may be in the other; with `whole`, not as words in it."""
        if not self.wholes.isdisjoint(other.wholes):
            return True
        return not whole and any(each <= other.words for each in self.needed)


@lru_cache(maxsize=_MOST)
def _heard(text: str) -> str:
    """As `spoken`, with one form for `ü` and `ue`, `ø` and `oe`, `å` and `aa`."""
    return re.sub("(?<=[aou])e", "", spoken(text)).replace("aa", "a") or canonical(text)


@lru_cache(maxsize=_MOST)
def _name(text: str) -> _Name:
    whole = _heard(text)
    names = (whole, *map(_heard, people(text)))
    wholes = {name.replace(" ", "") for each in names for name in (each, each.removeprefix("the "))}
    words = [frozenset(name.split()) for name in names]
    # One word of several people's is too little: Paul Simon is not Simon & Garfunkel.
    needed = [words[0] - _SMALL, *(each for each in words[1:] if len(each - _SMALL) > 1)]
    return _Name(words[0], frozenset(wholes), tuple(filter(None, needed)))


@lru_cache(maxsize=_MOST)
def _credits(artist: str, title: str, path: str) -> tuple[_Name, ...]:
    """Whose the music may be."""
    guests = _GUESTS.search(title)
    named = [artist, *filter(None, guests.groups() if guests else ())]
    if canonical(artist) in _NOBODY:
        named += path.rpartition(".")[0].split("/")[-3:]
    # Those who upload music, and collections, write `Ann Reed - Slow Water` for a title.
    before, dash, _ = folded(title).partition(" - ")
    named += [before] if dash else []
    return tuple(_name(reading) for name in named if name for reading in readings(name))


@lru_cache(maxsize=_MOST)
def _titles(title: str, artist: str, path: str) -> frozenset[str]:
    """What the music may be called."""
    stem = path.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    names = [title, f"{artist} {title}", stem]
    names += [part for name in (title, stem) for part in name.split(" - ")]
    names += [_BRACKETED.sub(" ", name) for name in names]
    names = [reading for name in names for reading in readings(name)]
    forms = {_heard(name) for name in names if name.strip()}
    return frozenset(forms | {_NUMBERED.sub("", form, count=1) for form in forms})


@lru_cache(maxsize=_MOST)
def _steps(path: str) -> str:
    return "/".join(_heard(step) for step in re.split(r"[/\\]", path))


def credited(tags: Iterable[str]) -> list[str]:
    """The people whom a track's tags name beside its artist."""
    return [value for kind, _, value in (tag.partition(":") for tag in tags) if kind in CREDITS]


class Avoid:
    """The `avoid` list of a phase: `tag:x`, `artist:x`, `track:x`, or a bare word for all three.

    In doubt a track is avoided. Spelling, accents and signs do not count (`core.names.spoken`), nor
    how several people are joined. A tag is met by its value or by words in it (`church` meets
    `genre:ambient/church`); an artist by name, by words in it, and where a tag names them as the
    composer or the like (`CREDITS`), the title as a guest or before a dash, or, without any
    artist's tag, the path; a track by its title or file name, with or without what stands in
    brackets, by two or more words of them, or by the end of its path.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._tags: list[tuple[str, _Name]] = []
        self._artists: list[_Name] = []
        self._titles: list[tuple[str, str]] = []
        self._known: dict[tuple[object, ...], bool] = {}
        for entry in entries:
            kind, colon, rest = entry.partition(":")
            kinds = {"tag": self._tag, "artist": self._artist, "track": self._title}
            named = kinds.get(canonical(kind)) if colon else None
            value = (rest if named is not None else entry).strip()
            if value:
                for add in kinds.values() if named is None else (named,):
                    add(value)

    def _tag(self, value: str) -> None:
        kind, colon, word = value.partition(":")
        self._tags.append((canonical(kind), _name(word)) if colon else ("", _name(value)))

    def _artist(self, value: str) -> None:
        self._artists.append(_name(value))

    def _title(self, value: str) -> None:
        self._titles.append((_heard(value), _steps(value)))

    def __bool__(self) -> bool:
        return bool(self._tags or self._artists or self._titles)

    def __call__(self, track: Track) -> bool:
        """Whether the track is to be avoided."""
        said = track.path, track.title, track.artist, track.tags
        found = self._known.get(said)
        if found is None:
            found = self._known[said] = self._meets(track)
        return found

    def _meets(self, track: Track) -> bool:
        if self._tags and any(self._tagged(tag) for tag in track.tags):
            return True
        if self._artists:
            credits = [
                *_credits(track.artist, track.title, track.file),
                *(_name(r) for name in credited(track.tags) for r in readings(name)),
            ]
            if any(wanted.meets(credit) for wanted in self._artists for credit in credits):
                return True
        if self._titles:
            titles = _titles(track.title, track.artist, track.file)
            ends = _steps(track.path), _steps(track.file), _steps(track.file.rpartition(".")[0])
            return any(
                title in titles
                or (" " in title and any(f" {title} " in f" {each} " for each in titles))
                or any(f"/{each}".endswith(f"/{end}") for each in ends)
                for title, end in self._titles
            )
        return False

    def _tagged(self, tag: str) -> bool:
        kind, _, value = tag.partition(":")
        values = [_name(reading) for reading in readings(value)]
        for wanted, name in self._tags:
            # A word of an artist's or album's name says nothing about the music.
            whole = not wanted and kind in _NAMES
            if wanted in ("", canonical(kind)) and any(
                name.meets(each, whole=whole) for each in values
            ):
                return True
        return False


@lru_cache(maxsize=64)
def avoiding(entries: tuple[str, ...]) -> Avoid:
    """The `Avoid` of a phase. It remembers what it met: a cue asks of a whole library again."""
    return Avoid(entries)
