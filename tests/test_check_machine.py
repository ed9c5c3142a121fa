"""What `check` says of the machine: its disk, its power, its sleep, its clock."""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from arcs_for_tests import ARC
from private_bus import Bus
from support.values import track

from soundscape.clock import BootClock
from soundscape.core.events import Opened, Stamp
from soundscape.core.plan import Plan
from soundscape.home import Home
from soundscape.journal.writer import JournalWriter
from soundscape.library.catalog import Gathered
from soundscape.preflight import disk, machine
from soundscape.preflight.subject import Looked, Music, Places, Subject


@pytest.fixture
def asked(tmp_path: Path) -> Subject:
    """A machine whose mounts, batteries and sleep lie in a folder of the test's own."""
    root = tmp_path / "home"
    places = Places(
        mounts=tmp_path / "mounts",
        supplies=tmp_path / "supplies",
        sleep_states=tmp_path / "state",
        time_zone=tmp_path / "localtime",
    )
    places.mounts.write_text("/dev/sda1 / ext4 rw 0 0\n")
    places.supplies.mkdir()
    places.sleep_states.write_text("\n")
    places.time_zone.touch()
    return Subject("an arc.yaml", ARC, Home(root, root, root / "run"), BootClock(), places=places)


def severities(looked: Looked) -> list[str]:
    """How grave what was found is."""
    return [finding.severity for finding in looked.findings]


# The home and the drives.


def test_a_home_that_takes_a_file_is_fine(asked: Subject) -> None:
    """The home is made, written to for real, and left as it was."""
    looked = disk.home(asked)
    assert looked.findings == ()
    assert "GB free" in looked.said
    assert [path for path in asked.home.data.rglob("*") if path.is_file()] == []


def test_a_home_that_cannot_be_written_stops(asked: Subject) -> None:
    """Where the system refuses the write (here: a file is in the way), its reason is said."""
    asked.home.data.parent.mkdir(exist_ok=True)
    asked.home.data.write_text("in the way")
    looked = disk.home(asked)
    assert severities(looked) == ["stop"]
    assert "SOUNDSCAPE_HOME" in looked.findings[0].do
    assert str(asked.home.sessions) in looked.findings[0].where


def test_a_disk_that_takes_no_bytes_stops(asked: Subject) -> None:
    """That nothing can be written is found by writing: here the system refuses every byte."""
    asked.home.data.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        looked = disk.home(asked)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert severities(looked) == ["stop"]
    assert [path for path in asked.home.data.rglob("*") if path.is_file()] == []


