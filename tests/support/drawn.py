"""How many examples a property of grids and cases is tried on: others in every run."""

from hypothesis import HealthCheck, settings

thoroughly = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
