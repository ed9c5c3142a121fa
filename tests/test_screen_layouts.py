"""Keys under layouts that write no Latin letters, and `stop` under any."""

from __future__ import annotations

from typing import Any

import pytest
from screen_cases import Stage
from test_screen import on_stage, press
from textual.pilot import Pilot

from soundscape.tui.keyboard import help_rows, key_rows
from soundscape.tui.keys import BY_KEY, FREE, STOP_KEY, Keyboard
from soundscape.tui.layouts import is_foreign, language_of, latin, layout

KEYS = "abcdefghijklmnopqrstuvwxyz"
WRITTEN = {
    "ru": "фисвуапршолдьтщзйкыегмцчня",
    "uk": "фисвуапршолдьтщзйкіегмцчня",
    "bg": "ьфъаеожгстнвпхдз,ияшкэуйщю",
    "sr": "абцдефгхијклмнопљрстувњџзѕ",
    "el": "αβψδεφγηιξκλμνοπ;ρστθωςχυζ",
    "ar": "شﻻؤيثبلاهتنمةىخحضقسفعرصءغئ",
    "fa": "شذزیثبلاهتنمپدخحضقسفعرصطغظ",
    "he": "שנבגקכעיןחלךצמםפ/רדאוה'סטז",
}
"""What the places of `KEYS` write, as XKB's own data has it."""


def pairs(language: str) -> list[tuple[str, str]]:
    """Each key of the table with what its place writes; a sign of ASCII is a sign everywhere."""
    both = zip(KEYS, WRITTEN[language], strict=True)
    return [(key, letter) for key, letter in both if not letter.isascii()]


def test_every_key_of_the_table_is_a_letter_or_a_sign_that_all_layouts_have() -> None:
    """Or a cue could be given on some keyboards alone."""
    assert set(BY_KEY) <= {*KEYS, "+", "-"}
    for language in WRITTEN:
        assert {"+", "-", *(key for key, _ in pairs(language))} >= set(BY_KEY)


@pytest.mark.parametrize("language", WRITTEN)
def test_a_letter_is_the_key_at_its_place(language: str) -> None:
    """Small and capital, and with Ctrl, as far as the script has them."""
    letters = layout(language)
    for key, letter in pairs(language):
        assert latin(letter, letters) == key
        assert latin(f"ctrl+{letter}", letters) == f"ctrl+{key}"
        if letter.upper() != letter == letter.upper().lower():
            assert latin(letter.upper(), letters) == key.upper()


@pytest.mark.parametrize("language", ["ru", "uk", "el", "ar", "he"])
def test_the_locale_need_not_say_the_layout(language: str) -> None:
    """Most terminals run in English whatever the keyboard writes."""
    letters = layout(language_of({"LANG": "en_US.UTF-8"}))
    assert all(latin(letter, letters) == key for key, letter in pairs(language))


def test_a_locale_is_read_as_the_c_library_reads_it() -> None:
    """`LC_ALL` goes before `LC_CTYPE` and that before `LANG`."""
    named = {"LC_ALL": "bg_BG.UTF-8", "LC_CTYPE": "ru_RU", "LANG": "de_DE"}
    assert language_of(named) == "bg"
    assert language_of({}) == ""


def test_digits_and_wide_letters_are_what_they_are() -> None:
    """The digits of a list under an Arabic layout, and the letters of a Japanese one."""
    letters = layout("")
    for written, key in {"٣": "3", "۷": "7", "ｘ": "x", "؟": "?", "ı": "i"}.items():
        assert latin(written, letters) == key
    for key in ("x", "+", "?", "pagedown", "ctrl+c", "ctrl+plus", "中"):
        assert latin(key, letters) == key
    assert is_foreign("中")
    assert not is_foreign("+")


def test_stop_has_a_key_that_every_keyboard_has() -> None:
    """It works locked too, is shown beside its cue, and cannot be bound to another."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        for before in ("t", "ctrl+l"):
            await press(stage, pilot, before, STOP_KEY)

    assert on_stage(play).played.cues == ["transition", "stop", "stop"]
    assert STOP_KEY not in FREE
    for rows in (key_rows(Keyboard(), 80, wordy=False), help_rows(80, {})):
        assert "stop  F8" in "".join(text for row in rows for text, _ in row)


def test_a_russian_keyboard_gives_cues() -> None:
    """On the screen itself: `ы` is `soften`, and `ч` stops at once."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        for letter in "ыч":
            stage.live.take_key(letter)

    assert on_stage(play).played.cues == ["soften", "stop"]


def test_a_keyboard_that_nobody_knows_is_explained_once() -> None:
    """The first key says what is wrong and how to stop; none of them gives a cue."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        for letter in "ちしさ":
            stage.live.take_key(letter)
        await pilot.pause()

    stage = on_stage(play)
    assert stage.played.cues == []
    assert stage.shown.count("switch to Latin letters; F8 is `stop`") == 1
    assert "`ち`" in stage.shown
