"""What the tests of signing share: a seal service that does what a test tells it."""

import dataclasses

import misbehaving_service as misbehaving
import pytest
from remote_world import TIMEOUT_S, well

from service.seal_service import trial as seal_service_trial
from signing import remote_calls


@pytest.fixture(scope="session")
def trial(tmp_path_factory):
    """The files of a seal service and of one that may ask it."""
    return seal_service_trial.make(tmp_path_factory.mktemp("trial"))


@pytest.fixture
def access(trial, monkeypatch):
    """How keys in services are reached: impatiently."""
    monkeypatch.setattr(remote_calls, "FIRST_PAUSE_S", 0.01)
    return dataclasses.replace(trial.access, timeout_s=TIMEOUT_S, failures_to_open=20)


@pytest.fixture
def service(trial, access):
    """A service that is in order until a test says otherwise."""
    made = misbehaving.Service(trial.folder)
    made.otherwise = well
    with misbehaving.reached(access):
        yield made
    made.close()
