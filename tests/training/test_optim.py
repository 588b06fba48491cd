"""GaLore and Natural GaLore against references: torch's AdamW, dense solves in float64, their own limits."""

from __future__ import annotations

import copy
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor, nn

from tests.support import free_port
from tests.training import optim_together
from training.optim import GaLoreAdamW, NaturalGaLoreAdamW, projected_groups
from training.optim.codes import BLOCK, decode_signed, decode_unsigned, encode_signed, encode_unsigned
from training.optim.natural import Damping, natural_step
from training.optim.per_layer import PerLayerUpdate
from training.optim.projection import Side, leading

Make = Callable[[Iterable[Any]], torch.optim.Optimizer]


def gradients(shape: tuple[int, ...], count: int, seed: int = 0) -> list[Tensor]:
    source = torch.Generator().manual_seed(seed)
    shared = torch.randn(shape, generator=source)
    return [shared + torch.randn(shape, generator=source) for _ in range(count)]


def trained(make: Make, start: Tensor, given_gradients: Iterable[Tensor]) -> Tensor:
    parameter = nn.Parameter(start.clone())
    optimizer = make([parameter])
    for gradient in given_gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
    return parameter.detach()


def test_without_a_rank_it_is_adamw_as_torch_has_it() -> None:
    start, seen = torch.randn(6, 4), gradients((6, 4), 20)
    ours = trained(lambda p: GaLoreAdamW(p, 0.03, weight_decay=0.1), start, seen)
    theirs = trained(lambda p: torch.optim.AdamW(p, 0.03, weight_decay=0.1), start, seen)
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("shape", "on_left"), [((5, 9), True), ((9, 5), False), ((6, 6), False)])
def test_full_rank_is_adam_in_a_rotated_basis(shape: tuple[int, int], on_left: bool) -> None:
    start, seen = torch.randn(shape), gradients(shape, 12)
    ours = trained(lambda p: GaLoreAdamW(p, 0.02, rank=min(shape), scale=1.0), start, seen)
    projection = leading(seen[0], min(shape), Side.SHORTER)
    basis = projection.left if on_left else projection.right
    assert basis is not None

    def turn(x: Tensor) -> Tensor:
        return basis.T @ x if on_left else x @ basis

    turned = [turn(gradient) for gradient in seen]
    there = trained(lambda p: torch.optim.AdamW(p, 0.02, weight_decay=0.0), turn(start), turned)
    theirs = basis @ there if on_left else there @ basis.T
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_a_step_stays_in_the_subspace_and_is_scaled() -> None:
    start, seen = torch.zeros(8, 20), gradients((8, 20), 3)
    half = trained(lambda p: GaLoreAdamW(p, 0.1, rank=2, scale=0.5), start, seen)
    whole = trained(lambda p: GaLoreAdamW(p, 0.1, rank=2, scale=1.0), start, seen)
    torch.testing.assert_close(half * 2, whole)
    assert torch.linalg.matrix_rank(whole) == 2


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("shape", [(7, 12), (12, 7)])
def test_the_subspace_is_that_of_the_leading_singular_vectors(side: Side, shape: tuple[int, int]) -> None:
    (gradient,) = gradients(shape, 1)
    projection = leading(gradient * 1e-15, 3, side)  # squares of such numbers are 0 in float32
    u, s, vh = torch.linalg.svd(gradient)
    kept = {
        Side.LEFT: u[:, :3] @ u[:, :3].T @ gradient,
        Side.RIGHT: gradient @ vh[:3].T @ vh[:3],
    }.get(side, u[:, :3] @ torch.diag(s[:3]) @ vh[:3])
    torch.testing.assert_close(projection.up(projection.down(gradient)), kept, rtol=1e-3, atol=1e-4)


def test_the_subspace_changes_when_it_is_time_and_the_moments_stay() -> None:
    parameter = nn.Parameter(torch.zeros(4, 9))
    optimizer = GaLoreAdamW([parameter], rank=2, update_gap=3)
    bases, counts = [], []
    for gradient in gradients((4, 9), 7):
        parameter.grad = gradient
        optimizer.step()
        bases.append(optimizer.state[parameter]["left"])
        counts.append(optimizer.state[parameter]["step"])
    assert [bases[i] is bases[i + 1] for i in range(6)] == [True, True, False, True, True, False]
    assert counts == list(range(1, 8))


def dense(columns: Tensor, newest: int, size: float) -> Tensor:
    """λ·(λI + G·Gᵀ)⁻¹·g, solved as it stands in float64. columns: (s, k)."""
    g = columns.double().T
    system = size * torch.eye(len(g), dtype=torch.float64) + g @ g.T
    solved: Tensor = torch.linalg.solve(system, g[:, newest])
    return size * solved


