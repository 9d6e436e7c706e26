"""A stranger reads `/openapi.json` and posts what it says, and what it forbids, to a real server.

That is schemathesis, run as a program: no answer may be an error of ours, and each must be as the
document describes it: its status, its headers, its media type, its body.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import documented_service
import pytest
from documented_keys import ROOT, place

from service.installation import TOKEN_FILE, Installation
from service.issuing import issue
from service.request import read

EXAMPLES = os.environ.get("SEALPRESS_CONFORMANCE_EXAMPLES", "3")
"""So many requests by chance to each operation, and ways through several, beside every boundary of
each schema, within and without. More by hand, after a change of the interface."""

PATIENCE_SECONDS = 280

PROGRAM = shutil.which("schemathesis", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
REQUIRED = os.environ.get("SEALPRESS_REQUIRE_INTEROP") == "1"

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(
        PROGRAM is None and not REQUIRED, reason="needs schemathesis (PyPI: schemathesis)"
    ),
]

RATES = """
[public.rates]
code = 1000000
number = 1000000
upload = 1000000
trust = 1000000

[public.rates_of_all]
code = 1000000
number = 1000000
upload = 1000000
trust = 1000000
"""
"""Of whoever tries everything at once."""

CONFIG = f"""
headers = {{ Authorization = "Bearer ${{SEALPRESS_KEY}}" }}
hooks = "{Path(__file__).parent / "schemathesis_bodies.py"}"

# A body may also be too large, or of too many parts, before anything else is looked at.
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429]

# A batch takes every line; those that are no request are told in its report.
[[operations]]
include-name = "POST /api/v1/batches"
checks.negative_data_rejection.enabled = false
"""


@pytest.fixture
def served(template: Path, tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Where a server is in which something was issued, and the environment it runs in."""
    environment = place(tmp_path) | {"NO_PROXY": "*", "no_proxy": "*"}
    home = Path(shutil.copytree(template, environment["SEALPRESS_HOME"]))
    with (home / "config.toml").open("a", encoding="utf-8") as config:
        config.write(RATES)
    installation = Installation.open(home)
    for name in ("01-tower-crane", "02-construction-hoist"):
        issue(installation, read((ROOT / "tests" / "samples" / f"{name}.json").read_bytes()))
    installation.database.close()
    port = documented_service.free_port()
    command = ["sealpress", "serve", "--workers", "1", "--bind", f"127.0.0.1:{port}"]
    with (tmp_path / "server.txt").open("wb") as output:
        server = subprocess.Popen(
            [shutil.which(command[0], path=environment["PATH"]) or command[0], *command[1:]],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        key = (home / "keys" / TOKEN_FILE).read_text().strip()
        yield f"http://127.0.0.1:{port}", environment | {"SEALPRESS_KEY": key}
    finally:
        server.terminate()
        server.wait(60)


def wait_for(url: str) -> None:
    """Until the server answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(300):
        try:
            opener.open(f"{url}/healthz", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not answer")


def test_every_answer_is_as_described(served: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    url, environment = served
    wait_for(url)
    assert PROGRAM, "schemathesis is missing"
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    command = [PROGRAM, "run", f"{url}/openapi.json", "--url", url, "--seed", "20261121"]
    command += ["--max-examples", EXAMPLES, "--no-shrink"]
    command += ["--continue-on-failure", "--request-timeout", "20", "--suppress-health-check=all"]
    # No schema says which dates, numbers and digits fit together: what is well-formed may be wrong.
    command += ["--exclude-checks", "positive_data_acceptance"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    said = re.search(r"Selected: (\d+)/(\d+)\n +Tested: (\d+)", done.stdout)
    assert said, done.stdout[-5_000:]
    assert len(set(said.groups())) == 1
    log = environment["SEALPRESS_HOME"] + "/error.log"
    assert not Path(log).exists(), Path(log).read_text("utf-8")
