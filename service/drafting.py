"""What is written down of a certificate when its number is reserved: identifier and data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from renderer.layout import Layout
from service import giving_out, numbering
from service.checking import Checked
from service.installation import Installation
from service.ledger import Ledger, NewCertificate
from service.pipeline.rows import plate_numbers
from verify import dataset


def draft(
    installation: Installation,
    ledger: Ledger,
    checked: Checked,
    number: str,
    *,
    request_sha256: str,
    replaces_id: int | None = None,
    platform: str | None = None,
    version: int | None = None,
) -> NewCertificate:
    """The next version of a certificate under a number, from a checked request.

    `request_sha256` is what the request is known by when it is repeated; `platform` is the one of
    the certificate that is replaced, if one is; `version` is the next one, where that is known.
    """
    data, layout = checked.data, checked.layout
    suffix = installation.settings.type_suffix.get(
        layout.id, layout.codes["license_id"]["type_suffix"]
    )
    version = version or giving_out.next_version(ledger.connection, layout.id, number)
    license_id = str(numbering.license_id(layout, suffix, data["authority"], number, version))
    status_index = giving_out.free_status_index(ledger.connection)
    plate = plate_numbers(data["face"])
    return NewCertificate(
        license_id=license_id,
        type=layout.id,
        layout_version=layout.version,
        number=number,
        number_normal=number,
        version=version,
        authority_code=data["authority"]["code"],
        issued_on=data["issued_on"],
        request=checked.request.canonical,
        request_sha256=request_sha256,
        dataset=dataset_of(data, layout, license_id, number, version, status_index),
        status_index=status_index,
        development=installation.settings.development,
        platform=platform or installation.platform.name,
        replaces_id=replaces_id,
        factory_number=plate["factory_number"],
        filing_number=plate["filing_number"],
    )


def dataset_of(
    data: Mapping[str, Any],
    layout: Layout,
    license_id: str,
    number: str,
    version: int,
    status_index: int,
) -> bytes:
    """The data set that both files will carry and the code will bear the digest of."""
    return dataset.build(
        type=layout.id,
        layout_version=layout.version,
        license_id=license_id,
        number=number,
        version=version,
        authority=data["authority"],
        holder=data["holder"],
        issued_on=data["issued_on"],
        face=data["face"],
        status_index=status_index,
    )
