"""Measures plans against cases with known answers."""
