"""The live screen as a person has it: the real program in a real terminal (tmux), before a real
session on the null decks."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from house import PATIENCE_S, SCRIPT, House, alive, house_in, until

from soundscape.core.cues.table import CUES
from soundscape.tui.letters import big

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

LONG = """\
name: Long
library: ../music
defaults: {crossfade: 4 s}
phases:
  onset:  {minutes: 20, playlist: soft, intensity: [0.1, 0.4], ambience: rain}
  peak:   {minutes: 30, playlist: full, intensity: [0.4, 0.8]}
  more:   {minutes: 5, playlist: soft, intensity: 0.4, stage: peak, only: booster}
  return: {minutes: 20, playlist: soft, intensity: [0.5, 0.1], level: -12 dB}
"""


class Room:
    """A tmux server of its own with one window, in which there is a shell."""

    def __init__(self, house: House, folder: Path, size: tuple[int, int] = (80, 24)) -> None:
        self._house = house
        self._socket = folder / "tmux"
        self._last_key = ""
        self._env = {
            **{name: value for name, value in house.env.items() if name != "TMUX"},
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            # As a shell may export them: what the window's size is, the window knows better.
            "COLUMNS": "80",
            "LINES": "25",
        }
        width, height = map(str, size)
        shell = "exec env PS1='$ ' sh"
        self.tmux("-f", os.devnull, "new-session", "-d", "-x", width, "-y", height, shell)

    def tmux(self, *words: str) -> str:
        """A command to the server."""
        done = subprocess.run(
            ["tmux", "-u", "-S", str(self._socket), *words],
            env=self._env,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return done.stdout

    def type(self, line: str) -> None:
        """A line for the shell."""
        self.tmux("send-keys", "-l", line)
        self.tmux("send-keys", "Enter")

    def press(self, *keys: str) -> None:
        """Keys as a person presses them: the same one again comes after a moment."""
        for key in keys:
            if key == self._last_key:
                time.sleep(0.25)
            self._last_key = key
            self.tmux("send-keys", *(("-l", key) if len(key) == 1 else (key,)))

    def shown(self, *options: str) -> str:
        """What the window shows."""
        return self.tmux("capture-pane", "-p", *options)

    def see(self, *patterns: str) -> str:
        """Wait until all of it is shown at once: a picture may be taken while it is painted."""

        def look() -> str:
            picture = self.shown()
            return picture if all(re.search(each, picture) for each in patterns) else ""

        return str(until(look, lambda: f"to see {patterns!r} in\n{self.shown()}"))

    def see_big(self, word: str) -> str:
        """Wait until a word is shown in large letters."""
        return self.see(re.escape(big(word)[0].strip()))

    def close(self) -> None:
        """Close the window as a person does; whatever was in it ends by itself."""
        shell = int(self.tmux("display-message", "-p", "#{pane_pid}") or 0)
        self.tmux("kill-server")
        until(lambda: not shell or not _of_window(shell), lambda: f"{_of_window(shell)} to end")


def _of_window(shell: int) -> list[int]:
    """The processes of that shell's window. A session is none of them."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            found += [int(each.name)] if os.getsid(int(each.name)) == shell else []
    return found


@pytest.fixture(scope="module")
def long_arc(stock: Path) -> Path:
    path = stock / "arcs" / "long.yaml"
    path.write_text(LONG, "utf-8")
    return path


@pytest.fixture
def room(house: House, tmp_path: Path) -> Iterator[Room]:
    made = Room(house, tmp_path)
    yield made
    made.close()


