"""`sealpress sandbox-platform`: a national platform to practise against, on this machine only."""

from __future__ import annotations

import argparse
import json
import socket
import sqlite3
import sys
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from service.errors import Misconfigured
from service.platform.vocabulary import NoVocabulary, all_types
from service.sandbox import secrets_of
from service.sandbox.rules import Rules
from service.sandbox.store import Store
from service.sandbox.web import Sandbox, create_app

HOST = "127.0.0.1"
"""Whoever reaches it may order faults, so nobody from outside does."""

MAX_PORT = 65_535

CLIENT_ID = "sealpress"
PROVINCE = "450000"

TIMEOUT_SECONDS = 60
"""How long a connection may be silent."""


class Quiet(WSGIRequestHandler):
    """Writes no log: a token stands in every address."""

    timeout = TIMEOUT_SECONDS

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - as it is called
        """Say nothing."""


def server(port: int, state: Path) -> BaseWSGIServer:
    """The server at a port of the loopback (0: any that is free), with its state in that file.

    Raises:
        Misconfigured: the port, the file or the layouts' code lists cannot be used.
    """
    if not 0 <= port <= MAX_PORT:
        raise Misconfigured(f"沙箱无法启动 (the sandbox cannot start): --port 0 … {MAX_PORT}")
    try:
        # Tried here first: the server itself would exit where the port is taken.
        socket.create_server((HOST, port)).close()
        _, secret = secrets_of.client_secret(state)
        _, key = secrets_of.province_key(state)
        store = Store(state)
        sandbox = Sandbox(store, Rules(store, key), all_types(), CLIENT_ID, secret)
        return make_server(HOST, port, create_app(sandbox), threaded=True, request_handler=Quiet)
    except NoVocabulary as error:
        raise Misconfigured(str(error)) from error
    except (OSError, sqlite3.Error) as error:
        raise Misconfigured(f"沙箱无法启动 (the sandbox cannot start): {error}") from error


def settings_table(port: int, state: Path) -> str:
    """What config.toml needs for it."""
    secret, _ = secrets_of.client_secret(state)
    key, _ = secrets_of.province_key(state)
    values = {
        "url": f"http://{HOST}:{port}",
        "client_id": CLIENT_ID,
        "client_secret_file": str(secret.absolute()),
        "private_key_file": str(key.absolute()),
        "province": PROVINCE,
    }
    # JSON's strings are TOML's basic strings as well.
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return "\n".join(["[platform]", *lines, "pause_s = 0"])


def run(options: argparse.Namespace) -> int:
    """Print what config.toml needs, and serve until interrupted."""
    state: Path = options.state
    serving = server(options.port, state)
    print(f"http://{HOST}:{serving.port}/\n")
    print(settings_table(serving.port, state))
    sys.stdout.flush()
    serving.serve_forever()
    return 0
