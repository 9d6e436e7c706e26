"""The public routes: everyone may ask, nobody is asked who he is, nothing is written.

| route | answers |
|---|---|
| `GET /`, `/v/` | a form; with `number` and `factory_number` the verdict's page |
| `POST /v/` | a file from the form: the verdict's page |
| `GET /v/<digits>`, `/V/<digits>` | the code of a QR: page, or JSON where Accept prefers it |
| `POST /api/v1/verifications` | a file, as a form's `file` or as the body: JSON |
| `GET /api/v1/status` | `code`, or `number` and `factory_number`; `at`, `plate`: JSON, or signed |
| `GET /trust/status-list.jwt` and more | signed status lists, see `verify.web_status_lists` |
| `GET /trust/checkpoint` and more | the log, see `verify.web_log`; `proof=1` for one leaf |
| `GET /trust/<name>` | roots, revocation lists and keys, see `verify.web_trust` |

A verdict, whatever its word, is a success (200). Errors are problem documents (RFC 9457), or a
page for a person.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import (
    ClientDisconnected,
    HTTPException,
    MethodNotAllowed,
    NotAcceptable,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from werkzeug.http import parse_accept_header

from signing.errors import CannotSign
from verify import (
    client_address,
    decide,
    limits,
    receipts,
    times,
    web_headers,
    web_log,
    web_pages,
    web_problems,
    web_rates,
    web_status_lists,
    web_trust,
)
from verify.code import is_address
from verify.defence import Defence
from verify.errors import MalformedMoment
from verify.receipts import Subject
from verify.register import Register
from verify.upload_places import Busy
from verify.verdict import Verdict
from verify.web_codes import QuickCodes
from verify.web_problems import InvalidRequest, Mistake
from verify.web_rates import RateLimits

if TYPE_CHECKING:
    from flask import Flask

    from signing.p256 import P256Key
    from signing.trust import TrustAnchors
    from verify.log_proof import Log

RAW_TYPES: Final = frozenset({"application/pdf", "application/ofd", "application/octet-stream"})
API: Final = "/api/v1"
SIGNED: Final = "application/jwt"
"""What an answer is called that is signed (RFC 7519, 10.3.1)."""

_log: Final = logging.getLogger("sealpress.verify")


@dataclass(frozen=True)
class Public:
    """What the public routes rest on.

    `anchors` is asked each time, since revocation lists are renewed while the service runs.
    `status_lists` is the trust folder with the signed status lists, None where none are published.
    `clock` gives this moment, aware. `max_file_bytes` bounds an upload, `defence` says what may be
    asked how often. `answer_key` signs answers about a status; without it none are signed.
    `log` is the log of all changes, None where there is none.
    """

    register: Register
    anchors: Callable[[], TrustAnchors]
    base_url: str
    clock: Callable[[], datetime]
    status_lists: Path | None = None
    max_file_bytes: int = limits.FILE_BYTES
    defence: Defence = field(default_factory=Defence)
    answer_key: Callable[[], P256Key] | None = None
    log: Log | None = None

    def file(self, data: bytes, plate: str | None) -> Verdict:
        """The verdict on a file as of now."""
        now = self.clock()
        return decide.file(
            data,
            register=self.register,
            anchors=self.anchors(),
            at=now,
            now=now,
            plate=plate,
            examine=self.defence.examine,
        )

    def posted(self) -> Verdict:
        """The verdict on the file that is being sent, if there is a place for it.

        Raises:
            verify.upload_places.Busy: there is none now.
        """
        with self.defence.places.place(client_address.of(request.environ, self.defence.proxies)):
            return self.file(*_posted(self.max_file_bytes))

    def code(self, text: str, at: datetime | None, plate: str | None) -> Verdict:
        """The verdict on a scanned text, or on its digits alone."""
        now = self.clock()
        return decide.code(
            text if is_address(text) else f"{self.base_url}/v/{text.strip()}",
            register=self.register,
            anchors=self.anchors(),
            status_list=None,
            base_url=self.base_url,
            at=at or now,
            now=now,
            plate=plate,
        )

    def digits(self, digits: str) -> Verdict:
        """The verdict on a code's digits as of now, and nothing else."""
        return self.code(f"{self.base_url}/v/{digits}", None, None)

    def number(
        self, number: str, factory_number: str, at: datetime | None, plate: str | None = None
    ) -> Verdict:
        """The verdict on a number with its factory number, and the plate if one was given."""
        now = self.clock()
        return decide.number(
            number,
            factory_number,
            register=self.register,
            at=at or now,
            now=now,
            plate=plate,
        )

    def signed(self, subject: Subject, verdict: Verdict, at: datetime | None) -> str:
        """A signed answer about a status; raises NotAcceptable where there is no key for it."""
        if self.answer_key is None:
            raise NotAcceptable
        try:
            key = self.answer_key()
        except CannotSign:
            raise NotAcceptable from None
        now = self.clock()
        check = receipts.Check(subject, verdict, at or now, _plate(), online=True)
        return receipts.sign_answer(check, key, now)


