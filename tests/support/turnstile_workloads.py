"""A workload that lets some calls pass, and keeps those after them until they may go on."""

import os
import time


def waits(passes, folder):
    with open(os.path.join(folder, "calls"), "a") as calls:
        calls.write("x")
    if os.path.getsize(os.path.join(folder, "calls")) > passes:
        open(os.path.join(folder, "held"), "w").close()
        while not os.path.exists(os.path.join(folder, "open")):
            time.sleep(0.01)
