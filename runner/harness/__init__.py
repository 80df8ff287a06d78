"""The code that runs inside the child: one trial in one fresh interpreter.

Everything here is standard library only and Python 3.9 syntax, and the child runs it *by path*: nothing of this
project, nor of what it depends on, comes onto the import path of the code that is measured. Inside the child the
package is called ``runner_harness`` (see ``__main__``); ``wire`` is the contract between parent and child.
"""
