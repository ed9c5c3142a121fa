"""`soundscape run` and what it starts, as real processes on the null decks."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from house import PATIENCE_S, SCRIPT, WRITTEN_LATER, House, alive, house_in, until

from soundscape.cli.app import run_app
from soundscape.core.cues.table import CUES

STATUS_FIELDS = {
    "session", "state", "paused", "held", "silent", "phase", "stage", "mode", "arc_s",
    "phase_ends_s", "arc_ends_s", "level_db", "track", "ambience", "health", "pids",
}  # fmt: skip
LOG_FIELDS = {
    "session": None, "arc": None, "started": None, "ended": None, "phases": None,
    "heard": {"layer", "path", "title", "phase", "from_s", "to_s"},
    "cues": {"at_s", "name", "args", "answer"},
    "marks": {"at_s", "person", "note"},
    "faults": None,
}  # fmt: skip
PLAN_FIELDS = {
    "arc": None, "seed": None, "length_s": None,
    "items": {"phase", "path", "title", "artist", "intensity", "start_s", "end_s", "reason"},
    "phases": {"name", "stage", "start_s", "end_s"},
    "cost": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory, stock: Path) -> Iterator[House]:
    """A session that plays slowly, for tests that only look at it."""
    with house_in(tmp_path_factory.mktemp("playing"), stock) as made:
        made.play(speed=1)
        yield made


def has_fields(data: dict[str, Any], fields: dict[str, set[str] | None]) -> None:
    """Whether JSON has at least these fields, its rows too."""
    assert set(data) >= set(fields)
    for name, inner in fields.items():
        if inner:
            assert data[name], f"no {name} to look at"
            assert all(set(row) >= inner for row in data[name])


# A detached session.


def test_a_detached_run_returns_while_the_session_plays(playing: House) -> None:
    """`run --detach` returns; engine and supervisor are processes of their own, one under the
    other, in no terminal's session."""
    status = playing.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    assert status["state"] == "playing"
    engine, supervisor = status["pids"]["engine"], status["pids"]["supervisor"]
    assert alive(engine)
    assert alive(supervisor)
    assert os.getsid(engine) == os.getsid(supervisor) == supervisor


def test_status_has_every_promised_field(playing: House) -> None:
    """`status --json` has at least the fields that programs were promised."""
    status = playing.json("status")
    assert set(status) >= STATUS_FIELDS
    assert set(status["track"]) >= {"path", "title", "position_s"}
    assert set(status["pids"]) >= {"supervisor", "engine"}
    assert status["phase"] == "onset"
    assert status["ambience"] == "rain"


@pytest.mark.slow
def test_plan_has_every_promised_field(playing: House) -> None:
    """`plan --json` has at least the fields that programs were promised, and no library's bar."""
    plan = playing.json("plan", playing.arc)
    has_fields(plan, PLAN_FIELDS)
    assert set(plan["cost"]) >= {"J", "C", "S", "K", "A", "L"}


@pytest.mark.slow
def test_a_second_run_says_which_session_is_running(playing: House) -> None:
    """One session at a time for one home: the second is refused with the code of the first."""
    code = playing.status()["session"]
    done = playing.call("run", playing.arc, "--out", "null", "--detach")
    assert done.returncode == 1
    assert re.fullmatch(rf"session {code} is running already: Small, in onset, .*\n", done.stderr)
    assert [each.name for each in playing.home.sessions.iterdir()] == [code]


@pytest.mark.slow
def test_two_runs_at_once_make_one_session(house: House) -> None:
    """Started at the same moment, one plays, and the other says so and leaves nothing behind."""
    words = ("run", house.arc, "--out", "null", "--detach")
    both = [house.start(*words), house.start(*words)]
    ends = [(each.wait(PATIENCE_S), each.stderr.read()) for each in both if each.stderr]
    code = house.status()["session"]
    assert sorted(end for end, _ in ends) == [0, 1]
    assert f"session {code} is running already" in next(said for end, said in ends if end)
    assert [each.name for each in house.home.sessions.iterdir()] == [code]


