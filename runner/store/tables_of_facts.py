"""The tables of hosts, interpreters and the users' functions."""

from sqlalchemy import Boolean, Column, Double, Table, text

from runner.store.columns import TEXT, WHOLE, metadata

hosts = Table(
    "hosts",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("identity", TEXT, nullable=False, unique=True, doc="Hash of all the facts below."),
    Column("hostname", TEXT, nullable=False),
    Column("system", TEXT),
    Column("release", TEXT),
    Column("machine", TEXT),
    Column("cpu_model", TEXT),
    Column("logical_cpus", WHOLE),
    Column("usable_cpus", WHOLE, nullable=False, doc="The smaller of affinity mask and cgroup quota."),
    Column("memory_bytes", WHOLE),
    Column("clock", TEXT),
    Column("clock_resolution_ns", WHOLE),
)
"""A machine in one configuration."""


interpreters = Table(
    "interpreters",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("identity", TEXT, nullable=False, unique=True, doc="Hash of all the facts below."),
    Column("label", TEXT, nullable=False, doc="Implementation and version, such as ``cpython 3.13.0t``."),
    Column("implementation", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("build", TEXT),
    Column("compiler", TEXT),
    Column("executable", TEXT),
    Column("free_threaded_build", Boolean),
    Column("gil", Boolean, doc="Whether the interpreter lock is on."),
    Column("jit", Boolean),
    Column("switch_interval_s", Double),
    Column("gc", Boolean),
    Column("hash_seed", TEXT),
    Column("start_methods", TEXT, nullable=False, doc="JSON list."),
    Column("default_start_method", TEXT, nullable=False),
    Column(
        "modes",
        TEXT,
        nullable=False,
        server_default=text("""'["sequential", "threading", "multiprocessing"]'"""),
        doc="JSON list: the modes that it supports.",
    ),
    Column("flags", TEXT, nullable=False, server_default=text("'{}'"), doc="JSON: those of sys.flags that are set."),
    Column("build_options", TEXT, doc="Its configure options."),
)
"""An interpreter under test in one configuration."""


functions = Table(
    "functions",
    metadata,
    Column("id", WHOLE, primary_key=True),
    Column("identity", TEXT, nullable=False, unique=True, doc="Hash of all the facts below."),
    Column("name", TEXT, nullable=False, doc="As in the grid file, such as ``parse.py:parse``."),
    Column("module", TEXT, nullable=False),
    Column("qualname", TEXT, nullable=False, doc="Of the function within its module."),
    Column("file", TEXT, doc="The file that the grid names; NULL for a module."),
    Column("folder", TEXT, nullable=False, doc="First entry of the import path."),
    Column("source", TEXT, doc="Its source file; NULL where it is built into the interpreter."),
    Column("source_sha256", TEXT),
    Column("distributions", TEXT, nullable=False, doc="JSON: versions of the distributions that its module imports."),
)
"""A function of the user's as a workload, in one version."""
