"""Every byte that a session leaves behind: what may be found in it, and where."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from house import House, until

from soundscape.core.errors import InputError

NAME = "Zebedée Quüx"
WORDS = "wept like the Ostrogoths"
LATER = "spoke of Ultramarine"
TITLE = "Tone "
MAY_NAME_MUSIC = (
    "journal.jsonl",
    "score.json",
    "library.db",
    "library.json",
    "engine.log",
    "report.html",
)
"""As docs/guides/what-is-kept.md has it; the index with what SQLite keeps beside it."""


def spellings(words: str) -> set[bytes]:
    """The ways in which a program may write words down."""
    return {
        words.encode("utf-8"),
        words.encode("utf-16-le"),
        words.encode("latin-1"),
        json.dumps(words)[1:-1].encode(),
        quote(words).encode(),
        repr(words.encode("utf-8"))[2:-1].encode(),
    }


def files_with(root: Path, words: str) -> set[str]:
    """The names of all files under `root` in which words stand, in any spelling and any case."""
    wanted = {each.lower() for each in spellings(words)}
    return {
        path.name
        for path in root.rglob("*")
        if path.is_file() and any(each in path.read_bytes().lower() for each in wanted)
    }


@pytest.mark.slow
def test_names_words_and_titles_stand_only_where_the_docs_say(
    at_home: House, tmp_path: Path
) -> None:
    """After a session with persons, marks, notes and a killed engine: what somebody
    typed is in notes.json alone, titles where music is named; no file's name tells any of it."""
    for key in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR"):
        (tmp_path / key).mkdir(mode=0o700)
        at_home.env[key] = str(tmp_path / key)
    code = at_home.play()
    at_home.call("dose", "A")
    until(lambda: len(at_home.facts("heard_from")) >= 3, "for music")
    done = at_home.call("mark", f"{NAME} {WORDS}", "--person", "A")
    assert done.returncode == 0, done.stderr
    at_home.cue("soften")
    # Whatever is typed in the wrong place is refused, and forgotten.
    for wrong in (("ambience", NAME), ("transition", NAME), ("dose", NAME), ("dose", "--at", NAME),
                  ("mark", WORDS, "--person", NAME)):  # fmt: skip
        assert at_home.call(*wrong).returncode != 0
        with suppress(InputError):
            assert not at_home.cue(*wrong).ok
    # Whatever a break-off leaves is there as well.
    pid = at_home.status()["pids"]["engine"]
    os.kill(pid, signal.SIGKILL)
    at_home.wait(lambda status: status["pids"]["engine"] != pid, "for the next engine")
    assert at_home.cue("mark", WORDS, "--person", "B").ok
    until(lambda: at_home.lines()[-1]["stamp"]["at_s"] > 100, "for some minutes of music")
    at_home.end_now()
    at_home.wait_over()
    at_home.call("log", "note", code, f"{NAME} {LATER}")
    at_home.call("log", "consent", code, "A", "yes")
    at_home.call("log")
    at_home.call("log", "series")
    at_home.call("log", "report", code, "--out", tmp_path / "report.html")
    for words in (NAME, WORDS, LATER):
        assert files_with(tmp_path, words) == {"notes.json"}, words
    music = files_with(tmp_path, TITLE)
    assert {"journal.jsonl", "score.json"} <= music
    assert all(each.startswith(MAY_NAME_MUSIC) for each in music), music
    for path in tmp_path.rglob("*"):
        told = (NAME, "Quüx", "Ostrogoth", "Ultramarine", "tone ")
        assert not any(each.casefold() in path.name.casefold() for each in told), path
