"""Status lists as files of a trust folder, and the memory of what was seen of them.

    status-list.jwt/.cwt     the list of all
    status/<USCC>.jwt/.cwt   the list of one authority
    seen-lists.json          the highest sequence that was seen of each

Who can put files into the folder could put an old list back, on which the cancelled one is still
valid. So the highest sequence of each list is kept, and a lower one refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from signing import atomic, status_list, status_list_cwt
from signing.errors import MalformedStatusList
from signing.key_entry import USCC
from signing.status_list import StatusList
from verify import limits
from verify.held_lists import Held, refusal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    Keys = Mapping[str, EllipticCurvePublicKey]

ALL: Final = "status-list"
FOLDER: Final = "status"
JWT: Final = ".jwt"
CWT: Final = ".cwt"
FORMS: Final = (JWT, CWT)
SEEN: Final = "seen-lists.json"


def path_of(authority: str | None, form: str) -> str:
    """Where the list of an authority (None: of all) lies in a trust folder, such as `.jwt`."""
    return f"{ALL}{form}" if authority is None else f"{FOLDER}/{authority}{form}"


def authorities(folder: Path) -> list[str]:
    """The authorities (USCC) of which the folder has a list."""
    found = {path.stem for path in (folder / FOLDER).glob("*.*") if path.suffix in FORMS}
    return sorted(name for name in found if USCC.fullmatch(name))


def decoded(content: bytes, form: str, keys: Keys) -> StatusList:
    """The list in a file of that form; raises MalformedStatusList."""
    if form == CWT:
        return status_list_cwt.decode(content, keys)
    try:
        return status_list.decode(content.decode("ascii").strip(), keys)
    except UnicodeDecodeError as error:
        raise MalformedStatusList("a token of other than ASCII characters") from error


def read(folder: Path, keys: Keys) -> Held:
    """The lists of a trust folder that one of these keys signed, and why others are refused.

    Of each list the first form that is sound counts.
    """
    seen = _seen(folder)
    lists, refused = list[StatusList](), list[str]()
    for whose in (None, *authorities(folder)[: limits.STATUS_LISTS]):
        reasons = list[str]()
        for form in FORMS:
            found = _read(folder, whose, form, keys, seen)
            if isinstance(found, StatusList):
                lists.append(found)
                break
            if found is not None:
                reasons.append(found)
        else:
            refused += reasons
    return Held(tuple(lists), tuple(refused))


def remember(folder: Path, lists: Held) -> bool:
    """Keep the highest sequences seen; False where the folder cannot be written."""
    seen = _seen(folder)
    found = {one.authority or "": one.sequence for one in lists.lists}
    if all(seen.get(whose, -1) >= sequence for whose, sequence in found.items()):
        return True
    newest = seen | {whose: max(number, seen.get(whose, 0)) for whose, number in found.items()}
    text = json.dumps({"version": 1, "sequences": newest}, indent=1, sort_keys=True)
    try:
        atomic.write(folder / SEEN, f"{text}\n".encode(), atomic.PUBLIC_FILE)
    except OSError:
        return False
    return True


def _read(
    folder: Path, whose: str | None, form: str, keys: Keys, seen: Mapping[str, int]
) -> StatusList | str | None:
    """A list; the reason why it is refused; None where there is no such file."""
    name = path_of(whose, form)
    try:
        with (folder / name).open("rb") as file:
            content = file.read(status_list.MAX_TOKEN_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        return refusal(name, "无法读取", error.strerror or "it cannot be read")
    try:
        found = decoded(content, form, keys)
    except MalformedStatusList as error:
        return refusal(name, "签名或格式不符", str(error))
    if found.authority != whose:
        return refusal(
            name,
            f"它是机关 {found.authority or '（全部）'} 的列表",
            f"it is the list of {found.authority or 'all'}, put here under another name",
        )
    newest = seen.get(whose or "", -1)
    if found.sequence < newest:
        return refusal(
            name,
            f"序号 {found.sequence} 低于见过的 {newest}，是被换回的旧列表",
            f"its sequence {found.sequence} is below {newest}, seen before: an older list put back",
        )
    return found


def _seen(folder: Path) -> dict[str, int]:
    """The highest sequences by authority, the empty name for the list of all.

    Raises MalformedStatusList where they were kept and cannot be read: then nothing would tell an
    old list from a new one.
    """
    path = folder / SEEN
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(limits.SEEN_LISTS_BYTES))
        return dict(_sound(content["sequences"]))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedStatusList(
            f"{path} cannot be read, so no list can be held against what was seen before"
        ) from error


def _sound(sequences: Mapping[object, object]) -> Iterator[tuple[str, int]]:
    for whose, sequence in sequences.items():
        if not isinstance(whose, str) or type(sequence) is not int:
            raise ValueError("no sequence of a list")
        yield whose, sequence
