"""`sealpress serve`: the HTTP service under gunicorn."""

from __future__ import annotations

import argparse
import gc
import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from service import public_side
from service.app import create_app
from service.installation import Installation
from service.public_side import PublicInstallation
from service.server import BoundedWorker, QuietLogger
from service.transparency.keeper import Keeper
from service.work import loop
from signing import libcrypto

TIMEOUT_SECONDS = 30
"""A worker whose main loop does not stir for so long is stuck."""

SWITCH_SECONDS = 0.0005
"""How long a thread may compute before another may: with Python's 0.005 s one that holds the
register's write lock waits that long after each statement, and all other writers with it."""

THREADS = 8
"""Requests at once in each worker: some wait for an upload, a helper or the disk."""

MAX_REQUESTS = 100_000
"""After so many a worker is replaced, so that a leak in any library stays small."""


class Server(BaseApplication):  # type: ignore[misc] # gunicorn ships no types
    """Gunicorn around our application; each worker opens the installation for itself."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.asked = options
        self._loop: loop.Loop | None = None
        self._keeper: Keeper | None = None
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn what the command line said."""
        settings: dict[str, Any] = {
            "bind": self.asked.bind,
            "workers": self.asked.workers,
            "worker_class": BoundedWorker,
            "logger_class": QuietLogger,
            "threads": THREADS,
            "timeout": TIMEOUT_SECONDS,
            "max_requests": MAX_REQUESTS,
            "max_requests_jitter": MAX_REQUESTS // 10,
            "limit_request_line": 4094,
            "control_socket_disable": True,
            "proc_name": "sealpress",
            "worker_exit": self._end_work,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made in the worker: database connections do not survive a fork."""
        sys.setswitchinterval(SWITCH_SECONDS)
        installation = _open(self.asked.side)
        app = create_app(installation, self.asked.side)
        if self.asked.side != "approvals":
            public_side.helpers(app).warm()
        gc.collect()
        gc.freeze()  # fonts, layouts and modules stay: no collection need look at them again
        if self.asked.side != "public":
            self._loop = loop.behind_the_service(installation)
            self._keeper = Keeper(installation)
            self._keeper.start()
        return app

    def _end_work(self, _arbiter: object, _worker: object) -> None:
        """Let the worker's jobs come to their ends before it goes."""
        if self._loop is not None:
            self._loop.stop()
        if self._keeper is not None:
            self._keeper.stop()


def run(options: argparse.Namespace) -> int:
    """Make what is made on first use, say where the service is, and serve until stopped."""
    installation = _open(options.side)
    if options.side == "public":
        installation.anchors()
    else:
        print(f"密钥 (access key): {installation.keys / 'api-development.token'}")
    installation.database.close()
    if flaws := libcrypto.known_flaws():
        print(f"警告 (warning): {flaws}")
    print(f"http://{options.bind}/  →  {installation.settings.base_url}", flush=True)
    Server(options).run()
    return 0


def _open(side: str) -> Installation:
    """The installation as a side has it: the public one alone makes and writes nothing."""
    return PublicInstallation.open() if side == "public" else Installation.open()
