"""The few statements that SQLite and PostgreSQL write alike but SQLAlchemy keeps apart."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, Table, Text, cast, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

AnyInsert = sqlite.Insert | postgresql.Insert


def insert_missing(connection: Connection, table: Table) -> AnyInsert:
    """`INSERT … ON CONFLICT DO NOTHING`: rows whose key is there already are passed over."""
    return _insert(connection, table).on_conflict_do_nothing()


def replace_rows(connection: Connection, table: Table, *, key: str | tuple[str, ...]) -> AnyInsert:
    """`INSERT … ON CONFLICT (key) DO UPDATE`: rows whose key is there already are overwritten."""
    insert = _insert(connection, table)
    names = (key,) if isinstance(key, str) else key
    changed = [column.name for column in table.c if column.name not in names]
    return insert.on_conflict_do_update(index_elements=names, set_={name: insert.excluded[name] for name in changed})


def insert_or_revive(
    connection: Connection, table: Table, *, key: Collection[str], changed: Collection[str], where: ColumnElement[bool]
) -> AnyInsert:
    """`INSERT … ON CONFLICT (key) DO UPDATE … WHERE`: a row that is there and fits `where` takes on the new values."""
    insert = _insert(connection, table)
    values: dict[str, Any] = {name: insert.excluded[name] for name in changed}
    return insert.on_conflict_do_update(index_elements=list(key), set_=values, where=where)


def insert_plainly(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """`insert_missing` of very many rows, as the driver takes them: values in the order of the columns but for `id`.

    Only for columns of plain types, which need nothing done to their values.
    """
    names = [column.name for column in table.c if column.name != "id"]
    compiled = insert_missing(connection, table).compile(dialect=connection.dialect, column_keys=names)
    if compiled.positional:
        connection.exec_driver_sql(str(compiled), list(rows))
    else:
        connection.exec_driver_sql(str(compiled), [dict(zip(names, row, strict=True)) for row in rows])


class JsonMembers(FunctionElement[Any]):
    """The members of a JSON list as rows: thousands of values in one parameter, which is cheaper than one each."""

    name = "json_members"
    inherit_cache = True


@compiles(JsonMembers, "sqlite")
def _in_sqlite(element: JsonMembers, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(JsonMembers, "postgresql")
def _in_postgresql(element: JsonMembers, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS JSON))"


def is_among(column: ColumnElement[Any], parameter: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a column of texts or whole numbers is one of those in a parameter, given as a JSON list."""
    member = JsonMembers(parameter).table_valued("value").c.value
    kind = Text() if isinstance(column.type, Text) else BigInteger()
    return column.in_(select(cast(member, kind)))


def count_written(connection: Connection, insert: AnyInsert, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert many rows; gives how many of them were written, be they new or changed, and not passed over.

    Row by row, as the driver takes them: to PostgreSQL SQLAlchemy would say a thousand in one statement, in which a key
    may not come twice, and which counts nothing.
    """
    dialect = connection.dialect
    if dialect.name == "sqlite":
        return connection.execute(insert, rows).rowcount
    compiled = insert.compile(dialect=dialect, column_keys=list(rows[0]))
    columns = {column.name: column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.c}
    fixed = {name: value for name, value in compiled.params.items() if name not in rows[0]}
    values = [
        fixed | {name: as_stored(value) if (as_stored := columns[name]) else value for name, value in row.items()}
        for row in rows
    ]
    return connection.exec_driver_sql(str(compiled), values).rowcount


class ClockUs(FunctionElement[int]):
    """The database's own clock in microseconds since the epoch: the one clock that several daemons share."""

    name = "clock_us"
    type = BigInteger()
    inherit_cache = True


@compiles(ClockUs, "sqlite")
def _clock_of_sqlite(element: ClockUs, compiler: SQLCompiler, **options: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)"


@compiles(ClockUs, "postgresql")
def _clock_of_postgresql(element: ClockUs, compiler: SQLCompiler, **options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"


def clock_us() -> ColumnElement[int]:
    """What the database's clock says, as it is asked."""
    return ClockUs()


class ByBytes(FunctionElement[str]):
    """A text that is compared byte by byte, as Python and SQLite do, whatever order the database would have."""

    name = "by_bytes"
    type = Text()
    inherit_cache = True


@compiles(ByBytes, "sqlite")
def _bytes_of_sqlite(element: ByBytes, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(ByBytes, "postgresql")
def _bytes_of_postgresql(element: ByBytes, compiler: SQLCompiler, **options: Any) -> str:
    return f'{compiler.process(element.clauses, **options)} COLLATE "C"'


_RECORDING = 0x7472_6169_6C77_0001  # any number that nobody else's locks on this database have
_MIGRATING = 0x7472_6169_6C77_0002


def wait_for_turn(connection: Connection) -> None:
    """Until this transaction ends, no other daemon makes or changes alerts. SQLite has one writer anyway.

    What a batch means for alerts depends on much that was recorded before: open alerts, the minute's flood, windows
    of correlations, what was seen. One after the other they cannot contradict each other, nor wait for each other.
    """
    _lock(connection, _RECORDING)


def lock_schema(connection: Connection) -> None:
    """Until this transaction ends, no other daemon migrates; it may take as long as it must."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
    _lock(connection, _MIGRATING)


def _lock(connection: Connection, number: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({number})")


def stored_bytes(connection: Connection) -> int:
    """What PostgreSQL's tables of this schema take on its disk, with their indexes."""
    sizes = (
        "SELECT COALESCE(sum(pg_total_relation_size(oid)), 0) FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = to_regnamespace(current_schema())"
    )
    return int(connection.exec_driver_sql(sizes).scalar_one())


def lock_rows(connection: Connection, query: Select[Any]) -> None:
    """Lock what a query finds until the transaction ends, in its order. SQLite has one writer, who has all of it."""
    if connection.dialect.name != "sqlite":
        connection.execute(query.with_for_update()).all()


def _insert(connection: Connection, table: Table) -> AnyInsert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
