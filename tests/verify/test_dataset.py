"""The signed data set: one text for one certificate, and no other text is read."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from verify import dataset, limits
from verify.errors import MalformedDataSet

_VALUES: dict[str, Any] = {
    "type": "crane-use-registration",
    "layout_version": "C0330-2023",
    "license_id": "1.2.156.3005.2.11100000000013338W999.11450100MB0000001Q."
    "450100T20240000001.001.G",
    "number": "450100T(2024)0000001",
    "version": 1,
    "authority": {
        "name": "南宁市住房和城乡建设局",
        "code": "11450100MB0000001Q",
        "division": "450100",
    },
    "holder": {"name": "广西示例建设集团有限公司", "code": "91450100MA500011XT"},
    "issued_on": "2024-09-20",
    "face": {"factory_number": "SC/GK9800062", "project_manager": "张𬱖䶮"},
    "status_index": 7,
}
_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def test_what_is_built_reads_back() -> None:
    read = dataset.parse(dataset.build(**_VALUES))
    assert read.number == "450100T(2024)0000001"
    assert read.issued_on == date(2024, 9, 20)
    assert read.face["project_manager"] == "张𬱖䶮"
    assert read.authority.division == "450100"
    assert read.status_index == 7


def test_a_data_set_without_a_place_in_a_status_list_reads_back() -> None:
    values = {key: value for key, value in _VALUES.items() if key != "status_index"}
    assert dataset.parse(dataset.build(**values)).status_index is None


def test_the_bytes_are_canonical_and_name_their_generation() -> None:
    data = dataset.build(**_VALUES)
    assert data.startswith(b'{"authority":{"code":"11450100MB0000001Q"')
    assert b'"format":"sealpress-dataset/1"' in data
    assert "张𬱖䶮".encode() in data


@given(st.dictionaries(_NAMES, _TEXTS))
def test_any_face_reads_back(face: dict[str, str]) -> None:
    data = dataset.build(**{**_VALUES, "face": face})
    assert dict(dataset.parse(data).face) == face
    assert dataset.build(**{**_VALUES, "face": dict(reversed(face.items()))}) == data


@given(st.dictionaries(_NAMES, _TEXTS), st.integers(0, 2**32 - 1))
def test_the_bytes_are_those_of_a_writer_of_all_canonical_json(
    face: dict[str, str], index: int
) -> None:
    data = dataset.build(**{**_VALUES, "face": face, "status_index": index})
    assert data == rfc8785.dumps(json.loads(data))


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 0},
        {"version": True},
        {"version": "1"},
        {"number": ""},
        {"number": 5},
        {"issued_on": "2024-9-20"},
        {"issued_on": "20240920"},
        {"issued_on": "2024-02-30"},
        {"authority": {"name": "a", "code": "b"}},
        {"holder": {"name": "a", "code": "b", "division": "c"}},
        {"holder": {"name": "a", "code": 1}},
        {"face": {"Factory": "x"}},
        {"face": {"factory_number": 5}},
        {"face": {"factory_number": "\ud800"}},
        {"status_index": -1},
    ],
)
def test_values_of_another_kind_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(MalformedDataSet):
        dataset.build(**{**_VALUES, **changed})


def _with(**changed: object) -> bytes:
    values = json.loads(dataset.build(**_VALUES))
    values.update(changed)
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"[" * 60_000,
        b'{"version":' + b"9" * 5000 + b"}",
        dataset.build(**_VALUES) + b"\n",
        dataset.build(**_VALUES).replace(b'"version":1', b'"version":1.0'),
        dataset.build(**_VALUES).replace(b'"version":1', b'"version":1,"version":1'),
        dataset.build(**_VALUES).replace(b'"number"', b'"n\\u0075mber"'),
        _with(extra="x"),
        _with(format="sealpress-dataset/2"),
        _with(format=["sealpress-dataset/1"]),
        b" " * (limits.DATASET_BYTES + 1),
    ],
)
def test_other_bytes_are_no_data_set(data: bytes) -> None:
    with pytest.raises(MalformedDataSet):
        dataset.parse(data)


def test_the_canonical_writing_of_other_tools_is_accepted() -> None:
    assert dataset.parse(_with()) == dataset.parse(dataset.build(**_VALUES))


@given(st.binary(max_size=300))
def test_noise_is_never_anything_but_a_malformed_data_set(data: bytes) -> None:
    with pytest.raises(MalformedDataSet):
        dataset.parse(data)


@given(st.data())
def test_a_changed_byte_never_reads_as_the_same_data_set(data: st.DataObject) -> None:
    built = dataset.build(**_VALUES)
    place = data.draw(st.integers(min_value=0, max_value=len(built) - 1))
    bit = data.draw(st.integers(min_value=0, max_value=7))
    changed = bytearray(built)
    changed[place] ^= 1 << bit
    try:
        read = dataset.parse(bytes(changed))
    except MalformedDataSet:
        return
    assert read != dataset.parse(built)
