"""Readers and writers of the open formats in which the user's data lives."""
