"""Check whether the CPUs run at a constant speed."""

from runner.host.finding import Finding, ok, unknown, warning
from runner.host.machine import Machine

CPU = "sys/devices/system/cpu"
STEADY = "performance"
DYNAMIC_POWERSAVE = frozenset({"intel_pstate", "amd-pstate-epp", "amd_pstate_epp"})
"""Drivers whose ``powersave`` is not a fixed low speed: it follows the load, like ``ondemand`` of other drivers."""
TURBO_SWITCHES = (
    (f"{CPU}/intel_pstate/no_turbo", "0", "1"),
    (f"{CPU}/cpufreq/boost", "1", "0"),
)
"""File, its contents when turbo is on, and when it is off."""


def governor(machine: Machine) -> Finding:
    """Report what controls the speed of the usable CPUs."""
    folders = [f"{CPU}/cpu{cpu}/cpufreq" for cpu in machine.allowed_cpus]
    found = {governor for folder in folders if (governor := machine.word(f"{folder}/scaling_governor"))}
    drivers = {driver for folder in folders if (driver := machine.word(f"{folder}/scaling_driver"))}
    if not found:
        return unknown("governor", "the system does not say, as usual in a virtual machine")
    if found == {STEADY}:
        return ok("governor", STEADY)
    says = ", ".join(sorted(found))
    if found == {"powersave"} and not drivers & DYNAMIC_POWERSAVE:
        says += ": the lowest speed, at any load"
    elif found == {"powersave"}:
        says += f", which with {', '.join(sorted(drivers))} follows the load, with a delay"
    else:
        says += ": the speed follows the load, with a delay" if STEADY not in found else ": not all CPUs alike"
    return warning("governor", says, f"Until the next boot: `sudo cpupower frequency-set --governor {STEADY}`")


def turbo(machine: Machine) -> Finding:
    """Report whether few busy CPUs run faster than many, which makes every speedup smaller."""
    for file, on, off in TURBO_SWITCHES:
        state = machine.word(file)
        if state == off:
            return ok("turbo", "off")
        if state == on:
            return warning(
                "turbo",
                "on: one busy CPU runs faster than many do, which lowers speedups",
                f"Until the next boot: `echo {off} | sudo tee /{file}`",
            )
    return unknown("turbo", "the system does not say, as usual in a virtual machine")
