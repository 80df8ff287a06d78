"""The record of a call: its fields, and what it says of an error."""

import marshal
import multiprocessing
import os
import pickle
import threading
from types import ModuleType

import pytest

from runner.harness.record import FIELDS, TEXT_LIMIT, Record, describe, packed, unpacked
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
    assert added == {"worker", "submitted_ns", "start_returned_ns", "collected_ns", "queued_ns", "peak_rss_bytes"}
    assert {getattr(back, field) for field in added} == {0, None}


@pytest.mark.parametrize("module", [marshal, pickle], ids=["marshal", "pickle"])
def test_a_packed_record_is_a_plain_tuple_that_can_be_sent(module: ModuleType) -> None:
    values = packed(a_record())
    assert type(values) is tuple
    assert module.loads(module.dumps(values)) == values


def test_a_new_record_knows_nothing_but_that_it_is_the_first() -> None:
    assert vars(Record()) == {**dict.fromkeys(FIELDS), "worker": 0, "call": 0}


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
