"""Every file that any command makes is its owner's alone, whatever the umask is."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import house_in
from library_fixtures import low_tone, tag

from soundscape.cli import main
from soundscape.cli.table import COMMANDS as ROWS
from soundscape.core.cues.table import CUES

ARC = "arcs/own.yaml"
MARK = ("the", "sea", "--person", "A")
LAST = (
    *(("log", name) for name in ("export", "note", "consent", "report", "replay", "rm")),
    ("service", "rm"),
    ("library", "rm"),
)
"""What needs a session that is over, or takes away what others need."""

COMMANDS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("status",): (),
    ("plan",): (ARC, "--picture", "plan.svg"),
    ("check",): (ARC,),
    ("rehearse",): (ARC,),
    ("schema",): (),
    ("devices",): (),
    ("doctor",): (),
    ("cues",): ("--card", "card.html"),
    ("recover",): (),
    ("arc", "list"): (),
    ("arc", "show"): (ARC,),
    ("arc", "new"): (
        "arcs/new.yaml",
        "--like",
        ARC,
        "--length",
        "90",
        "--persons",
        "1",
        "--ending",
        "talk",
    ),
    ("arc", "check"): (ARC,),
    ("library", "add"): ("music",),
    ("library", "scan"): (),
    ("library", "list"): (),
    ("library", "show"): ("one",),
    ("library", "vouch"): ("music/one.flac",),
    ("library", "rm"): ("music",),
    ("playlist", "list"): (),
    ("playlist", "show"): ("arcs/all.m3u8",),
    ("playlist", "check"): ("arcs/all.m3u8",),
    ("playlist", "convert"): ("arcs/all.m3u8", "arcs/all.xspf"),
    ("run",): (ARC, "--out", "null", "--detach", "--seed", "1"),
    ("remote", "on"): (),
    ("remote", "show"): (),
    ("remote", "list"): (),
    ("remote", "rm"): ("--all",),
    ("remote", "off"): (),
    ("log", "list"): (),
    ("log", "show"): (),
    ("log", "check"): (),
    ("log", "export"): ("CODE", "--as", "html", "--out", "list.html"),
    ("log", "note"): ("CODE", "the sea"),
    ("log", "consent"): ("CODE", "A", "yes"),
    ("log", "series"): (),
    ("log", "report"): ("CODE", "--out", "report.html"),
    ("log", "replay"): ("CODE", "--out", "null", "--track", "1", "--for", "0.01"),
    ("log", "rm"): ("CODE", "--yes"),
    ("controllers", "add"): ("soften", "--wait", "0.1"),
    ("controllers", "list"): (),
    ("controllers", "test"): ("--wait", "0.1"),
    ("controllers", "rm"): ("all",),
    ("controllers", "on"): (),
    ("controllers", "off"): (),
    ("service", "add"): (ARC,),
    ("service", "show"): (),
    ("service", "rm"): (),
}
"""Every command with words that let it do its work, as far as a session plays meanwhile."""


def test_no_command_is_forgotten() -> None:
    """The table of this test has every command but the cues, which have a table of their own."""
    known = {tuple(row.words.split()) for row in ROWS if row.place and not row.hidden}
    # `starter` takes long (see test_starter.py); `attach` is a screen, and needs a terminal.
    assert known - set(COMMANDS) == {("library", "starter"), ("attach",)}
    assert set(COMMANDS) <= known


@pytest.fixture
def no_umask() -> Iterator[None]:
    """The umask that takes nothing away: whatever is private under it is under any other."""
    before = os.umask(0)
    yield
    os.umask(before)


# What a command leaves to the end of its process is no matter here.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_whatever_is_made_is_its_owners_alone(
    no_umask: None, tmp_path: Path, stock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command is run, most of them while a session plays; of all that there is afterwards
    under the home, the person's own folders, the temporary ones and where exports were written,
    files are 0600 and folders 0700: indexes with their -wal and -shm, locks, logs, sockets too."""
    work = tmp_path / "work"
    for number, name in enumerate(("one", "two")):
        path = low_tone(work / "music" / f"{name}.flac", 30, 200.0 + 50 * number)
        tag(path, title=name, intensity="0.3")
    (work / "arcs").mkdir()
    (work / "arcs" / "all.m3u8").write_text("../music/one.flac\n../music/two.flac\n", "utf-8")
    (work / ARC).write_text(
        "name: Own\nlibrary: ../music\ndefaults: {crossfade: 4 s}\nphases:\n"
        "  one: {stage: onset, minutes: 50 s, playlist: all, intensity: 0.3}\n",
        "utf-8",
    )
    given = set(work.rglob("*")) | {work}
    monkeypatch.chdir(work)
    places = {"HOME": "person", "TMPDIR": "temporary", "XDG_RUNTIME_DIR": "runtime"}
    for key, name in places.items():
        (tmp_path / name).mkdir(mode=0o700)
        monkeypatch.setenv(key, str(tmp_path / name))
        given.add(tmp_path / name)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    with house_in(tmp_path / "at", stock) as house:
        house.home.index.unlink()
        monkeypatch.setenv("SOUNDSCAPE_HOME", str(house.root))
        first = (("run",), ("library", "add"))
        # Not within this process: it would leave the pipes to the engine open.
        started = house.call("run", *COMMANDS["run",], env=dict(os.environ), umask=0)
        assert started.returncode == 0, started.stderr
        code = house.folder().name
        order = [("library", "add"), *((name,) for name in CUES if name not in ("stop", "end"))]
        order += [path for path in COMMANDS if path not in (*first, *LAST)]
        for path in (*order, ("mark",)):
            os.umask(0)
            words = COMMANDS.get(path, MARK if path == ("mark",) else ())
            run(monkeypatch, *path, *(code if word == "CODE" else word for word in words))
        assert house.status()["state"]
        assert_private(tmp_path, given)
        assert list(house.root.glob("library.db*"))
        assert list(house.root.glob("sessions/*/notes.json"))
        assert (work / "plan.svg").exists()
        house.end_now()
        house.wait_over()
        for path in LAST:
            os.umask(0)
            run(monkeypatch, *path, *(code if word == "CODE" else word for word in COMMANDS[path]))
        assert_private(tmp_path, given)


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    """The console script's own entry, which may refuse but never break."""
    monkeypatch.setattr(sys, "argv", ["soundscape", *words])
    with pytest.raises(SystemExit) as done:
        main()
    assert done.value.code in (0, 1, 2), words


def assert_private(root: Path, given: set[Path]) -> None:
    """Of all that was made."""
    open_ones = [
        f"{stat.S_IMODE(path.lstat().st_mode):04o} {path.relative_to(root)}"
        for path in root.rglob("*")
        if path not in given and not path.is_symlink() and path.lstat().st_mode & 0o077
    ]
    assert [each for each in open_ones if not each.endswith(" at")] == []
