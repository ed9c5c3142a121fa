"""A playlist's query: which tracks of the library it asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from soundscape.core.names import canonical, is_among, people, spoken
from soundscape.core.track import Track, Voice

VOICES: tuple[Voice, ...] = ("instrumental", "voice", "unknown")


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` to `high`, both ends included."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a value lies within."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Query:
    """Tracks of the libraries, by their tags and by what was measured. All it says must hold.

    `low` and `high` bound the intensity. Of the words: all of `tags`, at least one of `any_of`,
    none of `without`, whatever its accents; a word without a colon matches the value of any kind.
    `voices`, `artists`, `albums` and `folders` each want one of theirs, where there are any.
    `length` is in seconds between the cue points, `loudness_range` in LU. `played` holds what the
    query says over what was measured: fields of `Entry` by name.
    """

    low: float = 0.0
    high: float = 1.0
    tags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    voices: tuple[Voice, ...] = ()
    artists: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    length: Span | None = None
    loudness_range: Span | None = None
    played: tuple[tuple[str, float], ...] = ()

    def may_take(
        self, path: str, name: str, tags: tuple[str, ...], intensity: float | None
    ) -> bool:
        """Whether a file may be asked for, by what is known before anything is measured.

        `name` is its path from its library folder; `intensity` what its tag says, if it does.
        """
        words = _words(tags)
        artists = [tag.partition(":")[2] for tag in tags if tag.startswith("artist:")]
        albums = {_form("", tag.partition(":")[2]) for tag in tags if tag.startswith("album:")}
        return (
            (intensity is None or self.low <= intensity <= self.high)
            and words.issuperset(map(_wanted, self.tags))
            and (not self.without or _spoken(words).isdisjoint(_spoken(map(_wanted, self.without))))
            and (not self.any_of or not words.isdisjoint(map(_wanted, self.any_of)))
            and (not self.artists or _is_by(self.artists, artists))
            and (not self.albums or any(_form("", each) in albums for each in self.albums))
            and (not self.folders or any(_below(path, name, each) for each in self.folders))
        )

    def takes(self, track: Track, range_lu: float | None = None) -> bool:
        """Whether a track that `may_take` let pass is asked for, now that it is measured."""
        return (
            self.low <= track.intensity <= self.high
            and (not self.voices or track.voice in self.voices)
            and (self.length is None or self.length.holds(track.length_s))
            and (
                self.loudness_range is None
                or (range_lu is not None and self.loudness_range.holds(range_lu))
            )
        )


def _form(kind: str, value: str) -> str:
    return f"{canonical(kind)}:{canonical(value)}" if kind else canonical(value)


@lru_cache(maxsize=1024)
def _wanted(word: str) -> str:
    """A tag as a query writes it, in canonical form."""
    kind, colon, value = word.partition(":")
    return _form(kind, value) if colon else _form("", word)


def _words(tags: tuple[str, ...]) -> set[str]:
    """What a query's words may be equal to: each tag and its value, whole and by its parts, as
    taggers join several values in one."""
    words: set[str] = set()
    for tag in tags:
        kind, _, value = tag.partition(":")
        for each in (value, *people(value)):
            words |= {_form(kind, each), _form("", each)}
    return words


def _spoken(words: Iterable[str]) -> set[str]:
    """The words without accents and signs: in doubt a track is left out."""
    return {spoken(word) or word for word in words}


def _is_by(wanted: tuple[str, ...], artists: list[str]) -> bool:
    """Whether one of those wanted is an artist of a file, alone or among others."""
    together = ", ".join(artists)
    return any(is_among(name, credit) for name in wanted for credit in (*artists, together))


def _below(path: str, name: str, folder: str) -> bool:
    """Whether a file lies in a folder: by its whole path, or from its library folder."""
    wanted = tuple(map(canonical, PurePosixPath(folder).parts))
    within = tuple(map(canonical, PurePosixPath(path if folder.startswith("/") else name).parts))
    return within[: len(wanted)] == wanted and len(within) > len(wanted)
