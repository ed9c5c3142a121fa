"""The table of all checks, and the run through it.

A check is a function from what was asked to what it looked at and found. Checks of the music need
the arc's music; the others run whatever is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from soundscape.preflight import coverage, disk, files, machine, match, sound
from soundscape.preflight.subject import Looked, Music, Subject, Verdict

Given = TypeVar("Given", Subject, Music)

MUSIC: tuple[Callable[[Music], Looked], ...] = (
    coverage.coverage,
    coverage.reserve,
    files.files,
    files.inside,
    match.voices,
    match.loudness,
)

MACHINE: tuple[Callable[[Subject], Looked], ...] = (
    disk.drives,
    sound.other_session,
    sound.output,
    sound.tone,
    disk.home,
    machine.power,
    machine.sleep,
    machine.clocks,
)


def check(asked: Subject, step: files.Step | None = None) -> Verdict:
    """Run every check. Takes about one second of one core for four minutes of music.

    `step` is told how many files were decoded. Raises `SoundscapeError` if no child process can be
    started to decode them.
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
