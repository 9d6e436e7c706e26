"""Each value of each layout, changed on the page alone, is named with what it shows now."""

from __future__ import annotations

import pytest
from shown_pages import KINDS, LAYOUTS, SAMPLES, certificate, crane, of_request, told

from renderer import layout
from renderer.values import printed, printed_date
from verify.check import CheckState

FIELDS = [
    (name, version, key)
    for name, version in LAYOUTS
    for key in ("number", "authority", "issued_on", *layout.load(name, version).fields)
]


def other(text: str) -> str:
    """The same with its last digit or character replaced, and still a date if it was one."""
    digit = next((at for at in reversed(range(len(text))) if text[at].isdigit()), None)
    if digit is None:
        return text[:-1] + ("安" if text[-1:] != "安" else "平")
    return text[:digit] + ("3" if text[digit] != "3" else "4") + text[digit + 1 :]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "version"), LAYOUTS)
def test_the_page_of_a_certificate_shows_what_was_signed(name, version, kind):
    one = certificate(name, version)
    shown = one.looked_at(kind, one.file(kind))
    assert shown.check.state is CheckState.PASSED, shown
    assert shown.codes == (one.code,)


@pytest.mark.parametrize("kind", KINDS)
def test_so_does_one_made_with_development_keys(kind):
    one = crane()
    shown = one.looked_at(kind, one.file(kind, one.page(development=True)))
    assert shown.check.state is CheckState.PASSED, shown


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "sample", ["03-material-hoist-legacy-filing", "04-rare-characters-long-text"]
)
def test_so_does_one_with_rare_characters_and_rows_that_gave_way(sample, kind):
    import json

    request = json.loads((SAMPLES / f"{sample}.json").read_text("utf-8"))
    one = of_request(layout.load(request["type"]), {"number": "450100W(2024)0000003", **request})
    shown = one.looked_at(kind, one.file(kind))
    assert shown.check.state is CheckState.PASSED, shown


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "version", "key"), FIELDS)
def test_a_changed_value_is_named_with_what_it_shows(name, version, key, kind):
    one = certificate(name, version)
    field = one.layout.fields.get(key)
    value = one.content.face.get(key, "") if field else getattr(one.content, key)
    changed = other(value) if value else "加一行"
    shown = told(one.looked_at(kind, one.file(kind, one.page(**{key: changed}))))
    form = field.format if field else ("date" if key == "issued_on" else "text")
    unit = field.unit if field else ""
    named = f"face.{key}" if field else {"authority": "authority.name"}.get(key, key)
    assert set(shown) == {named}
    assert shown[named] == (printed(form, value, unit), printed(form, changed, unit))


@pytest.mark.parametrize("kind", KINDS)
def test_several_changed_values_are_all_named(kind):
    one = crane()
    page = one.page(model="QTZ800", issued_on="2025-09-20", project_manager="李伪造")
    shown = told(one.looked_at(kind, one.file(kind, page)))
    assert set(shown) == {"face.model", "issued_on", "face.project_manager"}
    assert shown["issued_on"] == (printed_date(one.content.issued_on), "2025年09月20日")


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_that_changes_the_heights_of_rows_moves_the_lines_too(kind):
    one = crane()
    long = one.content.face["project_address"] * 4
    shown = told(one.looked_at(kind, one.file(kind, one.page(project_address=long))))
    assert shown["face.project_address"][1].startswith(one.content.face["project_address"][:3])
    assert "page.shape" in shown


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_of_another_certificate_is_named(kind):
    one, another = crane(), certificate("crane-filing", "C0392-2024")
    shown = told(one.looked_at(kind, one.file(kind, one.page(codes=(another.code,)))))
    assert set(shown) == {"code"}
    assert another.content.number in shown["code"][1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_that_leads_elsewhere_without_a_signature_is_named(kind):
    one = crane()
    page = one.page(codes=("HTTPS://EVIL.EXAMPLE/V/123",))
    shown = told(one.looked_at(kind, one.file(kind, page)))
    assert shown == {"code": ("本证的二维码", "HTTPS://EVIL.EXAMPLE/V/123")}


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_that_our_key_did_not_sign_is_named(kind):
    one = crane()
    digits = int(one.code.rpartition("/")[2]) ^ 1  # the last bit of the signature
    page = one.page(codes=(f"HTTPS://SEALPRESS.EXAMPLE/V/{digits}",))
    assert set(told(one.looked_at(kind, one.file(kind, page)))) == {"code"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_platforms_code_is_taken_as_it_is(kind):
    """Nothing in it says whose it is; only the register knows."""
    one = crane()
    shown = one.looked_at(kind, one.file(kind, one.page(codes=("PLATFORM-1234567",))))
    assert shown.check.state is CheckState.PASSED
    assert shown.codes == ("PLATFORM-1234567",)


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_code_is_named(kind):
    one = crane()
    shown = told(one.looked_at(kind, one.file(kind, one.page(codes=()))))
    assert set(shown) == {"code"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "version"), LAYOUTS)
def test_the_page_of_another_layout_is_not_taken(name, version, kind):
    one = crane()
    if one.layout.id != name:
        data = certificate(name, version).file(kind)
        assert one.looked_at(kind, data).check.state is CheckState.FAILED


@pytest.mark.parametrize("kind", KINDS)
def test_a_layout_that_is_not_known_here_leaves_the_page_unjudged(kind):
    from dataclasses import replace

    one = crane()
    unknown = replace(one, carried=one.carried.replace(b"C0330-2023", b"C0330-2031"))
    shown = unknown.looked_at(kind, one.file(kind))
    assert shown.check.state is CheckState.NOT_CHECKED
    assert not shown.check.advisory
    assert "C0330-2031" in shown.check.reason
