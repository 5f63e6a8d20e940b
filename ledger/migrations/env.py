"""Alembic's entry: runs on the connection that `ledger.migrate` hands over, all of it in one transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
