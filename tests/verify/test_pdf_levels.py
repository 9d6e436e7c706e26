"""A signed PDF may grow by its own proof, and by nothing else: every other addition is altered."""

from __future__ import annotations

import re

import pytest
import raised_pdfs as raised
from altering_pdfs import flipped, no_accidents  # noqa: F401 - the fixture all tests here use
from cryptography.hazmat.primitives.serialization import Encoding
from raised_pdfs import bears, bodies, changed, checks, revision, states, usual

from signing import pades_levels
from verify import pdf_revisions
from verify.check import CheckState

pytestmark = pytest.mark.usefixtures("no_accidents")

FAILED, UNTOLD = CheckState.FAILED, CheckState.NOT_CHECKED
CATALOGUE, PAGE = 1, 3


def refused(data: bytes) -> bool:
    """Whether what was added is what the file fails for: it is no update of ours, or no PDF."""
    found = states(data)
    return FAILED in (found.get("pdf_single_revision"), found.get("pdf_structure"))


def unread(data: bytes) -> bool:
    """Whether it is refused here already, and not only by pyHanko's reader as well."""
    return pdf_revisions.split(data).fault is not None and refused(data)


# --- what is ours --------------------------------------------------------------------------------


@pytest.mark.parametrize("level", pades_levels.LEVELS)
def test_each_level_passes(level):
    assert states(usual(level)) == {}
    assert bears(usual(level))


@pytest.mark.parametrize("level", pades_levels.LEVELS)
def test_a_stamped_file_says_when_it_was_there(level):
    reason = checks(usual(level))["pdf_time_stamp"].reason
    assert ("no younger than 2026-11-21 09:31" in reason) == (level != "B-B")


@pytest.mark.parametrize(("level", "count"), [("B-B", 0), ("B-T", 0), ("B-LT", 1), ("B-LTA", 2)])
def test_the_revisions_are_told_apart(level, count):
    layers = pdf_revisions.split(usual(level))
    assert layers.fault is None
    assert len(layers.later) == count
    assert layers.first == usual("B-T" if count else level)


def test_what_is_put_together_by_hand_is_what_sealpress_writes():
    """Or else the attacks below would fail for how they are written."""
    assert states(revision(*bodies(usual("B-LT")))) == {}
    assert states(raised.stamped_again(usual("B-LTA"))) == {}


def test_what_was_added_may_be_taken_away_again():
    """The file is then of a lower level, and says no less than it did."""
    lta = usual("B-LTA")
    for revisions in pdf_revisions.split(lta).later:
        assert bears(lta[: revisions.end])
    assert bears(pdf_revisions.split(lta).first)


# --- other additions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Pages 2 0 R", b"/Pages 9 0 R"),
        (b"/AF [ 20 0 R ]", b""),
        (b"20 0 R ]\n>>", b"21 0 R ]\n>>"),
        (b"/Lang", b"/Long"),
        (b"/SigFlags 3", b"/SigFlags 1"),
        (b"/Fields [ 24 0 R ]", b"/Fields [ ]"),
        (b"/DisplayDocTitle true", b"/DisplayDocTitle 1"),
        (b"/ExtensionLevel 1", b"/ExtensionLevel 2"),
        (b"/Type /Catalog", b"/Type /Catalog /OpenAction 5 0 R"),
        (b"/Type /Catalog", b"/Type /Catalog /AA<<>>"),
        (b"/Type /Catalog", b"/Type /Catalog /Perms<</DocMDP 23 0 R>>"),
        (b"/Type /Catalog", b"/Type /Catalog /OCProperties<<>>"),
        (b"/Type/DSS", b"/Type/DSS/VRI<<>>"),
        (b"/Type/DSS", b"/Type/DSX"),
        (b"/Type/DSS", b""),
        (b"/CRLs[", b"/CRLs[ 4 0 R "),
        (b"/CRLs[", b"/OCSPs[]/CRLs["),
    ],
    ids=lambda value: value.decode(),
)
def test_a_catalogue_or_store_that_says_something_else_is_refused(old, new):
    assert refused(changed(usual("B-LT"), old, new))


def test_another_object_of_the_signed_revision_is_refused():
    """The attack that an incremental update is: a page, a font or the data set exchanged."""
    before, objects = bodies(usual("B-LT"))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.2756 841.8898]/Contents 16 0 R>>"
    for number, body in ((PAGE, page), (15, b"<</Length 0>>\nstream\n\nendstream"), (19, b"<<>>")):
        assert refused(revision(before, objects | {number: body}))
        assert refused(revision(before, {number: body}))


