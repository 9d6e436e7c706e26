"""What the check of the log has found: a row that is not as the log has it, or the log itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class What(StrEnum):
    """What happened to a row behind our back."""

    ALTERED = "altered"
    INSERTED = "inserted"
    DELETED = "deleted"
    BROKEN = "broken"
    """The log does not fit together there."""


CHINESE = {
    What.ALTERED: "被改动",
    What.INSERTED: "无日志记载",
    What.DELETED: "已不存在",
    What.BROKEN: "日志不连贯",
}


@dataclass(frozen=True)
class Finding:
    """One row. `id` is None where a row is gone that was known by what it held only.

    `columns` are those that differ; `certificate` is the licence identifier and `leaf` the
    position of the leaf that has the row last, both None where they are not known.
    """

    table: str
    id: int | None
    what: What
    columns: tuple[str, ...] = ()
    certificate: str | None = None
    leaf: int | None = None
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON has it."""
        return {**vars(self), "what": self.what.value, "columns": list(self.columns)}

    def __str__(self) -> str:
        """The finding in one line."""
        row = f"{self.table} {'?' if self.id is None else self.id}"
        parts = [f"{row}: {CHINESE[self.what]} ({self.what})"]
        if self.columns:
            parts.append(", ".join(self.columns))
        if self.detail:
            parts.append(self.detail)
        if self.certificate:
            parts.append(f"证书 (certificate) {self.certificate}")
        if self.leaf is not None:
            parts.append(f"叶 (leaf) {self.leaf}")
        return "; ".join(parts)


@dataclass
class Report:
    """What was looked at, and what was found; `notes` say what could not be told."""

    leaves: int = 0
    rows: int = 0
    checkpoints: int = 0
    root: bytes = b""
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def add(self, findings: Sequence[Finding]) -> None:
        """More findings."""
        self.findings += findings

    def as_json(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            "sound": self.sound,
            "leaves": self.leaves,
            "rows": self.rows,
            "checkpoints": self.checkpoints,
            "root": self.root.hex(),
            "findings": [one.as_json() for one in self.findings],
            "notes": self.notes,
        }
