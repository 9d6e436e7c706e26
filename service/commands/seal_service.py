"""`sealpress seal-service`: the keys of a house behind mutual TLS, under gunicorn."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from service import settings
from service.errors import Misconfigured
from service.seal_service import config as seal_service_config
from service.seal_service import tls
from service.seal_service.config import SealServiceConfig

CONFIG_FILE = "seal-service.toml"
"""The settings below `$SEALPRESS_HOME`, where none are named."""

KEEPALIVE_SECONDS = 75
"""How long an idle connection stays open; callers use it again for less than that."""

TIMEOUT_SECONDS = 30
"""A process whose main loop is silent for so long is replaced."""

GRACE_SECONDS = 10
"""How long a stopping process may take for requests that it has begun."""

log = logging.getLogger("sealpress-seal-service")


class Server(BaseApplication):  # type: ignore[misc] # gunicorn ships no types
    """Gunicorn around one process with threads: it alone has the keys, the rates, the journal."""

    def __init__(self, path: Path, config: SealServiceConfig) -> None:
        self.path, self.asked = path, config
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn what the settings said."""
        values: dict[str, Any] = {
            "bind": self.asked.bind,
            "workers": 1,
            "worker_class": "gthread",
            "threads": self.asked.threads,
            "timeout": TIMEOUT_SECONDS,
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": KEEPALIVE_SECONDS,
            "limit_request_line": 512,
            "limit_request_fields": 20,
            "limit_request_field_size": 1024,
            "control_socket_disable": True,
            "proc_name": "sealpress-seal-service",
            "certfile": str(self.asked.certificate),
            "keyfile": str(self.asked.key),
            "ssl_context": lambda _config, _default: tls.context(self.asked),
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made in the process that serves; a HUP makes it anew.

        Settings that have become wrong meanwhile are not taken over.
        """
        try:
            self.asked = seal_service_config.load(self.path)
        except Misconfigured as error:
            log.error("the settings are as they were: %s", error)  # noqa: TRY400 - it is foreseen
        return _application(self.asked)


def run(options: argparse.Namespace) -> int:
    """Read the settings, try what can be tried before the first caller comes, and serve."""
    path = (options.config or settings.home_folder() / CONFIG_FILE).absolute()
    config = seal_service_config.load(path)
    tls.context(config)
    config.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.propagate = False
    print(f"https://{config.bind}/  {len(config.keys)} keys, {len(config.callers)} callers")
    sys.stdout.flush()
    Server(path, config).run()
    return 0


def _application(config: SealServiceConfig) -> Flask:
    from service.seal_service.audit import Audit
    from service.seal_service.callers import Callers
    from service.seal_service.journal import Journal
    from service.seal_service.serving import SealService
    from service.seal_service.web import create_app
    from signing import keys, libcrypto

    keys.configure(keys.KeyPolicy(config.allow_file_keys, config.pkcs11_modules))
    journal, audit = Journal(config.state / "journal.db"), Audit(config.state / "audit.jsonl")
    service = SealService(config, journal, audit)
    service.try_keys()
    if any(key.algorithm == "sm2-sm3" for key in config.keys.values()) and (
        flaws := libcrypto.known_flaws()
    ):
        log.warning("%s", flaws)
    return create_app(service, Callers(config.callers))
