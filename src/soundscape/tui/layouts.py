"""Keys under layouts that write no Latin letters, found by their place on the keyboard. Pure.

A terminal sends the letter that a layout writes, not the place of its key. For most scripts nearly
everybody uses one layout, so the letter tells the place. For the others the language of the
terminal's locale decides.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

PLACES = "qwertyuiop[]asdfghjkl;'zxcvbnm,./"
"""The keys of three rows, as a US keyboard writes them."""

_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбю."
_LAYOUTS: dict[str, str] = {
    "ru": _RUSSIAN,
    "uk": "йцукенгшщзхїфівапролджєячсмитьбю.",
    "be": "йцукенгшўзх'фывапролджэячсмітьбю.",
    "bg": ",уеишщксдзц;ьяаожгтнвмчюйъэфхпрлб",
    "sr": "љњертзуиопшђасдфгхјклчћѕџцвбнм,.-",
    "mk": "љњертѕуиопшѓасдфгхјклчќзџцвбнм,./",
    "el": ";ςερτυθιοπ[]ασδφγηξκλ΄'ζχψωβνμ,./",
    "ar": "ضصثقفغعهخحجدشسيبلاتنمكطئءؤرﻻىةوزظ",
    "fa": "ضصثقفغعهخحجچشسیبلاتنمکگظطزرذدپو./",
    "he": "/'קראטוןםפ][שדגכעיחלךף,זסבהנמצתץ.",
}
_FIRST = ("ru", "uk", "be", "el", "ar", "he", "sr", "mk", "bg", "fa")
"""Which layout a letter belongs to if the locale does not say: those most people use come first."""

_OTHERS = {"ı": "i", "İ": "I", "؟": "?", "ё": "`"}
"""Turkish has another i on its key, Arabic another question mark."""


def layout(language: str) -> Mapping[str, str]:
    """Map each foreign letter to its Latin key. `language` is the locale's, such as `bg`; "" if it
    does not help."""
    found: dict[str, str] = dict(_OTHERS)
    for name in dict.fromkeys((language, *_FIRST)):
        for letter, place in zip(_LAYOUTS.get(name, ""), PLACES, strict=False):
            if not letter.isascii():
                found.setdefault(letter, place)
    return found


def language_of(env: Mapping[str, str]) -> str:
    """Return the language of a locale: `bg` for `bg_BG.UTF-8`."""
    named = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    return named[:2].lower()


def latin(key: str, letters: Mapping[str, str]) -> str:
    """Return the key at the same place of a Latin layout; the key itself if that is not known."""
    before, plus, char = key.rpartition("+")
    if len(char) != 1 or char.isascii():
        return key
    if char in letters:
        found = letters[char]
    elif char.lower() in letters:
        found = letters[char.lower()].upper()
    else:
        found = unicodedata.normalize("NFKC", char)  # Full-width letters, for example.
        digit = unicodedata.decimal(char, None)
        found = found if digit is None else str(digit)
    return f"{before}{plus}{found}" if len(found) == 1 and found.isascii() else key


def is_foreign(key: str) -> bool:
    """Whether a key writes a character that is no key of this program."""
    return not key.rpartition("+")[2].isascii()
