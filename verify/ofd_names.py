"""Rules for the names of parts in a package, and how one part names another (ST_Loc)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from verify.fault import Fault

_FORBIDDEN: Final = frozenset('\\:*?"<>|')  # Windows or a shell reads something else in them
_STEP: Final = r"""(?!\.{1,2}(?:/|\Z))[^\\:*?"<>|/]+"""
_SOUND: Final = re.compile(rf"{_STEP}(?:/{_STEP})*/?")
"""What is a name of a part, if all of it is printed. In the signs that no step may have, Windows or
a shell reads something else."""


def check_name(name: str) -> None:
    """Refuse a name that could mean another place or look like another name.

    Raises:
        Fault: absolute, with `.`, `..` or an empty step, a backslash, a drive, or a character
            that is not printed.
    """
    if _SOUND.fullmatch(name) and name.isprintable():
        return
    steps = name.removesuffix("/").split("/")
    if any(step in ("", ".", "..") for step in steps):
        raise Fault(f"条目名{name!r}含有绝对路径或上级目录", f"an unsafe path: {name!r}")
    raise Fault(f"条目名{name!r}含有不允许的字符", f"a forbidden character in {name!r}")


def check_distinct(names: Iterable[str]) -> None:
    """Refuse names that some file system would take for one another.

    Raises:
        Fault: two are equal after Unicode normalisation without regard to case, or one is the
            folder of another.
    """
    seen: set[str] = set()
    folders: set[str] = set()
    for name in names:
        key = _folded(name)
        if key in seen:
            raise Fault(f"条目重复：{name}", f"a duplicate entry: {name}")
        seen.add(key)  # a folder keeps its slash here, so only files can clash with folders
        folders.update(_folders(key))
    both = seen & folders
    if both:
        name = min(both)
        raise Fault(f"{name}既是文件又是目录", f"{name} is both a file and a folder")


def locate(base: str, location: str) -> str:
    """The part that `location` names in the part `base` (ST_Loc, GB/T 33190 7.3).

    A leading slash starts at the package's root, anything else in the folder of `base`.

    Raises:
        Fault: the location is empty, climbs out, or is no name a part can have.
    """
    location = location.strip().removeprefix("./")
    if location.startswith("/"):
        name = location[1:]
    else:
        name = base.rpartition("/")[0] + "/" + location if "/" in base else location
    check_name(name)
    return name


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else unicodedata.normalize("NFKC", name).casefold()


def _folders(key: str) -> list[str]:
    """Every folder above a name: a/b/c gives a and a/b."""
    steps = key.split("/")
    return ["/".join(steps[:count]) for count in range(1, len(steps))]
