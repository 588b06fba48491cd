"""A trained adapter as a GGUF LoRA file, as llama.cpp loads it beside its base model.

llama.cpp stores the query and key projections of Llama models with the rows of each head interleaved (its
rotary embedding turns neighbouring pairs, that of transformers turns halves); so the rows of B of these two
are permuted likewise. A is (rank, in), B is (out, rank); the file's `alpha` divided by the rank is the scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
MOST_BYTES = 12_000_000  # of an adapter in Q8_0; a larger one is rounded to Q4_0
Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the export must know of the base model."""

    architecture: str  # of the GGUF file: "llama", "qwen2"
    heads: int
    key_value_heads: int
    alpha: float


def write_adapter(tensors: Mapping[str, Array], shape: Shape, path: Path) -> None:
    """Write the adapter; `tensors` by their peft names. Quantised where the rank allows, else F16.

    The quantisation is Q8_0, or Q4_0 if the adapter is large: what it adds is small beside the weights, which
    are rounded to Q4_0 themselves when the two are merged.
    """
    kind = quantisation(sum(array.size for array in tensors.values()))
    writer = gguf.GGUFWriter(path, shape.architecture)
    writer.add_string(gguf.Keys.General.TYPE, gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, shape.alpha)
    for name, array in sorted(tensors.items()):
        data = array.astype(np.float32)
        if shape.architecture == "llama" and name.endswith("lora_B.default.weight"):
            if ".q_proj." in name:
                data = permuted(data, shape.heads)
            elif ".k_proj." in name:
                data = permuted(data, shape.key_value_heads)
        _add(writer, tensor_name(name), data, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def permuted(rows: Array, heads: int) -> Array:
    """Rows (out, …) of each head from halves to neighbouring pairs, as llama.cpp keeps them."""
    out = rows.shape[0]
    pairs = rows.reshape(heads, 2, out // heads // 2, *rows.shape[1:])
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(rows.shape))


def tensor_name(name: str) -> str:
    """E.g. `….layers.3.self_attn.q_proj.lora_A.default.weight` -> `blk.3.attn_q.weight.lora_a`."""
    layer, _, rest = name.partition("layers.")[2].partition(".")
    module, _, side = rest.partition(".lora_")
    return f"blk.{layer}.{NAMES[module]}.weight.lora_{side[0].lower()}"


def quantisation(parameters: int) -> gguf.GGMLQuantizationType:
    """How an adapter of so many parameters is quantised."""
    block, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType.Q8_0]
    is_large = parameters / block * size > MOST_BYTES
    return gguf.GGMLQuantizationType.Q4_0 if is_large else gguf.GGMLQuantizationType.Q8_0


def _add(writer: gguf.GGUFWriter, name: str, data: Array, kind: gguf.GGMLQuantizationType) -> None:
    block, _ = gguf.GGML_QUANT_SIZES[kind]
    if data.shape[-1] % block == 0:
        writer.add_tensor(name, gguf.quantize(data, kind), raw_dtype=kind)
    else:
        writer.add_tensor(name, data.astype(np.float16))