def test_a_new_object_that_the_store_does_not_list_is_refused():
    before, objects = bodies(usual("B-LT"))
    new = max(objects) + 1
    assert refused(revision(before, objects | {new: b"<</Length 2>>\nstream\nhi\nendstream"}))
    assert refused(revision(before, objects | {new: b"<</S/JavaScript/JS(app.alert\\(1\\))>>"}))
    assert refused(revision(before, objects | {new + 7: b"<</Length 0>>\nstream\n\nendstream"}))


@pytest.mark.parametrize(
    "stream",
    [
        b"<</Length 2/Filter/FlateDecode>>\nstream\nhi\nendstream",
        b"<</Length 2/F(http://evil.example/)>>\nstream\nhi\nendstream",
        b"<</Length 2/Type/ObjStm/N 1/First 4>>\nstream\nhi\nendstream",
        b"<</Length 1>>\nstream\nhi\nendstream",
        b"<</Length 9>>\nstream\nhi\nendstream",
        b"<</Length 25 0 R>>\nstream\nhi\nendstream",
        b"<</Length 2>>",
        b"[]",
    ],
)
def test_a_store_of_other_streams_is_refused(stream):
    before, objects = bodies(usual("B-LT"))
    assert refused(revision(before, objects | {min(n for n in objects if n > 23): stream}))


@pytest.mark.parametrize(
    "more", [b"/Filter/FlateDecode", b"/F(a)", b"/Type/ObjStm/N 1/First 4", b"/Type/Page", b"/X 1"]
)
def test_a_certificate_in_a_stream_that_says_more_than_its_length_is_refused(more):
    before, objects = bodies(usual("B-LT"))
    for number in (n for n in objects if b"\nstream\n" in objects[n]):
        said_more = objects[number].replace(b">>", more + b">>", 1)
        assert refused(revision(before, objects | {number: said_more}))


def test_a_certificate_in_the_place_of_an_older_object_is_refused():
    """It would blank the page's content, or a font: every part of it is sound but its number."""
    before, objects = bodies(usual("B-LT"))
    number = min(n for n in objects if b"\nstream\n" in objects[n])
    last = max(n for n in objects)
    for older in (15, 4, 19, 22):
        moved = {older if n == number else n: body for n, body in objects.items()}
        old, new = b"%d 0 R" % number, b"%d 0 R" % older
        listed = {n: b.replace(old, new) if n == last else b for n, b in moved.items()}
        assert refused(revision(before, listed))


def test_new_objects_leave_out_no_number():
    before, objects = bodies(usual("B-LT"))
    last = max(objects)
    moved = {n + 1 if n == last else n: body for n, body in objects.items()}
    moved[CATALOGUE] = moved[CATALOGUE].replace(b"/DSS %d 0" % last, b"/DSS %d 0" % (last + 1))
    assert refused(revision(before, moved))


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"certificate", b"\x30\x03\x02\x01\x00"])
def test_a_store_of_something_else_than_certificates_is_refused(der):
    before, objects = bodies(usual("B-LT"))
    stream = b"<</Length %d>>\nstream\n%s\nendstream" % (len(der), der)
    for number in sorted(n for n in objects if n > 23)[:-1]:
        assert refused(revision(before, objects | {number: stream}))


def test_a_store_with_a_strangers_certificate_or_list_says_nothing():
    before, objects = bodies(usual("B-LT"))
    stranger = raised.tsa_world.root("stranger").public_bytes(Encoding.DER)
    for der in (stranger, raised.tsa_world.crl(now=raised.SIGNED, name="stranger")):
        added = b"<</Length %d>>\nstream\n%s\nendstream" % (len(der), der)
        kind = b"/CRLs[" if der is not stranger else b"/Certs["
        new = max(objects) + 1
        store = {n: b.replace(kind, kind + b"%d 0 R " % new) for n, b in objects.items()}
        assert states(revision(before, store | {new: added})) == {"pdf_single_revision": UNTOLD}


def test_a_certificate_or_list_with_a_forged_signature_is_altered():
    """Unlike a stranger's: that issuer is known here, and has not signed this."""
    before, objects = bodies(usual("B-LT"))
    pinned = (*raised.anchors().pdf_roots, *raised.anchors().tsa_roots)
    streams = {n: one for n, one in objects.items() if b"\nstream\n" in one}
    for number, body in streams.items():
        der = body.partition(b"\nstream\n")[2].removesuffix(b"\nendstream")
        if der not in pinned:
            place = (len(body) - len(b"\nendstream") - 3) * 8  # in the last number of a signature
            data = revision(before, objects | {number: flipped(body, place)})
            assert states(data) == {"pdf_single_revision": FAILED}


# --- how a revision is written -------------------------------------------------------------------


@pytest.mark.parametrize(
    "between",
    [
        b"\n",
        b"% a remark\n",
        b"3 0 obj\n<</Type/Page>>\nendobj\n",
        b"startxref\n0\n%%EOF\n",
    ],
)
def test_bytes_between_the_objects_are_refused(between):
    """What no table names is what a reader that mends broken files would take up."""
    before, objects = bodies(usual("B-LT"))
    assert unread(revision(before, objects, between=between))


