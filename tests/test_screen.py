"""The live screen in Textual: every key, the lock, second presses, sizes, and no colour."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from house import PATIENCE_S
from screen_cases import MAINS, Stage, status_of
from textual.pilot import Pilot

from soundscape.core.cues.table import CUES
from soundscape.tui.keys import AGAIN_S, BY_KEY, LOCK, SETTLES_S
from soundscape.tui.letters import big
from soundscape.tui.link import Answer, Over, Parted

NAMES = {"+": "plus", "-": "minus", "?": "question_mark"}
"""What Textual calls a key whose character is no name."""

Play = Callable[[Stage, "Pilot[Any]"], Awaitable[None]]


def on_stage(play: Play, size: tuple[int, int] = (80, 24), case: str = "playing") -> Stage:
    """Play on a screen that knows how a session stands; the stage, once the screen is closed."""
    stage = Stage()

    async def run() -> None:
        async with stage.live.run_test(size=size) as pilot:
            stage.stands(status_of(case))
            await pilot.pause()
            await play(stage, pilot)

    asyncio.run(run())
    return stage


async def press(stage: Stage, pilot: Pilot[Any], *keys: str, apart_s: float = 0.3) -> None:
    """Press keys, some time apart by the screen's own clock."""
    for key in keys:
        stage.clock.now += apart_s
        await pilot.press(NAMES.get(key, key))


async def settle(stage: Stage, pilot: Pilot[Any]) -> None:
    """Let a second press settle."""
    stage.clock.now += SETTLES_S
    await pilot.pause(SETTLES_S + 0.1)


def test_every_key_of_the_table_says_its_cue() -> None:
    """Each pressed in the terminal's own words, in one session: nothing needs Enter, and each cue
    is given once. `end` wants its key again, and a list a choice."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        for cue in CUES.values():
            await press(stage, pilot, cue.key)
            if cue.asks_twice:
                assert cue.name not in stage.played.cues
                await press(stage, pilot, cue.key)
                await settle(stage, pilot)
            if cue.needs_words:
                await press(stage, pilot, "1" if cue.pick == "device" else "2")

    wanted = [" ".join((cue.name, *cue.key_words)) for cue in CUES.values()]
    wanted[wanted.index("ambience")] = "ambience forest"
    wanted[wanted.index("output")] = "output default"
    assert on_stage(play).played.cues == wanted


def test_the_keys_of_a_clicker_say_what_they_are_bound_to() -> None:
    """As the terminal names them; the help shows them beside their cue."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        await press(stage, pilot, "pagedown", "f5", "pageup", "?", apart_s=0.5)
        assert "pagedown --never · " in stage.shown

    assert on_stage(play).played.cues == ["next --never", "mark"]


def test_lists_say_what_was_chosen() -> None:
    """For whom a mark or a dose is, into which phase, how long a silence: two presses each."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        await press(stage, pilot, "M")
        assert "mark: whose moment" in stage.shown
        await press(stage, pilot, "2", "D", "1", "T", "4", "I", "4", "a", "escape", "m")

    cues = on_stage(play).played.cues
    assert cues == ["mark --person=B", "dose A", "transition integration", "silence 5", "mark"]


def test_a_cue_says_what_the_screen_showed() -> None:
    """With each cue goes the place that was on the screen when its key was pressed."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        await press(stage, pilot, "t")
        stage.stands({**status_of("playing"), "place": {"phase": 2, "track": 9, "undo": -1.0}})
        await pilot.pause()
        await press(stage, pilot, "n")

    seen = on_stage(play).played.seen
    assert [each and each["track"] for each in seen] == [status_of("playing")["place"]["track"], 9]


def test_a_cue_waits_and_is_answered() -> None:
    """Shown as waiting at once, then with its answer; one that was never answered is told when
    the screen is left."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        await press(stage, pilot, "s", "h")
        assert "hold: waiting for the answer" in stage.shown
        stage.played.tell(Answer("done", "softer by 4 dB", 1))
        stage.played.tell(
            Answer("failed", "no answer; the cue may or may not have taken effect", 2)
        )
        await pilot.pause()
        assert "FAILED: no answer" in stage.shown
        await press(stage, pilot, "k", "q")

    assert on_stage(play).live.return_value == Parted(over=False, unanswered=("talk",))


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_leaving_says_nothing_to_the_session(key: str) -> None:
    """The screen closes; no cue was given."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        await press(stage, pilot, key)

    stage = on_stage(play)
    assert stage.played.cues == []
    assert stage.live.return_value == Parted(over=False)


def test_the_screen_closes_with_the_session() -> None:
    """And knows that it is over."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        stage.played.tell(Over())
        await pilot.pause()

    assert on_stage(play).live.return_value == Parted(over=True)


def test_end_is_asked_for_and_forgotten() -> None:
    """The question stands in large letters, and goes after 2 s."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        await press(stage, pilot, "e")
        assert big("END?")[0].rstrip() in stage.shown
        await press(stage, pilot, "e", apart_s=AGAIN_S + 0.1)
        stage.clock.now += AGAIN_S + 0.1
        await pilot.pause(0.4)
        assert big("END?")[0].rstrip() not in stage.shown

    assert on_stage(play).played.cues == []