def test_run_opens_it_and_every_key_is_a_cue(house: House, room: Room, long_arc: Path) -> None:
    """`run` in a terminal opens the screen; every key of the table is answered in place, and is in
    the journal as it was pressed. `end` by two presses ends the session, and the screen with it."""
    room.type(f"{SCRIPT} run {long_arc} --out null --seed 1")
    rest = ("now", "playing  Tone", "next     Tone", "journal written", "x stop", "rain")
    room.see(r"onset · 0:19:\d\d left", *rest)
    house.wait(lambda now: now["track"] and now["track"]["sounds"], "for music")
    order = "slbprkfhg+-nidoa1mv1utx"
    assert sorted(set(order) - {"1"}) == sorted(cue.key for cue in CUES.values() if cue.key != "e")
    for key in order.removesuffix("x"):
        before = len(house.facts("asked"))
        room.press(key)
        if key not in "av":  # Their answer comes with the choice.
            until(lambda before=before: len(house.facts("asked")) > before, f"for {key}")
    by_key = {cue.key: cue for cue in CUES.values()}
    asked = house.facts("asked")
    assert [fact["cue"] for fact in asked] == [
        by_key[key].name for key in order.removesuffix("x") if key != "1"
    ]
    assert [fact["cue"] for fact in asked if not fact["ok"]] in ([], ["transition"])
    room.see(r"transition: ")
    room.press("M", "1")
    until(lambda: house.facts("marked")[-1]["person"] == "A", "for a mark")
    room.press("x")
    room.see_big("STOPPED")
    room.press("u")
    house.wait(lambda now: not now["stopped"] and not now["closing"], "for undo")
    room.press("r")
    house.wait(lambda now: not now["silent"] and now["track"] and now["track"]["sounds"])
    room.press("e")
    room.see_big("END?")
    room.press("e")
    room.see_big("CLOSING")
    room.press("x", "x")
    house.wait(lambda now: now["stopped"], "for the end")
    room.press("e")
    room.see_big("END?")
    room.press("e")
    room.see(r"The session is over\. `soundscape log show \w+` shows it\.")
    assert house.facts("closed")


@pytest.fixture(scope="module")
def playing(
    tmp_path_factory: pytest.TempPathFactory, stock: Path, long_arc: Path
) -> Iterator[House]:
    """A session that goes on whatever becomes of its screens."""
    with house_in(tmp_path_factory.mktemp("playing"), stock) as made:
        made.play(arc=long_arc, speed=1)
        yield made


@pytest.fixture
def seat(playing: House, tmp_path: Path) -> Iterator[Room]:
    """A window before that session."""
    for name in ("resume", "release", "reflect"):
        playing.cue(name)
    made = Room(playing, tmp_path)
    try:
        made.type(f"{SCRIPT} attach")
        made.see(r"onset · 0:\d\d:\d\d left")
        yield made
    finally:
        made.close()


@pytest.mark.slow
def test_q_leaves_and_attach_comes_back(playing: House, seat: Room) -> None:
    """Leaving says that the session goes on and how to come back; `attach` does. Ctrl-C is the
    same. The session is told of none of it."""
    before = playing.facts("asked")
    for key in ("q", "C-c"):
        seat.press(key)
        said = seat.see(r"The session goes on\.")
        assert "soundscape attach" in said
        assert "\u2584" not in said
        seat.type(f"clear; {SCRIPT} attach; clear")
        seat.see(r"onset · ")
    assert playing.facts("asked") == before
    assert playing.status()["state"] == "playing"


@pytest.mark.slow
def test_a_detached_terminal_and_another_size(seat: Room) -> None:
    """80x24, large, small and back: each time all of it is drawn anew, and nothing is left over."""
    for width, height in ((200, 60), (60, 15), (80, 24)):
        seat.tmux("resize-window", "-x", str(width), "-y", str(height))
        wide = r"fade everything out in 1\.5 s" if width == 200 else r"x stop"
        seat.see(wide)

        def settled(width: int = width, height: int = height) -> bool:
            lines = seat.shown().splitlines()
            return len(lines) == height and lines[0].rstrip().endswith(lines[0].split()[-1])

        until(settled, "for the size")
        lines = seat.shown().splitlines()
        assert sum("x stop" in line or "x   stop" in line for line in lines) <= 1
        assert sum("Ctrl-L" in line for line in lines) == 1
        assert lines[0].startswith("Long · ")


def shell_child(seat: Room) -> int:
    """The process of the screen."""
    shell = seat.tmux("display-message", "-p", "#{pane_pid}").strip()
    return int(Path(f"/proc/{shell}/task/{shell}/children").read_text().split()[-1])


