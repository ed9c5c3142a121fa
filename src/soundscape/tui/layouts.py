"""Keys under layouts that write no Latin letters, by their place on the keyboard. Pure.

A terminal sends the letter that a layout writes, and not where its key is. Where a script has one
layout for nearly everybody that use it, the letter tells the place; where it has several, the
language of the terminal's locale says which.
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
"""Whose a letter is, where the locale says nothing of it: the layouts with most people first."""

_OTHERS = {"ı": "i", "İ": "I", "؟": "?", "ё": "`"}
"""Turkish writes another i at its place, Arabic another question mark."""


def layout(language: str) -> Mapping[str, str]:
    """Which Latin key each foreign letter stands for; `language` is that of the locale, such as
    `bg`, "" for none that helps."""
    found: dict[str, str] = dict(_OTHERS)
    for name in dict.fromkeys((language, *_FIRST)):
        for letter, place in zip(_LAYOUTS.get(name, ""), PLACES, strict=False):
            if not letter.isascii():
                found.setdefault(letter, place)
    return found


def language_of(env: Mapping[str, str]) -> str:
    """The language of a locale: `bg` of `bg_BG.UTF-8`."""
    named = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    return named[:2].lower()


def latin(key: str, letters: Mapping[str, str]) -> str:
    """The key at the same place of a Latin layout; the key itself where that is not known."""
    before, plus, char = key.rpartition("+")
    if len(char) != 1 or char.isascii():
        return key
    if char in letters:
        found = letters[char]
    elif char.lower() in letters:
        found = letters[char.lower()].upper()
    else:
        found = unicodedata.normalize("NFKC", char)  # Letters of full width, for one.
        digit = unicodedata.decimal(char, None)
        found = found if digit is None else str(digit)
    return f"{before}{plus}{found}" if len(found) == 1 and found.isascii() else key


def is_foreign(key: str) -> bool:
    """Whether a key writes what no key of this program is."""
    return not key.rpartition("+")[2].isascii()
