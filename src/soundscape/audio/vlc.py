"""Decks on libVLC: four media players in one process, one thread that makes every call.

What is known of libVLC 3 and shapes this file:

- Volume is a whole percentage on a cubic law: gain dB = 60 log10(percent / 100).
- Its callbacks come on threads of its own and must never call back into it: they only enqueue.
- `Playing` and a moving time do not mean that anything is heard. A player is heard once buffers
  have been handed to the output and the output has named its device.
- Volume is set before every `play`, or the sound server starts the stream at a saved one.
- `get_time` moves in steps of 250 to 300 ms; in between the position is carried on by the clock.
"""

from __future__ import annotations

import math
import queue
import sys
import tempfile
import threading
import wave
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soundscape.audio.mixer import Mixer
from soundscape.audio.player import Look, PlayerState
from soundscape.core import fade
from soundscape.core.errors import Fault, InputError, NoSound, nearest
from soundscape.core.ports import Action, Clock, Reporter, StoodStill
from soundscape.core.track import LAYERS, Layer

TICK_S = 0.02
STILL_S = 1.0
"""A tick so much too late, over which no deck moved as far, tells that all stood still."""

REST_TICK_S = 0.2
"""While no gain moves the decks are only looked at, five times a second."""

CARRY_S = 0.6
"""How far the position is carried on by the clock when libVLC's own time does not move."""

_OPTIONS = (
    "--quiet",
    "--no-video",
    "--no-spu",
    "--no-osd",
    "--no-sub-autodetect-file",
    "--no-metadata-network-access",
    "--no-lua",
    "--audio-replay-gain-mode=none",
    "--no-audio-time-stretch",
)


def _libvlc() -> Any:
    """python-vlc, or one clear message where libVLC is not installed."""
    try:
        import vlc
    except (ImportError, OSError, NameError, AttributeError) as error:
        raise NoSound(
            f"libVLC cannot be loaded ({error}); install VLC (on Debian: libvlc5 and "
            "vlc-plugin-base), or play silently with --out null"
        ) from None
    return vlc


def _instance(vlc: Any) -> Any:
    options = [*_OPTIONS, *(["--aout=directsound"] if sys.platform == "win32" else [])]
    made = vlc.Instance(options)
    if made is None:
        raise NoSound("libVLC does not start; is vlc-plugin-base installed? Or use --out null")
    return made


def to_percent(db: float) -> int:
    """libVLC's volume for a gain in dB, on its cubic law; at most 200."""
    if db <= fade.MUTE_DB:
        return 0
    return min(round(100.0 * math.pow(10.0, db / 60.0)), 200)


@dataclass(slots=True)
class _Event:
    player: VlcPlayer
    number: int
    name: str