@pytest.mark.slow
def test_every_cue_is_a_command_that_answers_in_one_line(house: House) -> None:
    """Each cue of the table is a command; it exits 0 with one short line, and the session has
    taken it. `log show` then tells them all, and `log` lists the session."""
    house.play(speed=1)
    house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    order = ("soften 3", "lift", "restore", "undo", "talk", "reflect", "dose --ago 0.1", "hold",
             "extend 1", "release", "shorten 0.2", "booster", "mark --person A like the sea",
             "next --never", "transition peak", "ambience ocean", "output null-2",
             "pause --all", "resume", "silence 5", "end", "stop")  # fmt: skip
    assert {cue.split()[0] for cue in order} == set(CUES)
    answers = []
    for cue in order:
        done = house.call(*cue.split())
        assert (done.returncode, done.stderr) == (0, ""), cue
        assert re.fullmatch(r"[^\n]{1,160}\n", done.stdout), cue
        answers.append(done.stdout.strip().removesuffix(WRITTEN_LATER))
    until(lambda: house.cue("end").ok, "for the decks to be down")
    house.wait_over()
    story = house.json("log", "show")
    has_fields(story, LOG_FIELDS)
    assert [cue["answer"] for cue in story["cues"]][: len(answers)] == answers
    assert story["marks"][0]["person"] == "A"
    assert story["marks"][0]["note"] == "like the sea"
    assert story["reason"] == "stop"
    assert [row["session"] for row in house.json("log")] == [story["session"]]
    told = house.call("log", "show", story["session"]).stdout
    # Within one second marks come after cues.
    later = min(map(told.index, ("mark 1 for A: like the sea", "» ambience ocean")))
    assert told.index("» soften 3") < later
    assert "like the sea" not in (house.folder() / "journal.jsonl").read_text("utf-8")


def test_a_refused_cue_exits_1_with_its_reason(playing: House) -> None:
    """A refusal is one line that says why, and exit 1; bad words are exit 2 with the usage."""
    refused = playing.call("resume")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "nothing is paused; `lift` or `restore` makes the music louder\n"
    bad = playing.call("soften", "loud", "more", "--fast")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.splitlines()[0] == "usage: soundscape soften [DB]"
    for word in ("`loud`", "`more`", "`--fast`"):
        assert word in bad.stderr


# The end.


@pytest.mark.slow
def test_after_the_arc_the_last_phase_goes_on_until_end(house: House) -> None:
    """When the arc is over, what sounds goes on, and nothing closes until `end` says so."""
    house.play(speed=400)
    status = house.wait(lambda now: now["arc_over"] and now["now_s"] > 250, "for the arc's end")
    assert status["state"] == "playing"
    assert status["phase"] == "return"
    assert status["phase_ends_s"] is None
    assert house.call("end", "8").returncode == 0
    house.wait_over()
    assert house.facts("closed") == [{"reason": "end", "type": "closed"}]
    assert [fact["phase"] for fact in house.facts("phase")] == [0, 1, 3]


@pytest.mark.slow
def test_end_with_arc_closes_by_itself(house: House) -> None:
    """`--end-with-arc` closes the session, and its journal, when the last phase is over."""
    words = ("run", house.arc, "--out", "null", "--speed", "40", "--detach", "--end-with-arc")
    assert house.call(*words).returncode == 0
    until(lambda: house.facts("closed"), "for the end")
    until(lambda: not house.home.control.exists(), "for the engine to go")
    story = house.json("log", "show")
    assert story["reason"] == "arc"
    assert [phase["name"] for phase in story["phases"]] == ["onset", "peak", "return"]
    assert 180 <= story["length_s"] < 300
    assert not house.home.control.exists()