@pytest.mark.slow
def test_it_is_whole_again_after_fg(playing: House, seat: Room) -> None:
    """Put into the background by Ctrl-Z, or stopped by somebody who asked it nothing: after `fg`
    all of it is there, every key is read once, and it can be left."""
    for stop in ("C-z", "SIGSTOP"):
        if stop == "C-z":
            seat.press(stop)
        else:
            os.kill(shell_child(seat), signal.SIGSTOP)
        seat.see("Stopped")
        # Ctrl-J: a screen that was asked nothing has left the terminal's Enter as it had it.
        seat.tmux("send-keys", "clear; echo elsewhere", "C-j")
        seat.see("elsewhere")
        seat.tmux("send-keys", "fg", "C-j")
        seat.see(r"onset · 0:\d\d:\d\d left(.*\n)+.*level(.*\n)+.*x stop(.*\n)+.*\? help")
        assert "elsewhere" not in seat.shown()
    marks = playing.status()["marks"]
    seat.press(*["m"] * 6)
    until(lambda: playing.status()["marks"] == marks + 6, "for six marks")
    seat.press("q")
    seat.see(r"The session goes on\.")


@pytest.mark.slow
def test_what_is_written_over_it_goes(seat: Room) -> None:
    """A broadcast is there for a few seconds, or until Ctrl-R."""
    tty = Path(seat.tmux("display-message", "-p", "#{pane_tty}").strip())
    for ended in (False, True):
        before = seat.shown().splitlines()[5:]
        tty.write_text("\r\n\r\nBroadcast message: the printer is on fire\r\n" * 3)
        seat.see("printer")
        if ended:
            seat.press("C-r")
        until(lambda: "printer" not in seat.shown(), "for the screen to be painted anew")
        assert [line[:4] for line in seat.shown().splitlines()[5:]] == [x[:4] for x in before]


@pytest.mark.slow
def test_locked_in_the_terminal(playing: House, seat: Room) -> None:
    """Ctrl-L locks; then `n`, `q` and Ctrl-C do nothing, `m` marks; twice Ctrl-L unlocks."""
    before = len(playing.facts("asked"))
    seat.press("C-l")
    seat.see("LOCKED")
    seat.press("n", "q", "C-c", "e", "e", "h", "m")
    seat.see(r"mark: mark \d+ at")
    assert [fact["cue"] for fact in playing.facts("asked")[before:]] == ["mark"]
    seat.press("C-l")
    seat.see(re.escape(big("UNLOCK?")[0].strip()))
    seat.press("C-l")
    until(lambda: "LOCKED" not in seat.shown(), "for the lock to open")


@pytest.mark.slow
def test_an_engine_that_is_killed_is_followed_on_the_same_screen(
    playing: House, seat: Room
) -> None:
    """While none answers, the screen says that the sound is coming back; a cue that is given then
    is answered by the next engine; what happened stands in health."""
    engine = playing.status()["pids"]["engine"]
    os.kill(engine, signal.SIGSTOP)
    seat.press("k")
    seat.see(r"talk: waiting for the answer")
    seat.see(r"the sound comes back by itself", r"as of \d s ago")
    if alive(engine):
        os.kill(engine, signal.SIGKILL)
    seat.see(r"talk: .*under the voices")
    seat.see(r"\d\s+faults?, last:", r"(?s)\A(?!.*as of)")
    assert playing.status()["pids"]["engine"] != engine
    assert playing.status()["mode"] == "talk"
    seat.press("f")
    seat.see(r"reflect: ")


@pytest.mark.slow
def test_two_screens_and_the_command_line_see_the_same(
    playing: House, seat: Room, tmp_path: Path
) -> None:
    """A cue from one is told on the other, as one from elsewhere; so is a command's."""
    folder = tmp_path / "other"
    folder.mkdir()
    other = Room(playing, folder, (120, 40))
    try:
        other.type(f"{SCRIPT} attach")
        other.see(r"onset · ")
        other.press("h")
        other.see(r"hold: ")
        seat.see_big("HELD")
        seat.see(r"(?s)cues     hold: .{,200}\(from elsewhere\)")
        assert playing.cue("release").ok
        for window in (seat, other):
            window.see(r"(?s)cues     release: .{,300}\(from elsewhere\)")
    finally:
        other.close()


