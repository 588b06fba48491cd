"""Benchmarks: each runs the real program, prints its figures and writes them down with the machine."""
