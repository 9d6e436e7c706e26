"""Asking a server by `wrk` (Debian's package of that name), which takes little of the processor.

It is written in C; Python clients on the same processors take as much of them as the server does,
and then measure themselves. Every answer is looked at, by a small program in wrk's own Lua.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from service.bench.load_clients import ANSWER_SECONDS
from service.bench.load_server import HOST
from service.errors import ServiceError

PROGRAM: Final = "wrk"

_SLACK_SECONDS: Final = 30
"""Longer than was asked for a run does not take."""

_SCRIPT: Final = r"""
-- Asks with each request of a file in turn, and counts the answers that are not as wanted.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  asked, turn, bad, example, wanted = {}, 0, 0, "", args[2]
  local file = assert(io.open(args[1], "rb"))
  for one in file:read("*a"):gmatch("(.-\r\n\r\n)") do
    table.insert(asked, one)
  end
  file:close()
  local pause = tonumber(args[3])
  if pause > 0 then
    delay = function() return pause end
  end
end

function request()
  turn = turn % #asked + 1
  return asked[turn]
end

function response(status, headers, body)
  if status ~= 200 or not body:find(wanted, 1, true) then
    bad = bad + 1
    example = status .. " " .. body:sub(1, 80):gsub("%c", " ")
  end
end

function done(summary, latency, requests)
  local told, errors = "", summary.errors
  local answered, faulty = summary.requests, 0
  for _, thread in ipairs(threads) do
    faulty = faulty + thread:get("bad")
    if thread:get("bad") > 0 then told = thread:get("example") end
  end
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  local figures = {
    answered = answered - faulty,
    faulty = faulty,
    lost = lost,
    microseconds = summary.duration,
    median = latency:percentile(50),
    p95 = latency:percentile(95),
  }
  for name, value in pairs(figures) do
    io.write(string.format("= %s %.0f\n", name, value))
  end
  io.write("? " .. told .. "\n")
end
"""


def installed() -> bool:
    """Whether it can be used."""
    return shutil.which(PROGRAM) is not None


def ask_often(
    port: int,
    asked: Sequence[bytes],
    wanted: bytes,
    clients: int,
    seconds: float,
    pause: float = 0.0,
) -> dict[str, Any]:
    """The figures of connections that ask in turn for that long; `wanted` is in each good answer.

    `asked` are whole GET requests; `pause` is how long each waits after an answer, seconds. wrk
    counts in whole seconds: it is a second at least.

    Raises:
        ServiceError: it did not end well.
    """
    with tempfile.TemporaryDirectory() as folder:
        script, requests = Path(folder) / "ask.lua", Path(folder) / "requests"
        script.write_text(_SCRIPT, "utf-8")
        requests.write_bytes(b"".join(asked))
        options = {
            "--threads": "1",
            "--connections": str(clients),
            "--duration": f"{max(1, round(seconds))}s",
            "--timeout": f"{ANSWER_SECONDS}s",
            "--script": str(script),
        }
        words = [PROGRAM, *(word for option in options.items() for word in option)]
        words += [f"http://{HOST}:{port}/", "--", str(requests)]
        words += [wanted.decode("ascii"), str(round(pause * 1000))]
        done = subprocess.run(  # noqa: S603 - found on the path like any other
            words, capture_output=True, text=True, timeout=seconds + _SLACK_SECONDS, check=False
        )
    if done.returncode:
        raise ServiceError(f"wrk has failed: {(done.stderr or done.stdout)[-300:]}")
    return _told(done.stdout)


def _told(said: str) -> dict[str, Any]:
    """The figures in what the Lua program has written."""
    lines = [line.split(maxsplit=2) for line in said.splitlines() if line.startswith("= ")]
    found = {name: int(value) for _, name, value in lines}
    told: dict[str, Any] = {
        "answered": found["answered"],
        "median_ms": round(found["median"] / 1000, 2),
        "p95_ms": round(found["p95"] / 1000, 2),
        "per_s": round(found["answered"] / found["microseconds"] * 1e6, 1),
    }
    faults = {"without an answer": found["lost"]}
    if found["faulty"]:
        (example,) = (line[2:] for line in said.splitlines() if line.startswith("? "))
        faults[example] = found["faulty"]
    if any(faults.values()):
        told["faults"] = {name: count for name, count in faults.items() if count}
    return told
