"""Alembic's entry: runs the migrations on the connection, and in the transaction, that `record.migrate` hands over."""

from __future__ import annotations

from alembic import context

from daemon.record.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
