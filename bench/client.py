"""How long does the shortest command take as a whole process, beside importing Typer?

`soundscape soften 0.5` to a session on the null decks, in turns with `python -c "import typer"`,
which is what any command line of Typer has to pay before it has done anything, and with
`python -c pass`. The ratio is of the medians of the same run.

    python bench/client.py [TURNS]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sound_rig import (
    PROGRAM,
    PYTHON,
    Watch,
    clock,
    environment,
    machine,
    session,
    spread,
    tone_arc,
)

TARGET = 1.5


def main(turns: int) -> None:
    commands = {
        "soundscape soften": [PROGRAM, "soften", "0.5"],
        'python -c "import typer"': [PYTHON, "-c", "import typer"],
        'python -c "pass"': [PYTHON, "-c", "pass"],
    }
    took: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory(prefix="soundscape-bench-") as name:
        folder = Path(name)
        watch = Watch()
        env = environment(os.environ, folder / "home")
        with session(env, tone_arc(folder, 600), "--out", "null"):
            for turn in range(-2, turns):  # The first two fill caches and do not count.
                for name, command in commands.items():
                    while True:
                        start = clock()
                        subprocess.run(
                            command,
                            env=env,
                            stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL,
                            check=True,
                        )
                        end = clock()
                        if not watch.still_between(start, end):
                            break
                    if turn >= 0:
                        took[name].append(end - start)
        watch.close()
    print(machine())
    for name, times in took.items():
        print(f"{name:26} {spread(times)}")
    cue, peer, bare = (float(np.median(times)) for times in took.values())
    print(f"soften / import typer = {cue / peer:.2f}   target {TARGET}")
    print(f"soften / bare Python  = {cue / bare:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
