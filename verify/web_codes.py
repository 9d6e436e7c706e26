"""A scanned code's answer as JSON, without Flask around it: it is asked for most.

What Flask does for a request, and for an answer, takes as long as the verdict's own share of
Python. So the plain case, a code alone that a program asks for, is answered here to the byte as
`verify.web` answers it. Everything else, whatever goes wrong too, is handed on to Flask.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from verify import rates, web_headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from verify.verdict import Verdict
    from verify.web_rates import RateLimits

_PATH: Final = "/v/"


class QuickCodes:
    """A WSGI application around another, which answers scanned codes itself.

    `decide` gives the verdict on a code's digits as of now, `prefers_json` tells by a field
    `Accept` whether JSON is wanted.
    """

    def __init__(
        self,
        others: WSGIApplication,
        decide: Callable[[str], Verdict],
        prefers_json: Callable[[str], bool],
        limits: RateLimits,
        base_url: str,
    ) -> None:
        """Stand before `others`, which gets what is not answered here."""
        self._others = others
        self._decide = decide
        self._prefers_json = prefers_json
        self._limits = limits
        self._fields = web_headers.of_json(base_url)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        answer = self._answer(environ)
        if answer is None:
            return self._others(environ, start)
        body, fields = answer
        start("200 OK", fields)
        return [body]

    def _answer(self, environ: dict[str, Any]) -> tuple[bytes, list[tuple[str, str]]] | None:
        digits = self._digits(environ)
        if digits is None:
            return None
        try:
            counted = self._limits.count(rates.CODE, environ)
            if counted.breached:
                return None
            body = json.dumps(self._decide(digits).as_json(), ensure_ascii=False).encode()
            left = self._limits.fields(counted)
        except Exception:  # Flask meets it again, and knows how it is told and logged
            return None
        return body, [("Content-Length", str(len(body))), *self._fields, *left]

    def _digits(self, environ: dict[str, Any]) -> str | None:
        """The digits of a code, where nothing else is asked."""
        path: str = environ["PATH_INFO"]
        if path[: len(_PATH)].lower() != _PATH or environ["REQUEST_METHOD"] != "GET":
            return None
        if environ.get("QUERY_STRING") or environ.get("SCRIPT_NAME"):
            return None
        digits = path[len(_PATH) :]
        plain = digits.isascii() and digits.isdigit()
        return digits if plain and self._prefers_json(environ.get("HTTP_ACCEPT", "")) else None
