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


def lock_rows(connection: Connection, query: Select[Any]) -> None:
    """Lock what a query finds until the transaction ends, in its order. SQLite has one writer, who has all of it."""
    if connection.dialect.name != "sqlite":
        connection.execute(query.with_for_update()).all()


def _insert(connection: Connection, table: Table) -> AnyInsert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
