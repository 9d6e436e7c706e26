"""What is sent: each type's own names and numbers, and identifiers that a repeat has again."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from platform_world import case

from renderer import layout
from service.platform import entries, vocabulary
from service.platform.vocabulary import Call, NoVocabulary, of_codes, of_type

KINDS = ("construction-permit", "crane-filing", "crane-use-registration")
PROVINCE = "450000"


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_the_face_is_sent_under_a_name_of_its_own(kind: str) -> None:
    words = of_type(kind)
    fields = layout.load(kind).fields
    assert set(words.face) == set(fields)
    assert not set(words.face.values()) & set(words.fields.values())
    assert len(set(words.face.values())) == len(words.face)
    assert len(set(words.fields.values())) == len(words.fields)
    entry = entries.code(case(kind), words, PROVINCE)
    assert {words.face[name] for name in case(kind).face} <= set(entry)


def test_no_two_types_share_a_method() -> None:
    methods = [name for words in vocabulary.all_types().values() for name in words.methods.values()]
    assert len(methods) == len(set(methods)) == len(KINDS) * len(Call)


def test_coding_sends_what_the_reference_lists() -> None:
    entry = entries.code(case(), of_type("crane-use-registration"), PROVINCE)
    assert entry["provinceNum"] == PROVINCE
    assert entry["certNum"] == "450100T（2024）0000001"
    assert entry["recordNum"].count("－") == 1
    assert "-" not in entry["recordNum"]
    assert (entry["certState"], entry["operateType"]) == ("01", "01")
    assert entry["issuAuthCode"] == case().authority["code"]
    assert entry["factoryNum"] == case().face["factory_number"]
    assert "associatedZzeCertID" not in entry
    assert re.fullmatch("[0-9a-f]{32}", entry["eCertID"])


def test_a_replacement_names_what_it_replaces() -> None:
    words = of_type("crane-use-registration")
    for entry in (
        entries.check(case(replaces="1.2.3"), words, PROVINCE),
        entries.code(case(replaces="1.2.3"), words, PROVINCE),
    ):
        assert (entry["associatedZzeCertID"], entry["operateType"]) == ("1.2.3", "08")


def test_cancelling_tells_state_operation_and_reason() -> None:
    entry = entries.status(case(), of_type("crane-use-registration"), PROVINCE, "拆卸告知办结")
    assert (entry["certState"], entry["operateType"]) == ("05", "05")
    assert entry["zzeCertID"] == case().license_id
    assert entry["businessInformation"] == "拆卸告知办结"
    assert entry["certStatusDescription"] == ""


def test_the_state_that_says_nothing_is_described() -> None:
    codes = copy.deepcopy(dict(layout.load("crane-use-registration").codes))
    codes["platform"]["state"]["cancelled"] = "99"
    entry = entries.status(case(), of_codes(codes, "x"), PROVINCE, "拆卸告知办结")
    assert entry["certStatusDescription"] == "拆卸告知办结"


def test_persons_are_told_by_the_platforms_names_and_an_empty_list_as_well() -> None:
    words = of_type("crane-use-registration")
    (told,) = entries.persons(case(), words, PROVINCE, add=True)["persons"]
    assert told == {
        "name": "张三",
        "idCardType": "111",
        "idCard": "450100199001011234",
        "post": "05",
    }
    empty = entries.persons(case(persons=()), words, PROVINCE, add=False)
    assert (empty["persons"], empty["operateType"]) == ([], "05")


def test_collection_sends_three_things() -> None:
    words = of_type("crane-filing")
    entry = entries.collect(case("crane-filing"), words, "CODE", "https://x.example/")
    assert entry == {"ID": "CODE", "zzeCertID": case().license_id, "url": "https://x.example/"}


def test_each_call_has_its_identifier_and_a_repeat_has_it_again() -> None:
    words = of_type("crane-use-registration")
    calls: list[Any] = [
        lambda one: entries.check(one, words, PROVINCE),
        lambda one: entries.code(one, words, PROVINCE),
        lambda one: entries.persons(one, words, PROVINCE, add=True),
        lambda one: entries.persons(one, words, PROVINCE, add=False),
        lambda one: entries.status(one, words, PROVINCE, "x"),
    ]
    for of in (case(), case(license_id="1.2.4")):
        first, again = ([call(of)["eCertID"] for call in calls] for _ in range(2))
        assert first == again
        assert len(set(first)) == len(calls)
    assert calls[0](case()) != calls[0](case(license_id="1.2.4"))
    # Corrected persons are other data; what was coded is not affected by them.
    other = case(persons=())
    assert calls[2](other)["eCertID"] != calls[2](case())["eCertID"]
    assert calls[1](other)["eCertID"] == calls[1](case())["eCertID"]


def test_a_correction_names_the_coded_data() -> None:
    words = of_type("crane-use-registration")
    entry = entries.correct(case(), words, {"factory_number": "A-1"})
    coded = entries.code(case(), words, PROVINCE)
    assert entry == {
        "eCertID": coded["eCertID"],
        "certNum": coded["certNum"],
        "factoryNum": "A-1",
    }
    for wrong in ({}, {"nothing": "x"}):
        with pytest.raises(ValueError, match=r"更正|平台没有"):
            entries.correct(case(), words, wrong)


def _without(table: dict[str, Any], *path: str) -> None:
    for name in path[:-1]:
        table = table[name]
    del table[path[-1]]


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda t: t.clear(), "没有"),
        (lambda t: t.update(platform=[]), "没有"),
        (lambda t: _without(t, "platform", "spelling"), "spelling"),
        (lambda t: t["platform"].update(extra=1), "extra"),
        (lambda t: _without(t, "platform", "methods", "coding"), "methods"),
        (lambda t: t["platform"]["methods"].update(coding="Qzjxsydj_Check"), "重复"),
        (lambda t: t["platform"].update(state={"valid": "01"}), "state"),
        (lambda t: t["platform"]["state"].update(valid=1), "state"),
        (lambda t: t["platform"].update(operation=[]), "operation"),
        (lambda t: _without(t, "platform", "fields", "ecert_id"), "fields"),
        (lambda t: t["platform"].update(subject=["nothing"]), "subject"),
        (lambda t: t["platform"].update(subject="model"), "subject"),
        (lambda t: t["platform"].update(spelling={"certNum": {"((": "("}}), "spelling"),
        (lambda t: t["platform"].update(spelling={"certNum": "("}), "spelling"),
        (lambda t: t["platform"].update(person={"name": ""}), "person"),
    ],
)
def test_code_lists_that_cannot_be_used_are_named(spoil: Any, named: str) -> None:
    codes = copy.deepcopy(dict(layout.load("crane-use-registration").codes))
    assert of_codes(codes, "x").methods
    spoil(codes)
    with pytest.raises(NoVocabulary, match=named):
        of_codes(codes, "x")


def test_a_type_that_does_not_exist_is_named() -> None:
    with pytest.raises(NoVocabulary, match="fire-permit"):
        of_type("fire-permit")
