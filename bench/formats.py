"""The table of the gate: every format, the second it was asked for, the one heard, and its level.

    python bench/formats.py [FILE]     prints the table, or writes it into that file of the docs

The file is docs/development/formats.md by itself; what stands between its two marks is replaced.
Needs the encoders that script/test installs.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "sound"), str(ROOT / "tests")]

from gate import Heard, batches, hear, make_rig  # noqa: E402

BEGIN, END = "<!-- bench/formats.py -->\n", "<!-- end -->"


def main() -> None:
    """Hear every format, and print or write the table."""
    heard: list[Heard] = []
    with tempfile.TemporaryDirectory() as folder:
        rig = make_rig(Path(folder))
        rig.start()
        try:
            for batch in batches():
                print(", ".join(each.name for each in batch), file=sys.stderr, flush=True)
                heard += hear(rig, Path(folder), batch)
        finally:
            rig.stop()
    lines = "".join(f"{line}\n" for line in table(heard))
    if len(sys.argv) > 1:
        page = Path(sys.argv[1])
        before, rest = page.read_text("utf-8").split(BEGIN)
        page.write_text(before + BEGIN + lines + END + rest.partition(END)[2], "utf-8")
    else:
        print(lines, end="")
    wrong = [each.wrong for each in heard if each.wrong]
    if wrong:
        sys.exit("\n".join(wrong))


def table(heard: list[Heard]) -> Iterator[str]:
    """Rows of Markdown: one a format, with all its seconds in one cell."""
    yield "| format | rate, channels | asked, s | heard, s | level, LU off |"
    yield "|-|-|-|-|-|"
    for format_, rows in groupby(heard, key=lambda each: each.format):
        all_ = list(rows)
        asked = " / ".join(f"{each.asked_s:g}" for each in all_)
        found = " / ".join(f"{each.from_s:.2f}" for each in all_)
        off = max((each.lufs - each.matched_lufs for each in all_), key=abs)
        sound = f"{format_.rate / 1000:g} kHz, {len(format_.tones)}"
        yield f"| {format_.about} | {sound} | {asked} | {found} | {off:+.1f} |"


if __name__ == "__main__":
    main()
