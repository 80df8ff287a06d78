"""What all tables share: metadata, naming convention, column types."""

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, Text, TypeDecorator

from runner.store.text import storable

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class AnyText(TypeDecorator[str]):
    """Text that is made storable when it is written."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return `value` as it can be stored."""
        return None if value is None else storable(value)


TEXT = AnyText()
WHOLE = BigInteger().with_variant(Integer, "sqlite")
"""A row id must be an INTEGER in SQLite; other databases need 64 bits for nanoseconds."""

metadata = MetaData(naming_convention=NAMING_CONVENTION)
