"""From stored trials to figures: `load` → `statistics` → `figures` → `report`."""
