"""The built-in workloads beside the study's two, one subject a module.

A workload is a function, and one call of it is what is measured. Its parameters in capitals are axes of a grid file;
one before them stands for what its hooks have made. The hooks are attributes of the function:

``share(context, ...)``
    once in a trial, in the driver, before the clock: what the workers of the trial share. `context` makes locks, queues
    and arrays: it is a context of ``multiprocessing``, or ``contexts.Threads`` where there are no processes.
``setup([shared], ...)``
    once in each worker, before its first call: what it returns is the workload's first argument. Without it, that is
    what is shared.
``hand(...)``
    once in the driver, before the clock: what it returns is the first argument of each call, handed over with the call.
``serve(shared, calls, workers, ...)``
    in the driver, between starting and joining the workers: the other end of an exchange with them.
``check(result, ...)``
    after each call: False, or an exception, for a result that is wrong.
``modes``
    where the workload makes sense, if that is not everywhere.

Nothing is imported here: what a worker process imports costs it time inside the window.
"""