@pytest.mark.parametrize("norm", [1e-4, 1e-2, 1.0, 10.0, 100.0])
@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("alike", [0.0, 3.0])
def test_the_natural_step_equals_a_dense_solve(norm: float, relative: bool, alike: float) -> None:
    source = torch.Generator().manual_seed(5)
    rows = torch.randn(20, 300, generator=source) + alike * torch.randn(300, generator=source)
    rows *= norm / rows.norm(dim=1, keepdim=True)
    gram = rows @ rows.T
    damping = Damping(0.3, True) if relative else Damping(1e-3, False)
    ours = natural_step(rows, gram, 7, damping).double()
    expected = dense(rows, 7, damping.of(gram))
    assert ((ours - expected).norm() / expected.norm()).item() < 1e-5


def test_one_gradient_alone_is_only_scaled() -> None:
    (g,) = gradients((1, 50), 1)
    step = natural_step(g, g @ g.T, 0, Damping(0.5, False))
    torch.testing.assert_close(step, 0.5 * g[0] / (0.5 + g[0] @ g[0]))


def test_gradients_of_nothing_give_a_step_of_nothing() -> None:
    zero = torch.zeros(3, 8)
    assert natural_step(zero, zero @ zero.T, 1, Damping(0.3, True)).tolist() == [0.0] * 8


@pytest.mark.parametrize("side", ["shorter", "both"])
def test_endless_damping_is_galore(side: str) -> None:
    start, seen = torch.randn(8, 30), gradients((8, 30), 15)
    options: dict[str, Any] = {"rank": 3, "update_gap": 6, "side": side}
    galore = trained(lambda p: GaLoreAdamW(p, 0.01, **options), start, seen)
    damped = trained(lambda p: NaturalGaLoreAdamW(p, 0.01, history=5, damping=1e9, **options), start, seen)
    none = trained(lambda p: NaturalGaLoreAdamW(p, 0.01, history=0, **options), start, seen)
    natural = trained(lambda p: NaturalGaLoreAdamW(p, 0.01, history=5, **options), start, seen)
    torch.testing.assert_close(damped, galore, rtol=1e-5, atol=1e-7)
    assert torch.equal(none, galore)
    assert not torch.allclose(natural, galore, rtol=1e-2)


def test_the_first_natural_step_sees_one_gradient_and_a_new_subspace_starts_again() -> None:
    parameter = nn.Parameter(torch.zeros(4, 9))
    optimizer = NaturalGaLoreAdamW([parameter], rank=2, update_gap=4, history=3)
    counts = []
    for gradient in gradients((4, 9), 6):
        parameter.grad = gradient
        optimizer.step()
        counts.append(optimizer.state[parameter]["seen"])
    assert counts == [1, 2, 3, 4, 1, 2]


def test_a_rotated_history_is_what_the_new_subspace_sees_of_it() -> None:
    seen = gradients((4, 9), 5)
    parameter = nn.Parameter(torch.zeros(4, 9))
    optimizer = NaturalGaLoreAdamW([parameter], rank=4, update_gap=4, history=8, on_change="rotate")
    for gradient in seen:
        parameter.grad = gradient
        optimizer.step()
    state = optimizer.state[parameter]
    expected = torch.stack([(state["left"].T @ g).reshape(-1) for g in seen])  # full rank loses nothing
    torch.testing.assert_close(state["history"][:5], expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(state["gram"][:5, :5], expected @ expected.T, rtol=1e-4, atol=1e-3)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 700), st.floats(-20, 20), st.integers(0, 9))
def test_codes_keep_numbers_of_many_sizes(count: int, exponent: float, seed: int) -> None:
    source = torch.Generator().manual_seed(seed)
    values = torch.randn(count, generator=source) * math.exp(exponent)
    back = decode_signed(*encode_signed(values))
    most = torch.stack([block.abs().max() for block in torch.split(values, BLOCK) for _ in block])
    assert ((back - values).abs() <= 0.012 * most).all()
    squares = values**2
    kept = decode_unsigned(*encode_unsigned(squares))
    assert (kept >= squares * 0.99).all()
    assert ((kept - squares) <= 0.02 * most**2).all()
    again = decode_signed(*encode_signed(back))
    torch.testing.assert_close(again, back)


def test_eight_bits_train_nearly_like_thirty_two() -> None:
    start, seen = torch.zeros(16, 64), gradients((16, 64), 30)
    options: dict[str, Any] = {"rank": 8, "history": 3}
    exact = trained(lambda p: NaturalGaLoreAdamW(p, 0.01, **options), start, seen)
    coded = trained(lambda p: NaturalGaLoreAdamW(p, 0.01, bits=8, **options), start, seen)
    assert ((coded - exact).norm() / exact.norm()).item() < 0.1


