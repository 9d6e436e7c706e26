"""The time stamping authority on loopback: what it answers, how late, and what goes wrong.

with tsa_server.serving() as server:
token = server.tsa().stamp(b"message")
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tsa_world import BEGIN, CONTENT_TYPE, END, Answering, answer, roots

from signing import certificates
from signing.tsa import Tsa


@dataclass
class Reply:
    """What goes over the wire: status, headers, and parts between which time may pass."""

    body: Iterable[bytes]
    status: int = 200
    content_type: str = CONTENT_TYPE
    length: int | None = None
    """Content-Length; None for none, so that the end of the line ends the body."""


class Server(ThreadingHTTPServer):
    """The running authority; `how` may be exchanged while it runs, `replies` come first."""

    daemon_threads = True

    def __init__(self, how: Answering, port: int = 0, tls_folder: Path | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.how = how
        self._scheme = "http"
        if tls_folder is not None:
            self._scheme = "https"
            self.socket = _tls(tls_folder).wrap_socket(self.socket, server_side=True)
        self.replies: list[Callable[[bytes], Reply]] = []
        """One for each of the next requests, in order; after them `how` answers."""
        self.asked: list[bytes] = []
        self.ending = threading.Event()
        """Set when the server ends: what hangs waits for this."""

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.server_address[1]}/tsa"

    def tsa(self, **options) -> Tsa:
        """The client for this server; quick to try again."""
        return Tsa(**{"url": self.url, "roots": roots(), "back_off_s": 0.01} | options)

    def reply(self, asked: bytes) -> Reply:
        self.asked.append(asked)
        if self.replies:
            return self.replies.pop(0)(asked)
        return self.answered(asked)

    def answered(self, asked: bytes) -> Reply:
        """The reply as `how` says."""
        body = answer(asked, self.how)
        return Reply([body], length=len(body))

    def handle_error(self, request, client_address) -> None:
        """Clients hang up, and refuse certificates: that is what is tested."""

    def hang(self, _asked: bytes) -> Reply:
        """A reply that does not come."""
        self.ending.wait(60)
        return Reply([b""])


class _Handler(BaseHTTPRequestHandler):
    server: Server
    disable_nagle_algorithm = True  # or header and body come 40 ms apart

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        reply = self.server.reply(self.rfile.read(size))
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        if reply.length is not None:
            self.send_header("Content-Length", str(reply.length))
        self.end_headers()
        try:
            for part in reply.body:
                self.wfile.write(part)
        except OSError:
            pass  # the client has hung up

    def log_message(self, *_args) -> None:
        pass


def _tls(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS; `ca.pem` in the folder is what a client must trust."""
    ca, key = certificates.new_key(), certificates.new_key()
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    top = certificates.issue_root(ca, certificates.name("TLS root", "Tests"), BEGIN, END - BEGIN)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(certificates.name("127.0.0.1", "Tests"))
        .issuer_name(top.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(END)
        .add_extension(loopback, critical=False)
        .sign(ca, SHA256())
    )
    (folder / "ca.pem").write_bytes(top.public_bytes(Encoding.PEM))
    (folder / "tls.pem").write_bytes(
        certificate.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    return context


@contextmanager
def serving(
    how: Answering | None = None, port: int = 0, tls_folder: Path | None = None
) -> Iterator[Server]:
    """The authority on loopback, on a free port unless one is named; over TLS if given a folder."""
    server = Server(how or Answering(), port, tls_folder)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()
