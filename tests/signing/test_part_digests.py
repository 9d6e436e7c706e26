"""Digests of parts that come back are kept, and never given for another part."""

import threading
import zlib

import pytest

from signing import part_digests
from signing.errors import MalformedPackage
from signing.libcrypto import sm3
from signing.part_digests import Digests, KnownDigests
from signing.zip_package import PackedPart, to_store

TEXT = b"<ofd:Page/>" * 50


def deflated(name: str, part: bytes) -> PackedPart:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return PackedPart(
        name, 8, b"", packer.compress(part) + packer.flush(), len(part), zlib.crc32(part)
    )


@pytest.fixture
def counted(monkeypatch):
    """How often something was digested."""
    calls: list[int] = []

    def count(data: bytes) -> bytes:
        calls.append(len(data))
        return sm3(data)

    monkeypatch.setattr(part_digests, "sm3", count)
    return calls


def test_both_digests_are_told():
    part = deflated("a", TEXT)
    assert KnownDigests().of(part) == Digests(sm3(TEXT), sm3(part.octets))
    assert KnownDigests().of(to_store("a", TEXT)) == Digests(sm3(TEXT), sm3(TEXT))


def test_a_part_that_comes_back_is_digested_once(counted):
    known = KnownDigests()
    assert len({known.of(deflated("a", TEXT)) for _ in range(5)}) == 1
    assert counted == [len(TEXT), len(deflated("a", TEXT).octets)]


def test_a_stored_part_is_digested_once_for_both(counted):
    KnownDigests().of(to_store("a", TEXT))
    assert counted == [len(TEXT)]


def test_a_part_of_the_same_name_size_and_checksum_is_told_apart():
    """CRC-32 is no digest: two parts that share it are made in no time."""
    known = KnownDigests()
    first, second = b"plumless", b"buckeroo"
    assert zlib.crc32(first) == zlib.crc32(second)
    assert known.of(to_store("a", first)).unpacked == sm3(first)
    assert known.of(to_store("a", second)).unpacked == sm3(second)


def test_bytes_at_hand_must_be_the_parts_own():
    with pytest.raises(MalformedPackage, match="broken"):
        KnownDigests().of(deflated("a", TEXT), TEXT[:-1])
    with pytest.raises(MalformedPackage, match="broken"):
        KnownDigests().of(deflated("a", TEXT), TEXT[:-1] + b"!")
    assert KnownDigests().of(deflated("a", TEXT), TEXT).unpacked == sm3(TEXT)


def test_no_more_than_the_last_parts_are_kept(counted, monkeypatch):
    monkeypatch.setattr(part_digests, "KEPT_PARTS", 3)
    known = KnownDigests()
    for name in ("a", "b", "c", "a", "d"):  # so b is the one seen longest ago
        known.of(to_store(name, TEXT))
    assert len(counted) == 4
    for name in ("a", "c", "d"):
        known.of(to_store(name, TEXT))
    assert len(counted) == 4
    known.of(to_store("b", TEXT))
    assert len(counted) == 5


def test_large_parts_are_not_kept(counted, monkeypatch):
    monkeypatch.setattr(part_digests, "KEPT_PART_BYTES", len(TEXT) - 1)
    known = KnownDigests()
    for _ in range(3):
        known.of(to_store("a", TEXT))
    assert len(counted) == 3


def test_threads_may_ask_at_once(monkeypatch):
    monkeypatch.setattr(part_digests, "KEPT_PARTS", 4)
    known, wrong = KnownDigests(), []

    def ask(seed: int) -> None:
        for turn in range(200):
            part = b"%d" % ((seed * 7 + turn) % 9)
            if known.of(to_store("a", part)).unpacked != sm3(part):
                wrong.append(part)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
