"""What the live screen shows, as lines: all of it at 80x24, what matters most in less, and nothing
that shines."""

from __future__ import annotations

import fcntl
import os
import struct
import termios
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from screen_cases import CASES, MAINS, session_of, status_of

from soundscape.core.cues.table import CUES
from soundscape.drawing.rows import plainer, width_of, wrap
from soundscape.preflight.supplies import Power
from soundscape.tui import words
from soundscape.tui.colours import look_of, styles
from soundscape.tui.face import AWAY_S, View, draw, summary
from soundscape.tui.follow import can_draw
from soundscape.tui.keys import LOCK, Keyboard, offered, press
from soundscape.tui.letters import GLYPHS, LINES, TALL, big
from soundscape.tui.said import answer, give, hear, waiting

SIZES = [(80, 24), (200, 60), (100, 30), (120, 40), (60, 15), (40, 10)]
WORDS = {
    "paused": "PAUSED",
    "held": "HELD",
    "silence": "SILENCE",
    "talk": "TALK",
    "paused in talk": "PAUSED TALK",
    "held in talk": "HELD TALK",
    "stopping": "STOPPING",
    "stopped": "STOPPED",
    "closing": "CLOSING",
    "no sound": "NO SOUND",
    "muted": "MUTED",
    "waiting": "WAITING",
}
"""The word that nobody may overlook, for each case that has one."""


@cache
def view_of(case: str) -> View:
    status = status_of(case)
    said = hear((), status["last_cue"], None, first=True)
    return View(status, said=said, power=MAINS, offers=offered(status), time="14:42")


def text_of(view: View, size: tuple[int, int] = (80, 24)) -> str:
    return "\n".join("".join(text for text, _ in row).rstrip() for row in draw(view, *size))


# What is there.


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("size", SIZES)
def test_every_state_fills_every_size_exactly(case: str, size: tuple[int, int]) -> None:
    """As many lines as the window has, each exactly as wide."""
    rows = draw(view_of(case), *size)
    assert len(rows) == size[1]
    assert {width_of(row) for row in rows} == {size[0]}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"pedals": {"away": ["FS-1"], "trouble": ""}}, "PEDAL MISSING: FS-1"),
        ({"pedals": {"away": [], "trouble": "no MIDI"}}, "PEDALS NOT WORKING"),
        ({"osc": {"trouble": "taken"}}, "OSC NOT WORKING"),
        ({"media_keys": {"trouble": "no bus"}}, "MEDIA KEYS NOT WORKING"),
    ],
)
def test_what_was_to_give_cues_and_cannot_is_seen(facts: dict[str, Any], said: str) -> None:
    """Before what is well, and gone when it is; where nothing else gives cues nothing is said."""
    row = words.health(status_of("playing"), MAINS, facts)
    assert row[0] == (said, "alarm")
    assert said in text_of(replace(view_of("playing"), hands=facts))
    well = {"pedals": {"away": [], "trouble": ""}, "osc": {"trouble": ""}}
    calm = words.health(status_of("playing"), MAINS)
    assert words.health(status_of("playing"), MAINS, well) == calm


@pytest.mark.parametrize("size", SIZES)
def test_a_page_that_is_served_takes_one_quiet_row(size: tuple[int, int]) -> None:
    """Where it is and for how many; while a device can be paired its six digits, and wrong ones
    before all else. Nobody who serves no page loses a line to it."""
    facts = {"address": "https://192.0.2.1:47400/", "lan": {"a": 1}, "devices": 1, "code": ""}
    pairing = {"code": "123456", "code_for_s": 550.0, "wrong_codes": 2, "last_wrong_from": "::1"}
    view = view_of("playing")
    assert "page " not in text_of(view, size)
    for told, said in (
        (facts, "page     https"),
        (facts | pairing, "page     2 wrong codes, last"),
    ):
        rows = draw(replace(view, page=told), *size)
        assert {width_of(row) for row in rows} == {size[0]}
        assert len(rows) == size[1]
        shown = [row for row in text_of(replace(view, page=told), size).splitlines() if said in row]
        if size[0] >= 80:
            assert len(shown) == 1
            assert ("code 123 456 for 9 min" in shown[0]) == (told is not facts)


