"""Installations to try the service on: each test has its own, made from one template."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from access_keys_world import development_client
from flask.testing import FlaskClient
from platform_world import Sandbox, sandbox_in
from scripted_platform import ScriptedPlatform
from webhook_world import Receiver, receiver
from work_world import Time

from service.installation import Installation
from service.issuing import Issued, issue
from service.request import Request, read
from service.webhooks import delivering
from service.webhooks.pauses import Pauses

SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with development keys, which take longer to make than a test to run."""
    home = tmp_path_factory.mktemp("template") / "home"
    installation = Installation.open(home)
    assert installation.keys.is_dir()
    assert installation.database
    installation.database.close()
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A fresh home of an installation in which nothing was issued."""
    return Path(shutil.copytree(template, tmp_path / "home"))


@pytest.fixture
def installation(home: Path) -> Iterator[Installation]:
    """A fresh installation, closed afterwards."""
    opened = Installation.open(home)
    yield opened
    opened.database.close()


@pytest.fixture
def sample() -> Callable[..., dict[str, Any]]:
    """The data of a sample by the beginning of its file name, with changes by dotted path."""

    def load(name: str = "01", **changes: Any) -> dict[str, Any]:
        (path,) = SAMPLES.glob(f"{name}*.json")
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        for key, value in changes.items():
            *folders, last = key.split("__")
            target = data
            for folder in folders:
                target = target[folder]
            if value is None:
                del target[last]
            else:
                target[last] = value
        return data

    return load


@pytest.fixture
def request_of(sample: Callable[..., dict[str, Any]]) -> Callable[..., Request]:
    """The same as a request that was read."""

    def make(name: str = "01", **changes: Any) -> Request:
        return read(json.dumps(sample(name, **changes)).encode())

    return make


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Commands of this process work on that home."""
    monkeypatch.setenv("SEALPRESS_HOME", str(home))


@pytest.fixture
def client(installation: Installation) -> FlaskClient:
    """An approval system with the development key."""
    return development_client(installation)


@pytest.fixture
def issued(installation: Installation, request_of: Callable[..., Request]) -> Issued:
    """A tower crane's certificate."""
    return issue(installation, request_of("01"))


@pytest.fixture
def platform(installation: Installation) -> ScriptedPlatform:
    """The platform of the installation, which does what a test tells it to."""
    made = vars(installation)["platform"] = ScriptedPlatform()
    return made


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox of the platform in which nothing was done."""
    with sandbox_in(tmp_path) as made:
        yield made


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """The service's clock, which a test may put forward."""
    return Time(monkeypatch)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Receiver]:
    """A receiver of notifications; what is to be trusted of it is in `ca.pem`."""
    with receiver(tmp_path) as found:
        yield found


@pytest.fixture
def nobody_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No receiver has failed so often before this test that it is not tried."""
    monkeypatch.setattr(delivering, "_PAUSES", Pauses())