def make_blueprint(
    register: Register,
    anchors: Callable[[], TrustAnchors],
    base_url: str,
    clock: Callable[[], datetime],
    status_lists: Path | None = None,
    max_file_bytes: int = limits.FILE_BYTES,
    defence: Defence | None = None,
    answer_key: Callable[[], P256Key] | None = None,
    log: Log | None = None,
) -> Blueprint:
    """The public routes; the parameters are those of `Public`."""
    defence = defence or Defence()
    public = Public(
        register, anchors, base_url, clock, status_lists, max_file_bytes, defence, answer_key, log
    )
    routes = Blueprint("public", __name__)
    rate_limits = RateLimits(defence.rates, defence.rate_store, defence.proxies)
    web_rates.add(routes, rate_limits)
    _add_pages(routes, public)
    _add_interface(routes, public)
    web_trust.add(routes, anchors)
    web_log.add(routes, log)
    web_status_lists.add(routes, status_lists, anchors, clock)

    @routes.record_once
    def stand_before(state: BlueprintSetupState) -> None:
        app = cast("Flask", state.app)
        quick = QuickCodes(app.wsgi_app, public.digits, _prefers_json, rate_limits, base_url)
        app.wsgi_app = quick  # type: ignore[assignment, method-assign] # where Flask has middleware put

    @routes.after_request
    def secure(response: Response) -> Response:
        return web_headers.secured(response, base_url)

    @routes.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        return error_response(error, base_url)

    return routes


def error_response(error: Exception, base_url: str) -> Response:
    """An error as the one who asks can take it: a problem document, or a page for a person.

    Also for errors outside these routes, such as an address that does not exist.
    """
    if not isinstance(error, HTTPException | InvalidRequest | Busy):
        _log.error("unforeseen %s at %s", type(error).__name__, _place(error))
    problem = web_problems.of(error)
    response = (
        problem.response()
        if request.path.startswith("/api/") or _wants_json()
        else Response(web_pages.problem(problem, base_url), problem.status)
    )
    if isinstance(error, MethodNotAllowed):  # RFC 9110, 15.5.6: what is allowed must be said
        response.allow.update(error.valid_methods or ())
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(int(error.retry_after))
    return web_headers.secured(response, base_url)


def _add_pages(routes: Blueprint, public: Public) -> None:
    """What people open."""

    @routes.get("/")
    @routes.get("/v/")
    @routes.get("/V/")
    def ask() -> Response:
        if "number" not in request.args:
            return Response(web_pages.form(public.base_url))
        return _page(public, _asked_number(public))

    @routes.post("/v/")
    def ask_file() -> Response:
        return _page(public, public.posted())

    @routes.get("/v/<code>")
    @routes.get("/V/<code>")
    def scanned(code: str) -> Response:
        found = public.code(f"{public.base_url}/v/{code}", _moment(), _plate())
        if _wants_json():
            return _json(public, found)
        return _page(public, found, plate_form=True)


