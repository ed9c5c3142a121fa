"""Bad input, each tried through the command line: one clear message, nothing lost, no traceback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from house import ARC, MISTAKES, PATIENCE_S, House, alive, until
from library_fixtures import open_to_all

from soundscape.cli.app import run_app

FULL = """\
name: {name}
library: {library}
defaults: {{crossfade: 4 s}}
phases:
  onset: {{minutes: 20 s, playlist: soft, intensity: [0.1, 0.4]}}
"""


def plan(arc: Path | str, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    """`soundscape plan`: its exit code, output, and what it complained of."""
    code = run_app(["plan", str(arc), *more])
    said = capsys.readouterr()
    assert not any(each in said.out + said.err for each in MISTAKES)
    return code, said.out, said.err


# The arc itself.

BAD_ARCS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "empty": (b"", ("a.yaml",)),
    "blank": (b"\n  \n# nothing\n", ("a.yaml",)),
    "not YAML": (b"phases: {onset: [", ("a.yaml:1",)),
    "tabs": (b"name: x\nphases:\n\tonset: {}\n", ("a.yaml:3",)),
    "not UTF-8": (b"name: caf\xe9\n", ("a.yaml", "UTF-8")),
    "binary": (bytes(range(256)), ("a.yaml",)),
    "a list": (b"- onset\n", ("a.yaml",)),
    "a word": (b"onset\n", ("a.yaml",)),
    "misspelt keys": (
        b"name: x\nphazes: {}\nphases:\n  onset: {minuets: 20, playlist: soft, intensty: 0.2}\n",
        ("`phases`", "`minutes`", "`intensity`", "a.yaml:2:1", "a.yaml:4:11", "a.yaml:4:40"),
    ),
    "negative minutes": (ARC.replace("60 s", "-60 s").encode(), ("a.yaml:5", "a.yaml:7")),
    "enormous minutes": (ARC.replace("60 s", "99999999999 h").encode(), ("a.yaml:5",)),
    "infinite minutes": (ARC.replace("60 s", ".inf").encode(), ("a.yaml:5",)),
    "no minutes": (ARC.replace("minutes: 60 s", "minutes: 0").encode(), ("a.yaml:5",)),
    "intensity out of bounds": (ARC.replace("0.8", "1.8").encode(), ("a.yaml:6", "1.8")),
    "unknown playlist": (
        ARC.replace("playlist: full", "playlist: ful").encode(),
        ("a.yaml:6:37: no playlist `ful`", "did you mean `full`?"),
    ),
    "unknown ambience": (ARC.replace("rain", "rian").encode(), ("rian", "rain")),
    "no library there": (ARC.replace("../music", "../musik").encode(), ("musik",)),
    "no phases": (b"name: x\nphases: {}\n", ("a.yaml",)),
    "an alias bomb": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(
            b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9))
            for i in range(9)
        ),
        ("a.yaml",),
    ),
    "deep": (b"phases: " + b"[" * 5000, ("a.yaml",)),
}


@pytest.fixture
def arcs(at_home: House, tmp_path: Path, stock: Path) -> Path:
    """A folder of arcs of this test's own, beside the shared music."""
    (tmp_path / "music").symlink_to(stock / "music")
    folder = tmp_path / "arcs"
    folder.mkdir()
    for name in ("soft.m3u8", "playlists"):
        (folder / name).symlink_to(stock / "arcs" / name)
    return folder


