"""New keys from the command line: made whole in development, asked of a CA in production."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from service import clock
from service.errors import Invalid, Misconfigured
from service.files import read_at_most, write_whole
from service.installation import SEAL_DIAMETER_MM, Installation
from signing import atomic, certificate_request, key_import, key_ring
from signing.key_entry import Entry, Role, State
from signing.key_names import checked
from signing.ses_model import MAX_PICTURE_BYTES


def folder(installation: Installation) -> Path:
    """The folder of keys; in production it may be new, since keys are yet to be brought in."""
    settings = installation.settings
    return installation.keys if settings.development else settings.keys


def make(
    installation: Installation, role: Role | None, options: argparse.Namespace
) -> Sequence[Entry]:
    """Development keys for a role that has none, or the first ones of an authority.

    Raises:
        Invalid: the role has a key already, or the authority's name is missing.
    """
    authority, now = options.authority, clock.now()
    if options.uri or options.csr:
        raise Invalid("开发模式下密钥自动生成，不用 --uri 和 --csr (production only)")
    if role is not None and role.of_an_authority != (authority is not None):
        raise Invalid(f"{role}: --authority 与角色不符 (does not fit the role)")
    keys = folder(installation)
    ring = key_ring.load(keys)
    if authority is not None and not ring.of(Role.SEAL_SIGNER, authority):
        return _make_authority(installation, options)
    if role is None:
        raise Invalid("该机关已有密钥，请用 keys rotate (it has keys: rotate)")
    if any(one.state_at(now) is State.ACTIVE for one in ring.of(role, authority)):
        raise Invalid(f"{role} 已有可用的密钥，请用 keys rotate (one is active: rotate)")
    return (rotate(installation, role, authority, now),)


def rotate(installation: Installation, role: Role, authority: str | None, since: datetime) -> Entry:
    """The next development key of a role, signing from the aware moment `since` on.

    Raises:
        Misconfigured: production, where nothing is made up.
    """
    if not installation.settings.development:
        raise Misconfigured(
            "生产模式须以 --uri 和 --certificate 给出新密钥 (in production, name the new key)"
        )
    from signing import development_rotation

    return development_rotation.make_next(folder(installation), role, authority, since, clock.now())


def request(
    installation: Installation, role: Role | None, options: argparse.Namespace
) -> Path | Entry:
    """A certificate request for the key at `--uri`, in `--csr`; its path.

    A `file:` that is not there yet is made. A key without a certificate is entered at once.

    Raises:
        Invalid: an argument is missing.
    """
    if role is None or not options.uri:
        raise Invalid("生产模式须给出角色和 --uri (in production, ROLE and --uri are needed)")
    _make_file(role, options.uri)
    if not role.certified:
        now = clock.now()
        offer = key_import.Offer(role, None, options.uri, None, None)
        return key_import.bring_in(folder(installation), offer, now, now, succeed=False)
    if not options.csr or not options.name:
        raise Invalid("须给出 --csr 和 --name (a request needs both)")
    if options.authority is not None:
        checked(options.authority)
    made = certificate_request.make(role, options.uri, options.name, options.authority)
    write_whole(options.csr, made)
    path: Path = options.csr
    return path


def _make_authority(installation: Installation, options: argparse.Namespace) -> Sequence[Entry]:
    from renderer import raster, seal_art
    from signing import development

    if not options.name:
        raise Invalid("请以 --name 给出机关名称 (the authority's name is needed)")
    art = seal_art.draw(options.name, SEAL_DIAMETER_MM)
    picture = raster.seal_png(art)
    if options.picture:
        picture = read_at_most(options.picture, MAX_PICTURE_BYTES)
    size, keys = (art.diameter, art.diameter), folder(installation)
    development.create_signer(keys, options.name, options.authority, picture, size, clock.now())
    ring = key_ring.load(keys)
    return [
        *ring.of(Role.PDF_SIGNER, options.authority),
        *ring.of(Role.SEAL_SIGNER, options.authority),
    ]


def _make_file(role: Role, uri: str) -> None:
    """Makes the key of a `file:` URI that is not there yet: P-256, or SM2 for seals."""
    from signing import development_files, key_policy

    if not uri.startswith("file:") or not key_policy.current().allow_files:
        return  # a key elsewhere is made there; a refused one is refused when it is loaded
    path = Path(unquote(urlsplit(uri).path))
    if path.exists() or not path.is_absolute():
        return
    if "?" in uri:
        raise Invalid("加密的密钥文件请先以 openssl 生成 (make an encrypted file with openssl)")
    path.parent.mkdir(mode=atomic.PRIVATE_FOLDER, parents=True, exist_ok=True)
    sm2 = role.root is Role.SEAL_ROOT
    atomic.write(path, development_files.new_sm2() if sm2 else development_files.new_p256())
