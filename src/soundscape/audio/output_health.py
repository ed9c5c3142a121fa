"""Whether the decks' sound reaches an output: by what the sound server says (`OutputHealth`), and
by playing silence on a player of its own (`OutputProbe`). No I/O here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from soundscape.audio.player import LOOKED_S, Player
from soundscape.core import fade
from soundscape.core.ports import Output

SILENCE_OF_SERVER_S = 2.0
"""Seconds of silence after which a server counts as not answering."""

ASKED_S = 0.75
"""Longest interval in seconds between two reports of a server that answers."""

UNTAKEN_S = 1.5
"""Seconds that a playing deck's stream may be away from an output, also after its start: libVLC
holds a new stream back for about half a second."""

TRIAL_S = 2.0
"""Seconds within which a trial must reach the output."""

BETWEEN_TRIALS_S = 3.0
"""Seconds from the start of a failed trial to the next one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the sound server says of itself and of this process, at `at`.

    `up` means that it answers. `output` names the output in use, "" if none has a device behind it.
    `volume` (1.0 is 100 %), `muted` and `asleep` (suspended) are the output's. `flat` means that
    streams and output share one volume. `streams` maps the numbers of our streams to their outputs.
    `about` describes the output. `port` is where it sends its sound (such as headphones or
    speakers) and `port_about` its description; "" if it has none. `default` names the server's
    default output; `outputs` lists them all.
    """

    at: float
    up: bool = True
    output: str = ""
    volume: float = 1.0
    muted: bool = False
    asleep: bool = False
    flat: bool = False
    streams: Mapping[int, str] = field(default_factory=dict)
    about: str = ""
    port: str = ""
    port_about: str = ""
    default: str = ""
    outputs: tuple[Output, ...] = ()

    @property
    def taking(self) -> bool:
        """Whether an awake output has a stream of ours."""
        return self.up and bool(self.output) and bool(self.streams) and not self.asleep


class OutputHealth:
    """What was seen of the server, and what follows from it. Without a server nothing follows.

    `device` is the chosen output, "" for the default one. `port` is the port of it to use, if that
    is known from before. Sound that would leave by another port is stopped, unless the new port
    leads to headphones.
    """

    def __init__(self, device: str = "", port: str = "") -> None:
        self.seen: Seen | None = None
        self.device = device
        self._called = device
        self._port = port
        self._port_of = self._port_called = ""
        self._taken_at: float | None = None
        self._moved = False
        self._unanswered_s = self._untaken_s = 0.0
        self._listened_at: float | None = None

    def see(self, seen: Seen) -> None:
        """Take the server's last report."""
        last = self.seen
        before = last.streams if last else {}
        if seen.output:
            self._see_port(seen)
        if last is not None and not seen.up and last.taking and seen.at - last.at <= ASKED_S:
            # It answered to the end, so its sound was heard until the connection broke.
            self._taken_at = seen.at
        self._moved |= any(
            number in before and before[number] != output for number, output in seen.streams.items()
        )
        self.seen = seen
        self._unanswered_s = 0.0
        if seen.taking and not self._moved:
            self._taken_at = seen.at

    def trouble(self, now: float, plays: bool) -> str:
        """Say why nothing is heard; "" if all is well. `plays` says whether any deck should be."""
        seen = self.seen
        listened_s = self._listen(now)
        if seen is None:
            return ""
        if not seen.up:
            return "the sound server is gone"
        if self._unanswered_s > SILENCE_OF_SERVER_S:
            return "the sound server does not answer"
        if not seen.output:
            return f"{self._called} is gone" if self.device else "no output device is left"
        if self.pulled:
            before, now_at = self._port_called or self._port, seen.port_about or seen.port
            return f"{self._called} switched from {before} to {now_at}"
        if not plays:
            self._moved, self._untaken_s = False, 0.0
            return ""
        if self._moved:
            return "the output has changed"
        self._untaken_s = 0.0 if seen.taking else self._untaken_s + listened_s
        return "the output is not accepting sound" if self._untaken_s > UNTAKEN_S else ""

    def _see_port(self, seen: Seen) -> None:
        same = seen.about in ("", seen.output)
        self._called = seen.output if same else f"{seen.about} ({seen.output})"
        if not self._port or self._port_of not in ("", seen.output):
            self._port = seen.port
        elif seen.port != self._port and at_ears(seen.port):
            self._moved, self._port = True, seen.port
        self._port_of = seen.output
        if seen.port == self._port:
            self._port_called = seen.port_about

    @property
    def pulled(self) -> str:
        """The port that was in use and no longer is; "" if it still is."""
        seen = self.seen
        if seen is None or not seen.output or seen.port == self._port:
            return ""
        return self._port

    @property
    def gone(self) -> bool:
        """Whether the chosen output, or the port of it that was in use, has disappeared."""
        seen = self.seen
        if seen is None or not seen.up:
            return False
        return bool(self.pulled) or bool(self.device and not seen.output)

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """The names of the outputs that sound could go to instead. If only the port has changed,
        the same output is among them."""
        seen = self.seen
        if seen is None:
            return ()
        others = tuple(each.name for each in seen.outputs if each.name != seen.output)
        return (seen.output, *others) if self.pulled else others

    def aim(self, device: str) -> None:
        """Note that the decks play on that output from here on, by whatever port it has."""
        self.device = self._called = device
        self._port = self._port_of = self._port_called = ""
        self.lost()

    def _listen(self, now: float) -> float:
        """Return how long the server was observed since the last call.

        A gap in which nobody observed it, because the machine slept, does not count.
        """
        seconds = min(now - self._listened_at, LOOKED_S) if self._listened_at is not None else 0.0
        self._listened_at = now
        self._unanswered_s += seconds
        return seconds

    def last_taken(self, now: float) -> float:
        """Return the last instant at which an output had our sound; `now` without a server."""
        return now if self._taken_at is None else min(self._taken_at, now)

    def lost(self) -> None:
        """Forget the streams, which the decks have released."""
        self._moved, self._untaken_s = False, 0.0
        if self.seen is not None:
            self.seen = replace(self.seen, streams={})

    def promising(self, now: float, device: str) -> bool:
        """Whether an output, "" for the default one, is worth trying."""
        self._listen(now)
        seen = self.seen
        if seen is None:
            return True
        there = bool(seen.output) and not self.pulled
        if device != self.device:
            there = not device or any(each.name == device for each in seen.outputs)
        return seen.up and there and self._unanswered_s <= SILENCE_OF_SERVER_S

    def takes(self, since: float, device: str) -> bool:
        """Whether that output has accepted a stream of ours after `since`; yes without a server."""
        seen = self.seen
        if seen is None or device == self.device:
            return seen is None or (seen.taking and seen.at > since)
        return seen.up and seen.at > since and (device or seen.default) in seen.streams.values()