class VlcPlayer:
    """A `Player` that makes a libVLC media player of its own for every file.

    A media player that has been stopped starts its next file at full volume for a quarter of a
    second, whatever it was told before (recorded: 8 dB over the music around it). A new one does
    not, so none is used twice.
    """

    def __init__(
        self, vlc: Any, instance: Any, tell: Callable[[_Event], None], device: str
    ) -> None:
        self._vlc = vlc
        self._instance = instance
        self._tell = tell
        self._device = device
        self._player: Any = None
        self._media: Any = None
        self._round = 0
        self._state: PlayerState = "idle"
        self._device_named = False
        self._percent = -1
        self._offset_s = 0.0
        self._time_ms = -1
        self._moved_at: float | None = None

    def start(self, path: str, offset_s: float) -> None:
        """Open a file and play it silently from `offset_s`."""
        self._round += 1
        self._player = self._instance.media_player_new()
        if self._device:
            self._player.audio_output_device_set(None, self._device)
        self._listen(self._player, self._round)
        self._media = self._instance.media_new_path(path)
        if offset_s > 0.0:
            self._media.add_option(f":start-time={offset_s:.3f}")
        self._player.set_media(self._media)
        self._state, self._device_named = "opening", False
        self._offset_s, self._time_ms, self._moved_at = offset_s, -1, None
        self._percent = -1
        self.set_gain(fade.SILENT_DB)
        if self._player.play() != 0:
            self._state = "failed"

    def _listen(self, player: Any, number: int) -> None:
        manager = player.event_manager()
        kind = self._vlc.EventType
        for event, name in (
            (kind.MediaPlayerEndReached, "ended"),
            (kind.MediaPlayerEncounteredError, "failed"),
            (kind.MediaPlayerAudioDevice, "device"),
        ):
            told = _Event(self, number, name)
            manager.event_attach(event, lambda _, told=told: self._tell(told))

    def set_gain(self, db: float) -> None:
        """Write the volume where it differs from what was written last."""
        percent = to_percent(db)
        if percent != self._percent and self._player is not None:
            self._percent = percent
            self._player.audio_set_volume(percent)

    def freeze(self) -> None:
        """Pause."""
        self._player.set_pause(1)
        self._state = "frozen"

    def thaw(self) -> None:
        """Go on."""
        self._player.set_pause(0)
        self._state = "rolling"

    def stop(self) -> None:
        """Stop, and let file and media player go."""
        if self._player is not None:
            self._player.stop()
            self._player.release()
            self._media.release()
        self._player = self._media = None
        self._state = "idle"

    def look(self, now: float) -> Look:
        """State, interpolated position, and whether sound has reached the output."""
        if self._state not in ("opening", "rolling"):
            return Look(self._state, self._position_s(now), self._heard())
        time_ms = self._player.get_time()
        if time_ms > max(self._time_ms, round(self._offset_s * 1000.0)):
            self._state = "rolling"
            self._time_ms, self._moved_at = time_ms, now
        elif self._state == "rolling" and self._moved_at is None:
            self._moved_at = now
        return Look(self._state, self._position_s(now), self._heard())

    @property
    def plays(self) -> bool:
        """Whether it should move, or soon will."""
        return self._state in ("opening", "rolling")

    def moved_by(self) -> float:
        """Seconds that it has played since it was last looked at."""
        return float(max(self._player.get_time() - self._time_ms, 0)) / 1000.0

    def _position_s(self, now: float) -> float:
        start_s = self._offset_s if self._time_ms < 0 else self._time_ms / 1000.0
        if self._state != "rolling" or self._moved_at is None:
            return start_s
        return start_s + min(now - self._moved_at, CARRY_S)

    def _heard(self) -> bool:
        if not self._device_named or self._media is None:
            return False
        stats = self._vlc.MediaStats()
        self._media.get_stats(stats)
        return bool(stats.played_abuffers > 0)

    def ends_at(self, now: float) -> float:
        """Not foretold: libVLC says when."""
        return float("inf")

    def event(self, number: int, name: str) -> None:
        """Take what a callback enqueued, unless it tells of a file that is gone already."""
        if number != self._round:
            return
        if name == "device":
            self._device_named = True
            if self._state == "opening":
                # Decoded sound has reached an output: a quarter of a second before libVLC's time
                # moves, and never for a file that only looks like music.
                self._state = "rolling"
        elif self._state in ("opening", "rolling"):
            self._state = "ended" if name == "ended" else "failed"


