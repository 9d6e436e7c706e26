"""XML from strangers: parsed with everything off that reaches out or grows.

No DOCTYPE, hence no entities of the file's own; no network; no external files; UTF-8 only, so
that the look for a DOCTYPE cannot be deceived by another encoding; bytes, nodes and depth capped.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from verify.fault import Fault
from verify.limits import XML_BYTES, XML_DEPTH, XML_NODES

NAMESPACE: Final = "http://www.ofdspec.org/2016"

_BOM: Final = b"\xef\xbb\xbf"
_DECLARATION: Final = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_DEEPER: Final = etree.XPath("boolean(" + "/*" * (XML_DEPTH + 1) + ")")


def parse(data: bytes, name: str) -> etree._Element:
    """The root element of the part `name`.

    Raises:
        Fault: not well-formed, not UTF-8, with a DOCTYPE, or beyond a limit.
    """
    _check_bytes(data, name)
    # A parser keeps state between documents, so each document gets its own.
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Fault(f"{name}不是规范的XML", f"{name} is not well-formed XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Fault(f"{name}含有DOCTYPE", f"{name} has a DOCTYPE")
    if data.count(b"<") > XML_DEPTH and _DEEPER(root):
        raise Fault(f"{name}嵌套超过{XML_DEPTH}层", f"{name} is nested deeper than {XML_DEPTH}")
    return root


def _check_bytes(data: bytes, name: str) -> None:
    """What can be told before a parser is let near the bytes."""
    if len(data) > XML_BYTES:
        raise Fault(f"{name}超过{XML_BYTES}字节", f"{name} has more than {XML_BYTES} bytes")
    # Every node but text begins with this sign, and text nodes lie between two of them.
    if data.count(b"<") > XML_NODES:
        raise Fault(f"{name}超过{XML_NODES}个节点", f"{name} has more than {XML_NODES} nodes")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Fault(f"{name}含有DOCTYPE或实体声明", f"{name} has a DOCTYPE or declares entities")
    declared = _DECLARATION.match(data.removeprefix(_BOM))
    if declared and declared[1].lower() not in (b"utf-8", b"utf8"):
        raise Fault(f"{name}不是UTF-8编码", f"{name} is not in UTF-8")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(f"{name}不是UTF-8编码", f"{name} is not in UTF-8") from error


def children(element: etree._Element, tag: str) -> list[etree._Element]:
    """The direct children with that local name in the OFD namespace, in order."""
    return list(element.iterchildren(f"{{{NAMESPACE}}}{tag}"))


def only_child(element: etree._Element, tag: str) -> etree._Element:
    """The one direct child with that local name.

    Raises:
        Fault: there is none, or more than one, of which readers would take different ones.
    """
    found = optional_child(element, tag)
    if found is None:
        raise _not_one(element, tag, 0)
    return found


def optional_child(element: etree._Element, tag: str) -> etree._Element | None:
    """The direct child with that local name, None if there is none.

    Raises:
        Fault: there is more than one.
    """
    found = children(element, tag)
    if len(found) > 1:
        raise _not_one(element, tag, len(found))
    return found[0] if found else None


def _not_one(element: etree._Element, tag: str, count: int) -> Fault:
    parent = etree.QName(element).localname
    return Fault(
        f"{parent}中应有且仅有一个{tag}，实有{count}个",
        f"{parent} should have exactly one {tag}, has {count}",
    )


def text(element: etree._Element) -> str:
    """An element's own text without the blanks around it.

    Raises:
        Fault: it is empty, or holds elements where there should be text.
    """
    if len(element) or not (element.text or "").strip():
        name = etree.QName(element).localname
        raise Fault(f"{name}应为文本", f"{name} should hold text")
    return (element.text or "").strip()


def attribute(element: etree._Element, name: str) -> str:
    """A required attribute.

    Raises:
        Fault: it is missing or empty.
    """
    value = element.get(name)
    if not isinstance(value, str) or not value.strip():
        tag = etree.QName(element).localname
        raise Fault(f"{tag}缺少属性{name}", f"{tag} has no {name}")
    return value.strip()


def expect_root(root: etree._Element, tag: str, name: str) -> None:
    """Refuse a part whose root element is another.

    Raises:
        Fault: it is not `tag` in the OFD namespace.
    """
    if root.tag != f"{{{NAMESPACE}}}{tag}":
        raise Fault(f"{name}的根元素不是ofd:{tag}", f"the root of {name} is not ofd:{tag}")
