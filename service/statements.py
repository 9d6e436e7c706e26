"""Statements of a transaction that are compiled once and handed to its driver's own cursor.

Issuing a certificate writes some twenty of them, and what SQLAlchemy does around each takes several
times as long as the statement. Here it is compiled once for each kind of database and each set of
columns; values and rows are converted by the same types as elsewhere, within the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_Convert = Callable[[Any], Any] | None


@dataclass(frozen=True)
class _Compiled:
    """The text for the driver; constants; the order of values, None by name; conversions."""

    text: str
    constants: Mapping[str, Any]
    places: Sequence[str] | None
    bind: Mapping[str, Callable[[Any], Any]]
    convert: Sequence[_Convert]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        given = {**self.constants, **values}
        for name, bind in self.bind.items():
            given[name] = bind(given[name])
        return given if self.places is None else tuple(given[name] for name in self.places)


class Statement:
    """A select, or an insert or update whose columns are named by the values (and `RETURNING`).

    Values are named as the columns or the parameters of the statement; lists (`IN`) cannot stand
    in it, since their number would be compiled in.
    """

    def __init__(self, statement: sa.Select[Any] | sa.CompoundSelect[Any] | sa.UpdateBase) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, frozenset[str]], _Compiled] = {}
        self._columns: Sequence[Any] = (
            tuple(statement.exported_columns)
            if not isinstance(statement, sa.UpdateBase) or statement._returning
            else ()
        )

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What it gives, in the order of its columns.

        Raises:
            sqlalchemy.exc.DBAPIError: as SQLAlchemy itself does.
        """
        return self._run(connection, values)[0]

    def scalar(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first column of the first row, None where there is none; raises as `rows`."""
        found = self.rows(connection, values)
        return found[0][0] if found else None

    def change(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """How many rows it has changed; raises as `rows`."""
        return self._run(connection, values)[1]

    def _run(
        self, connection: Connection, values: Mapping[str, Any]
    ) -> tuple[list[tuple[Any, ...]], int]:
        if not connection.in_transaction():
            connection.begin()  # as SQLAlchemy does itself: what follows sees the same state
        dialect = connection.dialect
        key = dialect.driver, frozenset(values)
        compiled = self._compiled.get(key) or self._compile(dialect, values)
        try:
            cursor = connection.connection.cursor()
            try:
                cursor.execute(compiled.text, compiled.parameters(values))
                found = cursor.fetchall() if compiled.convert else []
                count = cursor.rowcount
            finally:
                cursor.close()
        except dialect.loaded_dbapi.Error as error:
            if dialect.is_disconnect(error, connection.connection.dbapi_connection, None):
                connection.invalidate(error)
            raise DBAPIError.instance(
                compiled.text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True
            ) from error
        rows = [
            tuple(
                value if convert is None else convert(value)
                for convert, value in zip(compiled.convert, row, strict=True)
            )
            for row in found
        ]
        return rows, count

    def _compile(self, dialect: sa.Dialect, values: Mapping[str, Any]) -> _Compiled:
        changing = isinstance(self._statement, sa.UpdateBase)
        # In a change the values name its columns; a parameter of its own has another name.
        made: Any = self._statement.compile(
            dialect=dialect, column_keys=sorted(values) if changing else None
        )
        bind = {}
        for parameter, name in made.bind_names.items():
            convert = parameter.type.dialect_impl(dialect).bind_processor(dialect)
            if convert is not None:
                bind[name] = convert
        compiled = _Compiled(
            text=str(made),
            constants={
                name: parameter.effective_value
                for parameter, name in made.bind_names.items()
                if name not in values
            },
            places=made.positiontup if made.positional else None,
            bind=bind,
            convert=[
                column.type.dialect_impl(dialect).result_processor(dialect, None)
                for column in self._columns
            ],
        )
        self._compiled[dialect.driver, frozenset(values)] = compiled
        return compiled
