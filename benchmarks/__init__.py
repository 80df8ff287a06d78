"""The instrument, measured: its own error, its price, and how sure it is.

``make bench`` asks all questions and writes ``docs/benchmarks.md``. Each question is a module with a function
``measure``: `truth` (with `luck` and `quiet`), `trial_cost`, `honesty`, `command_line`, `store_pace` (with
`view_pace`), `growth` (with `growth_steps`). `neighbour` stands alone: two thresholds of the runner rest on it.

`bench` is what every question gets, `drivers` runs a case, `processes` runs commands, `paired` measures
contenders side by side, `made_up` and `make_store` make stores whose truth is known, `result` is what questions return.
`__main__` asks them, `document` writes down what they found, `smoke` starts everything at its smallest size.
"""
