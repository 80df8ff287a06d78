"""The record of a call: its fields, and what it says of an error."""

import marshal
import multiprocessing
import os
import pickle
import threading
from types import ModuleType

import pytest

from runner.harness.record import (
    FIELDS,
    TEXT_LIMIT,
    Record,
    describe,
    duration_ns,
    has_stamps_alone,
    packed,
    section,
    stamped,
    unpacked,
)
from runner.outcome import TIMING_FIELDS


def a_record() -> Record:
    """Return a record in which each field has a value of its own."""
    record = Record()
    for number, field in enumerate(FIELDS):
        setattr(record, field, number + 1000)
    return record


def test_the_fields_are_those_that_the_runner_expects() -> None:
    assert tuple(TIMING_FIELDS) == FIELDS


def test_what_a_worker_knows_crosses_packed_and_the_driver_adds_the_rest() -> None:
    record = a_record()
    back = unpacked(packed(record))
    added = {field for field in FIELDS if getattr(back, field) != getattr(record, field)}
    stamps = {"submitted_ns", "start_returned_ns", "collected_ns", "queued_ns"}
    assert added == {"worker", "unrecorded", "peak_rss_bytes", *stamps}
    assert {getattr(back, field) for field in added} == {0, None}


@pytest.mark.parametrize("module", [marshal, pickle], ids=["marshal", "pickle"])
def test_a_packed_record_is_a_plain_tuple_that_can_be_sent(module: ModuleType) -> None:
    values = packed(a_record())
    assert type(values) is tuple
    assert module.loads(module.dumps(values)) == values


def test_a_new_record_knows_nothing_but_that_it_is_the_first() -> None:
    numbers = {"worker": 0, "call": 0, "batch": 1, "counted": 0, "unrecorded": 0}
    assert vars(Record()) == {**dict.fromkeys(FIELDS), **numbers}


def a_section() -> Record:
    record = Record()
    record.call, record.counted, record.begin_ns, record.end_ns = 7, 3, 100, 200
    record.cpu_ns, record.pid, record.setup_ns = 90, 11, 5
    return record


def test_a_section_without_stamps_is_one_record() -> None:
    (record,) = section(packed(a_section()), None)
    assert vars(record) == vars(a_section())


def test_each_call_with_stamps_has_a_record_and_the_last_one_the_counters() -> None:
    records = section(packed(a_section()), [(100, 120), (121, 150), (151, 200)])
    assert [record.call for record in records] == [7, 8, 9]
    assert [(record.begin_ns, record.end_ns) for record in records] == [(100, 120), (121, 150), (151, 200)]
    assert [(record.counted, record.cpu_ns) for record in records] == [(0, None), (0, None), (3, 90)]
    assert {(record.batch, record.pid) for record in records} == {(1, 11)}


@pytest.mark.parametrize(("stamps", "began"), [([(100, 120), (121, 150)], 150), ([], 100)])
def test_a_call_that_failed_began_when_the_one_before_it_had_ended(stamps: list[tuple[int, int]], began: int) -> None:
    failed = a_section()
    failed.fail(ValueError("no"))
    *others, last = section(packed(failed), stamps)
    assert [record.error_type for record in others] == [None] * len(stamps)
    assert (last.call, last.begin_ns, last.end_ns, last.error_type) == (7 + len(stamps), began, 200, "ValueError")


def test_a_task_with_stamps_alone_has_the_names_of_its_workers_first() -> None:
    first = a_record()
    values = (first.pid, first.native_id, 5, 8, True)
    assert has_stamps_alone(values)
    assert not has_stamps_alone(packed(first))
    record = stamped(values, first)
    for name in ("pid", "native_id", "parent_pid", "process_name", "thread_name"):
        assert getattr(record, name) == getattr(first, name)
    assert (record.first_instruction_ns, record.begin_ns, record.end_ns, record.gil_end) == (5, 5, 8, True)
    assert (record.batch, record.counted, record.cpu_ns) == (1, 0, None)


def test_the_duration_is_known_of_either() -> None:
    assert duration_ns((1, 2, 5, 8, True)) == 3
    assert duration_ns(packed(a_section())) == 100
    assert duration_ns(packed(Record())) == 0


def test_a_signed_record_says_which_process_and_thread_it_is_from() -> None:
    record = Record()
    record.sign()
    assert (record.pid, record.parent_pid) == (os.getpid(), os.getppid())
    assert record.process_name == multiprocessing.current_process().name
    assert (record.thread_name, record.native_id) == (threading.current_thread().name, threading.get_native_id())


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def described(error: BaseException) -> tuple[str, str, str]:
    try:
        raise error
    except BaseException as raised:  # noqa: BLE001 - SystemExit is among them
        return describe(raised)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (ValueError("no"), "ValueError", "no"),
        (SystemExit(3), "SystemExit", "3"),
        (KeyError(), "KeyError", ""),
        (Unspeakable(), "Unspeakable", "(its str() raised RuntimeError)"),
        (OSError(2, "gone", "\N{SNOWMAN}"), "OSError", "[Errno 2] gone: '\N{SNOWMAN}'"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_an_exception_is_described_whatever_its_str_does(error: BaseException, kind: str, message: str) -> None:
    named, text, trace = described(error)
    kinds = ("FileNotFoundError", "OSError") if kind == "OSError" else (kind,)
    assert (named in kinds, text) == (True, message)
    assert "raise error" in trace


def test_a_long_message_is_kept_from_its_beginning_and_a_long_traceback_from_its_end() -> None:
    _, message, trace = described(ValueError("first" + "x" * 10 * TEXT_LIMIT + "last"))
    assert (len(message), len(trace)) == (TEXT_LIMIT, TEXT_LIMIT)
    assert message.startswith("first")
    assert trace.rstrip().endswith("last")
