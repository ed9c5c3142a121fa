"""The index in front of reading and measuring: each file is asked of the cache first."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from soundscape.core.errors import Fault, InputError
from soundscape.core.text import shown
from soundscape.core.track import Track, part_of
from soundscape.library.index import Index
from soundscape.library.measure.measured import (
    About,
    Measured,
    Passing,
    header_findings,
    recording_of,
    unfit,
)
from soundscape.library.measure.workers import describe_many, measure_many
from soundscape.library.people import Vouch
from soundscape.library.playlists.cuesheet import own_tracks
from soundscape.library.tagfile import Unread, read_tags
from soundscape.library.tags import Tags, of_part
from soundscape.library.voice import Judged, judge
from soundscape.library.walk import FoundFile, Progress

UNKNOWN = "was never measured; run `soundscape library scan`"
"""What is said of a file of which only the index was asked, and it knows nothing."""


class IndexedFiles:
    """Tags and measures of files, through one open index. `vouches` are what people say, by the
    key of the sound. `again` tries files once more that a crash or a hang of the decoder put
    aside; `ask_only` reads and measures nothing: what the index does not know is a fault
    (`UNKNOWN`); `anew` reads and measures all, whatever the index knows. `read`, `measured` and
    `recognised` count files whose tags the cache lacked, whose sound it lacked, and whose sound it
    knew, but not that this file holds it."""

    def __init__(
        self,
        index: Index,
        progress: Progress | None = None,
        *,
        vouches: Mapping[str, Vouch] | None = None,
        again: bool = False,
        ask_only: bool = False,
        anew: bool = False,
    ) -> None:
        self.index = index
        self.read = 0
        self.measured = 0
        self.recognised = 0
        self.notes: dict[str, tuple[str, ...]] = {}
        self._progress = progress
        self._vouches = vouches or {}
        self._again = again
        self._ask_only = ask_only
        self._anew = anew
        self._tags: dict[str, Tags | Fault] = {}
        self._measures: dict[str, Measured | Fault] = {}

    def tags(self, files: Iterable[FoundFile]) -> None:
        """Have the tags of all these files."""
        wanted: dict[str, FoundFile] = {}
        parts: list[FoundFile] = []
        for found in files:
            if found.path in self._tags:
                continue
            if found.path != found.file:
                parts.append(found)
                found = found.whole()
                if found.path in self._tags:
                    continue
            # What was once read may have been locked since: that changes neither size nor time.
            if not os.access(found.file, os.R_OK):
                fault = Fault(shown(found.file), "cannot be read: permission denied")
                self._tags[found.path] = fault
                continue
            kept = None if self._anew else self.index.tags(found)
            if kept is None and self._ask_only:
                kept = Fault(shown(found.path), UNKNOWN)
            if kept is None:
                wanted[found.path] = found
            else:
                self._have_tags(found, kept)
        unread: dict[str, FoundFile] = {}
        for done, found in enumerate(wanted.values(), 1):
            tags = self._read(found)
            if tags is None:
                unread[found.path] = found
            else:
                self._have_tags(found, tags)
            if self._progress:
                self._progress("reading tags", done, len(wanted))
        self._describe(unread)
        for part in parts:
            tags = self._tags[part.file]
            if isinstance(tags, Tags):
                tags = of_part(tags, part_of(part.path).start_s, part.says)
            self._tags[part.path] = tags
        self.index.flush()

    def _have_tags(self, found: FoundFile, value: Tags | Fault) -> None:
        self._tags[found.path] = value
        if isinstance(value, Tags) and value.notes:
            self.notes[found.path] = value.notes

    def _describe(self, unread: Mapping[str, FoundFile]) -> None:
        """The tags of files that only the decoder can read."""
        for path, value in describe_many(unread):
            if not isinstance(value, Passing):
                self.index.keep_tags(unread[path], value)
            self._have_tags(unread[path], value)

    def _read(self, found: FoundFile) -> Tags | Fault | None:
        """What the file says, or its fault; None where only the decoder can tell."""
        self.read += 1
        value: Tags | Fault
        try:
            value = read_tags(found.path)
        except Unread:
            return None
        except InputError as error:
            value = error.faults[0]
            if isinstance(error.__cause__, OSError):
                return value  # Of the system and not of the file: it may read well next time.
        self.index.keep_tags(found, value)
        return value

    def cut_up(self, files: Iterable[FoundFile]) -> list[FoundFile]:
        """The files, those that carry a cue sheet replaced by its tracks; their tags are
        read for it."""
        files = list(files)
        self.tags(files)
        out: list[FoundFile] = []
        for found in files:
            tags = self._tags[found.path]
            if isinstance(tags, Tags) and tags.cuesheet and found.path == found.file:
                out += own_tracks(found, tags.cuesheet, tags.duration_s)
            else:
                out.append(found)
        self.tags(out)
        return out

    def measures(self, files: Iterable[FoundFile]) -> None:
        """Have the measures of all these files, but for those whose tags already failed."""
        files = list({found.path: found for found in files}.values())
        self.tags(files)
        wanted: dict[str, FoundFile] = {}
        for found in files:
            if found.path in self._measures or isinstance(self._tags[found.path], Fault):
                continue
            kept = None if self._anew else self.index.measured(found)
            if kept is None and self._ask_only:
                kept = Fault(shown(found.path), UNKNOWN)
            if kept is None or (self._again and isinstance(kept, Passing)):
                wanted[found.path] = found
            else:
                self._measures[found.path] = kept
        if not wanted:
            return

        before = self.recognised
        # The largest first, so that no worker is left alone with it at the end.
        order = sorted(wanted, key=lambda path: (-wanted[path].size, path))
        for path, key, value in measure_many(order, progress=self._progress, known=self._known):
            self._measures[path] = value
            self.index.keep_measured(wanted[path], key, value)
        self.measured += len(order) - (self.recognised - before)

    def _known(self, key: str) -> Measured | Fault | None:
        value = None if self._anew else self.index.measured_as(key)
        self.recognised += value is not None
        return value

    def tags_of(self, found: FoundFile) -> Tags | Fault:
        """The tags, after `tags`."""
        return self._tags[found.path]

    def measured_of(self, found: FoundFile) -> Measured | Fault | None:
        """The measures, after `measures`; None where the tags already failed."""
        return self._measures.get(found.path)

    def track(self, found: FoundFile) -> Track | Fault:
        """The file as a track, after `measures`; a fault where it is not fit to be played."""
        tags = self._tags[found.path]
        if isinstance(tags, Fault):
            return tags
        measured = self._measures[found.path]
        if isinstance(measured, Fault):
            return measured
        part = part_of(found.path)
        fault = unfit(tags, measured, part)
        if fault:
            return Fault(shown(found.path), fault)
        end_s = part.start_s + measured.duration_s
        return Track(
            path=found.path,
            title=tags.title,
            artist=tags.artist,
            duration_s=end_s if part.stop_s is None else max(end_s, tags.duration_s),
            intensity=measured.intensity if tags.intensity is None else tags.intensity,
            loudness_lufs=measured.loudness_lufs,
            true_peak_dbtp=measured.true_peak_dbtp,
            cue_in_s=measured.cue_in_s,
            cue_out_s=measured.cue_out_s,
            tags=tags.tags,
            voice=self._judged(tags, measured).voice,
            shape=_shape(tags, measured),
            key=recording_of(measured.key),
        )

    def about(self, found: FoundFile) -> About:
        """What else is known of a file that `track` gave a track for."""
        tags, measured = self._tags[found.path], self._measures[found.path]
        assert isinstance(tags, Tags)
        assert isinstance(measured, Measured)
        judged = self._judged(tags, measured)
        findings = (*measured.findings, *header_findings(tags, measured, part_of(found.path)))
        return About(findings, judged.why, judged.vouched)

    def _judged(self, tags: Tags, measured: Measured) -> Judged:
        # Whoever has listened to a whole file has listened to its parts.
        key = recording_of(measured.key)
        return judge(tags, self._vouches.get(key) or self._vouches.get(part_of(key).file))


def _shape(tags: Tags, measured: Measured) -> tuple[float, float, float] | None:
    """The shape as measured; a tag's word on the whole moves all of it along."""
    if len(measured.shape) != 3:
        return None
    shift = 0.0 if tags.intensity is None else tags.intensity - measured.intensity
    first, middle, last = (min(1.0, max(0.0, part + shift)) for part in measured.shape)
    return first, middle, last
