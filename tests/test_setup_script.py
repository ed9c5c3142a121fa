"""`script/setup.sh`, which both commands of the README source: what it does where apt is busy."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).parent.parent / "script" / "setup.sh"

APT = """#!/bin/sh
echo "$@" >>"$CALLS"
[ "$(grep -c '^update' "$CALLS")" -gt 2 ] && exit 0
echo "E: %s" >&2
exit 100
"""


def install(folder: Path, says: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """`need_system` beside an apt-get that fails twice with these words; what apt-get was told."""
    calls = folder / "calls"
    for name, text in {
        "apt-get": APT % says,
        "dpkg-query": "#!/bin/sh\nexit 1\n",
        "sleep": "#!/bin/sh\n",
        "id": "#!/bin/sh\necho 0\n",
    }.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    script = folder / "script" / "command"
    script.parent.mkdir()
    script.write_text(f'set -eu\n. "{SETUP}"\nneed_system some-package\n')
    env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "CALLS": str(calls)}
    done = subprocess.run(["sh", script], env=env, capture_output=True, text=True, check=False)
    return done, calls.read_text().splitlines()


@pytest.mark.parametrize(
    "says",
    [
        "Could not get lock /var/lib/apt/lists/lock. It is held by process 8 (packagekitd)",
        "Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource unavailable)",
        "Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend)",
    ],
)
def test_another_program_that_installs_is_waited_for(tmp_path: Path, says: str) -> None:
    """As on every desktop that was started a moment ago: it says so once, and goes on after."""
    done, calls = install(tmp_path, says)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Installing Debian packages: some-package",
        "Another program is installing packages; waiting until it is done.",
    ]
    assert [call.split()[0] for call in calls] == ["update"] * 3 + ["install"]


def test_any_other_failure_is_told_at_once(tmp_path: Path) -> None:
    """What apt-get said last, and where all of it is."""
    done, calls = install(tmp_path, "Unable to locate package some-package")
    assert done.returncode == 1
    assert "Unable to locate package some-package" in done.stderr
    assert "apt-get could not install: some-package (its whole output is in " in done.stderr
    assert len(calls) == 1
