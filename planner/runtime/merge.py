"""A model and its adapter as one file, rounded to 4 bits: twice as fast as the two beside each other.

An adapter that llama.cpp adds in every pass costs a fifth of it, and many 4-bit formats have no fast kernels
on CPUs; Q4_0 has. So weights with an adapter become Q4_0(W + alpha/rank·B·A); all others stay as they are.
Adapters of `training.finetune` are trained for exactly these weights.

The merged file is a cache beside the models: it is made at the first use (seconds), named by the two files
it was made of, and replaces that of an earlier adapter.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from planner.runtime.network import NetworkError

if TYPE_CHECKING:
    import gguf

FORMAT = 1  # of what is made of the same two files
SIDES = (".lora_a", ".lora_b")
Array = npt.NDArray[np.float32]


def merged(base: Path, adapter: Path, folder: Path) -> Path:
    """The merged file in `folder`, made if it is not there. NetworkError if that can't be done."""
    path = folder / f"{base.stem}-{_key(base, adapter)}.gguf"
    try:
        if path.exists():
            return path
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            if not path.exists():  # another process may just have made it
                merge(base, adapter, path)
                _forget_others(base.stem, path)
    except OSError as error:
        why = error.strerror or error
        raise NetworkError(f"{base.name} can't be merged with its adapter in {folder}: {why}") from error
    return path


def merge(base: Path, adapter: Path, out: Path) -> None:
    """Make the file `out`, whole or not at all. NetworkError if the two don't fit; OSError."""
    temporary = out.with_name(f"{out.name}.part")
    try:
        _write(base, adapter, temporary)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)  # half a file on a full disk


def _forget_others(stem: str, kept: Path) -> None:
    """What other adapters and killed merges left. Running processes keep what they have loaded."""
    for old in kept.parent.glob(f"{glob.escape(stem)}-*"):
        if old != kept:
            old.unlink(missing_ok=True)


def _write(base: Path, adapter: Path, out: Path) -> None:
    import gguf  # noqa: PLC0415 (once for every adapter)

    changes, source = _Changes.read(adapter), _read(base)
    _check_fit(changes, source, adapter.name)
    writer = gguf.GGUFWriter(out, _fact(source, gguf.Keys.General.ARCHITECTURE, base))
    try:
        _copy_facts(source, writer)
        for tensor in source.tensors:
            kind = gguf.GGMLQuantizationType.Q4_0 if tensor.name in changes.names else tensor.tensor_type
            shape = gguf.quant_shape_to_byte_shape(_shape(tensor), kind)
            writer.add_tensor_info(tensor.name, shape, np.dtype(np.uint8), int(np.prod(shape)), kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor in source.tensors:
            writer.write_tensor_data(_data(tensor, changes))
    finally:
        writer.close()


@dataclass(frozen=True, slots=True)
class _Changes:
    """What an adapter adds to weights."""

    tensors: Mapping[str, Array]  # A (rank, in) and B (out, rank), by the weight's name and the side
    alpha: float

    @classmethod
    def read(cls, path: Path) -> _Changes:
        import gguf  # noqa: PLC0415

        reader = _read(path)
        tensors = {t.name: gguf.dequantize(t.data, t.tensor_type) for t in reader.tensors}
        return cls(tensors, float(_fact(reader, gguf.Keys.Adapter.LORA_ALPHA, path)))

    @property
    def names(self) -> set[str]:
        """The weights that are changed."""
        return {name.removesuffix(side) for name in self.tensors for side in SIDES if name.endswith(side)}

    def of(self, name: str) -> Array:
        """What is added to a weight, (out, in)."""
        a, b = (self.tensors[name + side] for side in SIDES)
        change: Array = (self.alpha / len(a)) * (b @ a)
        return change


def _read(path: Path) -> gguf.GGUFReader:
    import gguf  # noqa: PLC0415

    try:
        return gguf.GGUFReader(path)
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise NetworkError(f"{path.name} is damaged, or no GGUF file") from error


def _fact(reader: gguf.GGUFReader, key: str, path: Path) -> Any:
    if key not in reader.fields:
        raise NetworkError(f"{path.name} has no {key}: it is not the kind of file that is needed here")
    return reader.fields[key].contents()


def _check_fit(changes: _Changes, source: gguf.GGUFReader, name: str) -> None:
    shapes = {tensor.name: _shape(tensor) for tensor in source.tensors}
    for weight in changes.names:
        a, b = (changes.tensors.get(weight + side) for side in SIDES)
        if a is None or b is None or len(a) != b.shape[-1] or (len(b), a.shape[-1]) != shapes.get(weight):
            raise NetworkError(f"the adapter {name} is damaged, or of another model: {weight} does not fit")


def _copy_facts(source: gguf.GGUFReader, writer: gguf.GGUFWriter) -> None:
    """All facts but those that the writer writes itself."""
    import gguf  # noqa: PLC0415

    own = {gguf.Keys.General.ARCHITECTURE, gguf.Keys.General.ALIGNMENT, gguf.Keys.General.FILE_TYPE}
    for field in source.fields.values():
        if field.name in own or field.name.startswith("GGUF."):
            continue
        inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], inner)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)


def _shape(tensor: gguf.ReaderTensor) -> tuple[int, ...]:
    return tuple(int(number) for number in reversed(tensor.shape))


def _data(tensor: gguf.ReaderTensor, changes: _Changes) -> npt.NDArray[Any]:
    import gguf  # noqa: PLC0415

    if tensor.name not in changes.names:
        return tensor.data
    weight = gguf.dequantize(tensor.data, tensor.tensor_type) + changes.of(tensor.name)
    return gguf.quantize(weight.astype(np.float32), gguf.GGMLQuantizationType.Q4_0)


def _key(base: Path, adapter: Path) -> str:
    """Changes with either file; not by content, which would take longer than to load it."""
    marks = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in (base, adapter)]
    return hashlib.sha256(repr((FORMAT, marks)).encode()).hexdigest()[:16]


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait for other processes that merge; the lock ends with this one, however it ends."""
    with (folder / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
