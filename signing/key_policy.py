"""Which keys this process may use, and where the libraries of its tokens lie.

Set once, when an installation is opened (`signing.keys.configure`). The policy stands apart from
the dispatch so that a loader can read it without importing what imports the loader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType


def _no_modules() -> Mapping[str, Path]:
    return MappingProxyType({})


@dataclass(frozen=True)
class KeyPolicy:
    """What holds for every key of this process.

    `modules` gives the absolute paths of PKCS#11 libraries by name, for the attribute
    `module-name` of a `pkcs11:` URI; where there is just one, a URI need not name it.
    """

    allow_files: bool = True
    """Whether keys may be in files. An installation in production says no unless told otherwise."""
    modules: Mapping[str, Path] = field(default_factory=_no_modules)


_current = KeyPolicy()


def current() -> KeyPolicy:
    """The policy in force; before one is set, that of a library: files yes, no module named."""
    return _current


def put_in_force(policy: KeyPolicy) -> None:
    """Replace the policy; use `signing.keys.configure`, which also forgets what was loaded."""
    global _current
    _current = policy
