"""Volumes that somebody else moves, on real libVLC and a real server, flat volumes and not.

The decks play a steady tone, and the core answers what they report, as in a session.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from limits import no_fast_fall, no_step
from recording import Recording
from rig import Rig
from support.until import until
from tones import write_tone

from soundscape.audio.vlc import VlcDecks
from soundscape.clock import BootClock
from soundscape.core import reports
from soundscape.core.arc import Arc
from soundscape.core.events import Opened
from soundscape.core.ports import Glide, NoOutput, Play, Silent, Sounding, Told, VolumeSeen
from soundscape.core.session import Session
from soundscape.core.track import Track

pytestmark = [pytest.mark.sound, pytest.mark.slow]

HANG_S = 120.0
PERCENT = 100.0


class Room:
    """Decks that play a tone in a server of their own."""

    def __init__(
        self, rig: Rig, tone: Path, outside: str = "softer", comes_up_s: float = 6.5
    ) -> None:
        self.rig = rig
        self.reports: list[Told] = []
        self.outside = outside
        self._clock = BootClock()
        self.decks = VlcDecks(self._report, self._clock)
        track = Track(str(tone), "tone", 60.0, 0.3)
        self.decks.do(Play("music", 1, track, 0.0, 2.0))
        until(lambda: self.told(Sounding))
        time.sleep(comes_up_s)

    def _report(self, report: Told) -> None:
        self.reports.append(report)
        if isinstance(report, VolumeSeen):
            session = Session(
                Opened("test", Arc("Test", ()), 0, "test", "null", outside=self.outside)
            )  # type: ignore[arg-type]
            for action in reports.volume_moved(session, report, 0.0).actions:
                self.decks.do(action)

    def told(self, kind: type[object]) -> list[Told]:
        """The reports of one kind."""
        return [report for report in self.reports if isinstance(report, kind)]

    def stream(self) -> tuple[str, float]:
        """Our stream's number, and its volume in percent."""
        (number,) = [
            line.split()[0] for line in self.rig.ask("list", "short", "sink-inputs").splitlines()
        ]
        listed = self.rig.ask("list", "sink-inputs")
        return number, float(listed.split("Volume:")[1].split("%")[0].split("/")[-1])

    def output(self) -> float:
        """The output's volume in percent."""
        listed = self.rig.ask("get-sink-volume", "out")
        return float(listed.split("%")[0].split("/")[-1])


@contextmanager
def room(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    flat: bool = False,
    before: Callable[[Rig], object] = lambda rig: None,
    modules: tuple[str, ...] = (),
) -> Iterator[Room]:
    """A server, and decks that have come up to their full level in it."""
    rig = Rig(folder, flat=flat, modules=modules)
    tone = write_tone(folder / "a.flac", 440.0, 60.0)
    rig.start()
    try:
        for name, value in rig.env.items():
            if name != "HOME":
                monkeypatch.setenv(name, value)
        before(rig)
        made = Room(rig, tone)
        try:
            yield made
        finally:
            made.decks.close()
    finally:
        rig.stop()


def test_a_hand_downwards_wins_and_one_upwards_is_put_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turned down in a mixer, the stream stays there, through a fade of ours too; turned up, it
    goes back softly. Both are told. A muted output is told, is not heard, and comes back softly."""
    path = tmp_path / "recording"
    with room(tmp_path, monkeypatch) as here:
        number, full = here.stream()
        assert full == PERCENT
        here.rig.ask("set-sink-input-volume", number, "60%")
        until(lambda: here.told(VolumeSeen))
        here.decks.do(Glide("music", "trim", -4.0, 0.5))
        time.sleep(1.0)
        here.decks.do(Glide("music", "trim", 0.0, 1.0))
        time.sleep(4.5)
        assert here.stream()[1] == pytest.approx(60.0, abs=1.0)
        (down,) = here.told(VolumeSeen)
        assert isinstance(down, VolumeSeen)
        assert (down.of, down.stands_db) == ("music", pytest.approx(-13.3, abs=0.3))
        with here.rig.recording(path):
            here.rig.ask("set-sink-input-volume", number, "120%")
            time.sleep(0.3)
            until(lambda: here.stream()[1] == pytest.approx(PERCENT, abs=1.0))
        assert len(here.told(VolumeSeen)) == 2
        here.rig.ask("set-sink-mute", "out", "1")
        until(lambda: here.told(Silent))
        assert [report.why for report in here.told(Silent)] == ["muted"]  # type: ignore[union-attr]
        until(lambda: len(here.told(VolumeSeen)) == 3)
        here.rig.ask("set-sink-mute", "out", "0")
        until(lambda: len(here.told(Sounding)) == 2)
        assert here.stream()[1] < 50.0
        assert not here.told(NoOutput)
    back = Recording.read(path)
    first = back.level.argmax()
    put_right = back.between(back.at_s(int(first)), back.ends_s)
    no_step(put_right)
    no_fast_fall(put_right)


def test_with_flat_volumes_the_knob_is_never_pushed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where streams and output share one volume: a knob at 60 % stays the most that is written,
    turned down to 40 % it stays there through a fade of ours, and afterwards it is put back."""
    with room(
        tmp_path,
        monkeypatch,
        flat=True,
        before=lambda rig: rig.ask("set-sink-volume", "out", "60%"),
    ) as here:
        assert here.output() == pytest.approx(60.0, abs=1.0)
        here.rig.ask("set-sink-volume", "out", "40%")
        until(lambda: here.told(VolumeSeen))
        here.decks.do(Glide("music", "trim", -4.0, 0.5))
        time.sleep(1.0)
        here.decks.do(Glide("music", "trim", 0.0, 1.0))
        highest = 0.0
        for _ in range(12):
            time.sleep(0.2)
            highest = max(highest, here.output())
        assert highest == pytest.approx(40.0, abs=1.0)
        here.decks.close()
        assert here.output() == pytest.approx(40.0, abs=1.0)


def test_what_a_server_remembers_of_a_stream_is_not_played_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that remembers our stream as muted and turned down starts the next one as we say."""

    def remember(rig: Rig) -> None:
        first = Room(rig, tmp_path / "a.flac", "keep", 1.5)
        number, _ = first.stream()
        rig.ask("set-sink-input-volume", number, "8%")
        rig.ask("set-sink-input-mute", number, "1")
        until(lambda: first.told(VolumeSeen))
        first.decks.close()

    with room(tmp_path, monkeypatch, before=remember, modules=("module-stream-restore",)) as here:
        assert here.stream()[1] == PERCENT
        assert "Mute: no" in here.rig.ask("list", "sink-inputs")
        assert not here.told(VolumeSeen)
