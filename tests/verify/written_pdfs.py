"""Small PDFs written by hand for the tests of the reader: objects, and a table or a stream."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

HEAD = b"%PDF-1.7\n"
CATALOGUE = b"<</Type/Catalog>>"


def objects(bodies: Mapping[int, bytes], begin: int = 0) -> tuple[bytes, dict[int, int]]:
    """The objects one behind the other, and the place of each."""
    out, places = b"", {}
    for number, body in bodies.items():
        places[number] = begin + len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return out, places


def stream(data: bytes, more: bytes = b"") -> bytes:
    """A stream of the data as they are, with further entries."""
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (more, len(data), data)


def end(at: int) -> bytes:
    return b"startxref\n%d\n%%%%EOF\n" % at


def table(places: Mapping[int, int | None], more: bytes = b"", size: int | None = None) -> bytes:
    """A table with a subsection for each object, and the trailer; None is a free object."""
    out = b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        entry = b"0000000000 00001 f \n" if place is None else b"%010d 00000 n \n" % place
        out += b"%d 1\n" % number + entry
    size = max(places, default=0) + 1 if size is None else size
    return out + b"trailer\n<</Size %d/Root 1 0 R%s>>\n" % (size, more)


def file(bodies: Mapping[int, bytes], more: bytes = b"") -> bytes:
    """A file of these objects beside a catalogue; the table stands where they end."""
    body, places = objects({1: CATALOGUE, **bodies}, len(HEAD))
    at = len(HEAD) + len(body)
    return HEAD + body + table(places, more) + end(at)


def update(data: bytes, bodies: Mapping[int, bytes], freed: Sequence[int] = ()) -> bytes:
    """The file with another revision behind it; the objects are not beyond those there were."""
    before = int(data.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    size = int(data.rsplit(b"/Size ", 1)[1].split(b"/")[0])
    body, places = objects(bodies, len(data))
    listed = {**places, **dict.fromkeys(freed)}
    more = b"/Prev %d" % before
    return data + body + table(listed, more, size) + end(len(data) + len(body))


def packed(inside: Mapping[int, bytes], **strange: object) -> bytes:
    """A file whose objects, but for the catalogue, are in a stream of objects, 2 0.

    `strange` are rows of the stream of places that differ, by `row<number>`, and its `index`.
    """
    header, data = [], b""
    for number, body in inside.items():
        header.append(b"%d %d" % (number, len(data)))
        data += body + b" "
    first = b" ".join(header) + b" "
    more = b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (len(inside), len(first))
    body, places = objects({1: CATALOGUE, 2: stream(zlib.compress(first + data), more)}, len(HEAD))
    at = len(HEAD) + len(body)
    rows = {0: (0, 0, 65535), 1: (1, places[1], 0), 2: (1, places[2], 0), 3: (1, at, 0)}
    rows |= {number: (2, 2, index) for index, number in enumerate(inside)}
    rows |= {int(key[3:]): row for key, row in strange.items() if key.startswith("row")}  # type: ignore[misc]
    numbers = sorted(rows)
    index = strange.get("index") or b" ".join(b"%d 1" % number for number in numbers)
    lines = b"".join(struct.pack(">BIH", *rows[number]) for number in numbers)
    entries = b"/Type/XRef/Size %d/W[1 4 2]/Index[%s]/Root 1 0 R" % (numbers[-1] + 1, index)
    written, _ = objects({3: stream(lines, entries)}, at)
    return HEAD + body + written + end(at)
