"""A sound server of our own, recorded: PulseAudio with a null sink, and what is read off it.

Nothing of the machine's own sound is touched: the server lives in a folder of its own, is reached
by a socket there, and is ended by its process id. Levels are in dBFS such that a
tone at full scale is 0 dB.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

RATE = 48_000
WINDOW_S = 0.05
SAMPLES = np.ndarray


class Rig:
    """The server's environment, and recordings of its sink."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._run = folder / "pulse"
        self._run.mkdir(mode=0o700)
        self._socket = self._run / "socket"
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        """What a program needs in its environment to play here."""
        return {
            **os.environ,
            "XDG_RUNTIME_DIR": str(self._run),
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_COOKIE": str(self._run / "cookie"),
            "HOME": str(self._run),
        }

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self._run / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [
                    "pulseaudio",
                    "-n",
                    "--daemonize=no",
                    "--exit-idle-time=-1",
                    "--use-pid-file=no",
                    "-L",
                    f"module-native-protocol-unix socket={self._socket} auth-anonymous=1",
                    "-L",
                    f"module-null-sink sink_name=out rate={RATE} format=float32le",
                ],
                env={**self.env, "PULSE_SERVER": ""},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + 10.0
        while subprocess.run(["pactl", "info"], env=self.env, capture_output=True).returncode:
            if time.monotonic() > until:
                raise RuntimeError(f"PulseAudio does not start: {(self._run / 'log').read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10.0)
            self._server = None

    @contextmanager
    def recording(self, path: Path) -> Iterator[None]:
        """Record what the sink is given, as long as the context lasts."""
        command = ["parec", "--raw", "-d", "out.monitor", "--format=float32le", f"--rate={RATE}"]
        with path.open("wb") as out:
            parec = subprocess.Popen(
                [*command, "--channels=2", "--latency-msec=20"],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
            )
            try:
                until = time.monotonic() + 5.0
                while path.stat().st_size == 0 and time.monotonic() < until:
                    time.sleep(0.01)
                yield
            finally:
                parec.terminate()
                parec.wait(10.0)


def read(path: Path) -> SAMPLES:
    """A recording as floats in -1..1, left channel."""
    size = path.stat().st_size // 8 * 8
    flat = np.fromfile(path, np.float32, size // 4)
    return flat.reshape(-1, 2)[:, 0].astype(np.float64)


def levels(samples: SAMPLES) -> SAMPLES:
    """Level in dBFS of each 50 ms; -120 for nothing."""
    size = int(WINDOW_S * RATE)
    whole = samples[: len(samples) // size * size].reshape(-1, size)
    power = 2.0 * np.mean(whole**2, axis=1)
    return 10.0 * np.log10(np.maximum(power, 1e-12))


def tone_levels(samples: SAMPLES, low_hz: float, high_hz: float) -> SAMPLES:
    """Level in dBFS, each 50 ms, of what lies between two frequencies."""
    size = int(WINDOW_S * RATE)
    whole = samples[: len(samples) // size * size].reshape(-1, size)
    window = np.hanning(size)
    spectrum = np.abs(np.fft.rfft(whole * window, axis=1)) ** 2
    hz = np.fft.rfftfreq(size, 1.0 / RATE)
    inside = (hz >= low_hz) & (hz <= high_hz)
    power = spectrum[:, inside].sum(axis=1) * 4.0 / (size * np.sum(window**2))
    return 10.0 * np.log10(np.maximum(power, 1e-12))


def pitch(samples: SAMPLES) -> float:
    """The strongest frequency in Hz, interpolated."""
    size = len(samples)
    spectrum = np.log(np.abs(np.fft.rfft(samples * np.hanning(size), 4 * size)) + 1e-12)
    peak = int(np.argmax(spectrum))
    a, b, c = spectrum[peak - 1 : peak + 2]
    return (peak + 0.5 * (a - c) / (a - 2 * b + c)) * RATE / (4 * size)


def steepest(level: SAMPLES, over_s: float = 1.0, floor_db: float = -50.0) -> tuple[float, float]:
    """(fastest rise, fastest fall) in dB per second, over a second, where all is above a floor."""
    span = round(over_s / WINDOW_S)
    rise = fall = 0.0
    for start in range(len(level) - span):
        stretch = level[start : start + span + 1]
        if stretch.min() > floor_db:
            change = (stretch[-1] - stretch[0]) / over_s
            rise, fall = max(rise, change), max(fall, -change)
    return rise, fall


def largest_step(level: SAMPLES, floor_db: float = -50.0) -> float:
    """Largest change in dB between neighbouring 50 ms, where both are above a floor."""
    both = (level[1:] > floor_db) & (level[:-1] > floor_db)
    return float(np.max(np.abs(np.diff(level))[both], initial=0.0))
