"""Queries that are compiled once and asked of the driver itself.

What SQLAlchemy does around a statement takes several times as long as the statement when it looks a
single certificate up; and every scanned code is one such look-up. Here the statement is compiled
once for each database, and its rows are converted by the same types as elsewhere. Connections come
from the same pool; errors are SQLAlchemy's.
"""

from __future__ import annotations

import threading
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

WANTED = "wanted"
"""The one parameter of such a query; all others are constants in it."""

_type_of_rows: Callable[..., Any] = namedtuple
"""Under another name, since its fields are known only when it runs."""


@dataclass(frozen=True)
class _Compiled:
    """A statement as the driver takes it, its constants, and what makes rows of its tuples."""

    text: str
    constants: dict[str, Any]
    places: Sequence[str] | None
    convert: Sequence[tuple[int, Callable[[Any], Any]]]
    """Of the columns whose values the driver gives otherwise: their places, and what converts."""

    def parameters(self, wanted: Any) -> Any:
        """The parameters: by place, or by name."""
        values = self.constants | {WANTED: wanted}
        return values if self.places is None else tuple(values[name] for name in self.places)

    def converted(self, row: Sequence[Any]) -> list[Any]:
        """A row as Python has its values; None stays None."""
        values = list(row)
        for place, convert in self.convert:
            values[place] = convert(values[place])
        return values


class Prepared:
    """A select with the parameter `WANTED`, for a text or a whole number."""

    def __init__(self, query: sa.Select[Any]) -> None:
        self._query = query
        names = query.selected_columns.keys()
        self._row: Callable[[Iterable[Any]], Any] = _type_of_rows("Row", names)._make
        self._by_engine: WeakKeyDictionary[sa.Engine, _Compiled] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def rows(self, engine: sa.Engine, wanted: Any) -> list[Any]:
        """What the query finds: one consistent view, as a single statement has.

        Raises:
            sqlalchemy.exc.DBAPIError: the database cannot be asked.
        """
        compiled = self._by_engine.get(engine) or self._compile(engine)
        connection = engine.raw_connection()
        try:
            with _without_transaction(connection, engine), closing(connection.cursor()) as cursor:
                cursor.execute(compiled.text, compiled.parameters(wanted))
                found = cursor.fetchall()
        except engine.dialect.loaded_dbapi.Error as error:
            connection.invalidate()  # whatever it was: the next one gets a new connection
            raise DBAPIError.instance(
                compiled.text, None, error, engine.dialect.loaded_dbapi.Error, hide_parameters=True
            ) from error
        finally:
            connection.close()
        return [self._row(compiled.converted(row)) for row in found]

    def _compile(self, engine: sa.Engine) -> _Compiled:
        dialect = engine.dialect
        made = self._query.compile(dialect=dialect)
        processors = (
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self._query.selected_columns
        )
        convert = [(place, one) for place, one in enumerate(processors) if one is not None]
        places = made.positiontup if made.positional else None
        constants = dict(made.construct_params({WANTED: None}))
        with self._lock:
            return self._by_engine.setdefault(
                engine, _Compiled(str(made), constants, places, convert)
            )


@contextmanager
def _without_transaction(connection: Any, engine: sa.Engine) -> Iterator[None]:
    """Let the driver send a statement alone: one way to the server and back instead of three.

    SQLite's connections are so already (`service.database`).
    """
    if engine.dialect.name == "sqlite":
        yield
        return
    connection.driver_connection.autocommit = True
    yield
    connection.driver_connection.autocommit = False  # after an error it is thrown away