@pytest.mark.slow
@pytest.mark.parametrize("whom", ["launcher", "everybody"])
def test_sigterm_in_the_foreground_closes_with_the_fade(house: House, whom: str) -> None:
    """A service manager's SIGTERM, to the first process or to all of them, ends the session with
    its closing fade of 30 s, seals the journal and exits 0."""
    words = ("run", house.arc, "--out", "null", "--speed", "40", "--foreground")
    launcher = house.start(*words)
    status = house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    os.kill(launcher.pid, signal.SIGTERM)
    if whom == "everybody":
        os.kill(status["pids"]["supervisor"], signal.SIGTERM)
        os.kill(status["pids"]["engine"], signal.SIGTERM)
    assert launcher.wait(PATIENCE_S) == 0
    lines = house.lines()
    began = next(line for line in lines if line["fact"]["type"] == "closing")
    assert (began["fact"]["how"], began["fact"]["seconds"]) == ("end", 30.0)
    assert lines[-1]["fact"] == {"reason": "end", "type": "closed"}
    assert 29 <= lines[-1]["stamp"]["at_s"] - began["stamp"]["at_s"] < 45


# An appointment.


@pytest.mark.slow
def test_a_session_waits_for_its_time_and_can_be_called_off(house: House) -> None:
    """`--at` waits: nothing sounds, cues of the music are refused, `stop` calls it off."""
    at = (datetime.now().astimezone() + timedelta(hours=2)).strftime("%H:%M")
    house.play("--at", at)
    status = house.status()
    assert (status["state"], status["track"], status["arc_s"]) == ("waiting", None, None)
    assert status["begins"][11:16] == at
    assert f"begins at {at}" in house.call("status").stdout
    early = house.call("soften")
    assert early.returncode == 1
    assert early.stderr == "the session has not begun; `stop` calls it off\n"
    assert house.call("stop").returncode == 0
    house.wait_over()
    assert house.facts("started") == []
    assert house.facts("closed") == [{"reason": "stop", "type": "closed"}]
    assert house.call("log", "show").returncode == 0


# The terminal.


