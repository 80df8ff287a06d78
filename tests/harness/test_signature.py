"""Which parameters a workload and its hooks take, from their signatures."""

import asyncio
import functools
import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.helpers import by_name_wrapper

from runner.harness.signature import Unfit, describe


def taken(function: Callable[..., Any]) -> dict[str, bool]:
    """Return the axes that a function takes, and whether each must be given."""
    return {name: known["required"] for name, known in describe(function)["parameters"].items()}


def nothing() -> None: ...


def defaults(a: int, b: str = "x") -> None: ...


def by_name_only(*, a: int, b: int = 2) -> None: ...


def by_position_only(a: int, b: int = 2, /, c: int = 3) -> None: ...


def anything(a: int, *more: int, **params: int) -> None: ...


class Adder:
    def __init__(self, a: int, b: int = 2) -> None: ...

    def __call__(self, c: int) -> None: ...

    def method(self, d: int) -> None: ...


def wrapper(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(*arguments: Any, **params: Any) -> Any:
        return function(*arguments, **params)

    return wrapped


@pytest.mark.parametrize(
    ("function", "parameters", "takes", "takes_any"),
    [
        (nothing, {}, {"function": [], "positional": 0}, False),
        (defaults, {"a": True, "b": False}, {"function": ["a", "b"], "positional": 2}, False),
        (by_name_only, {"a": True, "b": False}, {"function": ["a", "b"], "positional": 0}, False),
        (by_position_only, {"a": True, "b": False, "c": False}, {"function": ["a", "b", "c"], "positional": 3}, False),
        (anything, {"a": True}, {"function": ["a"], "positional": 1}, True),
        (lambda a: a, {"a": True}, {"function": ["a"], "positional": 1}, False),
        (math.factorial, {"n": True}, {"function": ["n"], "positional": 1}, False),
        (Adder, {"a": True, "b": False}, {"function": ["a", "b"], "positional": 2}, False),
        (Adder(1), {"c": True}, {"function": ["c"], "positional": 1}, False),
        (Adder(1).method, {"d": True}, {"function": ["d"], "positional": 1}, False),
        (functools.partial(defaults, b="y"), {"a": True, "b": False}, {"function": ["a", "b"], "positional": 1}, False),
        (wrapper(defaults), {"a": True, "b": False}, {"function": ["a", "b"], "positional": 2}, False),
        (by_name_wrapper(defaults), {"a": True, "b": False}, {"function": ["a", "b"], "positional": 0}, False),
        (functools.singledispatch(defaults), {"a": True, "b": False}, {"function": ["a", "b"], "positional": 2}, False),
    ],
    ids=lambda value: getattr(value, "__name__", None) or (type(value).__name__ if callable(value) else ""),
)
def test_the_parameters_of_a_function_are_those_of_its_signature(
    function: Any, parameters: dict[str, bool], takes: dict[str, Any], takes_any: bool
) -> None:
    if function is math.factorial and sys.version_info >= (3, 15):
        pytest.skip("its parameter may have another name there")
    described = describe(function)
    assert taken(function) == parameters
    assert described["takes"] == {**takes, "async": False}
    assert described["any"] is takes_any


async def coroutine(a: int) -> None:
    await asyncio.sleep(a)


def test_a_coroutine_function_is_told_from_others() -> None:
    assert describe(coroutine)["takes"]["async"] is True


def generator() -> Iterator[int]:
    yield 1


async def asynchronous_generator() -> Any:
    yield 1


@pytest.mark.parametrize("function", [generator, asynchronous_generator])
def test_a_generator_function_is_refused_because_a_call_does_no_work(function: Any) -> None:
    with pytest.raises(Unfit, match="a call of it does no work"):
        describe(function)


@pytest.mark.parametrize("function", [type, dict.fromkeys if sys.version_info < (3, 0) else min])
def test_what_does_not_tell_its_parameters_is_refused_with_what_to_do(function: Any) -> None:
    with pytest.raises(Unfit, match="wrap it in a function of your own"):
        describe(function)


def hooked(signature: Callable[..., Any], **hooks: Any) -> Callable[..., Any]:
    for name, hook in hooks.items():
        setattr(signature, name, hook)
    return signature


@pytest.mark.parametrize(
    ("function", "takes", "parameters"),
    [
        pytest.param(
            hooked(lambda state, a: None, setup=lambda lines: None),
            {"function": ["a"], "setup": ["lines"]},
            {"a": True, "lines": True},
            id="a setup makes the first argument",
        ),
        pytest.param(
            hooked(lambda shared, a: None, share=lambda context, size=1: None),
            {"function": ["a"], "share": ["size"]},
            {"a": True, "size": False},
            id="share is given a context and makes the first argument",
        ),
        pytest.param(
            hooked(lambda state: None, share=lambda context: None, setup=lambda shared, path: None),
            {"function": [], "share": [], "setup": ["path"]},
            {"path": True},
            id="a setup is given what is shared",
        ),
        pytest.param(
            hooked(lambda a: None, check=lambda result, a, b: None),
            {"function": ["a"], "check": ["a", "b"]},
            {"a": True, "b": True},
            id="a check is given the result",
        ),
        pytest.param(
            hooked(lambda a=1: None, check=lambda result, a: None),
            {"function": ["a"], "check": ["a"]},
            {"a": True},
            id="who must have it decides",
        ),
        pytest.param(
            hooked(lambda payload: None, hand=lambda size: None),
            {"function": [], "hand": ["size"]},
            {"size": True},
            id="what is handed is the first argument",
        ),
        pytest.param(
            hooked(lambda *given: None, setup=lambda: None), {"function": [], "setup": []}, {}, id="any arguments"
        ),
        pytest.param(hooked(lambda: None, setup=None, check=None), {"function": []}, {}, id="None"),
    ],
)
def test_each_hook_takes_what_its_own_signature_names_beyond_what_it_is_given(
    function: Any, takes: dict[str, Any], parameters: dict[str, bool]
) -> None:
    described = describe(function)
    assert {name: named for name, named in described["takes"].items() if isinstance(named, list)} == takes
    assert taken(function) == parameters


def test_a_decorator_that_takes_only_what_setup_made_by_position_gets_the_rest_by_name() -> None:
    @functools.wraps(lambda state, a, b: None)
    def wrapped(state: Any, **params: Any) -> None: ...

    takes = describe(hooked(wrapped, setup=lambda: None))["takes"]
    assert (takes["function"], takes["positional"]) == (["a", "b"], 0)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (hooked(lambda: None, setup=lambda: None), "is given 1 arguments before its parameters, and takes 0"),
        (hooked(nothing.__class__(nothing.__code__, {}), check=lambda: None), "is given 1 arguments"),
        (hooked(lambda state: None, share=lambda: None), "is given 1 arguments"),
        (hooked(lambda state: None, share=lambda context: None, setup=lambda: None), "is given 1 arguments"),
    ],
)
def test_a_function_or_hook_that_cannot_take_what_it_is_given_is_refused(function: Any, message: str) -> None:
    with pytest.raises(Unfit, match=message):
        describe(function)


