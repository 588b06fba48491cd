"""Smaller models from larger ones."""
