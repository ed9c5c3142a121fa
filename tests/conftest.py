"""What the tests of whole sessions share."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from examples import QUICK
from house import ARC, House, house_in
from hypothesis import HealthCheck, settings
from library_fixtures import low_tone, tag
from port import Desk
from private_bus import Bus, bus_in
from steadiness import pytest_terminal_summary
from xdist.scheduler import LoadScopeScheduling

from soundscape.cli.prepare import prepare
from soundscape.control.server import ControlPort
from soundscape.home import Home
from soundscape.library import gathering

__all__ = ["pytest_terminal_summary"]

# Reading the port's description takes each process two seconds.
collect_ignore = ["test_port_fuzz.py"] if QUICK else []

# No example has a deadline: a machine may have other work to do.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# Whoever starts the tests in the background has these ignored, and their children with them; what
# the program does at them is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/sound --self-test`: try the checks of recordings on sound that is broken."""
    parser.addoption(
        "--self-test",
        action="store_true",
        help="break the playing in one way at a time, and require the very check to fail",
    )


SPREAD = (
    "screen_tmux",
    "cli_run",
    "recovery",
    "page_lan",
    "page_who",
    "cli_library",
    "bad_input",
    "setting_arcs",
    "service",
    "picture_page",
    "check_cli",
    "owners",
    "storms",
    "stalled_disk_sound",
    "formats",
    "volumes_moved",
    "check_sound",
)
"""Files whose tests run wherever a process is free. All tests of another one run in the same
process, and share what is made for them once."""

FIRST = (
    "starter",
    "page",
    "intensity_formats",
    "real_music",
    "playlist_fuzz",
    "measure_fuzz",
    "cues_sound",
    "course_sound",
    "session_sound",
    "heard_times",
    "ambience_sound",
    "output_cue",
    "faults_sound",
    "output_lost",
)
"""Files of what takes longest in one process: who begins it last waits for it alone."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest first. Only with `--self-test` do sabotaged sessions run, and nothing else."""
    rank = {f"test_{name}": place for place, name in enumerate((*FIRST, *SPREAD))}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))
    wanted = bool(config.getoption("--self-test"))
    kept = [item for item in items if (item.get_closest_marker("sabotage") is not None) == wanted]
    gone = [item for item in items if item not in kept]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = kept


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Each file goes to whichever process is free, and of `SPREAD` each test."""
    if config.getoption("dist") != "load":
        return None

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            name = file.rpartition("test_")[2].removesuffix(".py")
            return nodeid if name in SPREAD else file

    return Scheduling(config, log)


OWN = """\
name: Own
defaults: {{crossfade: 4 s}}
phases:
  onset: {{minutes: 20 s, playlist: {folder}, intensity: 0.2}}
"""


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A little music and two ambiences, an arc with its playlists, and an index that knows them."""
    root = tmp_path_factory.mktemp("stock")
    for number in range(8):
        path = low_tone(root / "music" / f"tone {number}.flac", 30, 110.0 * 1.2**number)
        tag(path, title=f"Tone {number}", artist=f"Artist {number % 5}", intensity=str(number / 8))
    for name in ("rain", "ocean"):
        low_tone(root / "music" / "ambience" / f"{name}.flac", 12, 70.0)
    arcs = root / "arcs"
    (arcs / "playlists").mkdir(parents=True)
    soft = "".join(f"../music/tone {number}.flac\n" for number in range(5))
    (arcs / "soft.m3u8").write_text("#EXTM3U\n" + soft, "utf-8")
    # By name: what is under a minute is planned only so.
    full = ", ".join(f"tone {number}.flac" for number in range(3, 8))
    (arcs / "playlists" / "full.yaml").write_text(f"tracks: [{full}]\n", "utf-8")
    arc = arcs / "small.yaml"
    arc.write_text(ARC, "utf-8")
    # A folder with one good track, for tests that put bad ones beside it.
    tag(low_tone(root / "own" / "good.flac", 61, 300.0), title="Good", intensity="0.2")
    beside = arcs / "own.yaml"
    beside.write_text(OWN.format(folder=root / "own"), "utf-8")
    home = Home(root, root, root / "run")
    for each in (arc, beside):
        prepare(home, each, None, 0)
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return root


@pytest.fixture
def short_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of two seconds are music to this process: what is tested is not their length."""
    monkeypatch.setattr(gathering, "JINGLE_S", 0.0)


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """A D-Bus of the test's own, with a login manager, in the place of the machine's."""
    with bus_in(tmp_path) as made:
        for name, value in made.env.items():
            monkeypatch.setenv(name, value)
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
        yield made


@pytest.fixture
def house(tmp_path: Path, stock: Path) -> Iterator[House]:
    """A home of its own, in which nothing runs yet."""
    with house_in(tmp_path, stock) as made:
        yield made


@pytest.fixture
def at_home(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The same, for commands that are called within this process."""
    monkeypatch.setenv("SOUNDSCAPE_HOME", str(house.root))
    return house


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def alone(desk: Desk) -> Iterator[ControlPort]:
    """A port before that desk."""
    made = ControlPort(desk, "testtest")
    made.open()
    yield made
    made.close()