@pytest.mark.slow
def test_a_hang_up_leaves_the_session(playing: House, seat: Room) -> None:
    """The terminal is gone from one moment to the next: the screen goes, the session stays."""
    pane = int(seat.tmux("list-panes", "-F", "#{pane_pid}"))
    children = Path(f"/proc/{pane}/task/{pane}/children").read_text().split()
    seat.close()
    until(lambda: not any(alive(int(child)) for child in children), "for the screen to go")
    status = playing.status()
    assert status["state"] == "playing"
    assert playing.cue("mark").ok


def test_without_colour_it_is_the_same_screen(playing: House, tmp_path: Path) -> None:
    """NO_COLOR: the same keys and words, and no colour is sent; the state stands in its letters."""
    made = Room(playing, tmp_path)
    try:
        made.type(f"NO_COLOR=1 {SCRIPT} attach")
        made.see(r"onset · ")
        made.press("p")
        made.see_big("PAUSED")
        codes = re.findall(r"\x1b\[([0-9;]*)m", made.shown("-e"))
        assert set(";".join(codes).split(";")) <= {"", "0", "1", "2", "4", "22", "39", "49"}
        made.press("r")
        made.see(r"resume: ")
    finally:
        made.close()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["TERM=dumb", "--no-screen", "2>/dev/null"])
def test_plain_lines_where_no_screen_is_wanted(playing: House, tmp_path: Path, how: str) -> None:
    """A terminal that can place nothing, `--no-screen`, or errors that go elsewhere: a line when
    something changes, until Ctrl-C."""
    made = Room(playing, tmp_path)
    try:
        before, after = (how, "") if how.startswith("TERM") else ("", how)
        made.type(f"{before} {SCRIPT} attach {after}")
        made.see(r"\d:\d\d:\d\d playing: onset, Tone")
        assert playing.cue("mark").ok
        made.see(r"\| mark: mark \d+ at")
        assert "min left" not in made.shown()
        made.press("C-c")
        if not how.startswith("2>"):
            made.see(r"The session goes on\.")
        assert playing.status()["state"] == "playing"
    finally:
        made.close()


@pytest.mark.slow
def test_a_session_that_is_killed_whole_ends_its_screen(
    house: House, room: Room, long_arc: Path
) -> None:
    """Engine and supervisor are gone: the screen closes, and what is left is said."""
    house.play(arc=long_arc, speed=1)
    room.type(f"{SCRIPT} attach; echo exit $?")
    room.see(r"onset · ")
    for _ in range(3):
        for pid in house.processes():
            os.kill(pid, signal.SIGKILL)
    room.see(r"session \w+ broke off")
    assert "soundscape recover" in room.shown()
    room.see(r"exit 1")


def test_attach_without_a_session_says_so(house: House) -> None:
    """In one line, exit 1."""
    done = house.call("attach")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "no session is running; `soundscape run ARC` starts one\n"


def test_a_closed_window_ends_its_screen(playing: House) -> None:
    """However often it is woken while it goes, as a window's shell does, no screen is left behind
    that would take a core from the music."""
    window, inside = pty.openpty()
    fcntl.ioctl(window, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    words = ["setsid", "--ctty", SCRIPT, "attach"]
    env = {**playing.env, "TERM": "xterm-256color"}
    screen = subprocess.Popen(words, env=env, stdin=inside, stdout=inside, stderr=inside)
    os.close(inside)
    shown = b""
    while b"onset" not in shown:
        shown += os.read(window, 65536)
    os.close(window)

    def gone() -> bool:
        screen.send_signal(signal.SIGCONT)
        return screen.poll() is not None

    until(gone, "the screen to end")