@settings(max_examples=examples(150), deadline=None)
@given(
    case=st.sampled_from(list(CASES)),
    width=st.integers(1, 260),
    height=st.integers(1, 90),
    keys=st.lists(st.sampled_from(["a", "T", "?", LOCK, "e", "p"]), max_size=3),
    away_s=st.sampled_from([0.0, 4.0]),
    plain=st.booleans(),
    blocks=st.booleans(),
)
def test_no_window_is_too_small_or_too_large(
    case: str,
    width: int,
    height: int,
    keys: list[str],
    away_s: float,
    plain: bool,
    blocks: bool,
) -> None:
    """Whatever is open and however it stands: the lines fit, and the state is told in words as
    soon as there are two lines wide enough for it."""
    view = replace(view_of(case), away_s=away_s, plain=plain, blocks=blocks)
    for moment, key in enumerate(keys):
        hand, _ = press(view.hand, key, float(moment), view.offers)
        view = replace(view, hand=hand)
    rows = draw(view, width, height)
    assert len(rows) == height
    assert all(width_of(row) == width for row in rows)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_at_a_glance_everything_is_there(size: tuple[int, int]) -> None:
    """Phase and time left, the curve with now, what plays and what comes, level and mode, health,
    the last cue with its answer, marks, and every key: at 80x24 as in a large window."""
    text = text_of(view_of("playing"), size)
    for wanted in (
        "peak · 0:18:00 left, until 15:00", "then return", "arc ends at 15:45",
        "min left", "now", "integration", "Wide sky, soundscape starter", "Deep current",
        "-10 dB, reflect (your change: -4.0 dB)", "rain", "music is playing",
        "on mains power", "kept awake", "journal written", "soften: softer by 4 dB over 6 s",
        "2 marks, last 0:31:02",
        "14:42", "0:42:00",
    ):  # fmt: skip
        assert wanted in text, wanted
    for cue in CUES.values():
        assert f"{cue.key} " in text
        assert f"{cue.name}" in text
    assert sum(0x2800 <= ord(char) < 0x2900 for char in text) > 30
    assert "…" not in text_of(view_of("playing"), (80, 24))
    for line in big("18", twice=size[1] > 30):
        assert line.strip() in text


@pytest.mark.parametrize(("case", "word"), WORDS.items())
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_the_state_is_told_in_large_letters(case: str, word: str, size: tuple[int, int]) -> None:
    """Three lines high at least, five in a large window; nowhere else are there such letters, so
    that what plays as it should shows none."""
    lines = text_of(view_of(case), size).splitlines()
    high = big(word, twice=size[1] > 30)
    place = next(at for at, line in enumerate(lines) if high[0].rstrip() in line)
    for letters, line in zip(high, lines[place:], strict=False):
        assert line.rstrip().endswith(letters.rstrip())
    about = lines[place + len(high)]
    assert len(about) == size[0]


@pytest.mark.parametrize("size", [(60, 15), (40, 10), (30, 8)])
@pytest.mark.parametrize(("case", "word"), WORDS.items())
def test_in_a_small_window_the_state_is_still_told(
    case: str, word: str, size: tuple[int, int]
) -> None:
    """As a word between stars, above everything else."""
    word = word.removesuffix(" TALK")
    assert f"*** {word} ***" in text_of(view_of(case), size).splitlines()[1]


def test_what_plays_shows_no_word() -> None:
    """A word in large letters always means that something is not as usual."""
    for case in ("playing", "no disk", "may sleep", "broke off", "turned down"):
        lines = text_of(view_of(case)).splitlines()
        assert not any("█" in line[25:] for line in lines)


