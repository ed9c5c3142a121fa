"""What a file says of itself: title, artist, length, intensity, lyrics. The value, and how texts
become it; `tagfile` has the texts out of the file.

One `Tags` value for every format, so that nothing above knows of ID3 frames and MP4 atoms. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from soundscape.core.names import CREDITS, mended
from soundscape.core.text import clock, plain

TAGS_VERSION = 6
"""Raised when the same file would be read differently; the index then reads it again."""

Lyrics = Literal["none", "words", "instrumental"]
"""What the lyrics in a file's tags hold: none or nothing, words, or only that there are none."""

RG_REFERENCE_LUFS = -18.0
"""What ReplayGain 2.0 brings a track to."""

R128_REFERENCE_LUFS = -23.0
"""What Opus' R128 gains bring a track to (RFC 7845)."""

MOST_COMMENT = 300
"""Letters of a comment that are kept: enough to know it by."""

MOST_CUESHEET = 100_000
"""Letters of a cue sheet that are kept: more than 99 tracks ever take."""


@dataclass(frozen=True, slots=True)
class Tags:
    """What one file's header and tags say.

    `title` is the file's name without its suffix where no tag gives one. `duration_s` is in
    seconds; `declared` tells whether the file's header promises it, rather than it being estimated
    from the file's size. `wrong` is why its header keeps it from being played, or "". `intensity`
    is 0 to 1, or None where no tag says it. `tags` are lower-case ``kind:value`` words. `torn` is
    true where the file visibly breaks off. `notes` are sentences about tags that could not be used.
    `comment` is one line. `lyrics` is a judgement: the words themselves are not kept. `gain_db` is
    the track's gain by ReplayGain or R128, `gain_lufs` the loudness that gain takes the track to
    have. `ids` are MusicBrainz' by what they name: `recording`, `track`, `release`, `artist`,
    `release artist`, `release group`, `work`; and `isrc`. `cuesheet` is the text of a cue sheet
    that the file carries.
    """

    title: str
    artist: str
    album: str
    duration_s: float
    intensity: float | None = None
    tags: tuple[str, ...] = ()
    declared: bool = True
    torn: bool = False
    notes: tuple[str, ...] = ()
    comment: str = ""
    lyrics: Lyrics = "none"
    gain_db: float | None = None
    gain_lufs: float | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""
    cuesheet: str = ""


WORDS = (
    *("artist", "album", "genre", "mood", "grouping", "kind", "language", "licence"),
    "instrumental",
    *CREDITS,
)
"""The tags that become a track's words."""

_MANY = frozenset({"genre", "mood", "kind"})
"""Kinds whose one text often holds several values, parted by `;` or `,`."""

_IDS = {
    "musicbrainztrackid": "recording",  # The name is older than MusicBrainz' recordings.
    "musicbrainzreleasetrackid": "track",
    "musicbrainzalbumid": "release",
    "musicbrainzartistid": "artist",
    "musicbrainzalbumartistid": "release artist",
    "musicbrainzreleasegroupid": "release group",
    "musicbrainzworkid": "work",
}
"""The names of MusicBrainz' ids, as Picard writes them but for spaces and signs, to what they
name."""

ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
"""The number of a recording (ISO 3901), without its dashes."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def tags_of(
    texts: Mapping[str, Iterable[str]],
    *,
    stem: str,
    duration_s: float,
    declared: bool = True,
    torn: bool = False,
) -> Tags:
    """The value from what the tags hold: names in lower case, each with its texts. Beside `WORDS`,
    `title`, `intensity`, `comment` and `lyrics` these are `replaygain_track_gain`,
    `replaygain_reference_loudness`, `r128_track_gain`, `cuesheet` and MusicBrainz' names. Pure."""
    clean: dict[str, list[str]] = {}
    for kind, values in texts.items():
        # Some formats hold several values in one text, parted as ID3 does.
        parted = (part for value in values for part in value.split("\0"))
        tidied = [word for word in map(_line, parted) if word]
        if tidied:
            clean[kind] = tidied
    words: list[str] = []
    for kind in WORDS:
        for text in clean.get(kind, ()):
            if kind not in _MANY:
                words.append(f"{kind}:{text.lower()}")
                continue
            parts = text.replace(",", ";").split(";")
            words += [f"{kind}:{part.strip().lower()}" for part in parts if part.strip()]

    def first(kind: str) -> str:
        return clean[kind][0] if kind in clean else ""

    intensity: float | None = None
    notes: list[str] = []
    if said := first("intensity"):
        intensity = read_intensity(said)
        if intensity is None:
            notes.append(
                f"its tag INTENSITY is `{said}`, not a number from 0 to 1: measured instead"
            )
    gain_db, gain_lufs = _gain(
        first("replaygain_track_gain"),
        first("replaygain_reference_loudness"),
        first("r128_track_gain"),
    )
    return Tags(
        title=first("title") or _line(stem),
        artist=", ".join(clean.get("artist", ())),
        album=first("album"),
        duration_s=duration_s,
        intensity=intensity,
        tags=tuple(dict.fromkeys(words)),
        declared=declared,
        torn=torn,
        notes=tuple(notes),
        comment=first("comment")[:MOST_COMMENT],
        lyrics=read_lyrics(texts["lyrics"]) if "lyrics" in texts else "none",
        gain_db=gain_db,
        gain_lufs=gain_lufs,
        ids=_ids(clean),
        cuesheet="".join(list(texts.get("cuesheet", ()))[:1])[:MOST_CUESHEET],
    )


