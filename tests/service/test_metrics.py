"""What operators are told of what waits: gauges that a program reads, without a name in them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from service.app import create_app
from service.cancelling import cancel
from service.installation import Installation
from service.issuing import issue
from service.request import Request

LINE = re.compile(r"^sealpress_([a-z_]+) (-?[0-9.e+]+)$")


def gauges(installation: Installation) -> dict[str, float]:
    answer = create_app(installation).test_client().get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if not line.startswith("# ")]
    found = [LINE.match(line) for line in lines]
    assert all(found)
    return {match[1]: float(match[2]) for match in found if match}


def test_an_empty_register_has_nothing_waiting(installation: Installation) -> None:
    found = gauges(installation)
    assert found["certificates"] == 0
    assert found["records_unfinished"] == 0
    assert found["notifications_pending"] == 0


def test_what_was_done_is_counted_and_what_waits_too(
    installation: Installation, request_of: Callable[..., Request]
) -> None:
    issued = issue(installation, request_of("01"))
    cancel(installation, issued.entry, "设备已拆卸")
    found = gauges(installation)
    assert found["certificates"] == 1
    assert found["records_unfinished"] == 0
    assert found["jobs_waiting"] >= 2  # the lists are to be signed anew
    assert found["log_leaves"] >= 2


@pytest.mark.parametrize("word", ["450100", "南宁", "19020319"])
def test_nobody_and_nothing_is_named(
    installation: Installation, request_of: Callable[..., Request], word: str
) -> None:
    issue(installation, request_of("01"))
    assert word not in create_app(installation).test_client().get("/metrics").text


def test_the_public_side_has_none(installation: Installation) -> None:
    assert create_app(installation, "public").test_client().get("/metrics").status_code == 404