@pytest.mark.parametrize("kind", BAD_ARCS)
def test_a_bad_arc_is_one_message_with_all_its_faults(
    arcs: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each fault with its file and place, what was expected and the nearest known name; exit 2,
    nothing on standard output."""
    text, expected = BAD_ARCS[kind]
    (arcs / "a.yaml").write_bytes(text)
    code, out, err = plan(arcs / "a.yaml", capsys)
    assert (code, out) == (2, "")
    for each in expected:
        assert each in err
    assert 0 < len(err.strip().splitlines()) <= 150
    assert all(len(line) < 1000 for line in err.splitlines())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing.yaml", "nothing.yaml: no such file"),
        ("playlists", "playlists: this is a folder"),
        ("", "folder"),
        ("x" * 300 + ".yaml", "file name too long"),
        ("soft.m3u8/a.yaml", "soft.m3u8/a.yaml"),
    ],
)
def test_an_arc_that_is_no_file_is_said_to_be_none(
    arcs: Path, name: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path that leads nowhere, to a folder, or that no system takes: one line, exit 2."""
    code, out, err = plan(arcs / name, capsys)
    assert (code, out) == (2, "")
    assert said in err
    assert err.strip().count("\n") == 0


@pytest.mark.parametrize("words", [["plan"], ["plan", "a.yaml", "--seed", "x"], ["plam"], ["run"],
    ["plan", "a.yaml", "b.yaml"], ["run", "a.yaml", "--speed", "0"], ["log", "shwo"],
    ["status", "--jsno"]])  # fmt: skip
def test_bad_usage_is_exit_2_with_a_hint(
    at_home: House, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Words that no command takes end in usage, on standard error, and exit 2."""
    assert run_app(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert not any(each in said.err for each in MISTAKES)
    assert "Error" in said.err


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["~nobody-here/music", "~nobody-here"])
@pytest.mark.parametrize("what", ["add", "scan", "rm"])
def test_a_home_of_nobody_is_a_folder_that_is_not_there(
    at_home: House, what: str, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`~somebody` whom this system does not know is a name like any other."""
    assert run_app(["library", what, folder]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{folder}: ")
    assert said.count("\n") == 1


def test_a_bad_arc_leaves_neither_session_nor_process(house: House) -> None:
    """`run` with a bad arc: the engine that was warming up beside is called off, no session's
    folder is made, and the next `run` begins."""
    bad = house.root.parent / "bad.yaml"
    bad.write_text("phases: {onset: {minuets: 3}}\n", "utf-8")
    done = house.call("run", bad, "--out", "null", "--detach")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "`minutes`" in done.stderr
    assert not list(house.home.sessions.glob("*"))
    assert not house.home.control.exists()
    lock = str(house.home.lock)
    engines = [
        path for path in Path("/proc").glob("[0-9]*/fd/*") if os.path.lexists(path)
        and _leads_to(path, lock)
    ]  # fmt: skip
    assert engines == []
    named = house.call("plan", b"half \xff.yaml".decode("utf-8", "surrogateescape"))
    assert (named.returncode, named.stdout) == (2, "")
    assert "half \\udcff.yaml: no such file" in named.stderr
    assert house.play()


def _leads_to(link: Path, target: str) -> bool:
    try:
        return str(link.readlink()) == target
    except OSError:
        return False


# Playlists.


def arc_with(folder: Path, playlist: str, library: str = "../music") -> Path:
    """An arc of one phase over a playlist, given as the arc writes it."""
    path = folder / "one.yaml"
    text = FULL.format(name="One", library=library).replace("soft", json.dumps(playlist))
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("none.m3u8", "", "none.m3u8"),
        ("none.yaml", "", "none.yaml"),
        ("none.yaml", "tracks: []\n", "none.yaml"),
        ("none.yaml", "query: {intensity: [0.99, 1]}\n", "none.yaml"),
        ("none.yaml", "trakcs: [a.flac]\n", "did you mean `tracks`"),
        ("none.xspf", "<playlist", "none.xspf"),
        ("none.pls", "\xff\xfe", "none.pls"),
    ],
)
def test_a_named_playlist_that_holds_nothing_is_exit_2(
    arcs: Path, file: str, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A playlist the arc names that is empty, matches nothing or cannot be read: its file and
    why, never another playlist instead."""
    (arcs / file).write_text(text, "latin-1")
    code, out, err = plan(arc_with(arcs, f"./{file}"), capsys)
    assert (code, out) == (2, "")
    assert said in err


def test_a_playlist_of_missing_files_names_each_of_them(
    arcs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing is left of a playlist it is an error that lists what is missing, each with
    its line; where something is left, that plays, and the missing are listed."""
    (arcs / "gone.m3u8").write_text("../music/a.flac\n../music/b.flac\n", "utf-8")
    code, out, err = plan(arc_with(arcs, "gone"), capsys)
    assert (code, out) == (2, "")
    for place in ("gone.m3u8:1", "gone.m3u8:2"):
        assert place in err
    (arcs / "gone.m3u8").write_text("../music/a.flac\n../music/tone 1.flac\n", "utf-8")
    code, out, err = plan(arc_with(arcs, "gone"), capsys)
    assert code == 0
    assert "Tone 1" in out
    assert err.count("left out: ") == 1
    assert "gone.m3u8:1" in err


# Members of a folder.


@pytest.fixture
def folder(arcs: Path, stock: Path) -> Iterator[Path]:
    """A folder with one good track that is known already, and whatever a test puts beside it."""
    found = stock / "own"
    yield found
    found.chmod(0o755)
    for path in found.iterdir():
        if path.name == "good.flac":
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def half(path: Path) -> None:
    path.write_bytes((path.parent / "good.flac").read_bytes()[:6000])


BAD_MEMBERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "text named .mp3": ("song.mp3", lambda path: path.write_text("la la la\n" * 50)),
    "zero bytes": ("song.flac", lambda path: path.write_bytes(b"")),
    "zeros": ("song.ogg", lambda path: path.write_bytes(bytes(5000))),
    "truncated": ("song.flac", half),
    "a link to nowhere": ("song.flac", lambda path: path.symlink_to("nowhere.flac")),
    "a link to itself": ("song.flac", lambda path: path.symlink_to(path.name)),
    "a pipe": ("song.flac", os.mkfifo),
}


@pytest.mark.parametrize("kind", BAD_MEMBERS)
def test_a_bad_member_is_listed_and_left_out(
    arcs: Path, folder: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One bad file among good ones is no reason to fail: it is named, with why, and the rest is
    planned without it."""
    name, make = BAD_MEMBERS[kind]
    make(folder / name)
    code, out, err = plan(arc_with(arcs, str(folder)), capsys, "--json")
    assert code == 0, err
    planned = {Path(item["path"]).name for item in json.loads(out)["items"]}
    assert planned == {"good.flac"}
    left_out = [line for line in err.splitlines() if line.startswith("left out: ")]
    assert len(left_out) == 1
    assert name in left_out[0]


NAMES = [
    "with spaces .flac",
    'it\'s "quoted" `so`.flac',
    "🎵 élan Ω 音楽.flac",
    "x" * 195 + ".flac",
    "-rf.flac",
    "#1 100% [bold]a[b] {c} $HOME.flac",
    "line\nbreak\ttab.flac",
    "back\\slash;&|<>*?.flac",
]


@pytest.mark.slow
def test_names_of_any_kind_play(house: House, stock: Path) -> None:
    """Spaces, quotes, emoji, 200 characters, what shells and terminals take for theirs: found,
    planned, played on the decks, and told by the journal as they are."""
    folder = house.root.parent / "odd"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        path = folder / name
        path.write_bytes((stock / "music" / f"tone {number}.flac").read_bytes())
    listed = json.dumps([f"odd/{name}" for name in NAMES])
    (folder.parent / "listed.yaml").write_text(f"tracks: {listed}\n", "utf-8")
    arc = house.root.parent / "odd.yaml"
    text = FULL.format(name="Odd 🎵", library=json.dumps(str(folder))).replace("soft", "listed")
    arc.write_text(text.replace("20 s", "215 s"), "utf-8")
    planned = {Path(item["path"]).name for item in house.json("plan", arc)["items"]}
    assert planned == set(NAMES)
    house.play(arc=arc, speed=200)

    def heard() -> bool:
        return {Path(each["path"]).name for each in house.facts("heard_from")} == set(NAMES)

    until(heard, "for every track to be heard")
    story = house.json("log", "show")
    assert story["arc"] == "Odd 🎵"
    assert {Path(each["path"]).name for each in story["heard"]} == set(NAMES)
    assert story["faults"] == []


def test_a_folder_that_links_to_itself_ends(
    arcs: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Folders that lead back into themselves are walked once."""
    (folder / "again").symlink_to(folder)
    (folder / "deeper").mkdir()
    (folder / "deeper" / "up").symlink_to("..")
    code, out, _ = plan(arc_with(arcs, str(folder)), capsys, "--json")
    assert code == 0
    assert {Path(item["path"]).name for item in json.loads(out)["items"]} == {"good.flac"}


# What another user may not read. Root may read everything, so it is tried as nobody.

# The sources may lie in the home of root alone: what is imported is read as root.

AS_NOBODY = textwrap.dedent("""
    import builtins, importlib, os, sys

    def as_root(load):
        def loading(*args, **more):
            was = os.geteuid()
            os.seteuid(0)
            try:
                return load(*args, **more)
            finally:
                os.seteuid(was)
        return loading

    if os.getuid() == 0:  # Commands are loaded by name, all else by `import`.
        builtins.__import__ = as_root(builtins.__import__)
        importlib.import_module = as_root(importlib.import_module)
        import soundscape.cli.app
        os.setgroups([]); os.setresgid(65534, 65534, 0); os.setresuid(65534, 65534, 0)
    import soundscape.cli.app
    sys.exit(soundscape.cli.app.run_app(sys.argv[1:]))
""")


def as_nobody(house: House, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """A command as a user for whom permissions count, at this house's home."""
    if os.getuid() == 0:
        for path in (house.root, *house.root.rglob("*")):
            os.chown(path, 65534, 65534)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, *map(str, words)],
        env=house.env,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert not any(each in done.stdout + done.stderr for each in MISTAKES)
    return done


@pytest.mark.slow
def test_what_may_not_be_read_is_said(house: House, arcs: Path, folder: Path) -> None:
    """An arc that may not be read is exit 2, a member that may not is left out, a library that may
    not be entered holds nothing to play; each says so."""
    arc = arc_with(arcs, str(folder))
    (folder / "mine.flac").write_bytes((folder / "good.flac").read_bytes())
    open_to_all(arcs.parent)
    open_to_all(folder)
    # Measured first: nobody may not even begin root's Python, which measures.
    assert house.json("plan", arc)["items"]
    (folder / "mine.flac").chmod(0)
    listed = as_nobody(house, "plan", arc)
    assert listed.returncode == 0, listed.stderr
    assert "left out: " in listed.stderr
    assert "mine.flac" in listed.stderr
    folder.chmod(0)
    closed = as_nobody(house, "plan", arc)
    assert closed.returncode == 2
    assert "own" in closed.stderr
    folder.chmod(0o755)
    arc.chmod(0)
    unread = as_nobody(house, "plan", arc)
    assert (unread.returncode, unread.stdout) == (2, "")
    assert re.search(r"one\.yaml.*(not readable|[Pp]ermission)", unread.stderr)


def test_a_home_that_may_not_be_written_is_said(house: House) -> None:
    """A home of somebody else: `run` is exit 1 and says where, and begins nothing."""
    theirs = house.root.parent / "not-mine"
    theirs.mkdir()
    open_to_all(house.root.parent)
    theirs.chmod(0o555)
    house.env["SOUNDSCAPE_HOME"] = str(theirs)
    done = as_nobody(house, "run", house.arc, "--out", "null", "--detach")
    assert (done.returncode, done.stdout) == (1, "")
    assert "not-mine" in done.stderr
    assert "permission denied" in done.stderr
    assert list(theirs.iterdir()) == []


# While it plays.


@pytest.mark.slow
def test_a_file_that_goes_away_while_it_plays_gives_way(house: House, stock: Path) -> None:
    """Music deleted between plan and playing is journaled and passed over: the session goes on
    with what is left."""
    folder = house.root.parent / "own"
    folder.mkdir()
    for number in range(4):
        data = (stock / "music" / f"tone {number}.flac").read_bytes()
        (folder / f"{number}.flac").write_bytes(data)
    (folder / "four.m3u8").write_text("0.flac\n1.flac\n2.flac\n3.flac\n", "utf-8")
    arc = house.root.parent / "own.yaml"
    text = FULL.format(name="Own", library=json.dumps(str(folder))).replace("soft", "own/four.m3u8")
    arc.write_text(text.replace("20 s", "100 s"), "utf-8")
    house.play(arc=arc, speed=8)
    playing = house.wait(lambda now: now["track"] and now["track"]["sounds"])["track"]["path"]
    others = sorted(path for path in folder.iterdir() if str(path) != playing)
    for path in others[:2]:
        path.unlink()
    heard = house.wait(
        lambda now: now["track"] and now["track"]["sounds"] and now["track"]["path"] != playing
    )
    assert heard["track"]["path"] == str(others[2])
    until(lambda: alive(heard["pids"]["engine"]))
    gone = {fact["where"] for fact in house.facts("fault")}
    assert gone <= {str(path) for path in others[:2]}
