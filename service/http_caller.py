"""Who sent this HTTP request, and what it carries; for every route of the approvals side."""

from __future__ import annotations

from flask import g
from flask import request as http

from service import request
from service.access import Caller
from service.errors import TooLarge


def caller() -> Caller:
    """The key that this HTTP request came with."""
    found: Caller = g.caller
    return found


def may_act_for(authority: object) -> None:
    """Let pass what the caller may do for the authority of a request.

    Raises:
        Forbidden: its key is bound to other authorities or divisions.
    """
    posted = authority if isinstance(authority, dict) else {}
    caller().may_act_for(posted.get("code"), posted.get("division"))


def body() -> bytes:
    """The HTTP request's body, refused before it is read where it says that it is too large.

    Raises:
        TooLarge: it has more bytes than any request of ours.
    """
    limit = request.MAX_REQUEST_BYTES
    if (http.content_length or 0) > limit:
        raise TooLarge(f"请求超过 {limit} 字节 (more bytes than allowed)")
    return http.stream.read(limit + 1)