def test_what_is_wrong_comes_first_in_health() -> None:
    """In capitals, in the ink of what somebody has to see to; and it is whole at 80x24."""
    for case, wanted in {
        "no sound": "NO SOUND: the sound server is gone",
        "muted": "MUTED outside soundscape",
        "no disk": "JOURNAL NOT WRITTEN: No space left on device, 4 lines wait",
        "slow disk": "SLOW DISK: 4 lines wait",
        "may sleep": "COMPUTER MAY SLEEP",
        "turned down": "the music was turned down by 9 dB from outside",
        "broke off": "1 fault, last: the engine broke off",
    }.items():
        row = words.health(status_of(case), MAINS)
        inks = [ink for text, ink in row if text == wanted]
        assert inks == ["note" if wanted[0].islower() or wanted[0] == "1" else "alarm"], case
        text = " ".join(text_of(view_of(case)).split())
        assert wanted in text


@pytest.mark.parametrize(
    ("power", "wanted", "ink"),
    [
        (Power(known=True), "on mains power", ""),
        (Power(True, True, 80, 7200.0), "on battery at 80 %, 2 h left", "note"),
        (Power(True, True, 12, 900.0), "LOW: on battery at 12 %, 15 min left", "alarm"),
        (Power(True, True), "on battery", "note"),
    ],
)
def test_power_is_told(power: Power, wanted: str, ink: str) -> None:
    """Mains, battery with what is left of it, and when that is little."""
    assert (wanted, ink) in words.health(status_of("playing"), power)


def test_power_that_nobody_knows_is_not_told() -> None:
    """Nothing is claimed."""
    row = words.health(status_of("playing"), Power(known=False))
    assert "mains" not in str(row)
    assert "battery" not in str(row)


def test_what_waits_is_not_said_to_play() -> None:
    """Paused or in a chosen silence, a track waits."""
    for case, label in {"playing": "playing", "paused": "waits", "silence": "waits"}.items():
        assert f"{label} " in text_of(view_of(case))
        assert words.playing_label(status_of(case)) == label


def test_a_session_that_does_not_answer_is_told_with_its_age() -> None:
    """What is shown is as old as it is, and that the sound comes back by itself is said."""
    text = text_of(replace(view_of("playing"), away_s=AWAY_S + 1))
    assert "as of 3 s ago" in text
    assert "the sound comes back by itself" in text
    assert big("NO ANSWER")[0].rstrip() in text
    assert "as of" not in text_of(replace(view_of("playing"), away_s=AWAY_S - 0.1))
    assert "waiting for the session, 3 s" in text_of(View(away_s=3.0))


def test_a_second_press_is_asked_for_in_large_letters() -> None:
    """With the key, and for how long."""
    text = text_of(replace(view_of("playing"), hand=Keyboard(asked="end")))
    assert big("END?")[0].rstrip() in text
    assert "e again within 2 s" in text


def test_the_list_and_the_help_stand_in_place_of_the_keys() -> None:
    """Each with its keys; in the help every cue is there at 80x24, `stop` among them."""
    text = text_of(replace(view_of("playing"), hand=Keyboard(picking="ambience")))
    for wanted in ("1 fire", "4 rain", "6 off", "Esc cancels"):
        assert wanted in text
    for case in ("playing", "paused"):
        text = text_of(replace(view_of(case), hand=Keyboard(help=True)))
        for cue in CUES.values():
            assert cue.help[:50] in text
    assert "*** PAUSED ***" in text


def test_locked_it_says_so() -> None:
    """Twice: above, and at the keys with the way out."""
    text = text_of(replace(view_of("playing"), hand=Keyboard(locked=True)))
    assert "LOCKED" in text
    assert "locked: only these keys work. Ctrl-L twice unlocks" in text


def test_a_title_cannot_break_the_screen() -> None:
    """Controls, marks of direction and wide letters: the lines keep their width."""
    status = status_of("playing")
    status["track"] |= {"title": "静かな海\x1b[2J\n\u202eevil", "artist": "名" * 60}
    rows = draw(replace(view_of("playing"), status=status), 80, 24)
    assert {width_of(row) for row in rows} == {80}
    assert not any(ord(c) < 32 or c == "\u202e" for row in rows for text, _ in row for c in text)


