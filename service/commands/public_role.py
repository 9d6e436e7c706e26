"""`sealpress public-role`: what the public side's role on PostgreSQL may read, granted anew."""

from __future__ import annotations

import argparse

from service import public_role
from service.errors import Misconfigured
from service.installation import Installation


def run(_options: argparse.Namespace) -> int:
    """Grant the role what it may read, take all else from it, and print the statements.

    Needed where the role was made after the register, or the register came from a backup.

    Raises:
        Misconfigured: the register is not on PostgreSQL, or the role is missing and may not be
            made by this user.
    """
    installation = Installation.open()
    database = installation.database
    try:
        if database.engine.dialect.name != "postgresql":
            raise Misconfigured(
                "登记库不在 PostgreSQL 上；SQLite 由公开侧只读打开 "
                "(the register is not on PostgreSQL: on SQLite the file is opened for reading)"
            )
        with database.write() as connection:
            if not public_role.make(connection):
                raise Misconfigured(
                    f"请先由数据库管理员执行 (first have made): CREATE ROLE {public_role.ROLE}"
                )
            public_role.grant(connection)
    finally:
        database.close()
    for statement in public_role.statements():
        print(f"{statement};")
    return 0