def test_little_room_is_a_warning_and_no_room_stops(
    asked: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under what is wanted there is a warning, under what a session may need a stop."""
    monkeypatch.setattr(disk, "FREE_WARNING_BYTES", 10**18)
    assert severities(disk.home(asked)) == ["warning"]
    monkeypatch.setattr(disk, "FREE_STOP_BYTES", 10**18)
    assert severities(disk.home(asked)) == ["stop"]


@pytest.mark.parametrize(
    ("mount", "severity"),
    [
        ("tmpfs {} tmpfs rw 0 0", "warning"),
        ("server:/x {} nfs4 rw 0 0", "warning"),
        ("/dev/sdb1 {} ext4 rw 0 0", ""),
    ],
)
def test_a_home_in_memory_or_on_the_network_is_a_warning(
    asked: Subject, mount: str, severity: str
) -> None:
    """A journal has to survive the session, and the network."""
    with asked.places.mounts.open("a") as table:
        table.write(mount.format(asked.home.data.parent) + "\n")
    assert severities(disk.home(asked)) == ([severity] if severity else [])


def with_music(asked: Subject, *folders: str) -> Subject:
    """The same, with one track planned nowhere but held in reserve in each folder."""
    held = tuple(replace(track("a"), path=f"{folder}/a.flac") for folder in folders)
    return replace(asked, music=Music(ARC, Gathered({}, {}), Plan(), reserve=held))


def test_music_on_a_drive_that_may_go_is_a_warning(asked: Subject) -> None:
    """Music on the network or on a drive that can be pulled out is counted, drive by drive; names
    with blanks are read as the system writes them."""
    asked.places.mounts.write_text(
        "/dev/sdb1 /media/ann/My\\040Music vfat rw 0 0\n"
        "nas:/m /srv/music nfs rw 0 0\n"
        "/dev/sdc1 /media/local ext4 rw 0 0\n"
        "/dev/sda1 / ext4 rw 0 0\n"
    )
    here = with_music(asked, "/home/ann/music", "/mediathek")
    assert disk.drives(here).result == "ok"
    there = with_music(asked, "/media/ann/My Music/x", "/media/ann/My Music/y", "/srv/music")
    looked = disk.drives(there)
    assert severities(looked) == ["warning"] * 2
    assert [finding.where for finding in looked.findings] == ["/media/ann/My Music", "/srv/music"]
    assert "2 files" in looked.findings[0].what
    asked.places.mounts.unlink()
    assert disk.drives(there).result == "skipped"


# Power.


def supply(asked: Subject, name: str, **values: object) -> None:
    """A power supply as Linux shows it: a folder with a file for each value."""
    folder = asked.places.supplies / name
    folder.mkdir()
    for key, value in values.items():
        (folder / key).write_text(f"{value}\n")


@pytest.mark.parametrize(
    ("values", "severity"),
    [
        ({"status": "Full"}, ""),
        ({"status": "Charging"}, ""),
        ({"status": "Discharging"}, "stop"),
        ({"status": "Discharging", "energy_now": 50_000_000, "power_now": 0}, "stop"),
        ({"status": "Discharging", "energy_now": 10_000_000, "power_now": 10_000_000}, "stop"),
        ({"status": "Discharging", "energy_now": 12_700_000, "power_now": 10_000_000}, "stop"),
        ({"status": "Discharging", "energy_now": 14_000_000, "power_now": 10_000_000}, "warning"),
        ({"status": "Discharging", "charge_now": 4_000_000, "current_now": -1_000_000}, "warning"),
    ],
)
def test_a_battery_has_to_outlast_the_arc(
    asked: Subject, values: dict[str, object], severity: str
) -> None:
    """On a battery a session of 47 min needs 77: less, or nobody knows, stops; more is told."""
    supply(asked, "AC0", type="Mains", online=0)
    supply(asked, "BAT0", type="Battery", capacity=80, **values)
    looked = machine.power(asked)
    assert severities(looked) == ([severity] if severity else [])
    if severity:
        assert "80 %" in looked.findings[0].what
        assert looked.findings[0].do == "plug it in"


def test_the_battery_of_a_mouse_is_not_the_machines(asked: Subject) -> None:
    """What is only a device's battery says nothing of the machine; nor does a machine without."""
    assert machine.power(asked).result == "ok"
    supply(asked, "hidpp_battery_0", type="Battery", scope="Device", status="Discharging")
    assert machine.power(asked).result == "ok"
    nowhere = replace(asked, places=replace(asked.places, supplies=Path("/nowhere")))
    assert machine.power(nowhere).result == "skipped"


# Sleep.


def test_a_machine_that_may_fall_asleep_is_told(asked: Subject, bus: Bus) -> None:
    """Where nothing keeps it awake that is a warning; where the login manager does, it is not."""
    asked.places.sleep_states.write_text("freeze mem disk\n")
    bus.stop_service()
    looked = machine.sleep(asked)
    assert severities(looked) == ["warning"]
    assert "fall asleep" in looked.findings[0].what
    bus.start_service()
    assert severities(machine.sleep(asked)) == []
    assert bus.inhibitors() == []


def test_a_machine_that_cannot_sleep_is_fine(asked: Subject, bus: Bus) -> None:
    """Where the kernel knows no sleep there is none to hold off; where nothing tells, it may."""
    bus.stop_service()
    assert machine.sleep(asked).result == "ok"
    asked.places.sleep_states.unlink()
    assert severities(machine.sleep(asked)) == ["warning"]


# The clock.


class Clock(BootClock):
    """A clock that can be wrong."""

    def __init__(self, *, stands: bool = False, days: float = 0.0) -> None:
        self._stands = stands
        self._off = timedelta(days=days)

    def now(self) -> float:
        """The machine's, or none at all."""
        return 1.0 if self._stands else super().now()

    def wall(self) -> datetime:
        """So many days off."""
        return super().wall() + self._off


@pytest.fixture(autouse=True)
def synchronised(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that keeps its clock right, whatever this machine's does."""
    monkeypatch.setattr(machine, "kernel_synchronised", lambda: True)


@pytest.mark.parametrize(
    ("clock", "word"),
    [
        (Clock(), ""),
        (Clock(stands=True), "is not running"),
        (Clock(days=-20_000), "was installed on"),
        (Clock(days=40 * 365), "was installed on"),
    ],
)
def test_a_clock_that_is_wrong_stops(asked: Subject, clock: Clock, word: str) -> None:
    """A clock that stands, is older than this program, or decades ahead keeps from ready."""
    looked = machine.clocks(replace(asked, clock=clock))
    assert severities(looked) == (["stop"] if word else [])
    if word:
        assert word in looked.findings[0].what


@pytest.mark.parametrize(("minutes", "stops"), [(-5, False), (0.5, False), (5, True)])
def test_a_clock_behind_the_newest_journal_stops(
    asked: Subject, minutes: float, stops: bool
) -> None:
    """A journal written later than now means that the clock was set back."""
    wall = (BootClock().wall() + timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
    folder = asked.home.sessions / "abcdefgh"
    folder.mkdir(parents=True)
    writer = JournalWriter(folder)
    writer.append(Stamp(wall, 0.0, "", 0.0), (Opened("abcdefgh", ARC, 1, "test", "null"),))
    assert writer.close(5.0)
    assert severities(machine.clocks(asked)) == (["stop"] if stops else [])


def test_no_time_zone_and_no_time_server_are_warnings(
    asked: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are told; a session does not depend on either. What nobody tells is not warned of."""
    monkeypatch.delenv("TZ", raising=False)
    asked.places.time_zone.unlink()
    assert [finding.kind for finding in machine.clocks(asked).findings] == ["time zone"]
    asked.places.time_zone.touch()
    monkeypatch.setattr(machine, "kernel_synchronised", lambda: False)
    assert [finding.kind for finding in machine.clocks(asked).findings] == ["time server"]
    monkeypatch.setattr(machine, "kernel_synchronised", lambda: None)
    assert machine.clocks(asked).findings == ()


def test_the_kernel_answers() -> None:
    """`adjtimex` can be asked by anybody, changes nothing, and answers yes, no, or not at all."""
    before = time.time()
    assert machine.kernel_synchronised() in (True, False, None)
    assert abs(time.time() - before) < 60.0
