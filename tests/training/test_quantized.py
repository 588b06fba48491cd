"""LoRA on rounded weights: the rounding is that of the file that runs, the gradients are LoRA's."""

from __future__ import annotations

import gguf
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from peft import LoraConfig, get_peft_model

from training.finetune.base import with_lora
from training.finetune.quantized import QuantizedLoraLinear, rounded

Q4_0 = gguf.GGMLQuantizationType.Q4_0


def as_it_runs(weight: np.ndarray) -> np.ndarray:
    """Through the bytes of the format."""
    return np.asarray(gguf.dequantize(gguf.quantize(weight, Q4_0), Q4_0))


@given(st.integers(0, 10_000), st.sampled_from([1e-3, 1.0, 50.0]))
def test_weights_are_rounded_as_the_format_rounds_them(seed: int, size: float) -> None:
    weight = np.random.default_rng(seed).normal(0, size, (6, 64)).astype(np.float32)
    np.testing.assert_array_equal(rounded(torch.from_numpy(weight)).numpy(), as_it_runs(weight))


@given(arrays(np.float32, (2, 32), elements=st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0])))
def test_odd_blocks_stay_finite_and_near(weight: np.ndarray) -> None:
    near = rounded(torch.from_numpy(weight)).numpy()
    assert np.isfinite(near).all()
    assert np.abs(near - weight).max() <= np.abs(weight).max() / 8 + 1e-6  # a step of the scale


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q_proj = torch.nn.Linear(64, 32)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.q_proj(x)
        return y


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(3, 64, generator=torch.Generator().manual_seed(2), requires_grad=True)


def adapted(net: torch.nn.Module, *, plain: bool) -> torch.nn.Module:
    config = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj"], lora_dropout=0.0)
    made: torch.nn.Module = get_peft_model(net, config) if plain else with_lora(net, 4, 8)
    torch.manual_seed(5)
    for name, parameter in made.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    return made


def parts(made: torch.nn.Module) -> tuple[torch.nn.Linear, torch.Tensor]:
    """The layer below the adapter, and what the adapter adds to its weights."""
    (layer,) = (m for m in made.modules() if isinstance(m, QuantizedLoraLinear))
    weights = dict(layer.named_parameters())
    base = layer.get_base_layer()
    assert isinstance(base, torch.nn.Linear)
    return base, 2.0 * (weights["lora_B.default.weight"] @ weights["lora_A.default.weight"])


def net() -> Net:
    torch.manual_seed(1)
    return Net()


def test_the_layer_computes_with_the_merged_and_rounded_weights(x: torch.Tensor) -> None:
    made = adapted(net(), plain=False)
    base, change = parts(made)
    weight = as_it_runs((base.weight + change).detach().numpy())
    wanted = x.detach().numpy() @ weight.T + base.bias.detach().numpy()
    np.testing.assert_allclose(made(x).detach().numpy(), wanted, rtol=1e-5, atol=1e-5)


def test_the_adapter_learns_as_if_nothing_was_rounded(x: torch.Tensor) -> None:
    gradients = []
    for plain in (True, False):
        made = adapted(net(), plain=plain)
        (made(x) * torch.arange(32.0)).sum().backward()
        gradients.append({n: p.grad for n, p in made.named_parameters() if p.requires_grad})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient)


def test_what_lies_before_the_layer_sees_the_rounded_weights(x: torch.Tensor) -> None:
    made = adapted(net(), plain=False)
    made(x).sum().backward()
    base, change = parts(made)
    wanted = rounded((base.weight + change).detach()).sum(0).expand(3, -1)
    torch.testing.assert_close(x.grad, wanted)