class VlcDecks:
    """The `Decks` of a real session."""

    def __init__(self, report: Reporter, clock: Clock, device: str = "") -> None:
        self._clock = clock
        self._inbox: queue.SimpleQueue[Action | _Event | None] = queue.SimpleQueue()
        vlc = _libvlc()
        instance = _instance(vlc)
        players: dict[Layer, tuple[VlcPlayer, VlcPlayer]] = {}
        for layer in LAYERS:
            first, second = (VlcPlayer(vlc, instance, self._inbox.put, device) for _ in range(2))
            players[layer] = (first, second)
        self._players = [player for pair in players.values() for player in pair]
        self._report = report
        self._mixer = Mixer(players, report)
        self._thread = threading.Thread(target=self._run, name="decks", daemon=True)
        self._thread.start()

    def do(self, action: Action) -> None:
        """Enqueue an action."""
        self._inbox.put(action)

    def advance(self, now: float) -> None:
        """The decks have a thread of their own."""

    def next_wake(self, now: float) -> float:
        """Never: the decks have a thread of their own."""
        return float("inf")

    def position(self, token: int) -> float | None:
        """Seconds into its file of what `token` names, as last seen."""
        return self._mixer.position(token, self._clock.now())

    def close(self) -> None:
        """Stop everything at once and let go of the device."""
        self._inbox.put(None)
        self._thread.join(timeout=3.0)

    def _run(self) -> None:
        wait_s = REST_TICK_S
        while True:
            before = self._clock.now()
            messages: list[Action | _Event | None] = []
            with suppress(queue.Empty):
                messages.append(self._inbox.get(timeout=wait_s))
            self._mind_a_standstill(before, wait_s)
            while not self._inbox.empty():
                messages.append(self._inbox.get())
            for message in messages:
                if message is None:
                    self._release()
                    return
                self._take(message)
            now = self._clock.now()
            self._mixer.step(now)
            wait_s = TICK_S if self._mixer.moving(now) else REST_TICK_S

    def _mind_a_standstill(self, before: float, wait_s: float) -> None:
        """Where the whole process stood still, what was heard broke off, and has begun again at
        full level by now: silence it at once. What comes next is for the session to say."""
        now = self._clock.now()
        late_s = now - before - wait_s
        if late_s < STILL_S:
            return
        playing = [each.moved_by() for each in self._players if each.plays]
        if not playing or max(playing) >= late_s / 2:
            return
        self._mixer.clear()
        self._report(StoodStill(before, now))

    def _take(self, message: Action | _Event) -> None:
        if isinstance(message, _Event):
            message.player.event(message.number, message.name)
        else:
            self._mixer.do(message, self._clock.now())

    def _release(self) -> None:
        for player in self._players:
            player.stop()


def check_output(clock: Clock, device: str = "", patience_s: float = 2.5) -> None:
    """Play a second of digital silence, and see that an output takes it.

    Raises `NoSound` where none does: libVLC itself would go on saying that it plays. A `device`
    that does not exist is an `InputError`: libVLC would quietly take another one.
    """
    vlc = _libvlc()
    if device:
        known = [each.name for each in devices()]
        if device not in known:
            hint = nearest(device, known) or f"there is {', '.join(filter(None, known)) or 'none'}"
            raise InputError([Fault("--device", f"no output device `{device}`", hint)])
    inbox: queue.SimpleQueue[_Event] = queue.SimpleQueue()
    player = VlcPlayer(vlc, _instance(vlc), inbox.put, device)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "silence.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(48000)
            file.writeframes(bytes(4 * 48000 * 2))
        player.start(str(path), 0.0)
        until = clock.now() + patience_s
        heard = False
        while not heard and clock.now() < until:
            try:
                event = inbox.get(timeout=TICK_S)
                event.player.event(event.number, event.name)
            except queue.Empty:
                pass
            heard = player.look(clock.now()).heard
        player.stop()
    if not heard:
        raise NoSound(
            "no sound device takes any sound. Is a sound server running, and a device plugged in? "
            "`soundscape devices` lists them; --out null plays silently"
        )


@dataclass(frozen=True, slots=True)
class Device:
    """An output device, as `--device` takes it."""

    name: str
    about: str


def devices() -> list[Device]:
    """The output devices libVLC offers by itself. Raises `NoSound` without libVLC."""
    vlc = _libvlc()
    player = _instance(vlc).media_player_new()
    found: list[Device] = []
    head = player.audio_output_device_enum()
    node = head
    while node:
        entry = node.contents
        name = (entry.device or b"").decode("utf-8", "replace")
        found.append(Device(name, (entry.description or b"").decode("utf-8", "replace")))
        node = entry.next
    if head:
        vlc.libvlc_audio_output_device_list_release(head)
    player.release()
    return found
