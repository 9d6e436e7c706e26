"""Just enough reading of DER for the tests to hand its pieces to openssl."""

from asn1crypto import parser


def children(der: bytes) -> list[bytes]:
    """The complete encodings inside one constructed value."""
    content = parser.parse(der)[4]
    found = []
    while content:
        _, _, _, header, body, trailer = parser.parse(content)
        size = len(header) + len(body) + len(trailer)
        found.append(content[:size])
        content = content[size:]
    return found


def content(der: bytes) -> bytes:
    """The content of one primitive value."""
    return parser.parse(der)[4]


def bits(der: bytes) -> bytes:
    """The content of a BIT STRING that ends on a whole byte."""
    unused, *rest = content(der)
    assert unused == 0
    return bytes(rest)


def first_value(data: bytes) -> bytes:
    """One value at the start of some bytes, without what follows it."""
    _, _, _, header, body, trailer = parser.parse(data)
    return data[: len(header) + len(body) + len(trailer)]
