"""What a pre-training run is: a TOML file, every value of it checked and explained.

    tinyagent train run CONFIG.toml

`example()` is a whole file with all defaults and what they mean.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from training.runs.refused import RunRefused
from training.schedules import Decay

Positive = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0)]


class Optimizer(StrEnum):
    """How the weights are trained."""

    ADAMW = "adamw"
    GALORE = "galore"
    NATURAL_GALORE = "natural-galore"
    LORA = "lora"  # frozen random weights and a trained product of two thin ones beside each


class Strict(BaseModel):
    """Unknown names are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class ModelConfig(Strict):
    """The shape of the model: Llama's, through transformers' own classes."""

    width: Positive = Field(128, description="residual stream; a multiple of heads")
    layers: Positive = Field(4, description="blocks")
    heads: Positive = Field(4, description="attention heads")
    kv_heads: Positive = Field(4, description="heads of keys and values; divides heads")
    hidden: Positive = Field(352, description="width inside the feed-forward blocks")
    tied: bool = Field(True, description="output layer = embedding")
    mup: bool = Field(False, description="the multipliers of MiniCPM's wind tunnel (its table 7)")
    base_width: Positive = Field(256, description="width at which the multipliers are 1")
    embedding_scale: Rate = Field(12.0, description="of the embedding's output, with mup")
    depth_scale: Rate = Field(1.4, description="of a block's output, over the root of layers, with mup")
    init: Rate = Field(0.02, description="standard deviation of the first weights; MiniCPM has 0.1 with mup")

    @model_validator(mode="after")
    def _fits(self) -> ModelConfig:
        if self.width % self.heads or (self.width // self.heads) % 2:
            raise ValueError("width must be an even multiple of heads")
        if self.heads % self.kv_heads:
            raise ValueError("kv_heads must divide heads")
        return self


class DataConfig(Strict):
    """What is read, and how much of it at once."""

    train: Path = Field(Path("build/corpus/train"), description="tokens of 'tinyagent train corpus'")
    valid: Path | None = Field(None, description="tokens to measure on; else those beside train")
    length: Positive = Field(256, description="tokens of a sequence")
    batch: Positive = Field(32, description="sequences of a step, on all processes together")
    micro_batch: Positive = Field(32, description="sequences that are computed at once; divides batch")

    @model_validator(mode="after")
    def _fits(self) -> DataConfig:
        if self.batch % self.micro_batch:
            raise ValueError("micro_batch must divide batch")
        return self


class OptimizerConfig(Strict):
    """How the weights are trained."""

    name: Optimizer = Field(Optimizer.ADAMW, description=", ".join(Optimizer))
    learning_rate: Rate = Field(3e-3, description="peak; GaLore's step is also multiplied by scale")
    betas: tuple[float, float] = Field((0.9, 0.95), description="decay rates of Adam's two moments")
    weight_decay: float = Field(0.0, ge=0, description="decoupled, of all weights")
    clip: float = Field(1.0, ge=0, description="largest norm of all gradients together; 0: none")
    rank: Positive = Field(32, description="of the subspace, or of LoRA's weights")
    update_gap: Positive = Field(100, description="steps between two subspaces")
    scale: Rate = Field(0.25, description="of a step in the subspace")
    side: Literal["shorter", "left", "right", "both"] = Field(
        "shorter", description="which is projected: shorter, left, right, both"
    )
    bits: Literal[8, 32] = Field(32, description="of the optimizer's state")
    history: int = Field(4, ge=0, description="gradients of Natural GaLore; 0 is GaLore")
    damping: Rate = Field(0.3, description="share of their mean squared norm, or fixed")
    relative: bool = Field(True, description="whether the damping is relative")
    on_change: Literal["clear", "rotate", "keep"] = Field(
        "clear", description="history in a new subspace: clear, rotate, keep"
    )


class ScheduleConfig(Strict):
    """The learning rate over the run."""

    name: Literal["wsd", "cosine", "linear"] = Field("wsd", description="wsd, cosine or linear")
    warmup: int = Field(30, ge=0, description="steps")
    decay: float = Field(0.1, gt=0, le=1, description="share of all steps in wsd's last phase")
    form: Decay = Field(Decay.EXPONENTIAL, description=", ".join(Decay))
    floor: float = Field(0.1, ge=0, le=1, description="share of the peak at the end")


class RunConfig(Strict):
    """A run."""

    steps: Positive = Field(1000, description="optimizer steps")
    seed: int = Field(0, description="number that all chance comes from")
    precision: Literal["float32", "bfloat16"] = Field("float32", description="of the matrix products")
    checkpoint_every: Positive = Field(200, description="steps")
    keep: tuple[int, ...] = Field((), description="steps whose checkpoints stay, to decay from")
    measure_every: Positive = Field(100, description="steps")
    measure_windows: Positive = Field(128, description="sequences of the validation tokens")
    model: ModelConfig = ModelConfig()  # type: ignore[call-arg]
    data: DataConfig = DataConfig()  # type: ignore[call-arg]
    optimizer: OptimizerConfig = OptimizerConfig()  # type: ignore[call-arg]
    schedule: ScheduleConfig = ScheduleConfig()  # type: ignore[call-arg]


def read(path: Path) -> RunConfig:
    """The configuration of a file. RunRefused names the value that is wrong."""
    try:
        return RunConfig.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RunRefused(f"{path} can't be read: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'run'}: {e['msg']}" for e in error.errors())
        raise RunRefused(f"{path}: {wrong}") from error


def example() -> str:
    """A file with every default, and what each value means."""
    whole = RunConfig()  # type: ignore[call-arg]
    lines = _lines(whole)
    for name in ("model", "data", "optimizer", "schedule"):
        lines += ["", f"[{name}]", *_lines(getattr(whole, name))]
    return "\n".join(lines) + "\n"


def _lines(part: Strict) -> list[str]:
    found = []
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if isinstance(value, Strict):
            continue
        shown = _toml(value)
        found.append(f"{'# ' if value is None else ''}{name} = {shown}  # {field.description}")
    return found


def _toml(value: object) -> str:
    match value:
        case None:
            return '""'
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            return f'"{value}"'
