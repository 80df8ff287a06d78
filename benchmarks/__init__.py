"""The instrument, measured: its own error, its price, and how sure it is.

``make bench`` runs all questions and writes ``docs/benchmarks.md``. Each question is a module with a function
``measure``; the first has two parts of their own, `luck` and `quiet`. `drivers` is what runs a case, `paired` how
contenders are measured side by side, `result` what the questions return; `__main__` asks them, `document` writes down
what they found. `neighbour` stands alone: what two thresholds of the runner rest on.
"""
