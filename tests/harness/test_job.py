"""What the workers of a trial do: what a function is called with, and its hooks."""

import asyncio
import functools
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest
from support.helpers import by_name_wrapper

from runner.harness.job import Job, WrongResult
from runner.harness.signature import describe


def job(function: Callable[..., Any], warmup_calls: int = 0, **params: Any) -> Job:
    """Return the job of a function as a trial of it makes it."""
    return Job(function, params, describe(function)["takes"], warmup_calls)


def called_with(function: Callable[..., Any], **params: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return what a worker calls the function with."""
    own = job(function, **params)
    own.share("context")
    ready = own.get_ready()
    return ready.arguments, ready.keywords


def with_hooks(**hooks: Callable[..., Any]) -> Callable[..., Any]:
    def function(*given: Any, **params: Any) -> None: ...

    for name, hook in hooks.items():
        setattr(function, name, hook)
    return function


def share(context: str) -> str:
    return f"shared in {context}"


def hand() -> str:
    return "handed"


def setup(*shared: str) -> str:
    return f"set up after {shared}" if shared else "set up"


@pytest.mark.parametrize(
    ("hooks", "first"),
    [
        ({}, ()),
        ({"share": share}, ("shared in context",)),
        ({"setup": lambda: "set up"}, ("set up",)),
        ({"share": share, "setup": setup}, ("set up after ('shared in context',)",)),
        ({"hand": hand}, ("handed",)),
        ({"share": share, "hand": hand}, ("shared in context", "handed")),
    ],
    ids=lambda hooks: "+".join(hooks) if isinstance(hooks, dict) else "",
)
def test_the_first_arguments_are_what_setup_or_share_made_and_what_is_handed(hooks: dict, first: tuple) -> None:
    assert called_with(with_hooks(**hooks)) == (first, {})


def test_parameters_go_by_position_up_to_the_first_that_is_left_to_its_default() -> None:
    def function(a: int, b: int = 2, c: int = 3, *, d: int = 4) -> None: ...

    assert called_with(function, a=1) == ((1,), {})
    assert called_with(function, b=2, a=1) == ((1, 2), {})
    assert called_with(function, c=3, a=1) == ((1,), {"c": 3})
    assert called_with(function, d=4, c=3, b=2, a=1) == ((1, 2, 3), {"d": 4})


def test_parameters_that_have_no_name_outside_go_by_position() -> None:
    def function(a: int, b: int, /, c: int) -> None: ...

    assert called_with(function, c=3, b=2, a=1) == ((1, 2, 3), {})


@pytest.mark.parametrize(
    "decorator",
    [functools.singledispatch, functools.lru_cache, by_name_wrapper],
    ids=lambda decorator: decorator.__name__,
)
def test_a_decorated_function_gets_what_it_is_called_with(decorator: Callable[..., Any]) -> None:
    ready = job(decorator(lambda a, b=2: (a, b)), b=7, a=1).get_ready()
    assert ready.work(*ready.arguments, **ready.keywords) == (1, 7)


def test_each_hook_is_given_the_axes_that_its_own_signature_names() -> None:
    seen: dict[str, Any] = {}

    def function(state: str, lines: int) -> None: ...

    def own_setup(path: str, lines: int = 5) -> str:
        seen["setup"] = (path, lines)
        return "state"

    def check(result: Any, path: str) -> None:
        seen["check"] = (result, path)

    function.setup, function.check = own_setup, check  # type: ignore[attr-defined]
    own = job(function, path="log", lines=9)
    ready = own.get_ready()
    own.checked("result")
    assert (ready.arguments, ready.keywords) == (("state", 9), {})
    assert seen == {"setup": ("log", 9), "check": ("result", "log")}


def test_a_hook_that_leaves_an_axis_out_has_its_own_default() -> None:
    seen = []

    def function(state: None) -> None: ...

    function.setup = lambda lines=5: seen.append(lines)  # type: ignore[attr-defined]
    job(function).get_ready()
    assert seen == [5]


@pytest.mark.parametrize("verdict", [None, True, 1, "fine"])
def test_a_result_passes_where_its_check_returns_nothing_or_what_is_true(verdict: Any) -> None:
    job(with_hooks(check=lambda result: verdict)).checked(7)


@pytest.mark.parametrize("verdict", [False, 0, "", []], ids=repr)
def test_a_result_is_wrong_where_its_check_returns_what_is_false(verdict: Any) -> None:
    with pytest.raises(WrongResult, match=r"for the result \[7\]$") as raised:
        job(with_hooks(check=lambda result: verdict)).checked([7])
    assert f"check returned {verdict!r}" in str(raised.value)


def test_a_result_is_wrong_where_its_check_raises_and_the_error_is_the_users_own() -> None:
    def check(result: int) -> None:
        assert result == 8, "not eight"

    with pytest.raises(AssertionError, match="not eight"):
        job(with_hooks(check=check)).checked(7)


def test_a_large_result_is_not_repeated_whole() -> None:
    with pytest.raises(WrongResult) as raised:
        job(with_hooks(check=lambda result: False)).checked("x" * 10_000)
    assert len(str(raised.value)) < 1_000


def test_set_up_and_warm_up_are_timed_apart_where_there_is_something_to_time() -> None:
    made = []
    plain = job(lambda: made.append("plain")).get_ready()
    assert (plain.setup_ns, plain.warmup_ns) == (None, None)
    warm = job(with_hooks(setup=lambda: None), warmup_calls=3).get_ready()
    assert isinstance(warm.setup_ns, int)
    assert isinstance(warm.warmup_ns, int)
    assert made == []


def test_warm_up_calls_are_calls_with_the_same_arguments_once_in_each_worker() -> None:
    made: list[tuple[str, int]] = []

    def function(state: str, number: int) -> None:
        made.append((state, number))

    function.setup = lambda: "state"  # type: ignore[attr-defined]
    own = job(function, warmup_calls=2, number=7)
    assert made == []
    own.get_ready()
    own.get_ready()
    assert made == [("state", 7)] * 4


@pytest.mark.parametrize(
    ("function", "warmup_calls", "expected"),
    [
        (lambda: None, 0, (False, False, False, False)),
        (lambda: None, 1, (True, False, False, False)),
        (with_hooks(setup=lambda: None), 0, (True, False, False, False)),
        (with_hooks(share=share), 0, (False, True, False, False)),
        (with_hooks(hand=hand), 0, (False, False, True, False)),
        (with_hooks(check=lambda result: True), 0, (False, False, False, True)),
    ],
)
def test_a_job_knows_what_there_is_to_do_around_the_calls(function: Any, warmup_calls: int, expected: tuple) -> None:
    own = job(function, warmup_calls)
    assert (own.has_setup, own.shares, own.hands, own.has_check) == expected


def test_threads_that_get_ready_at_once_have_each_what_is_their_own() -> None:
    states: list[Any] = []
    own = job(with_hooks(setup=object))
    threads = [threading.Thread(target=lambda: states.append(own.get_ready().arguments)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(states)) == 8


def test_a_server_is_called_with_what_is_shared_and_how_much_there_is_to_do() -> None:
    seen = []

    def serve(shared: str, calls: int, workers: int, size: int) -> None:
        seen.append((shared, calls, workers, size))

    own = job(with_hooks(share=share, serve=serve), size=3)
    own.share("context")
    server = own.server(8, 2)
    assert server is not None
    server()
    assert seen == [("shared in context", 8, 2, 3)]
    assert job(with_hooks(share=share)).server(8, 2) is None


async def doubled(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


def test_a_coroutine_function_does_its_work_where_there_is_no_event_loop() -> None:
    own = job(doubled, number=4)
    ready = own.get_ready()
    assert own.is_async
    assert [ready.work(*ready.arguments, **ready.keywords) for _ in range(2)] == [8, 8]


def test_a_coroutine_function_has_a_loop_in_each_thread() -> None:
    results = []
    own = job(doubled, number=4)

    def work() -> None:
        ready = own.get_ready()
        results.append(ready.work(*ready.arguments, **ready.keywords))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [8, 8, 8]


def test_a_job_can_be_handed_to_another_process() -> None:
    own = pickle.loads(pickle.dumps(job(doubled, number=4)))
    assert (own.function, own.name, own.get_ready().arguments) == (doubled, "doubled", (4,))


def test_what_has_no_name_of_its_own_is_called_after_its_class() -> None:
    class Adder:
        def __call__(self) -> None: ...

    assert Job(Adder(), {}).name == "Adder"
