"""Checkpoints as C2SP writes them: signed, opened, and refused where anything differs."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from signing import merkle, signed_note
from signing.signed_note import Checkpoint, MalformedNote, NoteKey

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
KEY = NoteKey("sealpress.example/log", PRIVATE.public_key().public_bytes_raw())
CHECKPOINT = Checkpoint(KEY.name, 42, merkle.leaf_hash(b"x"))
NOTE = signed_note.sign(CHECKPOINT.text(), KEY, PRIVATE.sign)

GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example in the documentation of Go's `golang.org/x/mod/sumdb/note`."""


def test_what_was_signed_is_opened_with_its_key_alone() -> None:
    text, key = signed_note.opened(NOTE, [KEY]) or ("", None)
    assert key == KEY
    assert signed_note.checkpoint(text) == signed_note.unverified(NOTE) == CHECKPOINT
    others = (
        NoteKey("sealpress.example/log", b"\x01" * 32),
        NoteKey("other.example/log", KEY.public),
    )
    assert signed_note.opened(NOTE, others) is None
    assert signed_note.opened(NOTE, []) is None


def test_the_note_of_another_implementation_is_opened() -> None:
    key = NoteKey.parse(GO_KEY)
    assert str(key) == GO_KEY
    assert signed_note.opened(GO_NOTE, [key]) is not None
    assert signed_note.opened(GO_NOTE.replace("answer", "Answer"), [key]) is None


def test_other_signatures_on_a_note_are_passed_over() -> None:
    witness = Ed25519PrivateKey.generate()
    second = NoteKey("witness.example", witness.public_key().public_bytes_raw())
    line = signed_note.sign(CHECKPOINT.text(), second, witness.sign).splitlines()[-1]
    both = NOTE.replace("\n\n", f"\n\n{line}\n")
    for key in (KEY, second):
        assert (signed_note.opened(both, [key]) or ("", None))[1] == key


@given(st.integers(0, len(NOTE) - 1), st.characters(codec="utf-8"))
def test_no_changed_character_passes(at: int, character: str) -> None:
    changed = NOTE[:at] + character + NOTE[at + 1 :]
    if changed == NOTE:
        return
    try:
        found = signed_note.opened(changed, [KEY])
    except MalformedNote:
        return
    # The last character of base64 has bits that say nothing; strict readers refuse some of them.
    assert found is None or (found[0] == CHECKPOINT.text() and at >= len(NOTE) - 4)


@given(st.text())
def test_rubbish_is_no_note(text: str) -> None:
    for read in (signed_note.unverified, NoteKey.parse):
        with pytest.raises(MalformedNote):
            read(text)


@pytest.mark.parametrize(
    "text",
    ["", "o\n1\n", "o\n01\nAAAA\n", "o\n-1\nAAAA\n", f"o\n1\n{'A' * 44}\n", f"\n1\n{'A' * 43}=\n"],
)
def test_no_checkpoint_without_origin_size_and_root(text: str) -> None:
    with pytest.raises(MalformedNote):
        signed_note.checkpoint(text)


def test_extension_lines_are_passed_over() -> None:
    assert signed_note.checkpoint(CHECKPOINT.text() + "more\n") == CHECKPOINT


@pytest.mark.parametrize(
    "text", [f"{KEY}"[:-4], f"x{KEY}", str(KEY).replace("+A", "+B"), "a b+00000000+AQ=="]
)
def test_a_key_whose_hash_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(MalformedNote):
        NoteKey.parse(text)