class OutputProbe:
    """Tries repeatedly whether an output accepts sound, with a player of its own.

    `silence` is the path of a file of digital silence.
    """

    def __init__(
        self, player: Player, silence: str, aim: Callable[[str], None] = lambda _: None
    ) -> None:
        self._player = player
        self._aim = aim
        self.failures = 0
        self._silence = silence
        self._began: float | None = None
        self._looked_at = self._tried_s = 0.0
        self._next_at = 0.0

    def aim(self, device: str) -> None:
        """Try that output from here on; "" is the default one."""
        self.stop()
        self._aim(device)
        self.failures, self._next_at = 0, 0.0

    def passed(self, health: OutputHealth, now: float, device: str) -> bool:
        """Continue the trial; return whether sound has just reached the output."""
        if not health.promising(now, device):
            self.stop()
            return False
        if self._began is None:
            if now >= self._next_at:
                self._player.set_gain(fade.SILENT_DB)
                self._player.start(self._silence, 0.0)
                self._began, self._next_at = now, now + BETWEEN_TRIALS_S
                self._looked_at, self._tried_s = now, 0.0
            return False
        self._tried_s += min(now - self._looked_at, LOOKED_S)
        self._looked_at = now
        done = self._player.look(now).heard and health.takes(self._began, device)
        if done or self._tried_s > TRIAL_S:
            self.failures += not done
            self.stop()
        if done:
            self._next_at = now
        return done

    @property
    def trying(self) -> bool:
        """Whether a trial is under way."""
        return self._began is not None

    def stop(self) -> None:
        """Release the player."""
        if self._began is not None:
            self._player.stop()
            self._began = None


def at_ears(port: str) -> bool:
    """Whether a port leads to headphones, by the names that ALSA and Bluetooth use."""
    return any(word in port.lower() for word in ("headphone", "headset"))
