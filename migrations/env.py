"""Runs the migrations: on the connection that the store hands over, or on the URL of alembic.ini."""

from alembic import context
from sqlalchemy import Connection, create_engine

from runner.store.tables import metadata

VERSION_TABLE = "runner_schema"


def run(connection: Connection) -> None:
    """Migrate in one transaction. The store has switched foreign keys off before it began."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "sqlite:///runs.db")
    with engine.begin() as fresh:
        run(fresh)
    engine.dispose()
