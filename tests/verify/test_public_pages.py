"""The public pages: what they show to a person, and what a browser is told about them."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from verify import conclude, ofd_checks, pdf_checks, web, web_pages
from verify.check_names import NAMES
from verify.verdict import Word


@pytest.fixture
def client(world: Any) -> FlaskClient:
    app = Flask("public")
    app.register_blueprint(
        web.make_blueprint(world.register, lambda: world.anchors, world.base_url, lambda: world.now)
    )
    return app.test_client()


def _digits(world: Any, entry: Any = None, **claimed: Any) -> str:
    return str(world.code(entry or world.crane, **claimed).rpartition("/")[2])


def _page(client: FlaskClient, path: str, **more: Any) -> str:
    response = client.get(path, **more)
    assert response.status_code == 200
    assert response.mimetype == "text/html"
    return response.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/v/", "/V/"])
def test_a_valid_code_shows_the_word_then_the_plate_numbers_then_the_face(
    world: Any, client: FlaskClient, path: str
) -> None:
    page = _page(client, path + _digits(world))
    places = [
        page.index(text)
        for text in ("真实有效", "请核对设备铭牌", "19020319", "桂AA-T202400001", "塔式起重机")
    ]
    assert places == sorted(places)
    assert "2024年09月01日" in page
    assert "北京时间" in page
    assert "Asia/Shanghai" in page


def test_the_page_names_the_host_that_the_address_bar_must_show(
    world: Any, client: FlaskClient
) -> None:
    page = _page(client, "/v/" + _digits(world))
    assert "<b>sealpress.example</b>" in page


def test_every_check_is_on_the_page_under_its_name(world: Any, client: FlaskClient) -> None:
    page = _page(client, "/v/" + _digits(world))
    assert page.count("<details") == 6
    assert "二维码的签名" in page


def test_personal_names_are_masked(world: Any, client: FlaskClient) -> None:
    page = _page(client, "/v/" + _digits(world))
    assert "王示例" not in page
    assert "王**" in page


def test_each_verdict_has_its_own_words_and_its_own_drawing() -> None:
    headings = [web_pages.HEADINGS[word] for word in Word]
    for part in ("chinese", "english", "icon"):
        assert len({getattr(heading, part) for heading in headings}) == len(Word)


def test_cancelled_altered_unknown_and_unreadable_say_so(world: Any, client: FlaskClient) -> None:
    code = _digits(world)
    altered = _page(client, f"/v/{code}?plate=20990001")
    assert "不符，请勿采信" in altered
    assert "20990001" in altered
    assert "无法读取" in _page(client, "/v/123")
    assert "无法读取" in _page(client, "/v/abc")
    world.cancel(world.crane)
    cancelled = _page(client, "/v/" + code)
    assert "已注销" in cancelled
    assert "真实有效" not in cancelled
    assert "拆卸告知办结" in cancelled
    world.register.entries.clear()
    assert "无法确认" in _page(client, "/v/" + code)


def test_a_specimen_is_marked_over_its_word_and_in_it(world: Any, client: FlaskClient) -> None:
    assert "样本" not in _page(client, "/v/" + _digits(world))
    world.change(world.crane, development=True)
    page = _page(client, "/v/" + _digits(world))
    assert "开发密钥签发" in page
    assert "真实有效（样本）" in page


def test_an_answer_about_the_past_says_that_it_is_one(world: Any, client: FlaskClient) -> None:
    code = _digits(world)
    assert "不是现在的" not in _page(client, "/v/" + code)
    assert "不是现在的" in _page(client, f"/v/{code}?at=2025-01-01")


def test_a_page_escapes_what_is_in_the_data(world: Any, client: FlaskClient) -> None:
    face = {**world.crane.face, "model": "<script>alert(1)</script>"}
    world.change(world.crane, face=face)
    page = _page(client, "/v/" + _digits(world))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("path", ["/", "/v/", "/V/"])
def test_the_form_asks_for_both_numbers_and_for_a_file(client: FlaskClient, path: str) -> None:
    page = _page(client, path)
    for name in ('name="number"', 'name="factory_number"', 'name="file"'):
        assert name in page


def test_the_form_answers_with_a_page(world: Any, client: FlaskClient) -> None:
    pair = {"number": "450100T（2024）0000001", "factory_number": "19020319", "at": ""}
    assert "真实有效" in _page(client, "/v/", query_string=pair)


def test_a_wrong_pair_and_no_such_number_have_the_same_page(client: FlaskClient) -> None:
    pages = {
        _page(client, "/v/", query_string={"number": number, "factory_number": "1"})
        for number in ("450100T(2024)0000001", "450100T(2024)9999999")
    }
    assert len(pages) == 1


def test_a_missing_field_and_a_missing_page_are_told_on_a_page(client: FlaskClient) -> None:
    response = client.get("/v/?number=1")
    assert response.status_code == 422
    assert response.mimetype == "text/html"
    assert "请填写出厂编号" in response.get_data(as_text=True)


def test_no_page_needs_a_script_or_anything_from_elsewhere(world: Any, client: FlaskClient) -> None:
    for path in ("/v/", "/v/" + _digits(world), "/v/?number=1"):
        page = client.get(path).get_data(as_text=True)
        assert "<script" not in page
        assert re.findall(r'(?:src|href)="([^"]*)"', page) in (["data:,"], ["data:,", "/v/"])
        assert " style=" not in page
        assert "@import" not in page
        assert "url(" not in page


def test_the_policy_allows_the_style_on_the_page_and_nothing_else(
    world: Any, client: FlaskClient
) -> None:
    for path in ("/v/", "/v/" + _digits(world), "/v/?number=1"):
        response = client.get(path)
        (style,) = re.findall(r"<style>(.*?)</style>", response.get_data(as_text=True), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert response.headers["Content-Security-Policy"] == (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )


def test_every_answer_carries_the_same_protection(world: Any, client: FlaskClient) -> None:
    paths = ("/v/", "/v/1", "/v/?number=1", "/api/v1/status", "/api/v1/status?code=1")
    for path in paths:
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Strict-Transport-Security"]
        assert "Accept" in headers["Vary"]


def test_every_check_that_exists_has_a_name_on_the_page() -> None:
    named = {value for name, value in vars(conclude).items() if name in _CONSTANTS}
    assert len(named) == len(_CONSTANTS)
    assert set(NAMES) == named | set(pdf_checks.CHECKS) | set(ofd_checks.CHECKS)


_CONSTANTS = {
    "READABLE",
    "ADDRESS",
    "OURS",
    "SHOWN",
    "SIGNATURE",
    "REGISTERED",
    "DATA_SET",
    "BYTES",
    "STATUS",
    "PLATE",
}


def test_an_old_status_is_that_of_now_for_a_minute_only(world: Any) -> None:
    found = web.Public(
        world.register, lambda: world.anchors, world.base_url, lambda: world.now
    ).number("450100T(2024)0000001", "19020319", None)
    soon, later = world.now + timedelta(seconds=30), world.now + timedelta(minutes=2)
    assert "不是现在的" not in web_pages.verdict(found, world.base_url, soon)
    assert "不是现在的" in web_pages.verdict(found, world.base_url, later)