@pytest.mark.parametrize(
    "table",
    [
        b"5 1\n0000000000 00001 f \n",
        b"5 1\n0000000015 00000 n \n",
        b"24 1\n0000000015 00000 n \n",
        b"9999 1\n0000000015 00000 n \n",
        b"junk\n",
    ],
)
def test_a_table_that_names_more_is_refused(table):
    before, objects = bodies(usual("B-LT"))
    assert unread(revision(before, objects, table=table))


def test_a_table_that_places_an_object_elsewhere_is_refused():
    before, objects = bodies(usual("B-LT"))
    for number in objects:
        assert unread(revision(before, objects, listed={number: 15}))


@pytest.mark.parametrize("times", [0, 2])
def test_a_table_without_the_free_object_or_with_two_is_refused(times):
    data, free = usual("B-LT"), b"0 1\n0000000000 65535 f \n"
    place = data.rindex(b"xref\n" + free) + len(b"xref\n")
    assert unread(data[:place] + free * times + data[place + len(free) :])


@pytest.mark.parametrize("junk", [b"\n", b" ", b"% a remark\n", b"<<>>\n", b"startxref\n15\n"])
def test_bytes_between_trailer_and_end_are_refused(junk):
    data = usual("B-LT")
    place = data.rindex(b"startxref\n")
    assert unread(data[:place] + junk + data[place:])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Root 1 0 R", b"/Root 2 0 R"),
        (b"/Root 1 0 R", b"/Root 1 0 R/XRefStm 15"),
        (b"/Root 1 0 R", b"/Root 1 0 R/Encrypt<<>>"),
        (b"/Info 21 0 R", b""),
        (b"/Info 21 0 R", b"/Info 20 0 R"),
        (b"/ID", b"/IX"),
        (b"/Size ", b"/Size 1"),
        (b"/Prev ", b"/Prev 1"),
    ],
)
def test_another_trailer_is_refused(old, new):
    before, objects = bodies(usual("B-LT"))
    assert refused(revision(before, objects, trailer=(old, new)))


def test_a_revision_that_skips_the_one_before_it_is_refused():
    lta = usual("B-LTA")
    first = re.findall(rb"startxref\n(\d+)\n", lta)[0]
    before, objects = bodies(lta)
    last = re.findall(rb"startxref\n(\d+)\n", before)[-1]
    assert first != last
    data = revision(before, objects, trailer=(b"/Prev " + last, b"/Prev " + first))
    assert refused(data)


@pytest.mark.parametrize("more", [b"\n", b" ", b"%%EOF\n", b"x" * 99, b"1 0 obj\n<<>>\nendobj\n"])
@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
def test_appended_bytes_are_noticed(level, more):
    assert not bears(usual(level) + more)


@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
def test_a_truncated_revision_is_noticed(level):
    data, ends = usual(level), {one.end for one in pdf_revisions.split(usual(level)).later}
    start = len(pdf_revisions.split(data).first)
    for length in range(start + 1, len(data), 97):
        assert length in ends or not bears(data[:length])


@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
def test_no_bit_of_what_was_added_can_be_flipped(level):
    """Also in a B-LT's evidence, which no signature covers: its form leaves no room."""
    data = usual(level)
    start = len(pdf_revisions.split(usual("B-LT")).first) if level == "B-LT" else len(usual("B-LT"))
    for bit in range(start * 8, len(data) * 8, 211):
        assert not bears(flipped(data, bit)), f"bit {bit % 8} of byte {bit // 8}"


# --- the order of revisions ----------------------------------------------------------------------


def test_evidence_is_added_once():
    data = usual("B-LT")
    _, objects = bodies(data)
    new = raised.size_of(data)
    store = b"<</Type/DSS/Certs[]/CRLs[]>>"
    catalogue = re.sub(rb"/DSS \d+ 0 R", b"/DSS %d 0 R" % new, objects[CATALOGUE])
    assert refused(revision(data, {CATALOGUE: catalogue, new: store}))


def test_a_time_stamp_without_evidence_before_it_is_refused():
    assert refused(raised.archived(usual("B-T")))


def test_nothing_follows_the_last_time_stamp():
    data = usual("B-LTA")
    _, objects = bodies(data)
    assert refused(revision(data, {CATALOGUE: objects[CATALOGUE]}))
    assert refused(raised.archived(data, field="ArchiveTimeStamp2"))