class Window:
    """A terminal's window with `soundscape run` in it."""

    def __init__(self, house: House, *options: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        words = [str(SCRIPT), "run", str(house.arc), "--out", "null", *options]
        self.process = subprocess.Popen(
            words,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**house.env, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.shown = ""

    def read(self) -> str:
        """Everything shown so far, without the terminal's own codes."""
        while select.select([self.master], [], [], 0.02)[0]:
            try:
                self.shown += os.read(self.master, 65536).decode("utf-8", "replace")
            except OSError:  # How Linux tells that nobody writes any more.
                break
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.shown)

    def see(self, pattern: str) -> str:
        """Wait until something is shown."""

        def look() -> str:
            shown = self.read()
            return shown if re.search(pattern, shown) else ""

        return str(until(look, lambda: f"to see {pattern!r} in {self.read()[-3000:]}"))

    def shut(self) -> None:
        """Close the window."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1


@pytest.fixture
def window(house: House) -> Iterator[Window]:
    """A window in which a session plays at the pace of the clock."""
    made = Window(house)
    yield made
    made.shut()
    with suppress(ProcessLookupError):
        made.process.kill()
    made.process.wait()


@pytest.mark.slow
def test_the_terminal_shows_the_session_and_ctrl_c_leaves_it(house: House, window: Window) -> None:
    """The screen shows phase, time left, what plays, level and the last cue. Ctrl-C leaves it,
    says that the session goes on and how to end it, and exits 0; the music plays on."""
    window.see(r"onset\W+0:00:\d\d left")
    os.write(window.master, b"\xd4\xd2")  # As a terminal of KOI8 sends two letters.
    window.see("switch to Latin letters")
    assert house.call("soften", "3").returncode == 0
    for wanted in (r"soften: softer by 3 dB", r"playing +Tone \d", r"level +-9 dB"):
        window.see(wanted)
    os.write(window.master, b"\x03")
    said = window.see(r"The session goes on\.")
    assert "soundscape end" in said
    assert "soundscape stop" in said
    assert window.process.wait(PATIENCE_S) == 0
    assert house.status()["state"] == "playing"
    assert house.status()["track"]["sounds"]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["hangup", "killed"])
def test_closing_the_terminal_leaves_the_music_playing(
    house: House, window: Window, how: str
) -> None:
    """Whether the window hangs up or its program is killed outright: the session plays on, and
    takes cues."""
    window.see(r"onset\W+0:00:\d\d left")
    if how == "killed":
        os.killpg(window.process.pid, signal.SIGKILL)
    window.shut()
    window.process.wait(PATIENCE_S)
    before = house.status()
    after = house.wait(lambda now: now["track"]["position_s"] > before["track"]["position_s"])
    assert after["pids"] == before["pids"]
    assert house.call("soften").returncode == 0
    assert house.status()["trim_db"] == -4.0


@pytest.mark.slow
def test_the_screen_says_when_the_session_is_over(house: House) -> None:
    """A session closed from elsewhere ends its screen, which names the command that tells it."""
    piped = house.start("run", house.arc, "--out", "null", "--speed", "20")
    code = house.wait(lambda now: now["track"])["session"]
    house.call("end", "8")
    out, _ = piped.communicate(timeout=PATIENCE_S)
    assert piped.returncode == 0
    assert re.search(r"playing: onset, Tone \d", out)
    assert out.splitlines()[-1].endswith(f"`soundscape log show {code}` shows it.")


@pytest.mark.slow
def test_a_session_that_is_killed_whole_is_told_and_a_new_one_can_begin(house: House) -> None:
    """Where supervisor and engine are killed, its screen says so with exit 1 and how to go on,
    cues say that no session runs, the journal reads as open, and what is left behind keeps no new
    session from beginning."""
    piped = house.start("run", house.arc, "--out", "null")
    house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    status = house.kill_all()
    out, err = piped.communicate(timeout=PATIENCE_S)
    assert piped.returncode == 1
    assert "broke off" in err
    assert "soundscape recover" in err
    assert "is over" not in out
    cue = house.call("soften")
    assert (cue.returncode, cue.stderr.count("\n")) == (1, 1)
    story = house.json("log", "show")
    assert story["ended"] is None
    assert story["heard"]
    second = house.play()
    assert second != status["session"]


# Nothing to play on, nothing to talk to.


@pytest.mark.slow
def test_no_sound_device_is_said_and_nothing_is_left(house: House, tmp_path: Path) -> None:
    """`run` never falls back silently: without a device it exits 1, names `--out null`, and
    leaves no session and no process behind."""
    empty = tmp_path / "xdg"
    empty.mkdir(mode=0o700)
    nobody = {"PULSE_SERVER": f"unix:{empty}/nobody", "XDG_RUNTIME_DIR": str(empty)}
    done = house.call("run", house.arc, "--detach", env={**house.env, **nobody})
    assert done.returncode == 1
    assert "--out null" in done.stderr
    assert not list(house.home.sessions.glob("*"))
    assert not house.home.control.exists()


@pytest.mark.slow
def test_a_session_that_cannot_begin_leaves_nothing(house: House) -> None:
    """Where the engine cannot take the session over (here: it cannot tell where its port is),
    `run` says why with exit 1, and the session that never sounded is taken away again."""
    house.home.control.mkdir(mode=0o700, parents=True)
    done = house.call("run", house.arc, "--out", "null", "--detach")
    assert (done.returncode, done.stdout) == (1, "")
    assert str(house.home.run) in done.stderr
    assert list(house.home.sessions.iterdir()) == []


@pytest.mark.parametrize("cue", CUES)
def test_without_a_session_every_cue_is_one_line(
    at_home: House, cue: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With no session running a cue is one line that says how to start one, and exit 1."""
    assert run_app([cue]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "no session is running; `soundscape run ARC` starts one\n"


@pytest.mark.slow
def test_without_a_session_a_cue_of_the_real_program_and_status_say_the_same(house: House) -> None:
    """The short way of a cue ends in the same words as the long one."""
    for words in (("soften",), ("status",), ("status", "--json")):
        done = house.call(*words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "no session is running; `soundscape run ARC` starts one\n"


def test_every_bad_option_of_run_is_named_at_once(
    at_home: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Options that are bad or do not go together are all named, with exit 2, and nothing starts."""
    words = ["--out", "tape", "--speed", "2", "--at", "25:00", "--detach", "--foreground"]
    assert run_app(["run", str(at_home.arc), *words]) == 2
    said = capsys.readouterr().err
    for option in ("--out", "--speed", "--at", "--detach"):
        assert f"{option}: " in said
    assert not at_home.home.run.exists()
