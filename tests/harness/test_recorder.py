"""Where a worker leaves its records, and how the driver finds them."""

import marshal
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from runner.harness import measure
from runner.harness.record import Record, packed
from runner.harness.recorder import FileRecorder, MemoryRecorder

VALUES = tuple(range(len(packed(Record()))))


@pytest.fixture
def recorder() -> Iterator[FileRecorder]:
    one = FileRecorder(forked=False)
    yield one
    os.close(one._descriptor)  # in a trial the child's end does it


def same(records: Sequence[Record], *values: tuple[object, ...]) -> bool:
    return [packed(record) for record in records] == list(values)


def test_records_in_memory_come_back_in_order_without_a_peak_of_their_own() -> None:
    recorder = MemoryRecorder()
    recorder.end.append(VALUES, None)
    recorder.end.append(VALUES[::-1], None)
    recorder.end.finish(7)
    records, peak, stops, between_ns = recorder.read()
    assert same(records, VALUES, VALUES[::-1])
    assert (peak, stops, between_ns) == (None, 0, 7)


def test_records_in_a_file_come_back_in_order_with_the_peak(recorder: FileRecorder) -> None:
    other = (*VALUES[:-1], "a traceback\N{SNOWMAN}")
    recorder.end.append(VALUES, None)
    recorder.end.append(other, None)
    recorder.end.finish(7)
    records, peak, _, between_ns = recorder.read()
    assert same(records, VALUES, other)
    assert between_ns == 7
    assert peak == pytest.approx(measure.peak_rss_bytes(), rel=0.5)


def test_the_file_of_a_worker_that_never_ran_is_empty(recorder: FileRecorder) -> None:
    assert recorder.read() == ([], None, 0, 0)


@pytest.mark.parametrize("length", [1, 5, 40, len(marshal.dumps((VALUES, None))) - 1])
def test_a_record_that_was_cut_off_is_left_out_and_the_ones_before_it_are_kept(
    recorder: FileRecorder, length: int
) -> None:
    recorder.end.append(VALUES, None)
    os.write(recorder._descriptor, marshal.dumps((VALUES, None))[:length])
    records, peak, stops, between_ns = recorder.read()
    assert same(records, VALUES)
    assert (peak, stops, between_ns) == (None, 0, 0)


@pytest.mark.parametrize("garbage", [b"?!", b"0", b"(\xff\xff\xff\xff"], ids=repr)
def test_garbage_among_the_records_costs_what_follows_it(recorder: FileRecorder, garbage: bytes) -> None:
    recorder.end.append(VALUES, None)
    os.write(recorder._descriptor, garbage)
    recorder.end.append(VALUES, None)
    assert same(recorder.read()[0], VALUES)


def test_where_there_are_no_files_in_memory_a_nameless_one_on_disk_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.delattr(os, "memfd_create", raising=False)
    recorder = FileRecorder(forked=False)
    try:
        recorder.end.append(VALUES, None)
        assert same(recorder.read()[0], VALUES)
        assert list(folder.iterdir()) == []
    finally:
        os.close(recorder._descriptor)
