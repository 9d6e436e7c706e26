"""The trial: requests go on while processes are killed and the platform misbehaves."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import endurance_checks
import endurance_world as world
from endurance_clients import Caller

from service.bench import load_server
from service.bench.data import requests
from service.installation import Installation
from service.platform.vocabulary import Call

FAULTS = ("refuse", "slow", "drop_after", "garbage", "too_fast")
SLOW_SECONDS = 0.2
MOST_TIMES = 2
"""How often a fault happens; with the platform's client trying three times, some get through."""


@dataclass(frozen=True)
class Plan:
    """How much is done, and how much goes wrong, all drawn from the seed."""

    issues: int
    cancels: int
    seed: int
    seconds: float  # after which the trial has failed
    pause_s: tuple[float, float] = (1.0, 4.0)  # from when all answers to the next kill
    kills: int | None = None  # at most; None: to the end
    fault_s: float = 0.5  # between two faults
    queue: bool = False
    postgresql: bool = False


def run(folder: Path, plan: Plan) -> dict[str, Any]:
    """Do it all; gives what was found.

    Raises:
        AssertionError: something was lost, doubled or broken.
    """
    begun = time.monotonic()
    with ExitStack() as opened:
        home, token, port, victims, platform = _made(folder, plan, opened)
        caller = Caller(port, token, plan.seed, begun + plan.seconds)
        bodies = list(itertools.islice(requests(), plan.issues))
        with _trouble(plan, victims, platform) as ordered:
            caller.issue(bodies)
            told = caller.answers.issued
            drawn = random.Random(plan.seed)  # noqa: S311 - to be repeated
            chosen = drawn.sample(sorted(told), plan.cancels)
            caller.cancel([told[at]["license_id"] for at in chosen])
        world.order(platform, None)
        took = time.monotonic() - begun
        endurance_checks.answered_alike(port, token, bodies, caller.answers)
        installation = Installation.open(home)
        try:
            found = endurance_checks.all_of_them(
                installation, folder / "sandbox.db", caller.answers, plan.issues
            )
        finally:
            installation.database.close()
    return {
        "issues": plan.issues,
        "cancels": plan.cancels,
        "seed": plan.seed,
        "seconds": round(took, 1),
        "tries": caller.answers.tries,
        "killed": {victim.name: victim.kills for victim in victims},
        "faults": dict(ordered),
        **found,
    }


def _made(
    folder: Path, plan: Plan, opened: ExitStack
) -> tuple[Path, str, int, list[world.Process], int]:
    """Everything running: home, access key, port, what may be killed, the platform's port."""
    ports = [load_server.free_port() for _ in range(4)]
    port, platform, queue, database = ports
    victims: list[world.Process] = []

    def started(process: world.Process, victim: bool = True) -> None:
        opened.callback(process.stop)
        process.start()
        if victim:
            victims.append(process)

    url, home = "", folder / "home"
    if plan.postgresql:
        started(world.postgresql(home, database))
        url = f"postgresql+psycopg://postgres@{world.HOST}:{database}/postgres"
        _until_it_answers(url)
    trial = load_server.make(folder, url)
    started(world.sandbox(home, platform), victim=False)
    if plan.queue:
        started(world.redis(home, queue))
    world.settings(home, platform, queue if plan.queue else None)
    started(world.server(home, port))
    started(world.worker(home))
    return home, trial.token, port, victims, platform


def _until_it_answers(url: str) -> None:
    """A PostgreSQL takes connections before it takes questions."""
    import sqlalchemy as sa

    engine = sa.create_engine(url)
    for _ in range(100):
        try:
            engine.connect().close()
            break
        except sa.exc.OperationalError:
            time.sleep(0.1)
    engine.dispose()


@contextmanager
def _trouble(plan: Plan, victims: list[world.Process], platform: int) -> Iterator[dict[str, int]]:
    """Kill and order faults beside what is done in the block; counts the faults by their kind."""
    over, chance = threading.Event(), random.Random(plan.seed)  # noqa: S311
    ordered = dict.fromkeys(FAULTS, 0)

    def kill() -> None:
        for _ in itertools.count() if plan.kills is None else range(plan.kills):
            if over.wait(chance.uniform(*plan.pause_s)):
                return
            victim = chance.choice(victims)
            # One of the server's two workers, or one session of the database, or all of it.
            alone = victim.name in ("server", "postgresql") and chance.random() < 0.5
            victim.kill((lambda pids: [chance.choice(pids)]) if alone else None)

    def disturb() -> None:
        drawn = random.Random(plan.seed + 1)  # noqa: S311
        while not over.wait(plan.fault_s):
            kind = drawn.choice(FAULTS)
            fault: dict[str, Any] = {"step": str(drawn.choice(list(Call)[:6])), "kind": kind}
            fault["times"] = drawn.randint(1, MOST_TIMES)
            if kind == "slow":
                fault["seconds"] = SLOW_SECONDS
            # Instead of the one before: where all is slow they would become ever more.
            world.order(platform, None)
            world.order(platform, fault)
            ordered[kind] += 1

    threads = [threading.Thread(target=kill), threading.Thread(target=disturb)]
    for thread in threads:
        thread.start()
    try:
        yield ordered
    finally:
        over.set()
        for thread in threads:
            thread.join()
