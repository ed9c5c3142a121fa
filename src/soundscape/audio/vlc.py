"""Decks on libVLC: media players in one process, and one thread that drives them.

Nothing that this thread calls may wait: a disk and `stop` have threads of their own.
"""

from __future__ import annotations

import ctypes
import queue
import threading
import time
from contextlib import closing, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from soundscape.audio.disk import Disk
from soundscape.audio.mixer import Mixer
from soundscape.audio.output_health import OutputHealth, OutputProbe, Seen
from soundscape.audio.pulse import ServerWatch
from soundscape.audio.vlc_player import Event, VlcPlayer, load_libvlc, make_instance
from soundscape.core import fade
from soundscape.core.errors import Fault, InputError, NoSound, nearest
from soundscape.core.ports import Action, Clock, Output, Reporter, Shut, StoodStill
from soundscape.core.track import LAYERS

TICK_S = 0.02
STILL_S = 1.0
"""Seconds of delay of a tick, without as much movement of a deck, that mean a suspend."""

REST_TICK_S = 0.2
"""Seconds between looks at the decks while no gain moves."""

FIRST_LOOK_S = 0.3
"""Longest wait in seconds for the sound server before anything plays: its volume may matter."""

DOWN_LOOKS = 20
"""Ticks within which the decks' thread must turn once everything had to be silent. Ticks count, not
time: after a suspend of the process the decks have hung no longer than this thread."""

SILENCE = Path(__file__).with_name("silence.flac")
"""Three seconds of digital silence: somewhat longer than a trial of an output."""


def preload() -> None:
    """Load libVLC and its plugins, so that making decks is fast. Raises `NoSound`."""
    make_instance(load_libvlc()).release()


class VlcDecks:
    """The `Decks` of a real session."""

    def __init__(self, report: Reporter, clock: Clock, device: str = "", port: str = "") -> None:
        """`port` is the port of `device` to use, if that is known from before."""
        self._clock = clock
        self._inbox: queue.SimpleQueue[Action | Event | Seen | None] = queue.SimpleQueue()
        vlc = load_libvlc()
        instance = make_instance(vlc)
        self._disk = Disk()
        self._disk.start()
        make = partial(VlcPlayer, vlc, instance, self._disk, self._inbox.put, device)
        self._players = [make() for _ in range(5)]
        *four, spare = self._players
        players = dict(zip(LAYERS, (four[:2], four[2:]), strict=True))
        self._report = report
        self._four = four
        probe = OutputProbe(spare, str(SILENCE), partial(setattr, spare, "device"))
        self._mixer = Mixer(players, report, probe, self._aim, OutputHealth(device, port))
        self._listed: tuple[Output, ...] = ()
        self._watch = ServerWatch(self._inbox.put, clock, device)
        self._turned_at = clock.now()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="decks", daemon=True)
        self._thread.start()

    def do(self, action: Action) -> None:
        """Enqueue an action."""
        if isinstance(action, Shut):
            due = self._clock.now() + action.seconds
            guard = threading.Timer(action.seconds, self._see_down, (due,))
            guard.name, guard.daemon = self._thread.name, True
            guard.start()
        self._inbox.put(action)

    def hush(self) -> None:
        """Fade everything out as by `stop`."""
        self.do(Shut(fade.STOP_S))

    def _see_down(self, due: float) -> None:
        """Make sure that everything is silent by now.

        Decks whose thread has not turned since cannot be told. They go with their process, which
        ends after any error in a thread of this name.
        """
        for _ in range(DOWN_LOOKS):
            time.sleep(TICK_S)
            if self._turned_at >= due or self._closed:
                return
        raise RuntimeError("the decks do not answer, but should be silent")

    def advance(self, now: float) -> None:
        """Do nothing: the decks have a thread of their own."""

    def _aim(self, device: str) -> None:
        self._watch.device = device
        for player in self._four:
            player.device = device

    def outputs(self) -> tuple[Output, ...]:
        """List the outputs as the sound server tells them, or as libVLC does without one."""
        return self._mixer.outputs() or self._listed

    def _list(self) -> None:
        named = (each for each in devices() if each.name)
        self._listed = tuple(Output(each.name, each.about or each.name) for each in named)

    def late_s(self) -> float:
        """Return the seconds since their thread last turned."""
        return self._clock.now() - self._turned_at

    def next_wake(self, now: float) -> float:
        """Return infinity: the decks have a thread of their own."""
        return float("inf")

    def position(self, token: int) -> float | None:
        """Return the seconds into its file of the playing `token`, as last seen."""
        return self._mixer.position(token, self._clock.now())

    def close(self) -> None:
        """Stop everything at once and release the device."""
        self._closed = True
        self._watch.close()
        self._inbox.put(None)
        self._thread.join(timeout=3.0)
        self._disk.close()
        self._watch.put_back(self._mixer.external_db(self._clock.now()))

    def _run(self) -> None:
        wait_s = REST_TICK_S
        self._watch.first(FIRST_LOOK_S)
        if not self._watch.known:
            threading.Thread(target=self._list, name="outputs", daemon=True).start()
        while True:
            before = self._clock.now()
            messages: list[Action | Event | Seen | None] = []
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
            self._turned_at = now
            wait_s = TICK_S if self._mixer.moving(now) else REST_TICK_S

    def _mind_a_standstill(self, before: float, wait_s: float) -> None:
        """Silence everything after a suspend of the whole process.

        What was heard broke off, and by now plays again at full level. The session decides what
        comes next.
        """
        now = self._clock.now()
        late_s = now - before - wait_s
        if late_s < STILL_S:
            return
        playing = [each.moved_by() for each in self._players if each.plays]
        if not playing or max(playing) >= late_s / 2:
            return
        self._mixer.clear()
        self._report(StoodStill(before, now))

    def _take(self, message: Action | Event | Seen) -> None:
        if isinstance(message, Event):
            message.player.event(message)
        elif isinstance(message, Seen):
            for player in self._players:
                player.watches_volume = True
            self._mixer.see(message)
        else:
            self._mixer.do(message, self._clock.now())

    def _release(self) -> None:
        for player in self._players:
            player.stop()
        for player in self._players:
            player.gone()


