"""Commands for the demonstration: what they print is read, and what is unexpected ends it."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any

from service.cli import main


def show(subject: str, *options: str, expected: int) -> None:
    """Verify something and say the verdict."""
    (verdict,) = run("verify", subject, "--json", *options, expected=expected)
    name = subject if len(subject) < 100 else subject[:60] + "…"
    how = " ".join(options)
    say(f"   {verdict['verdict']:10} {name} {how}\n              {verdict['reason']}")


def run(*arguments: str, expected: int = 0) -> list[dict[str, Any]]:
    """Run a command that prints JSON lines and give them; an unexpected exit status ends it all."""
    return [json.loads(line) for line in run_plain(*arguments, expected=expected).splitlines()]


def run_plain(*arguments: str, expected: int = 0) -> str:
    """Run a command and give what it printed."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        status = main(arguments)
    if status != expected:
        sys.exit(f"sealpress {' '.join(arguments)}: {status}, not {expected}\n{output.getvalue()}")
    return output.getvalue()


def complaint(*arguments: str) -> str:
    """Run a command that ends with 1, and give what it complained of."""
    complained = io.StringIO()
    with contextlib.redirect_stderr(complained):
        run_plain(*arguments, expected=1)
    return complained.getvalue().strip()


def say(text: str) -> None:
    """Print a line at once, so that whoever watches sees where it is."""
    print(text, flush=True)
