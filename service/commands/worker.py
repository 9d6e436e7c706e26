"""`sealpress worker`: does the work that waits, from the queue or from the table."""

from __future__ import annotations

import argparse
import importlib.util
import signal

from service.errors import Misconfigured
from service.installation import Installation


def run(options: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT; what was begun is ended first."""
    installation = Installation.open()
    installation.keys  # noqa: B018 - what is made on first use is made now
    where = "Celery" if installation.settings.work.broker else installation.database.engine.name
    print(f"后台办理 (worker): {where}", flush=True)
    try:
        if installation.settings.work.broker:
            return _from_the_queue(installation, options.threads)
        return _from_the_table(installation, options.threads)
    finally:
        installation.database.close()


def _from_the_table(installation: Installation, threads: int | None) -> int:
    from service.work.loop import Loop

    loop = Loop(installation, threads or installation.settings.work.threads)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.ask_to_stop())
    loop.start()
    loop.wait()
    loop.stop()
    return 0


def _from_the_queue(installation: Installation, threads: int | None) -> int:
    if importlib.util.find_spec("celery") is None:
        raise Misconfigured(
            "config.toml [work] broker 需要 Celery，请安装 sealpress[workers] (Celery is missing)"
        )
    from service.work.celery_app import Worker

    return Worker(installation, threads).run()
