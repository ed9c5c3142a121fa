"""Files made to break a reader: none takes memory or time without end, none breaks out of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HANG_S = 20.0
"""For one file; what is promised is a second on an idle machine, and `--durations` shows it."""

MB_100 = 100_000_000
DEEP = 10_000

TEXTS: dict[str, Callable[[], bytes]] = {
    "a line of 100 MB": lambda: b"a" * MB_100,
    "a line of 100 MB in quotes": lambda: b'{"n":1,"v":1,"fact":"' + b"a" * MB_100 + b'"}\n',
    "100 MB of short lines": lambda: b"x\n" * (MB_100 // 2),
    "100 MB of empty lines": lambda: b"\n" * MB_100,
    "100 MB of zeros": lambda: b"\0" * MB_100,
    "4 MB of empty lists": lambda: b"[" + b"[]," * 1_330_000 + b"[]]\n",
    "deep lists": lambda: b"[" * DEEP + b"]" * DEEP + b"\n",
    "deep mappings": lambda: b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"\n",
    "deep in a known key": lambda: b'{"playlist":{"track":' + b"[" * DEEP + b"]" * DEEP + b"}}\n",
    "deep in a fact": lambda: b'{"n":1,"v":1,"stamp":' + b"[" * DEEP + b"]" * DEEP + b"}\n",
    "deep by dashes": lambda: b"- " * DEEP + b"x\n",
    "deep by indents": lambda: b"".join(b" " * n + b"a:\n" for n in range(900)) + b" " * 900 + b"x",
    "deep by question marks": lambda: b"? " * DEEP,
    "a million open lists": lambda: b"[" * 1_000_000,
    "an alias bomb": lambda: b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(20)
    ),
    "an alias of itself": lambda: b"a: &a [*a]\n",
    "a merge bomb": lambda: b"a: &a {x: 1}\n" + b"b: {<<: [" + b"*a, " * 100_000 + b"*a]}\n",
    "an entity bomb": lambda: b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(20)
    ) + b"]><playlist><title>&u;</title></playlist>",
    "a foreign file": lambda: b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        b"<playlist><title>&a;</title></playlist>",
    "deep elements": lambda: b"<playlist>" * DEEP + b"</playlist>" * DEEP,
    "a number of 100,000 digits": lambda: b'{"n":' + b"9" * 100_000 + b',"v":1}\n',
    "numbers beyond counting": lambda: b'{"n":1e400,"v":-1e400,"minutes":1e99999,"fact":NaN}\n',
    "a huge exponent": lambda: b"phases: {a: {minutes: 1e999999999, intensity: 0x" + b"f" * 5000
        + b"}}\n",
    "a key 10,000 times": lambda: b"{" + b'"n":1,' * 10_000 + b'"n":1}\n',
    "100,000 keys": lambda: b"{" + b",".join(b'"%d":1' % n for n in range(100_000)) + b"}\n",
    "zeros between": lambda: b'{"n":\x001,"v":1}\nname:\0 x\n',
    "no UTF-8": lambda: b'{"n":1,"v":"\xff\xfe\xc0\x80\xed\xa0\x80"}\nname: \xff\n',
    "half characters": lambda: b'{"n":1,"v":1,"prev":"\\ud800","name":"\\udfff"}\n',
    "UTF-16": lambda: "name: x\n".encode("utf-16") * 1000,
    "a tag of Python's": lambda: b"name: !!python/object/apply:os.system [false]\n",
    "100,000 tags and anchors": lambda: b"a: [" + b"&x !y z, " * 100_000 + b"]\n",
    "escapes": lambda: b'"' + b"\\u0041" * 500_000 + b'"\n',
    "nothing": lambda: b"",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "suffixes"),
    [
        ("arc", (".yaml",)),
        ("playlist", (".yaml", ".m3u8", ".xspf", ".pls", ".jspf")),
        ("journal", (".jsonl",)),
        ("body", (".json",)),
    ],
)
def test_no_file_blows_up(kind: str, suffixes: tuple[str, ...], tmp_path: Path) -> None:
    """Bombs of aliases and entities, lines of 100 MB, 10,000 levels, zeros, no UTF-8, numbers and
    keys beyond measure end in a reading or in an error of ours, within 600 MB beside the program
    and without a hang."""
    texts = {name: make() for name, make in TEXTS.items()}
    for suffix in suffixes:
        paths = []
        for name, text in texts.items():
            if kind == "body" and len(text) > 16_384:
                continue  # Refused by its length, before anybody reads it.
            paths.append(tmp_path / f"{name.replace('/', ' ')}{suffix}")
            paths[-1].write_bytes(text)
        script = Path(__file__).with_name("blowup.py")
        done = subprocess.run(
            [sys.executable, str(script), kind, *map(str, paths)],
            capture_output=True, text=True, timeout=5 * HANG_S * len(paths), check=False,
        )  # fmt: skip
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0, (found[-1:], done.stderr[-2000:])
        assert [each["file"] for each in found] == [path.name for path in paths]
        slow = [each for each in found if each["s"] > 1.0]
        print(f"{kind}{suffix}: over a second: {slow}")
        assert all(each["s"] < HANG_S for each in found), slow
        for path in paths:
            path.unlink(missing_ok=True)
