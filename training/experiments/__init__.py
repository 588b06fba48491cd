"""Experiments that anyone can repeat with one command: runs, raw results, intervals over seeds, a report."""