def test_the_modes_in_which_a_workload_makes_sense_may_be_named_or_looked_up() -> None:
    assert describe(hooked(lambda: None, modes=("asyncio", "threading")))["modes"] == ["threading", "asyncio"]
    assert describe(hooked(lambda: None, modes={"asyncio"}))["modes"] == ["asyncio"]
    assert describe(hooked(lambda: None, modes=lambda: ["asyncio"]))["modes"] == ["asyncio"]
    assert describe(hooked(lambda: None, modes=None))["modes"] is None
    assert describe(nothing)["modes"] is None


NO_LIST = 'no list of modes: {}; give it some, such as ["threading", "asyncio"]'


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"check": 5}, "has a check that is no function: 5; make it one, or give the attribute another name"),
        ({"setup": "a"}, "has a setup that is no function: 'a'; make it one"),
        ({"share": False}, "has a share that is no function: False; make it one"),
        ({"modes": "asyncio"}, f"has modes that are {NO_LIST.format(repr('asyncio'))}"),
        ({"modes": 3}, f"has modes that are {NO_LIST.format(3)}"),
        ({"modes": []}, f"has modes that are {NO_LIST.format([])}"),
        ({"modes": lambda: "asyncio"}, f"has modes that are {NO_LIST.format(repr('asyncio'))}"),
        ({"modes": ["threadnig"]}, "has modes with 'threadnig', which is no mode; did you mean threading?"),
        ({"modes": ["x"]}, "has modes with 'x', which is no mode; there are sequential, threading, "),
        ({"modes": [["threading"]]}, "has modes with ['threading'], which is no mode"),
    ],
)
def test_an_attribute_that_is_no_hook_is_refused_and_not_ignored(attributes: dict[str, Any], message: str) -> None:
    with pytest.raises(Unfit) as raised:
        describe(hooked(lambda: None, **attributes))
    assert str(raised.value).startswith(message)
