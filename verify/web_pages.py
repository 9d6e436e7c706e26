"""The public pages: a verdict for a person with a telephone in the hand, in front of a crane.

Plain HTML with its style inside, so that a page is one request on a poor network; no script, no
outside parts. Chinese first, English second. What decides is never told by colour alone.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from verify.check import CheckState
from verify.check_names import name
from verify.conclude import halves
from verify.times import chinese
from verify.verdict import Verdict, Word
from verify.web_problems import Problem
from verify.word_names import NAMES

_RECENT: Final = timedelta(minutes=1)
"""A status as of this long ago is still that of now."""
_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.A)


@dataclass(frozen=True)
class Heading:
    """A verdict's word as it stands over its page, and the drawing beside it."""

    chinese: str
    english: str
    icon: str


_ICONS: Final = {
    Word.VALID: "check",
    Word.CANCELLED: "bar",
    Word.ALTERED: "cross",
    Word.UNKNOWN: "question",
    Word.UNREADABLE: "broken",
}
HEADINGS: Final = {word: Heading(*NAMES[word], _ICONS[word]) for word in Word}
STATES: Final = {
    CheckState.PASSED: ("通过", "passed"),
    CheckState.FAILED: ("不通过", "failed"),
    CheckState.NOT_CHECKED: ("未检查", "not checked"),
}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("verify"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["chinese"] = lambda reason: halves(reason)[0]
    environment.filters["english"] = lambda reason: sentence(halves(reason)[1])
    environment.filters["moment"] = chinese
    environment.filters["printed"] = printed
    environment.globals["states"] = STATES
    environment.globals["name"] = name
    return environment


@cache
def style_source() -> str:
    """The style sheet inside every page, as a content security policy names it: by its digest."""
    style = _environment().get_template("page.css").render()
    digest = hashlib.sha256(style.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def sentence(words: str) -> str:
    """English words as a sentence: a capital first, a full stop last."""
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def printed(value: str) -> str:
    """A value as the certificate prints it: 2024-09-01 as 2024年09月01日, all else unchanged."""
    match = _DATE.fullmatch(value)
    return "{}年{}月{}日".format(*match.groups()) if match else value


def verdict(found: Verdict, base_url: str, now: datetime, *, plate_form: bool = False) -> str:
    """The page of a verdict. `plate_form` offers to compare a plate, where asking again can."""
    return _page(
        "verdict.html",
        base_url,
        verdict=found,
        heading=HEADINGS[found.verdict],
        certificate=found.certificate,
        now=now,
        plate_form=plate_form,
        plate=next((check for check in found.checks if check.id == "plate"), None),
        past=found.status.as_of is not None and now - found.status.as_of > _RECENT,
        passed=sum(check.state is CheckState.PASSED for check in found.checks),
    )


def form(base_url: str) -> str:
    """The page that asks for a number or a file."""
    return _page("form.html", base_url)


def problem(found: Problem, base_url: str) -> str:
    """The page of an error."""
    return _page("problem.html", base_url, problem=found)


def _page(name: str, base_url: str, **context: Any) -> str:
    place = urlsplit(base_url)
    return (
        _environment().get_template(name).render(host=place.netloc, scheme=place.scheme, **context)
    )