# --- the time stamp over everything --------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"/Rect[0 0 0 0]", b"/Rect[0 0 9 9]"),
        (b"/F 132", b"/F 132/AP<</N 22 0 R>>"),
        (b"/F 132", b"/F 132/A<</S/URI>>"),
        (b"/F 132", b"/F 4"),
        (b"/T(ArchiveTimeStamp)", b"/T(Seal)"),
        (b"/FT/Sig", b"/FT/Tx"),
        (b"/P 3 0 R", b"/P 2 0 R"),
        (b"/Type/DocTimeStamp", b"/Type/Sig"),
        (b"/SubFilter/ETSI.RFC3161", b"/SubFilter/ETSI.CAdES.detached"),
        (b"/SubFilter/ETSI.RFC3161", b"/SubFilter/ETSI.RFC3161/Reference[]"),
        (b"/Contents 16 0 R", b"/Contents 22 0 R"),
        (b"/MediaBox [ 0 0 595.2756", b"/MediaBox [ 9 0 595.2756"),
        (b"/Annots [ 24 0 R", b"/Annots [ 22 0 R"),
        (b"/Annots [ 24 0 R", b"/Annots [ "),
        (b"/Fields [ 24 0 R", b"/Fields [ "),
        (b"/Parent 2 0 R", b"/Parent 2 0 R/AA<<>>"),
    ],
    ids=lambda value: value.decode(),
)
def test_a_time_stamp_that_shows_or_changes_something_is_refused(old, new):
    """Even where it is rightly stamped: whoever asks the authority has it stamp anything."""
    written = _as_written(usual("B-LTA"), old)
    assert refused(raised.stamped_again(usual("B-LTA"), written, new))


def _as_written(data: bytes, text: bytes) -> bytes:
    """How a text is written in the last revision, whose blanks may be others."""
    _, objects = bodies(data)
    expression = rb"\s*".join(map(re.escape, text.split()))
    found = [match[0] for body in objects.values() for match in re.finditer(expression, body)]
    assert len(found) == 1, text
    return found[0]


def test_a_stamp_of_another_file_is_altered():
    one, other = usual("B-LTA"), raised.raised("B-LTA", model="QTZ125")
    value = re.search(rb"DocTimeStamp.*?/Contents<([0-9a-f]+)>", other, re.S)
    own = re.search(rb"DocTimeStamp.*?/Contents<([0-9a-f]+)>", one, re.S)
    assert value is not None
    assert own is not None
    data = (
        one[: own.start(1)] + value[1].ljust(len(own[1]), b"0")[: len(own[1])] + one[own.end(1) :]
    )
    assert states(data) == {"pdf_time_stamp": FAILED}


def test_a_stamp_over_less_than_the_file_is_refused():
    lta = usual("B-LTA")
    match = re.search(rb"DocTimeStamp/ByteRange\[0 (\d+) (\d+) (\d+) *\]", lta)
    assert match is not None
    for group, more in ((1, -1), (2, 1), (3, -1)):
        start, end = match.span(group)
        digits = b"%d" % (int(match[group]) + more)
        assert refused(lta[:start] + digits.rjust(end - start, b"0")[: end - start] + lta[end:])


@pytest.mark.parametrize("junk", [b"01", b"3000", b"ff"])
def test_junk_behind_the_token_is_refused(junk):
    lta = usual("B-LTA")
    match = re.search(rb"DocTimeStamp.*?/Contents<[0-9a-f]+?(0{40,})>", lta, re.S)
    assert match is not None
    assert refused(lta[: match.end(1) - len(junk)] + junk + lta[match.end(1) :])


def test_what_was_changed_under_a_new_stamp_is_altered():
    """The signed revision is judged by its own signature, whoever stamps what is around it."""
    lta = usual("B-LTA")
    place = lta.index(b"/Producer") + len(b"/Producer") + 4
    assert place < len(pdf_revisions.split(lta).first)
    data = raised.stamped_again(flipped(lta, place * 8))
    assert states(data)["pdf_content"] is FAILED


# --- the time stamp in the signature -------------------------------------------------------------


def test_a_stamp_of_another_signature_is_altered():
    """A stolen key and an old token: what the token is of, it cannot be made to be of."""
    older = raised.raised("B-T", model="QTZ125")
    token = raised.token_of(older)
    data = raised.with_token(raised.signed(), token)
    assert states(data) == {"pdf_time_stamp": FAILED}


@pytest.mark.parametrize("kind", ["other", "two", "two values", "none", "empty", "same twice"])
def test_other_unsigned_attributes_are_refused(kind):
    data = raised.with_unsigned(raised.signed(), kind, raised.token_of(usual("B-T")))
    assert states(data)["pdf_signature"] is FAILED


def test_a_token_with_junk_is_altered():
    token = raised.token_of(usual("B-T"))
    assert not bears(raised.with_token(raised.signed(), token[:-1] + b"\x00"))
    assert not bears(raised.with_token(raised.signed(), b"\x30\x00"))


def test_genuine_files_of_one_revision_need_no_roots_of_stamps():
    assert bears(raised.signed(), tsa_roots=(), tsa_crls=())
