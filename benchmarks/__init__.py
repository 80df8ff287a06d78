"""The instrument, measured: its own error, its price, and how sure it is.

``make bench`` runs all questions and writes ``docs/benchmarks.md``. Each question is a module with a function
``measure``; `result` is what they return, `__main__` runs them, `document` writes them down.
"""