def _line(text: str) -> str:
    """A text as it is meant, on one line."""
    return plain(mended(text))


def of_part(tags: Tags, start_s: float, says: Iterable[tuple[str, str]]) -> Tags:
    """The tags of a part that begins at `start_s` of the file that has these, where its list says
    so much of it (`title`, `artist`, `album`). Pure."""
    said = {kind: text for kind, value in says if (text := _line(value))}
    title = said.pop("title", "") or f"{tags.title} ({clock(start_s)})"
    words = [word for word in tags.tags if word.partition(":")[0] not in said]
    words += [f"{kind}:{text.lower()}" for kind, text in said.items() if kind in WORDS]
    return replace(
        tags,
        title=title,
        artist=said.get("artist", tags.artist),
        album=said.get("album", tags.album),
        tags=tuple(words),
        gain_db=None,
        gain_lufs=None,
        ids={},
    )


def read_intensity(text: str) -> float | None:
    """A number from 0 to 1, with a decimal point or comma; None for anything else."""
    if not re.fullmatch(r"\s*\+?(\d+([.,]\d*)?|[.,]\d+)\s*", text, re.ASCII):
        return None
    value = float(text.replace(",", "."))
    return value if value <= 1 else None


def read_lyrics(texts: Iterable[str]) -> Lyrics:
    """What lyrics hold. Time stamps and headings in brackets are no words; nor are fillers such as
    "n/a"."""
    judged: Lyrics = "none"
    for text in texts:
        # "[00:12.30]" and "[ar: somebody]" belong to the LRC form, "[instrumental]" does not.
        bare = re.sub(r"\[[^\]\n]*:[^\]\n]*\]|<\d+:[\d.]+>", " ", text)
        bare = re.sub(r"[\W_]+", " ", bare).strip().casefold()
        if not bare or bare in _NO_LYRICS:
            continue
        if not _ONLY_INSTRUMENTAL.fullmatch(bare):
            return "words"
        judged = "instrumental"
    return judged


_NO_LYRICS = frozenset(
    {"n a", "na", "none", "no lyrics", "no lyrics found", "lyrics not found", "unknown", "lyrics"}
)
_ONLY_INSTRUMENTAL = re.compile(
    r"(?:(?:this|the) (?:song|track|piece|tune) is )?(?:an? |purely )?"
    r"(?:instrumental(?: (?:track|version|piece|music|song|only))?\s*)+"
)


_GAIN = re.compile(r"([+-]?\d{1,3}(?:[.,]\d+)?) ?(?:dB)?", re.IGNORECASE | re.ASCII)
_REFERENCE = re.compile(r"(-\d{1,2}(?:\.\d+)?) ?LUFS", re.IGNORECASE | re.ASCII)
_R128 = re.compile(r"[+-]?\d{1,5}", re.ASCII)


def _gain(replaygain: str, reference: str, r128: str) -> tuple[float | None, float | None]:
    """The gain in dB, and the loudness in LUFS it was made for. ReplayGain is the more common."""
    if replaygain and (gain := _GAIN.fullmatch(replaygain)):
        db = float(gain[1].replace(",", "."))
        named = _REFERENCE.fullmatch(reference)
        return db, (float(named[1]) if named else RG_REFERENCE_LUFS) - db
    if r128 and _R128.fullmatch(r128):
        db = int(r128) / 256  # Q7.8 fixed point
        return db, R128_REFERENCE_LUFS - db
    return None, None


def _ids(clean: Mapping[str, list[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    isrc = clean.get("isrc", [""])[0].upper().replace("-", "").replace(" ", "")
    if ISRC.fullmatch(isrc):
        found["isrc"] = isrc
    for name, values in clean.items():
        if name.startswith("musicbrainz"):
            kind = _IDS.get(re.sub(r"[^a-z]", "", name))
            value = values[0].lower()
            if kind and _UUID.fullmatch(value):
                found[kind] = value
    return found
