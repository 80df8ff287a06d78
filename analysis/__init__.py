"""From stored trials to curves."""
