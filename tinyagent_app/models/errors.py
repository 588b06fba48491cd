"""What can be wrong with a model file; all end in exit code 4."""

from __future__ import annotations

from planner.errors import ModelUnavailable


class ModelMissing(ModelUnavailable):
    """The model is known but not here."""


class ModelDamaged(ModelUnavailable):
    """The file is not what the catalogue says."""


class DownloadFailed(ModelUnavailable):
    """The model could not be fetched; what was fetched so far is kept."""
