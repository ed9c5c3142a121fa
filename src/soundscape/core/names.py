"""The one form in which names are compared: artists, titles, tags, playlists, ambiences, folders.

Two spellings of one name have the same `canonical` form, and lookups compare by it. An avoid
compares by `spoken`, which also removes accents and punctuation: in doubt it leaves music out.
Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import lru_cache

_LETTERS: dict[int, str | None] = str.maketrans(
    {
        # Signs that keyboards, editors and taggers use for one another.
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02b9\u02bb\u02bc\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u301c\uff5e", "-"),
        "\u2044": "/",
        "\u05be": "-",
        "\u05f3": "'",
        "\u05f4": '"',
        # Arabic keyboards write these for the Persian letters, and older ones a cedilla for the
        # Romanian comma.
        **dict.fromkeys("\u064a\u0649", "\u06cc"),
        "\u0643": "\u06a9",
        **dict(zip("\u0218\u0219\u021a\u021b", "\u015e\u015f\u0162\u0163", strict=True)),
        # Only say how the letter before is drawn, or fill its line.
        **dict.fromkeys("\ufe0e\ufe0f\u0640"),
        # A Turkish keyboard writes `I` as the capital of this one.
        "\u0131": "i",
    }
)
_SPOKEN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t"}
)
_GAP = re.compile(r"[\s_-]+")
_SPACE = re.compile(r"\s+")
_SIGNS = re.compile(r"[^a-z0-9]+")
_SORTED = re.compile(r"(.+),\s*(the|a|an|der|die|das|le|la|les|los|las|il|el)", re.IGNORECASE)
_JOIN = re.compile(
    r"[\s(\[,;\uff08\uff3b]+"
    r"(?:(?:feat|ft|vs)[.:\uff0e]\s*|(?:x|\u00d7|feat|ft|featuring|with|and|vs|versus)\s+)"
    r"|\s*(?:[,;/&|\0\u3001\u30fb\uff0c\uff0f\uff1b\uff06]|\\\\)\s*|\s\+\s",
    re.IGNORECASE,
)
_C1 = re.compile("[\x80-\x9f]")
_BRACKETS = " ()[]\uff08\uff09\uff3b\uff3d"

CREDITS = ("albumartist", "composer", "conductor", "performer", "remixer")
"""Kinds of tags that name people, beside the artist."""

CODE_PAGES = (
    *("cp1252", "mac_roman", "cp1250", "cp1251", "cp1253", "cp1254", "cp850", "cp866", "koi8_r"),
    *("shift_jis", "gbk", "euc_kr", "big5", "cp1255", "cp1256"),
)
"""What a text may be in that is no UTF-8, the most common first."""

_WITH_CONTROLS = ("cp1252", "shift_jis", "gbk", "cp866")
"""Those that have letters where Latin-1 has control characters."""


@lru_cache(maxsize=1 << 16)
def folded(text: str) -> str:
    """Give each letter, dash, quote and run of blanks one form: NFKC, case folded, no invisible
    characters. Patterns compare by it, and a dash stays a dash."""
    if text.isascii():
        return _SPACE.sub(" ", text.replace("`", "'").casefold())
    text = unicodedata.normalize("NFKC", text.translate(_LETTERS)).casefold()
    # Case folding may decompose a letter.
    text = unicodedata.normalize("NFKC", text).translate(_LETTERS).replace("i\u0307", "i")
    seen = (each for each in text if unicodedata.category(each) != "Cf")
    return _SPACE.sub(" ", "".join(seen))


def canonical(name: str) -> str:
    """Return the form in which names are compared: as `folded`, and every run of blanks, dashes and
    underscores is one blank. A name made only of those stays as it is."""
    form = folded(name)
    return _GAP.sub(" ", form).strip() or form


def named(name: str, known: Iterable[str]) -> str | None:
    """Find the known name that is meant: the same, else the first with the same canonical form."""
    known = list(known)
    if name in known:
        return name
    wanted = canonical(name)
    return next((each for each in known if canonical(each) == wanted), None)


def parted(credit: str) -> list[str]:
    """Split a joined credit into its names as written: `Ann Reed feat. Bo Lind` are two."""
    turned = _SORTED.fullmatch(credit.strip())
    if turned:
        credit = f"{turned[2]} {turned[1]}"
    return [name for part in _JOIN.split(credit) if (name := part.strip(_BRACKETS))]


@lru_cache(maxsize=1 << 16)
def people(credit: str) -> tuple[str, ...]:
    """List the people of a joined credit, each once, in canonical form."""
    return tuple(dict.fromkeys(map(canonical, parted(credit))))


def same_people(one: str, other: str) -> bool:
    """Whether two credits name the same people, however they are joined and ordered."""
    return canonical(one) == canonical(other) or set(people(one)) == set(people(other))


def is_among(name: str, credit: str) -> bool:
    """Whether a name is a whole credit, or the name of one or more of its people."""
    if canonical(name) == canonical(credit):
        return True
    wanted = people(name)
    return bool(wanted) and set(wanted) <= set(people(credit))


@lru_cache(maxsize=1 << 16)
def spoken(text: str) -> str:
    """Reduce a text to words without accents and signs, with one blank between them:
    `Björk & Co.` is `bjork co`."""
    # An apostrophe does not split a word.
    text = folded(text).replace("'", "")
    if text.isascii():
        return _SIGNS.sub(" ", text).strip()
    text = unicodedata.normalize("NFKD", text.translate(_SPOKEN))
    text = "".join(each for each in text if not unicodedata.combining(each))
    # Marks that some scripts use for vowels count as letters.
    return " ".join(
        "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text).split()
    )


def alike(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """List the most similar known names, the best first.

    Names that contain the whole word come first, then those with a similar spelling. The list is
    empty if none is near.
    """
    by_form: dict[str, str] = {}
    for name in known:
        by_form.setdefault(spoken(name) or canonical(name), name)
    wanted = spoken(word) or canonical(word)
    within = sorted((form for form in by_form if f" {wanted} " in f" {form} "), key=len)
    close: Sequence[str] = get_close_matches(wanted, by_form, n=most, cutoff=0.6)
    words = {part: form for form in by_form for part in form.split()}
    parts = (words[part] for part in get_close_matches(wanted, words, n=most, cutoff=0.8))
    return [by_form[form] for form in dict.fromkeys((*within, *close, *parts))][:most]


def mended(text: str) -> str:
    """A text whose bytes a tagger took for Latin-1, as it is meant: `BjÃ¶rk` is `Björk`. By chance
    hardly any text is UTF-8 twice over, and none holds control characters."""
    raw = _bytes_of(text)
    return next(_decoded(raw, _WITH_CONTROLS if _C1.search(text) else ()), text)


@lru_cache(maxsize=1 << 16)
def readings(text: str) -> tuple[str, ...]:
    """The text, and all that it may say where its bytes are of another code page: taggers without
    Unicode write `×àéêîâñêèé` for `Чайковский`."""
    return tuple(dict.fromkeys((text, *_decoded(_bytes_of(text), CODE_PAGES))))


def _bytes_of(text: str) -> bytes:
    """The bytes of a text that may be in another code page than it was taken for; else none."""
    if text.isascii():
        return b""
    try:
        return b"".join(each.encode("latin-1" if each < "\u0100" else "cp1252") for each in text)
    except UnicodeEncodeError:
        return b""


def _decoded(raw: bytes, code_pages: Iterable[str]) -> Iterator[str]:
    for encoding in ("utf-8", *code_pages) if raw else ():
        with suppress(UnicodeDecodeError):
            yield raw.decode(encoding)
