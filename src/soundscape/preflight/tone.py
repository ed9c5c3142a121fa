"""A soft tone through the real decks. Like all sound here it fades in from nothing and back."""

from __future__ import annotations

import math
import queue
import tempfile
import wave
from array import array
from dataclasses import dataclass
from pathlib import Path

from soundscape.audio.pulse import peak
from soundscape.audio.vlc import VlcDecks
from soundscape.core.errors import NoSound
from soundscape.core.ports import Clock, Down, Failed, Play, Shut, Sounding, Told
from soundscape.core.track import Track

TONE_HZ = 480
"""Frequency in Hz. One period has exactly 100 samples, so the tone is one period repeated."""

TONE_DB = -30.0
"""Peak in dBFS: about as loud as matched music at an arc's default level of -6 dB."""

RATE = 48_000
RISE_S = 6.2
"""Seconds of fade-in, from inaudible to full at 6 dB per second, the fastest rise allowed here."""

HOLD_S = 2.0
FALL_S = 6.0
FILE_S = 20
PATIENCE_S = 6.0


@dataclass(frozen=True, slots=True)
class Tone:
    """The result. `trouble` says what failed, "" if nothing did. `peak` (0 to 1) is what the sound
    server received, None if it does not tell."""

    trouble: str = ""
    peak: float | None = None


def play_tone(clock: Clock, device: str, monitor: str) -> Tone:
    """Play the tone, which takes about 15 seconds. `monitor` records the output, or is ""."""
    told: queue.SimpleQueue[Told] = queue.SimpleQueue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tone.wav"
        _write(path)
        try:
            decks = VlcDecks(told.put, clock, device)
        except NoSound as error:
            return Tone(str(error))
        try:
            track = Track(str(path), "tone", FILE_S, 0.0, true_peak_dbtp=TONE_DB)
            decks.do(Play("music", 1, track, 0.0, RISE_S))
            first = _next(told, PATIENCE_S)
            if not isinstance(first, Sounding):
                return Tone(first.what if isinstance(first, Failed) else "it made no sound")
            try:
                early = _next(told, RISE_S)
                given = None
                if monitor:
                    given = peak(monitor, HOLD_S)
                else:
                    early = early or _next(told, HOLD_S)
            finally:  # Also if somebody interrupts: it must never end with a click.
                decks.do(Shut(FALL_S))
                late = _until_down(told)
            broken = next((each for each in (early, late) if isinstance(each, Failed)), None)
            return Tone(broken.what if broken else "", given)
        finally:
            decks.close()


def _write(path: Path) -> None:
    """Write `FILE_S` seconds of the tone, in stereo."""
    height = 32767 * 10 ** (TONE_DB / 20)
    turn = RATE // TONE_HZ
    samples = array("h")
    for index in range(turn):
        samples.extend([round(height * math.sin(2 * math.pi * index / turn))] * 2)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes() * (FILE_S * TONE_HZ))


def _next(told: queue.SimpleQueue[Told], seconds: float) -> Told | None:
    try:
        return told.get(timeout=seconds)
    except queue.Empty:
        return None


def _until_down(told: queue.SimpleQueue[Told]) -> Told | None:
    """Wait for the end of the fade; return a failure that came before it, or None."""
    failed = None
    while (report := _next(told, FALL_S + PATIENCE_S)) is not None:
        if isinstance(report, Down):
            break
        failed = report if isinstance(report, Failed) else failed
    return failed