def test_nothing_of_a_long_answer_is_lost_where_there_is_room() -> None:
    """Broken between words, into two lines at most."""
    row = (("extend", "strong"), (": peak is 5 min longer · peak ends at 15:05, ", ""),
           ("the arc ends at 15:50 (in 68 min)", ""))  # fmt: skip
    lines = wrap(row, 60, 2)  # type: ignore[arg-type]
    assert [width_of(line) for line in lines] == [60, 60]
    text = " ".join("".join(part for part, _ in line).strip() for line in lines)
    assert (
        text
        == "extend: peak is 5 min longer · peak ends at 15:05, the arc ends at 15:50 (in 68 min)"
    )


# Cues and their answers.


def test_a_cue_is_waiting_until_its_answer_has_come() -> None:
    """Never shown as done before: waiting with its seconds, then what came of it."""
    said = give((), 1, "pause", 100.0)
    view = replace(view_of("playing"), said=said, now=103.0)
    assert "pause: waiting for the answer, 3 s" in text_of(view)
    assert waiting(said) == ("pause",)
    for state, shown_as in {
        "done": "pause: down over 8 s",
        "refused": "pause: no: down over 8 s",
        "failed": "pause: FAILED: down over 8 s",
    }.items():
        done = answer(said, 1, state, "down over 8 s")  # type: ignore[arg-type]
        assert waiting(done) == ()
        assert shown_as in text_of(replace(view, said=done))


def last(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "ok": True, "answer": text}


def test_cues_from_elsewhere_are_told_once_and_as_such() -> None:
    """One of our own is not told twice, whichever comes first, its answer or the status."""
    said = give((), 1, "pause", 0.0)
    pause, resume = last("pause", "down"), last("resume", "back")
    early = hear(said, pause, None, first=False)
    assert early == said
    said = answer(said, 1, "done", "down")
    assert hear(said, pause, None, first=False) == said
    said = hear(said, resume, pause, first=False)
    assert [(word.cue, word.number) for word in said] == [("resume", 0), ("pause", 1)]
    assert hear(said, resume, resume, first=False) == said
    again = hear(said, pause, resume, first=False)
    assert [(word.cue, word.number) for word in again[:2]] == [("pause", 0), ("resume", 0)]
    view = replace(view_of("playing"), said=again)
    assert "pause: down  (from elsewhere)" in text_of(view)
    assert "(earlier)" in text_of(view_of("playing"))


def test_two_of_ours_under_way_are_told_once_each() -> None:
    """A status that is older than the newest answer brings nothing back."""
    said = give(give((), 1, "soften", 0.0), 2, "lift", 0.1)
    said = answer(answer(said, 1, "done", "softer"), 2, "done", "louder")
    assert hear(said, last("soften", "softer"), None, first=False) == said
    slow = answer(give((), 1, "soften", 0.0), 1, "done", "softer (done, not yet written)")
    assert hear(slow, last("soften", "softer"), None, first=False) == slow


# Colours.


def luminance(colour: Any) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in colour.get_truecolor())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("look", ["full", "sixteen", "none"])
def test_no_field_shines(look: Any) -> None:
    """The ground is black, or the terminal's own where no colours are wanted; nothing is turned
    round, and no text is white."""
    for style in styles(look).values():
        assert not style.reverse
        assert not style.blink
        if look == "none":
            assert style.color is None
            assert style.bgcolor is None
        else:
            assert luminance(style.bgcolor) == 0.0
            assert luminance(style.color) < 0.65


def test_every_text_can_be_read() -> None:
    """At least 4.5 to 1 against black, but for what is past of the curve: that is 3 to 1."""
    for ink, style in styles("full").items():
        contrast = (luminance(style.color) + 0.05) / 0.05
        assert contrast >= (3.0 if ink == "past" else 4.5), ink


