"""A time stamping authority that `openssl` is: its certificates, its revocation list, its replies.

Served on loopback, one request after another; each costs a run of `openssl ts -reply`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from .programs import run

CONFIGURATION = """
[ req ]
distinguished_name = given_as_argument
[ given_as_argument ]
[ ca ]
default_ca = lists
[ lists ]
database = index.txt
default_md = sha256
default_crl_days = 30
crl_extensions = list_extensions
[ list_extensions ]
authorityKeyIdentifier = keyid
[ root ]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ stamping ]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ tsa ]
default_tsa = authority
[ authority ]
serial = serial.txt
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.2
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""

KEYS = {
    "ec": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "rsa": ("-newkey", "rsa:3072"),
}
"""Kinds of keys that the authority may have."""


@dataclass(frozen=True)
class Authority:
    """The folder in which it lives; `root.pem` and `list.der` are what others need of it."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    @property
    def crl(self) -> Path:
        return self.folder / "list.der"

    def reply(self, question: bytes) -> bytes:
        """The TimeStampResp to an encoded TimeStampReq."""
        (self.folder / "query.tsq").write_bytes(question)
        arguments = ("-config", "openssl.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr")
        run("openssl", "ts", "-reply", *arguments, cwd=self.folder)
        return (self.folder / "reply.tsr").read_bytes()


def found(folder: Path, kind: str) -> Authority:
    """A new authority in an empty folder, with a key of a kind of KEYS."""
    (folder / "openssl.cnf").write_text(CONFIGURATION)
    (folder / "index.txt").write_text("")
    (folder / "serial.txt").write_text("01\n")

    def openssl(*words: str) -> None:
        run("openssl", *words, cwd=folder)

    new = ("req", "-new", "-config", "openssl.cnf", "-nodes", *KEYS[kind])
    root = ("-keyout", "root.key", "-out", "root.pem", "-days", "3650", "-subj", "/O=Test/CN=Root")
    openssl(*new, "-x509", "-extensions", "root", *root)
    openssl(*new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/O=Test/CN=TSA")
    by = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "3000")
    form = ("-extfile", "openssl.cnf", "-extensions", "stamping")
    openssl("x509", "-req", "-in", "tsa.csr", "-out", "tsa.pem", *by, *form)
    keys = ("-keyfile", "root.key", "-cert", "root.pem")
    openssl("ca", "-config", "openssl.cnf", "-gencrl", *keys, "-out", "list.pem")
    openssl("crl", "-in", "list.pem", "-outform", "DER", "-out", "list.der")
    return Authority(folder)


@contextmanager
def serving(authority: Authority) -> Iterator[str]:
    """The authority on a free port of loopback; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
