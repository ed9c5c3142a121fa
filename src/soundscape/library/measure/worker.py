"""The child process that measures: it loads PyAV so that nobody else has to.

Lines of JSON. In: {"path"} asks for a file's key, {"measure": true} to decode the file whose key
was asked for last, {"describe": path} for what its header and tags say. Out: {"key"}, or {"found"}
with a value as the index keeps it (`indexform`), and {"alive": true} once a second meanwhile.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, TextIO

from soundscape.core.errors import Fault, InputError
from soundscape.core.track import part_of
from soundscape.library.indexform import measured_text, tags_text
from soundscape.library.measure.measured import Measured, SoundFinding
from soundscape.library.measure.opening import describe, key_of

if TYPE_CHECKING:
    from collections.abc import Callable


def measure_here(path: str, key: str, alive: Callable[[], None]) -> Measured:
    """Measure in this process, which loads PyAV: for the workers. Raises `InputError`."""
    from soundscape.library.measure.intensity import estimate
    from soundscape.library.measure.listen import listen
    from soundscape.library.measure.soundcheck import check_sound

    heard = listen(path, alive)
    loudness = heard.loudness
    found = estimate(heard.levels)
    checked = check_sound(heard)
    stretch = checked.loudness_lufs
    part = part_of(path)
    cue_out_s = part.stop_s if checked.cue_out_s is None else part.start_s + checked.cue_out_s
    return Measured(
        loudness_lufs=loudness.integrated_lufs if stretch is None else stretch,
        range_lu=loudness.range_lu,
        true_peak_dbtp=loudness.true_peak_dbtp,
        duration_s=loudness.duration_s,
        bad_packets=len(heard.bad_at),
        intensity=round(found.intensity, 4),
        features={name: round(value, 4) for name, value in asdict(found.features).items()},
        shape=tuple(round(part, 4) for part in found.shape),
        key=key,
        cue_in_s=part.start_s + checked.cue_in_s,
        cue_out_s=cue_out_s,
        findings=tuple(_moved(each, part.start_s) for each in checked.findings),
    )


def _moved(finding: SoundFinding, by_s: float) -> SoundFinding:
    """What was found in a part, told from the start of its file."""
    at_s = finding.at_s
    return finding if at_s is None else replace(finding, at_s=round(at_s + by_s, 3))


class _Voice:
    """What this process says to its parent."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._last = time.monotonic()

    def say(self, **what: Any) -> None:
        self._out.write(json.dumps(what) + "\n")
        self._out.flush()
        self._last = time.monotonic()

    def alive(self) -> None:
        """Called as often as one likes; heard once a second."""
        if time.monotonic() - self._last >= 1.0:
            self.say(alive=True)


def work() -> None:
    """Answer every line until the input ends."""
    os.nice(10)  # A session may be playing on this machine meanwhile.
    # What FFmpeg or a library prints must not get between the answers.
    voice = _Voice(os.fdopen(os.dup(1), "w"))
    os.dup2(2, 1)
    path = key = ""
    for line in sys.stdin:
        order = json.loads(line)
        written: Callable[[Any], str] = measured_text
        try:
            if "path" in order:
                path, key = order["path"], ""
                part = part_of(path)
                key = key_of(part.file, voice.alive) + part.mark
                voice.say(key=key)
                continue
            if "describe" in order:
                written = tags_text
                found = written(describe(order["describe"]))
            else:
                found = written(measure_here(path, key, voice.alive))
        except InputError as error:
            found = written(error.faults[0])
        except Exception as error:  # The boundary: whatever a decoder raises is said, not lost.
            found = written(Fault(path, f"could not be measured ({type(error).__name__})"))
        voice.say(found=found)


if __name__ == "__main__":
    work()
