"""The certificate that an HTTP request names, if it is the caller's business."""

from __future__ import annotations

from service.access import Caller
from service.cancelling import must_not_be_under_way
from service.errors import NotFound
from service.installation import Installation
from service.pipeline import records
from verify.register import Entry

ABSENT = "未找到该证照标识 (no such certificate)"


def certificate(installation: Installation, caller: Caller, license_id: str) -> Entry:
    """The issued certificate with an identifier.

    Raises:
        NotFound: there is none, or it is another authority's, which is as good as absent.
        Conflict: it is the caller's, and its issuing has not ended: the record is told.
    """
    if "\0" in license_id:  # PostgreSQL refuses to be asked for it
        raise NotFound(ABSENT)
    entry = installation.register.by_license_id(license_id)
    if entry is not None and caller.sees(entry.dataset):
        return entry
    with installation.database.read() as connection:
        begun = records.making(connection, license_id)
    if begun is not None and caller.sees(begun.dataset):
        must_not_be_under_way(installation, license_id)
    raise NotFound(ABSENT)