def _add_interface(routes: Blueprint, public: Public) -> None:
    """What programs call."""

    @routes.post(f"{API}/verifications")
    def verifications() -> Response:
        return _json(public, public.posted())

    @routes.get(f"{API}/status")
    def status() -> Response:
        if ("code" in request.args) == ("number" in request.args):
            message = "请提供 code，或者 number 和 factory_number (give one or the other)"
            raise InvalidRequest([Mistake("code", "二维码内容", message)])
        if "code" in request.args:
            code = request.args["code"]
            subject, found = receipts.of_code(code), public.code(code, _moment(), _plate())
        else:
            found = _asked_number(public)
            subject = receipts.of_number(request.args["number"], request.args["factory_number"])
        if _wants_signed():
            return Response(public.signed(subject, found, _moment()), mimetype=SIGNED)
        return _json(public, found)


def _asked_number(public: Public) -> Verdict:
    """The verdict on the number that the address asks about."""
    asked = {name: request.args.get(name, "").strip() for name in ("number", "factory_number")}
    labels = {"number": "证书编号", "factory_number": "出厂编号"}
    mistakes = [
        Mistake(name, labels[name], f"请填写{labels[name]} (please give it)")
        for name, value in asked.items()
        if not value
    ]
    if mistakes:
        raise InvalidRequest(mistakes)
    return public.number(asked["number"], asked["factory_number"], _moment(), _plate())


def _moment() -> datetime | None:
    """The moment asked about, if any."""
    text = request.args.get("at", "").strip()
    try:
        return times.parse(text) if text else None
    except MalformedMoment as error:
        raise InvalidRequest([Mistake("at", "查询时间", str(error))]) from None


def _plate() -> str | None:
    """The factory number on the machine's plate, if it was given; an empty field is none."""
    text = request.values.get("plate", "").strip()
    return text[: limits.NUMBER_CHARACTERS + 1] or None


def _posted(max_bytes: int) -> tuple[bytes, str | None]:
    """The file that was sent, and the plate's number if one came with it.

    What is too large is refused by its announced length before it is read; what announces none
    is read up to the limit.
    """
    # An announced length above this is refused unread. A body of unannounced length is cut off at
    # the limit in silence, so one byte more than may be is asked for.
    request.max_content_length = max_bytes + limits.UPLOAD_OVERHEAD_BYTES
    request.max_form_parts = limits.UPLOAD_PARTS
    try:
        data = _received(max_bytes + 1)
        plate = _plate()
    except (HTTPException, InvalidRequest):
        raise
    except Exception:  # whatever the server found wrong with a body that broke off or was no body
        raise ClientDisconnected from None
    if len(data) > max_bytes:
        raise RequestEntityTooLarge
    return data, plate


def _received(most: int) -> bytes:
    """The bytes of the file that is being sent, at most so many of them."""
    if request.mimetype in RAW_TYPES:
        data: bytes = request.stream.read(most)
        if len(data) < min(request.content_length or 0, most):
            raise ClientDisconnected  # half a good file must not be called a bad one
        return data
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    sent = request.files.getlist("file")
    if len(sent) != 1 or not sent[0].filename:
        raise InvalidRequest([Mistake("file", "文件", "请选择一个文件 (choose one file)")])
    found: bytes = sent[0].read(most)
    return found


def _wants_json() -> bool:
    """Whether the one who asks would rather have JSON than a page."""
    return _prefers_json(request.headers.get("Accept", ""))


@lru_cache(maxsize=64)
def _prefers_json(accept: str) -> bool:
    """Whether a field `Accept` puts JSON before a page; there are only so many browsers."""
    offered = ["text/html", "application/json"]
    return parse_accept_header(accept, MIMEAccept).best_match(offered) == "application/json"


def _wants_signed() -> bool:
    """Whether the one who asks would rather have the answer signed."""
    return request.accept_mimetypes.best_match(["application/json", SIGNED]) == SIGNED


def _json(public: Public, found: Verdict) -> Response:
    told = web_log.with_proof(found, public.log)
    return Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")


def _page(public: Public, found: Verdict, *, plate_form: bool = False) -> Response:
    page = web_pages.verdict(found, public.base_url, public.clock(), plate_form=plate_form)
    return Response(page)


def _place(error: Exception) -> str:
    """Where an error was raised. Its message is left out: it may carry what somebody sent."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-6:]))
