"""A small OFD of one page, made by hand, ready to be sealed."""

import io
import zipfile

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'

ROOT = f"""<?xml version="1.0" encoding="UTF-8"?>
<ofd:OFD {NS} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>
<ofd:DocID>00000000000000000000000000000001</ofd:DocID></ofd:DocInfo>
<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>
<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody></ofd:OFD>"""

DOCUMENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<ofd:Document {NS}><ofd:CommonData><ofd:MaxUnitID>12</ofd:MaxUnitID>
<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>
<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData>
<ofd:Pages><ofd:Page ID="7" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>"""

RESOURCES = f"""<?xml version="1.0" encoding="UTF-8"?>
<ofd:Res {NS} BaseLoc="Res"><ofd:Fonts>
<ofd:Font ID="3" FontName="宋体" FamilyName="宋体"/></ofd:Fonts></ofd:Res>"""

PAGE = f"""<?xml version="1.0" encoding="UTF-8"?>
<ofd:Page {NS}><ofd:Content><ofd:Layer ID="8"><ofd:TextObject ID="9" Boundary="20 20 100 10"
 Font="3" Size="5"><ofd:TextCode X="0" Y="5" DeltaX="g 3 5">建筑起重</ofd:TextCode></ofd:TextObject>
</ofd:Layer></ofd:Content></ofd:Page>"""

PARTS: dict[str, bytes] = {
    "OFD.xml": ROOT.encode(),
    "Doc_0/Document.xml": DOCUMENT.encode(),
    "Doc_0/PublicRes.xml": RESOURCES.encode(),
    "Doc_0/Pages/Page_0/Content.xml": PAGE.encode(),
    "Doc_0/Attachs/证照 & 数据.json": b'{"number":"1"}' * 50,
}


def package(changes: dict[str, bytes | None] | None = None) -> bytes:
    """The ZIP of PARTS; `changes` replace a part, add one, or leave one out (None)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**PARTS, **(changes or {})}.items():
            if part is not None:
                archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()
