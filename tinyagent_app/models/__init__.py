"""The model catalogue: which models there are, fetching them, and files that can be trusted."""

from tinyagent_app.models.catalogue import Catalogue, Entry
from tinyagent_app.models.errors import DownloadFailed, ModelDamaged, ModelMissing
from tinyagent_app.models.store import ModelStore, model_path

__all__ = ["Catalogue", "DownloadFailed", "Entry", "ModelDamaged", "ModelMissing", "ModelStore", "model_path"]