@pytest.mark.parametrize("bits", [8, 32])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_run_that_is_saved_and_loaded_goes_on_as_if_nothing_had_been(bits: int, dtype: torch.dtype) -> None:
    seen = [g.to(dtype) for g in gradients((8, 40), 12)]
    make: Callable[[Any], torch.optim.Optimizer] = lambda p: NaturalGaLoreAdamW(  # noqa: E731
        p, 0.01, rank=4, update_gap=5, history=3, bits=bits
    )
    whole = trained(make, torch.ones(8, 40, dtype=dtype), seen)
    parameter = nn.Parameter(torch.ones(8, 40, dtype=dtype))
    optimizer = make([parameter])
    for i, gradient in enumerate(seen):
        if i == 7:
            saved = copy.deepcopy(optimizer.state_dict())
            parameter = nn.Parameter(parameter.detach().clone())
            optimizer = make([parameter])
            optimizer.load_state_dict(saved)
        parameter.grad = gradient.clone()
        optimizer.step()
    assert torch.equal(parameter, whole)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rank": 0}, "rank must be at least 1"),
        ({"update_gap": 0}, "update_gap must be at least 1"),
        ({"bits": 4}, "8 or 32 bits, not 4"),
        ({"side": "top"}, "'top' is not a valid Side"),
        ({"history": -1}, "history must be at least 0"),
        ({"damping": 0.0}, "damping above 0"),
        ({"on_change": "?"}, 'on_change is "clear", "rotate" or "keep"'),
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NaturalGaLoreAdamW([nn.Parameter(torch.zeros(2, 2))], **wrong)


def test_linear_layers_are_projected_and_embeddings_norms_and_the_head_are_not() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(7, 4)
            self.inner = nn.Linear(4, 4)
            self.norm = nn.LayerNorm(4)
            self.lm_head = nn.Linear(4, 7, bias=False)

    model = Model()
    projected, plain = projected_groups(model, rank=2)
    assert [id(p) for p in projected["params"]] == [id(model.inner.weight)]
    assert len(plain["params"]) == len(list(model.parameters())) - 1
    optimizer = NaturalGaLoreAdamW([projected, plain])
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)
    optimizer.step()
    assert "left" not in optimizer.state[model.lm_head.weight]
    assert {"right", "history"} <= optimizer.state[model.inner.weight].keys()


def losses(model: nn.Module, batches: list[Tensor]) -> Iterable[Tensor]:
    return (model(batch).square().mean() / len(batches) for batch in batches)


def two_layers() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 4))


@pytest.mark.parametrize("micro_batches", [1, 3])
def test_updates_in_the_backward_pass_are_those_of_a_step_after_it(micro_batches: int) -> None:
    """With one micro-batch to the bit; with several, but for the basis, which is that of the first one."""
    data = torch.randn(5, micro_batches, 8, 6, generator=torch.Generator().manual_seed(1))
    options: dict[str, Any] = {"rank": 4, "history": 2, "update_gap": 100}
    after, during = two_layers(), two_layers()
    optimizer = NaturalGaLoreAdamW(projected_groups(after, **options), 0.01)
    other = NaturalGaLoreAdamW(projected_groups(during, **options), 0.01)
    for step in data:
        first = True
        for loss in losses(after, list(step)):
            torch.autograd.backward(loss)
            if first:  # the same basis as the other has
                for p in optimizer.param_groups[0]["params"]:
                    optimizer.reduce(p, p.grad, optimizer.param_groups[0])
                first = False
        for group in optimizer.param_groups:
            for p in group["params"]:
                optimizer.update(p, optimizer.projected(p, p.grad, group), group)
        optimizer.zero_grad()
    with PerLayerUpdate(other, micro_batches=micro_batches):
        for step in data:
            for loss in losses(during, list(step)):
                torch.autograd.backward(loss)
                assert micro_batches > 1 or all(p.grad is None for p in during.parameters())
    for p, q in zip(after.parameters(), during.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-4, atol=1e-6)
        assert micro_batches > 1 or torch.equal(p, q)


def test_each_weight_s_gradient_is_clipped_on_its_own() -> None:
    def moved(scale: float, clip: float | None) -> Tensor:
        model = two_layers()
        optimizer = GaLoreAdamW(
            projected_groups(model, rank=2), eps=1e-1
        )  # Adam itself hardly sees the scale
        with PerLayerUpdate(optimizer, clip=clip):
            torch.autograd.backward(model(torch.ones(1, 6)).square().mean() * scale)
        return torch.cat([p.detach().flatten() for p in model.parameters()])

    torch.testing.assert_close(moved(1e6, 1e-3), moved(1e3, 1e-3))
    assert not torch.allclose(moved(1e3, None), moved(1.0, None))


def test_a_step_without_its_last_micro_batch_is_not_lost_in_silence() -> None:
    model = two_layers()
    optimizer = GaLoreAdamW(projected_groups(model, rank=2))
    with (
        pytest.raises(RuntimeError, match="less than 2 micro-batches"),
        PerLayerUpdate(optimizer, micro_batches=2),
    ):
        torch.autograd.backward(model(torch.ones(1, 6)).square().mean())


@pytest.mark.parametrize("kind", ["ddp", "fsdp"])
def test_two_processes_make_the_steps_of_one_with_twice_the_batch(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "two.safetensors"
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    command += ["--master_port", str(free_port()), "-m", "tests.training.optim_together", kind, str(path)]
    environment = os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    alone = optim_together.model()
    optimizer = optim_together.optimizer(alone)
    for batch in optim_together.batches():
        torch.autograd.backward(optim_together.loss_of(alone, batch))
        optimizer.step()
        optimizer.zero_grad()
    together = load_file(path)
    for name, value in alone.state_dict().items():
        torch.testing.assert_close(together[name], value, rtol=1e-4, atol=1e-6)