def test_stop_is_never_asked_for() -> None:
    """Two presses are two cues, at once, the second of which cuts."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        await press(stage, pilot, "x")
        assert stage.played.cues == ["stop"]
        await press(stage, pilot, "x", apart_s=0.15)

    assert on_stage(play).played.cues == ["stop", "stop"]


def test_wrong_keys_do_nothing() -> None:
    """Not even Textual's own: no palette, no focus, no quitting."""
    keys = ["enter", "tab", "space", "ctrl+q", "ctrl+p", "ctrl+z", "f1", "j", "7", "up", "%"]

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        before = stage.shown
        await press(stage, pilot, *keys, apart_s=0.13)
        assert stage.shown == before
        assert len(stage.live.screen_stack) == 1

    stage = on_stage(play)
    assert stage.played.cues == []
    assert stage.live.return_value is None


def test_locked_only_the_few_work() -> None:
    """Every key of the table is pressed; those that may be said are, and it cannot be left."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        await press(stage, pilot, LOCK, *BY_KEY, "q", "ctrl+c", LOCK, *"MTa")
        assert "LOCKED" in stage.shown
        assert stage.live.return_value is None
        await press(stage, pilot, LOCK, LOCK)
        await settle(stage, pilot)
        assert "LOCKED" not in stage.shown
        await press(stage, pilot, "n")

    said = on_stage(play).played.cues
    locked = [cue.name for cue in CUES.values() if cue.when_locked]
    assert said == [*locked, "mark", "next"]


def test_every_size_and_the_way_between() -> None:
    """80x24, 200x60, small and back: the picture is that of the size."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        for width, height in ((80, 24), (200, 60), (50, 12), (20, 5), (80, 24)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            lines = stage.shown.splitlines()
            assert stage.live.size == (width, height)
            assert max(map(len, lines)) <= width
            assert lines[0].endswith("0:42:00")
            assert any("fade everything out" in line for line in lines) is (width == 200)
            if width >= 80:
                assert any("x stop" in line or "x   stop" in line for line in lines)
                assert any("now" in line for line in lines)

    on_stage(play)


def test_a_session_that_falls_silent_is_told_and_comes_back() -> None:
    """With no answer for 2 s it says so, and for how long; keys are taken meanwhile. With the next
    status all of that is gone."""

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        stage.clock.now += 4.0
        await press(stage, pilot, "p", apart_s=0.0)
        assert big("NO ANSWER")[0].rstrip() in stage.shown
        assert "as of 4 s ago" in stage.shown
        assert "pause: waiting" in stage.shown
        stage.stands(status_of("paused"), MAINS)
        await pilot.pause()
        assert "as of" not in stage.shown
        assert big("PAUSED")[0].rstrip() in stage.shown

    assert on_stage(play).played.cues == ["pause"]


def test_before_the_first_answer_it_waits() -> None:
    """And says so."""
    stage = Stage()

    async def run() -> None:
        async with stage.live.run_test(size=(80, 24)) as pilot:
            stage.clock.now += 2.0
            await press(stage, pilot, "p")
            assert "waiting for the session, 2 s" in stage.shown

    asyncio.run(run())
    assert stage.played.cues == ["pause"]


@pytest.mark.parametrize(
    ("env", "colours"),
    [
        ({"NO_COLOR": "1", "TERM": "xterm-256color"}, 0),
        ({"TERM": "xterm"}, 16),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, 1 << 24),
    ],
)
def test_colours_as_they_are_sent(
    env: dict[str, str], colours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without colour none is sent, in sixteen only those sixteen, and never one that shines: no
    turned field, no white."""
    for name in ("NO_COLOR", "COLORTERM", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    sent: list[str] = []

    async def play(stage: Stage, pilot: Pilot[Any]) -> None:
        for case in ("playing", "paused", "no sound"):
            stage.stands(status_of(case))
            await pilot.pause()
            console = stage.live.console
            update = stage.live.screen._compositor.render_update(full=True)
            sent.append(update.render_segments(console))  # type: ignore[union-attr]

    on_stage(play)
    codes = [
        code
        for found in re.findall(r"\x1b\[([0-9;]*)m", "".join(sent))
        for code in re.findall(r"[34]8;2;\d+;\d+;\d+|[34]8;5;\d+|\d+", found)
    ]
    assert codes
    fields = [code for code in codes if code not in ("0", "1", "2", "4", "39", "49")]
    assert "7" not in codes
    if colours == 0:
        assert fields == []
    elif colours == 16:
        assert set(fields) <= {"40", "31", "33", "37", "91"}
    else:
        assert {code for code in fields if code.startswith("4")} == {"48;2;0;0;0"}
        assert "38;2;255;255;255" not in fields


@pytest.mark.slow
def test_textual_is_loaded_by_nothing_but_the_screen() -> None:
    """A cue, `run` up to the music, the engine and `status` load neither it nor the screen."""
    code = (
        "import sys, soundscape.cli.run, soundscape.process.daemon, soundscape.engine.loop\n"
        "import soundscape.control.server, soundscape.tui.follow, soundscape.tui.face\n"
        "import soundscape.cli.status, soundscape.cli.prepare, soundscape.process.launch\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'textual'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    assert done.stdout.strip() == "[]"
