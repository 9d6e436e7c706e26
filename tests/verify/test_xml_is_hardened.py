"""XML out of a stranger's file reaches nothing and grows nowhere."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify import limits, ofd_xml
from verify.fault import Fault

NS = f'xmlns:ofd="{ofd_xml.NAMESPACE}"'
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "ha">%s]><a>&a9;</a>""" % b"".join(
    b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10) for level in range(1, 10)
)


def refused(data: bytes) -> str:
    with pytest.raises(Fault) as caught:
        ofd_xml.parse(data, "Some.xml")
    return caught.value.reason


def test_sound_xml_is_parsed():
    root = ofd_xml.parse(f"<ofd:OFD {NS}><ofd:A> x </ofd:A></ofd:OFD>".encode(), "OFD.xml")
    assert ofd_xml.text(ofd_xml.only_child(root, "A")) == "x"


def test_a_byte_order_mark_is_allowed():
    assert ofd_xml.parse(b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?><a/>", "a").tag == "a"


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]><a/>',
        b"<!DOCTYPE a><a/>",
        LAUGHS,
    ],
    ids=["external subset", "external entity", "parameter entity", "bare", "billion laughs"],
)
def test_a_doctype_is_refused_whatever_it_says(data):
    began = time.monotonic()
    assert "DOCTYPE" in refused(data)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-7"])
def test_a_doctype_in_another_encoding_is_refused(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
    refused(text.encode(encoding))


@pytest.mark.parametrize("name", ["gbk", "ISO-8859-1", "UTF-16"])
def test_a_declared_encoding_other_than_utf8_is_refused(name):
    assert "UTF-8" in refused(f'<?xml version="1.0" encoding="{name}"?><a/>'.encode())


def test_bytes_that_are_not_utf8_are_refused():
    assert "UTF-8" in refused(b"<a>\xc4\xcf\xc4\xfe</a>")


def test_an_undeclared_entity_is_refused():
    assert "well-formed" in refused(b"<a>&x;</a>")


def test_xinclude_is_left_alone():
    data = (
        b'<a xmlns:xi="http://www.w3.org/2001/XInclude">'
        b'<xi:include href="file:///etc/passwd" parse="text"/></a>'
    )
    assert "root:" not in "".join(ofd_xml.parse(data, "a").itertext())


def test_depth_is_capped():
    deepest = limits.XML_DEPTH
    ofd_xml.parse(b"<a>" * deepest + b"</a>" * deepest, "a")
    assert "deeper" in refused(b"<a>" * (deepest + 1) + b"</a>" * (deepest + 1))


def test_nodes_are_capped():
    assert "nodes" in refused(b"<a>" + b"<b/>" * limits.XML_NODES + b"</a>")


def test_bytes_are_capped():
    assert "bytes" in refused(b"<a>" + b" " * limits.XML_BYTES + b"</a>")


def test_a_heap_of_attributes_ends_soon():
    began = time.monotonic()
    data = b"<a " + b" ".join(b'a%d=""' % number for number in range(100_000)) + b"/>"
    ofd_xml.parse(data, "a")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "body", ["", "<ofd:A>1</ofd:A><ofd:A>2</ofd:A>"], ids=["none", "two of them"]
)
def test_what_must_be_there_once_is_there_once(body):
    root = ofd_xml.parse(f"<ofd:OFD {NS}>{body}</ofd:OFD>".encode(), "OFD.xml")
    with pytest.raises(Fault, match="exactly one"):
        ofd_xml.only_child(root, "A")


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode()))
def test_any_bytes_are_parsed_or_refused(data):
    try:
        ofd_xml.parse(data, "Some.xml")
    except Fault:
        return
