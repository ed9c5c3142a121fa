"""The disks for the journal and for the music."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from soundscape.core.errors import Fault
from soundscape.core.text import counted, reason, shown
from soundscape.home import Home, make_private
from soundscape.preflight.subject import Finding, Looked, Severity, Subject

FREE_STOP_BYTES = 50_000_000
"""A six-hour session writes under 1 MB. With less free space than this, another program's log could
fill the disk."""

FREE_WARNING_BYTES = 500_000_000

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "9p", "davfs", "glusterfs"}
    | {"fuse.sshfs", "fuse.rclone", "fuse.gvfsd-fuse", "fuse.davfs2", "fuse.s3fs"}
)
MEMORY = frozenset({"tmpfs", "ramfs"})
REMOVABLE = ("/media/", "/run/media/")


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system: its mount point and its kind."""

    point: str
    kind: str

    @property
    def unsure(self) -> str:
        """Why it may disappear, or ""."""
        if self.kind in NETWORK:
            return "on the network"
        return "on a removable drive" if self.point.startswith(REMOVABLE) else ""


def read_mounts(table: Path) -> tuple[Mount, ...]:
    """List the mounted file systems, as Linux tells them; none if there is no such table."""
    try:
        lines = table.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ()
    fields = [line.split(" ") for line in lines]
    return tuple(Mount(_plain(each[1]), each[2]) for each in fields if len(each) > 2)


def _plain(text: str) -> str:
    """Read a mount point, whose blanks the table writes as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def mount_of(path: Path, mounts: tuple[Mount, ...]) -> Mount | None:
    """Find the file system of a path; of several mounted there the last one counts."""
    above = {str(path), *map(str, path.parents)}
    found = None
    for mount in mounts:
        if mount.point in above and (found is None or len(mount.point) >= len(found.point)):
            found = mount
    return found


def home(asked: Subject) -> Looked:
    """Check that the journal can be written, and that there is room for it."""
    place = asked.home.data
    trouble = _try_writing(asked.home)
    if trouble is not None:
        do = "allow your user to write there, or set SOUNDSCAPE_HOME to a folder with free space"
        finding = Finding("home", trouble.what, trouble.where, "stop", do)
        return Looked("home", f"{shown(place)} is not writable", (finding,))
    free = shutil.disk_usage(place).free
    said = f"{shown(place)} is writable, {free / 1e9:.1f} GB free"
    return Looked("home", said, (*_room(free, place), *_lasting(place, asked.places.mounts)))


def _try_writing(home: Home) -> Fault | None:
    """Write, sync and delete a small file where journals and run-time files go."""
    for folder in (home.sessions, home.run):
        try:
            make_private(folder)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(bytes(4096))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            return Fault(shown(folder), f"the journal cannot be written: {reason(error)}")
    return None


def _room(free: int, place: Path) -> Iterator[Finding]:
    if free < FREE_WARNING_BYTES:
        what = f"only {free / 1e6:.0f} MB are free for the journal"
        severity: Severity = "stop" if free < FREE_STOP_BYTES else "warning"
        do = "free some space: 500 MB is plenty"
        yield Finding("disk", what, shown(place), severity, do)


def _lasting(place: Path, table: Path) -> Iterator[Finding]:
    mount = mount_of(place.resolve(), read_mounts(table))
    if mount is None:
        return
    do = "set SOUNDSCAPE_HOME to a folder on this machine's own disk"
    if mount.kind in MEMORY:
        what = "the journals are kept in memory and are lost when this machine restarts"
        yield Finding("disk", what, shown(place), "warning", do)
    if mount.unsure:
        what = f"the journals are {mount.unsure}"
        yield Finding("disk", what, shown(place), "warning", do)


def drives(asked: Subject) -> Looked:
    """Check that the music is on a disk that stays."""
    mounts = read_mounts(asked.places.mounts)
    music = asked.music
    if not mounts or music is None:
        return Looked("drives", "it is not known which disk the music is on", done=False)
    unsure: dict[Mount, list[str]] = {}
    for track in (*music.played, *music.environment):
        mount = mount_of(Path(track.file), mounts)
        if mount is not None and mount.unsure:
            unsure.setdefault(mount, []).append(track.file)
    found = tuple(
        Finding(
            "drive",
            f"the session needs {counted(len(paths), 'file')} {mount.unsure}",
            shown(mount.point),
            "warning",
            "copy the music to this machine's own disk",
        )
        for mount, paths in unsure.items()
    )
    said = "the music is on this machine's own disk"
    return Looked("drives", "some of the music may become unavailable" if found else said, found)
