"""Every check there is, in one table, and the run through it.

A check is a function of what was asked that answers with what it looked at and what it found. Those
of the music need the arc's music; the others are asked whatever is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from soundscape.preflight import coverage, disk, files, loudness, machine, sound, voices
from soundscape.preflight.asked import Asked, Music
from soundscape.preflight.finding import Looked, Verdict

Given = TypeVar("Given", Asked, Music)

MUSIC: tuple[Callable[[Music], Looked], ...] = (
    coverage.coverage,
    coverage.reserve,
    files.files,
    files.inside,
    voices.voices,
    loudness.loudness,
)

MACHINE: tuple[Callable[[Asked], Looked], ...] = (
    disk.drives,
    sound.other_session,
    sound.output,
    sound.tone,
    disk.home,
    machine.power,
    machine.sleep,
    machine.clocks,
)


def check(asked: Asked, step: files.Step | None = None) -> Verdict:
    """Look at everything. Takes a second of one core for about each four minutes of music.

    `step` is told how many files were heard. Raises `SoundscapeError` where no file can be decoded
    because no child process starts.
    """
    looked: list[Looked] = []
    music = asked.music
    if music is not None:
        music = replace(music, reserve=coverage.reserve_of(music))
        decoded = files.decode(music, step, gently=bool(asked.playing))
        music = replace(music, decoded=decoded)
        asked = replace(asked, music=music)
    looked.append(coverage.arc_and_playlists(asked))
    if music is not None:
        looked += [each(music) for each in MUSIC]
    looked += [each(asked) for each in MACHINE]
    return Verdict(tuple(looked))
