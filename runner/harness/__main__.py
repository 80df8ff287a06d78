"""Entry of the child: ``python .../runner/harness/__main__.py REQUEST_FD REPLY_FD``.

Python puts this folder first on ``sys.path``, where modules such as ``facts`` or ``modes`` would shadow a user's
own. So the folder leaves the path again, and its modules are reached as the package ``runner_harness``. Under
``spawn`` and ``forkserver`` each worker process runs this file as ``__mp_main__`` (as it would any driver script),
so the package is there too when the worker is unpickled.
"""

import sys

PACKAGE = "runner_harness"


def _import_as_package() -> None:
    # Without importlib.util, which would cost every spawned worker some milliseconds inside the timed window.
    folder = __file__.rpartition("/")[0] or "."
    package = type(sys)(PACKAGE)
    package.__path__ = [folder]
    sys.modules[PACKAGE] = package
    if __name__ == "__main__" and sys.path and sys.path[0] == folder:
        del sys.path[0]


_import_as_package()

if __name__ == "__main__":
    from runner_harness import child  # type: ignore[import-not-found]

    child.main(request_fd=int(sys.argv[1]), reply_fd=int(sys.argv[2]))
