"""Learning rates at the corners of their schedules."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.schedules import Decay, cosine, fallen, linear, scheduler, wsd


def test_the_learning_rate_rises_stays_and_falls() -> None:
    rates = [wsd(step, 200, warmup=10, decay=0.25, floor=0.05) for step in range(200)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9] == rates[149] == 1.0
    assert rates[150] < 1.0
    assert rates[199] == pytest.approx(0.05)
    assert all(later <= earlier for earlier, later in itertools.pairwise(rates[9:]))


def test_a_longer_run_has_the_same_beginning() -> None:
    assert [wsd(step, 400) for step in range(300)] == [wsd(step, 4000) for step in range(300)]


@pytest.mark.parametrize("form", list(Decay))
def test_every_decay_falls_from_its_first_step_to_the_floor_at_the_last(form: Decay) -> None:
    rates = [wsd(step, 100, warmup=10, decay=0.1, floor=0.02, form=form) for step in range(100)]
    assert rates[89] == 1.0
    assert rates[90] < 1.0
    assert rates[99] == pytest.approx(0.02)
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[89:]))


def test_the_forms_have_their_values_half_way() -> None:
    half = {form: fallen(0.5, 0.1, form) for form in Decay}
    assert half[Decay.EXPONENTIAL] == pytest.approx(0.1**0.5)
    assert half[Decay.LINEAR] == half[Decay.COSINE] == pytest.approx(0.55)
    assert half[Decay.ROOT] == pytest.approx(0.1 + 0.9 * (1 - 0.5**0.5))


def test_an_exponential_decay_is_one_with_a_half_life() -> None:
    """The paper writes 0.5^((s - T)/H); here, floor = 0.5^((S - T)/H)."""
    rates = [wsd(step, 1000, warmup=0, decay=0.2, floor=0.5**4) for step in range(1000)]
    assert rates[799 + 50] == pytest.approx(0.5)
    assert rates[799 + 100] == pytest.approx(0.25)


def test_an_exponential_decay_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="floor above 0"):
        fallen(0.5, 0.0, Decay.EXPONENTIAL)


@pytest.mark.parametrize(("schedule", "floor"), [(cosine, 0.1), (linear, 0.0)])
def test_cosine_and_linear_rise_and_end_at_their_floor(schedule: Callable[..., float], floor: float) -> None:
    rates = [schedule(step, 50, warmup=5) for step in range(50)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert rates[-1] == pytest.approx(floor)
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[4:]))


@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 20), st.sampled_from(list(Decay)))
def test_no_run_is_too_short_for_a_rate_between_0_and_1(
    step: int, total: int, warmup: int, form: Decay
) -> None:
    for rate in (
        wsd(step, total, warmup=warmup, form=form),
        cosine(step, total, warmup=warmup),
        linear(step, total, warmup=warmup),
    ):
        assert 0 <= rate <= 1


def test_a_schedule_is_one_of_torch_s() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)
    torchs = scheduler(optimizer, lambda step: wsd(step, 10, warmup=2, decay=0.5))
    seen = []
    for _ in range(10):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        torchs.step()
    assert seen == pytest.approx([2 * wsd(step, 10, warmup=2, decay=0.5) for step in range(10)])
