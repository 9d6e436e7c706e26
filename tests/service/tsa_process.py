"""A time stamping authority in a process of its own, to be killed and started again.

As a program (`python tsa_process.py FOLDER PORT`) it answers with the keys in the folder; how, the
file `how` in it says anew for each request.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

WORLD = Path(__file__).parent.parent / "signing"
"""Where `tsa_world` stands, which makes the tokens."""

PATIENCE_S = 30.0
"""How long the process may take to start."""


class TsaProcess:
    """The authority as tests hold it: its address, its roots, its process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}/tsa"
        self._process: subprocess.Popen[bytes] | None = None
        self.answer("well")

    @property
    def settings(self) -> dict[str, object]:
        """The settings that name it."""
        return {
            "tsa_url": self.url,
            "tsa_roots": str(self.folder / "root.pem"),
            "tsa_crls": str(self.folder / "tsa.crl"),
        }

    def answer(self, how: str) -> None:
        """From now on: `well`, `rubbish`, `hang`, `die`, or `well, die`: die at the second."""
        (self.folder / "how").write_text(how, "ascii")
        (self.folder / "asked").write_text("0", "ascii")

    @property
    def asked(self) -> int:
        """How many requests came since `answer` was called."""
        return int((self.folder / "asked").read_text("ascii"))

    def start(self) -> None:
        """Start it; when this returns it answers."""
        place = os.pathsep.join([str(WORLD), str(WORLD.parent.parent)])
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(self.folder), str(self.port)],
            env=os.environ | {"PYTHONPATH": place},
        )
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("the authority does not start")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


def configure(home: Path, **signing: object) -> None:
    """Set what config.toml says under `[signing]`."""
    path = home / "config.toml"
    text = path.read_text("utf-8")
    for name, value in signing.items():
        shown = str(value).lower() if isinstance(value, bool) else repr(value)
        text, count = re.subn(rf"(?m)^{name} = .*$", lambda _, s=f"{name} = {shown}": s, text)
        assert count == 1, name
    path.write_text(text, "utf-8")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as line:
        return int(line.getsockname()[1])


def _keys(folder: Path):
    """The authority of the folder, made on first use with its root and revocation list."""
    import tsa_world as world
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization as form

    key_path, certificate_path = folder / "tsa.key", folder / "tsa.pem"
    if not key_path.exists():
        (folder / "root.pem").write_bytes(world.root_pem())
        (folder / "tsa.crl").write_bytes(world.crl(now=datetime.now(UTC)))
        made = world.authority()
        key_path.write_bytes(
            made.key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        )
        certificate_path.write_bytes(made.certificate.public_bytes(form.Encoding.PEM))
    return world.Authority(
        form.load_pem_private_key(key_path.read_bytes(), None),
        x509.load_pem_x509_certificate(certificate_path.read_bytes()),
    )


def _serve(folder: Path, port: int) -> None:
    import tsa_world as world

    how = world.Answering(by=_keys(folder))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            asked = int((folder / "asked").read_text("ascii")) + 1
            (folder / "asked").write_text(str(asked), "ascii")
            wanted = (folder / "how").read_text("ascii").split(", ")
            manner = wanted[min(asked, len(wanted)) - 1]
            if manner == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            if manner == "hang":
                time.sleep(60)
            body = b"no time stamp" if manner == "rubbish" else world.answer(question, how)
            self.send_response(200)
            self.send_header("Content-Type", world.CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
