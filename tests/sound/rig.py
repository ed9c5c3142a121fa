"""A sound server of our own, recorded: PulseAudio with a null sink.

Nothing of the machine's own sound is touched: the server lives in a folder of its own, is reached
by a socket there, and is ended by its process id.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recording import RATE
from steadiness import watched


class Rig:
    """The server's environment, and recordings of its sink."""

    def __init__(self, folder: Path, *, flat: bool = False, modules: tuple[str, ...] = ()) -> None:
        """`flat`: streams and output share one volume. `modules` are loaded besides."""
        self.folder = folder
        self._modules = modules
        self._run = folder / "pulse"
        self._run.mkdir(mode=0o700)
        self._socket = self._run / "socket"
        self._server: subprocess.Popen[bytes] | None = None
        self._config = folder / "daemon.conf"
        self._config.write_text(f"flat-volumes = {'yes' if flat else 'no'}\n")

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
                    *(word for module in self._modules for word in ("-L", module)),
                ],
                env={**self.env, "PULSE_SERVER": "", "PULSE_CONFIG": str(self._config)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + 60.0
        while subprocess.run(["pactl", "info"], env=self.env, capture_output=True).returncode:
            if time.monotonic() > until:
                raise RuntimeError(f"PulseAudio does not start: {(self._run / 'log').read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(60.0)
            self._server = None

    def ask(self, *words: str) -> str:
        """Tell the server something (`pactl`); its answer."""
        done = subprocess.run(["pactl", *words], env=self.env, check=True, capture_output=True)
        return done.stdout.decode().strip()

    def add_sink(self, name: str) -> None:
        """Another null sink."""
        words = (f"sink_name={name}", f"rate={RATE}", "format=float32le")
        self.ask("load-module", "module-null-sink", *words)

    def listen_for(self, other: Rig) -> None:
        """Answer at the address of another one, which is gone."""
        other._socket.unlink(missing_ok=True)
        words = (f"socket={other._socket}", "auth-anonymous=1")
        self.ask("load-module", "module-native-protocol-unix", *words)

    def kill(self) -> None:
        """Let the server die as in a crash."""
        assert self._server is not None
        self._server.kill()
        self._server.wait(60.0)
        self._server = None

    @contextmanager
    def recording(self, path: Path, sink: str = "out") -> Iterator[None]:
        """Record what a sink is given, as long as the context lasts, and watch the machine."""
        command = ["parec", "--raw", "-d", f"{sink}.monitor", "--format=float32le"]
        with path.open("wb") as out:
            parec = subprocess.Popen(
                [*command, f"--rate={RATE}", "--channels=2", "--latency-msec=20"],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
            )
            try:
                until = time.monotonic() + 60.0
                while path.stat().st_size == 0 and time.monotonic() < until:
                    time.sleep(0.01)
                with watched(path):
                    yield
            finally:
                parec.terminate()
                parec.wait(60.0)
