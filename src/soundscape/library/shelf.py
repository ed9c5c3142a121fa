"""The index in front of reading and measuring: each file is asked of the cache first."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from soundscape.core.errors import Fault, InputError
from soundscape.core.track import Track
from soundscape.library.index import Index
from soundscape.library.loudness import SILENCE_LUFS
from soundscape.library.measure import Measured, Passing
from soundscape.library.tags import Tags, read_tags
from soundscape.library.walk import Found, Progress, shown


class Shelf:
    """Tags and measures of files, through one open index. `again` tries files once more that a
    crash or a hang of the decoder put aside. `read` and `measured` count what the cache lacked."""

    def __init__(
        self, index: Index, progress: Progress | None = None, *, again: bool = False
    ) -> None:
        self.index = index
        self.read = 0
        self.measured = 0
        self.notes: dict[str, tuple[str, ...]] = {}
        self._progress = progress
        self._again = again
        self._tags: dict[str, Tags | Fault] = {}
        self._measures: dict[str, Measured | Fault] = {}

    def tags(self, files: Iterable[Found]) -> None:
        """Have the tags of all these files."""
        wanted: list[Found] = []
        for found in files:
            if found.path in self._tags:
                continue
            # What was once read may have been locked since: that changes neither size nor time.
            if not os.access(found.path, os.R_OK):
                fault = Fault(shown(found.path), "cannot be read: permission denied")
                self._tags[found.path] = fault
                continue
            kept = self.index.tags(found)
            if kept is None:
                wanted.append(found)
            else:
                self._have_tags(found, kept)
        for done, found in enumerate(wanted, 1):
            self._have_tags(found, self._read(found))
            if self._progress:
                self._progress("reading tags", done, len(wanted))
        self.index.flush()

    def _have_tags(self, found: Found, value: Tags | Fault) -> None:
        self._tags[found.path] = value
        if isinstance(value, Tags) and value.notes:
            self.notes[found.path] = value.notes

    def _read(self, found: Found) -> Tags | Fault:
        self.read += 1
        value: Tags | Fault
        try:
            value = read_tags(found.path)
        except InputError as error:
            value = error.faults[0]
            if isinstance(error.__cause__, OSError):
                return value  # Of the system and not of the file: it may read well next time.
        self.index.keep_tags(found, value)
        return value

    def measures(self, files: Iterable[Found]) -> None:
        """Have the measures of all these files, but for those whose tags already failed."""
        files = list({found.path: found for found in files}.values())
        self.tags(files)
        wanted: dict[str, Found] = {}
        for found in files:
            if found.path in self._measures or isinstance(self._tags[found.path], Fault):
                continue
            kept = self.index.measured(found)
            if kept is None or (self._again and isinstance(kept, Passing)):
                wanted[found.path] = found
            else:
                self._measures[found.path] = kept
        if not wanted:
            return
        from soundscape.library.measure import measure_many

        # The largest first, so that no worker is left alone with it at the end.
        order = sorted(wanted, key=lambda path: (-wanted[path].size, path))
        for path, _, value in measure_many(order, progress=self._progress):
            self.measured += 1
            self._measures[path] = value
            self.index.keep_measured(wanted[path], value)

    def tags_of(self, found: Found) -> Tags | Fault:
        """The tags, after `tags`."""
        return self._tags[found.path]

    def intensity_of(self, found: Found) -> float | None:
        """What the tags say, else what was measured; None where neither is known yet."""
        tags, measured = self._tags[found.path], self._measures.get(found.path)
        if isinstance(tags, Tags) and tags.intensity is not None:
            return tags.intensity
        return measured.intensity if isinstance(measured, Measured) else None

    def track(self, found: Found) -> Track | Fault:
        """The file as a track, after `measures`; a fault where it is not fit to be played."""
        tags = self._tags[found.path]
        if isinstance(tags, Fault):
            return tags
        measured = self._measures[found.path]
        if isinstance(measured, Fault):
            return measured
        fault = unfit(tags, measured)
        if fault:
            return Fault(shown(found.path), fault)
        return Track(
            path=found.path,
            title=tags.title,
            artist=tags.artist,
            duration_s=measured.duration_s,
            intensity=measured.intensity if tags.intensity is None else tags.intensity,
            loudness_lufs=measured.loudness_lufs,
            true_peak_dbtp=measured.true_peak_dbtp,
            tags=tags.tags,
        )


def unfit(tags: Tags, measured: Measured) -> str:
    """Why a file that decodes is still not played, or "". Lengths are compared to the second: a
    header that promises more than decodes means an end nobody wrote."""
    if tags.torn:
        return "is cut short: it ends in the middle of its data"
    slack = 0.5 + 0.002 * tags.duration_s
    if tags.declared and measured.duration_s < tags.duration_s - slack:
        return (
            f"is cut short or damaged: {measured.duration_s:.1f} s of the "
            f"{tags.duration_s:.1f} s its header promises can be decoded"
        )
    if measured.loudness_lufs <= SILENCE_LUFS:
        return "is silent: it has no loudness to match"
    return ""


def same_file(path: Path) -> str:
    """A path with every link resolved, as `Found.path` has it."""
    return os.path.realpath(path)
