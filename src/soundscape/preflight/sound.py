"""The output: whether it exists, accepts sound and is audible, without disturbing a session.

A soft tone goes through the real decks. Like all sound here it fades in from nothing and back.
"""

from __future__ import annotations

import math
import queue
import tempfile
import wave
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from soundscape.audio.pulse import ServerOutput, ask_output, peak
from soundscape.audio.vlc import VlcDecks, check_output, quieten_alsa
from soundscape.core.errors import InputError, NoSound, SoundscapeError
from soundscape.core.ports import Clock, Down, Failed, Play, Shut, Sounding, Told
from soundscape.core.text import as_word, shown
from soundscape.core.track import Track
from soundscape.preflight.subject import Finding, Looked, Severity, Subject

LOW, LOWEST, HIGHEST = 0.2, 0.05, 1.0
"""Parts of the output's volume. Below 20 % (-42 dB on the servers' cubic law) most speakers stay
under a room's own noise, below 5 % (-78 dB) all do. Above 100 % peaks are clipped."""

LEFT_ALONE = "not checked: a session is playing"


def other_session(asked: Subject) -> Looked:
    """Check that no session runs under this home: `run` would refuse a second."""
    if not asked.playing:
        return Looked("session", "none is running")
    what = "a session is playing under this home, so this check leaves the sound alone"
    do = "soundscape status shows it, soundscape end closes it"
    finding = Finding("session", what, asked.playing, "warning", do)
    return Looked("session", f"{asked.playing} is playing", (finding,))


def output(asked: Subject) -> Looked:
    """Check that the output exists, accepts sound, is turned up, and plays nothing else."""
    if asked.playing:
        return Looked("sound", LEFT_ALONE, done=False)
    name = asked.device or "default output"
    quieten_alsa()
    try:
        check_output(asked.clock, asked.device)
    except InputError as error:
        found = tuple(
            Finding("device", fault.what, fault.where, "stop", f"{fault.do}: soundscape devices")
            for fault in error.faults
        )
        return Looked("sound", f"there is no output {shown(asked.device)}", found)
    except NoSound as error:
        what, _, do = str(error).partition(". ")
        found = (Finding("no sound", what, shown(name), "stop", do or "soundscape devices"),)
        return Looked("sound", "no audio device is accepting sound", found)
    there = ask_output(asked.device)
    if there is None:
        return Looked("sound", f"{shown(name)} accepts sound; its volume is not known")
    said = f"{shown(there.about)} accepts sound, volume {there.volume:.0%}"
    return Looked("sound", said, tuple(_heard(there)))


def _heard(there: ServerOutput) -> Iterator[Finding]:
    where, word = shown(there.about), as_word(there.name)
    if there.dummy:
        what = "the sound server has no device, so nobody would hear anything"
        do = "plug the speakers in or switch them on, then run: soundscape devices"
        yield Finding("no speakers", what, where, "stop", do)
    elif there.nowhere:
        what = "this output discards its sound unless another program records it"
        do = "choose another one with --device; soundscape devices lists them"
        yield Finding("no speakers", what, where, "warning", do)
    if there.muted:
        do = f"pactl set-sink-mute {word} 0"
        yield Finding("muted", "the output is muted", where, "stop", do)
    raise_it = f"turn it up in the system settings, or: pactl set-sink-volume {word} 60%"
    if there.volume < LOW:
        what = f"the output is turned down to {there.volume:.0%}"
        severity: Severity = "stop" if there.volume < LOWEST else "warning"
        yield Finding("volume", what, where, severity, raise_it)
    elif there.volume > HIGHEST + 0.005:
        what = f"the output is turned up to {there.volume:.0%}: loud passages will be distorted"
        do = f"turn up the speakers instead, and: pactl set-sink-volume {word} 100%"
        yield Finding("volume", what, where, "warning", do)
    for other in there.others:
        what = f"{shown(other)} is also playing on this output"
        yield Finding("other sound", what, where, "warning", f"close {shown(other)}")


def tone(asked: Subject) -> Looked:
    """Play a soft tone through the same decks as the music, if it was asked for."""
    if not asked.tone:
        said = "not played; --tone plays a soft one through the speakers"
        return Looked("tone", said, done=False)
    if asked.playing:
        return Looked("tone", LEFT_ALONE, done=False)
    try:
        # If the device is missing, libVLC would play on another one.
        check_output(asked.clock, asked.device)
    except SoundscapeError:
        return Looked("tone", "no output to play it on", done=False)
    there = ask_output(asked.device)
    heard = play_tone(asked.clock, asked.device, there.monitor if there else "")
    where = shown(there.about if there else asked.device or "default output")
    if heard.trouble:
        what = f"the tone could not be played: {heard.trouble}"
        finding = Finding("tone", what, where, "stop", "soundscape devices")
        return Looked("tone", "not played", (finding,))
    if heard.peak == 0.0:
        what = "the tone was played, but none of it reached the sound server"
        do = "restart the sound server, then run this check again"
        return Looked("tone", "did not arrive", (Finding("tone", what, where, "stop", do),))
    return Looked("tone", "you should have heard a soft tone, rising and fading")


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