def test_sixteen_colours_stay_apart_and_dark() -> None:
    """Black stays black in sixteen and in 256 colours, and no ink becomes bright white."""
    for ink, style in styles("full").items():
        assert style.color is not None
        assert style.bgcolor is not None
        for system in (ColorSystem.STANDARD, ColorSystem.EIGHT_BIT):
            assert style.bgcolor.downgrade(system).get_truecolor() == (0, 0, 0), ink
            assert style.color.downgrade(system).number not in (0, 15)


@pytest.mark.parametrize(
    ("env", "system", "look"),
    [
        ({"TERM": "xterm-256color"}, "truecolor", "full"),
        ({"TERM": "xterm-256color"}, "256", "full"),
        ({"TERM": "xterm"}, "standard", "sixteen"),
        ({"TERM": "linux"}, "standard", "sixteen"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "standard", "none"),
        ({"TERM": "vt100"}, "standard", "none"),
        ({"TERM": "xterm-mono"}, "standard", "none"),
        ({"TERM": "a terminal nobody knows"}, "standard", "sixteen"),
    ],
)
def test_colours_are_those_that_are_there_and_wanted(
    env: dict[str, str], system: str, look: str
) -> None:
    """NO_COLOR, and a terminal that has none, get none."""
    assert look_of(env, system) == look


@pytest.mark.parametrize("term", ["", "dumb", "unknown"])
def test_where_nothing_can_be_placed_there_is_no_screen(
    term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor where standard input, output or errors are no terminal."""
    primary, secondary = os.openpty()
    with os.fdopen(primary, "rb"), os.fdopen(secondary, "w") as terminal:
        for name in ("__stdin__", "__stdout__", "__stderr__"):
            monkeypatch.setattr(f"sys.{name}", terminal)
        monkeypatch.setenv("TERM", "xterm")
        assert not can_draw()  # A serial line tells no size.
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
        assert can_draw()
        monkeypatch.setenv("TERM", term)
        assert not can_draw()
        monkeypatch.setenv("TERM", "xterm")
        for name in ("__stdin__", "__stdout__", "__stderr__"):
            with monkeypatch.context() as inner, Path(os.devnull).open() as nothing:
                inner.setattr(f"sys.{name}", nothing)
                assert not can_draw()


def test_without_unicode_it_is_ascii() -> None:
    """Curve, marks and state too."""
    for case in ("playing", "paused"):
        view = replace(view_of(case), plain=True, blocks=False)
        for row in draw(view, 80, 24):
            assert all(plainer(text, blocks=False).isascii() for text, _ in row)
        text = "\n".join(plainer(line, blocks=False) for line in text_of(view).splitlines())
        assert "?" not in text.replace("? help", "")
    assert "P A U S E D" in text


def test_the_linux_console_has_blocks_and_no_dots() -> None:
    """Its letters are large; the curve is drawn with what its font has."""
    text = plainer(text_of(replace(view_of("paused"), plain=True, blocks=True)), blocks=True)
    assert big("PAUSED")[0].rstrip() in text
    assert not any(0x2800 <= ord(char) < 0x2900 for char in text)


# Letters.


def test_letters_are_as_wide_as_high_and_all_different() -> None:
    """Three lines, or five of twice the width; every word of a state has all its letters."""
    for word in (*WORDS.values(), "NO ANSWER", "END?", "UNLOCK?"):
        assert set(word) <= set(GLYPHS)
        assert {len(line) for line in big(word)} == {5 * len(word)}
        assert {len(line) for line in big(word, twice=True)} == {10 * len(word)}
        assert (len(big(word)), len(big(word, twice=True))) == (LINES, TALL)
    drawn = {char: big(char) for char in GLYPHS if char != "0"}
    assert len(set(drawn.values())) == len(drawn)


# The same story elsewhere.


@pytest.mark.parametrize("case", CASES)
def test_status_tells_the_same(case: str) -> None:
    """`soundscape status` is read off the same words."""
    text = "\n".join("".join(part for part, _ in row) for row in summary(status_of(case), 120))
    if case in WORDS:
        assert WORDS[case].removesuffix(" TALK") in text
    assert session_of(case).opened.code in text