def check_output(clock: Clock, device: str = "", patience_s: float = 2.5) -> None:
    """Play a second of digital silence, and check that an output accepts it.

    Raises `NoSound` if none does, although libVLC would claim that it plays. Raises `InputError`
    for a `device` that does not exist, although libVLC would silently use another one.
    """
    vlc = load_libvlc()
    if device:
        known = [each.name for each in devices()]
        if device not in known:
            hint = nearest(device, known) or f"there is {', '.join(filter(None, known)) or 'none'}"
            raise InputError([Fault("--device", f"no output device `{device}`", hint)])
    inbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
    with closing(Disk()) as disk:
        player = VlcPlayer(vlc, make_instance(vlc), disk, inbox.put, device)
        player.start(str(SILENCE), 0.0)
        until = clock.now() + patience_s
        heard = False
        while not heard and clock.now() < until:
            try:
                event = inbox.get(timeout=TICK_S)
                event.player.event(event)
            except queue.Empty:
                pass
            heard = player.look(clock.now()).heard
        player.stop()
        player.gone()
    if not heard:
        raise NoSound(
            "no audio device is accepting sound. Is a sound server running, a device plugged in? "
            "`soundscape devices` lists the devices; --out null plays silently"
        )


def version() -> str:
    """Return libVLC's version, in its own words. Raises `NoSound` without libVLC."""
    return str(load_libvlc().libvlc_get_version().decode("utf-8", "replace"))


def devices() -> list[Output]:
    """List the output devices that libVLC offers. Raises `NoSound` without libVLC."""
    vlc = load_libvlc()
    player = make_instance(vlc).media_player_new()
    found: list[Output] = []
    head = player.audio_output_device_enum()
    node = head
    while node:
        entry = node.contents
        name = (entry.device or b"").decode("utf-8", "replace")
        found.append(Output(name, (entry.description or b"").decode("utf-8", "replace")))
        node = entry.next
    if head:
        vlc.libvlc_audio_output_device_list_release(head)
    player.release()
    return found


_ALSA_HANDLER = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)


@cache
def quieten_alsa() -> Any:
    """Silence ALSA's messages in this process; without ALSA this does nothing.

    If a card is missing, the code that tried to play on it reports that.
    """
    deaf = _ALSA_HANDLER(lambda *_: None)
    try:
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(deaf)
    except (OSError, AttributeError):
        return None
    return deaf  # The cache keeps it: ALSA calls it as long as the process lives.
