"""The XMP packet that names a PDF as PDF/A-3b (ISO 16684-1, ISO 19005-3, 6.6)."""

from __future__ import annotations

from renderer.info import LANGUAGE, PRODUCER, DocumentInfo
from renderer.xml_text import escape

# Every property stands in the Info dictionary too, where that has a place for it, and must agree.
PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:identifier>{identifier}</dc:identifier>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<pdf:Keywords>{keywords}</pdf:Keywords>
<pdf:Producer>{producer}</pdf:Producer>
<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>
"""


def packet(info: DocumentInfo) -> bytes:
    """The metadata of a PDF, to be stored uncompressed so that any program finds it.

    The day of issue begins at midnight in China, in XMP's form and in PDF's alike.
    """
    return PACKET.format(
        identifier=escape(info.license_id or info.number),
        title=escape(info.document_title),
        author=escape(info.authority),
        language=LANGUAGE,
        keywords=escape(", ".join(info.keywords)),
        producer=PRODUCER,
        date=f"{info.issued_on}T00:00:00+08:00",
    ).encode()
