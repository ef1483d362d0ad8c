"""What comes back to the cortex: nothing, its own readout, or the cerebellum's prediction.

Three objects with the same methods. ``shapes`` names the weights, and ``step``
gives f_t, what enters the cortex through the feedback weights W_fh at one time
step. These are called W_zh for readout feedback and W_ch for the cerebellum.
None of the three holds a number: weights come in as ``w``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccdyn.cerebellum import granule_step, mossy_input, purkinje_step

if TYPE_CHECKING:
    from ccdyn.network import NetworkConfig


@dataclass(frozen=True)
class Silence:
    """Scale the feedback from one step to another: 0 silences it, 0.5 halves it, 1 leaves it.

    The factor multiplies f_t *after* the softmax of classification, so a
    silenced network hears zeros, not "all classes equally likely".

    Args:
        factor: what f_t is multiplied with; 0 is complete silence.
        start: first silenced step.
        stop: first step that is heard again; None means to the end.

    Raises:
        ValueError: a factor that is not finite, or a window that ends before it starts.
    """

    factor: float = 0.0
    start: int = 0
    stop: int | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.factor):
            raise ValueError(f"silence factor is {self.factor}; use a number such as 0 (silent) or 0.5 (half)")
        if self.start < 0 or (self.stop is not None and self.stop < self.start):
            raise ValueError(f"silence runs from step {self.start} to {self.stop}; use 0 <= start <= stop")

    def factors(self, n_steps: int) -> list[float]:
        """The factor at each of ``n_steps`` time steps."""
        stop = n_steps if self.stop is None else self.stop
        return [self.factor if self.start <= t < stop else 1.0 for t in range(n_steps)]


class NoFeedback:
    """Nothing comes back."""

    weight: str | None = None  # name of the feedback weights W_fh
    hears_readout = False

    def size(self, config: NetworkConfig) -> int:
        """Number of feedback channels."""
        return 0

    def shapes(self, config: NetworkConfig) -> dict[str, tuple[tuple[int, int], float]]:
        """Weights by name: ((to, from), bound of the uniform initial values)."""
        return {}

    def step(self, rate, readout, w, writer, t, config, factor, noise):
        """None: there is no f_t."""
        return None


class ReadoutFeedback(NoFeedback):
    """The cortex hears its own last answer: f_t = z_{t-1}, softmax(z_{t-1}) for classification.

    z_{-1} = 0, so the first step hears zeros, or 1/n_out for classification.
    """

    weight = "W_zh"
    hears_readout = True

    def size(self, config: NetworkConfig) -> int:
        return config.n_out

    def shapes(self, config: NetworkConfig) -> dict[str, tuple[tuple[int, int], float]]:
        return {"W_zh": ((config.n_cortex, config.n_out), config.n_cortex**-0.5)}

    def step(self, rate, readout, w, writer, t, config, factor, noise):
        """f_t, (replica, batch, n_out)."""
        f = readout.softmax(-1) if config.classification else readout
        f = f if factor == 1.0 else f * factor
        writer.put("feedback", t, f)
        return f


class CerebellarFeedback(NoFeedback):
    """The cortex hears a prediction made from its own last state::

        p_t = W_pf relu(W_mf r_{t-1})       (W_mf W_pons r_{t-1} with a pons)
        c_t = factor_t p_t + noise_t        (softmax of p_t first, for classification)

    where factor_t is 1 unless silenced and noise_t is N(0, cerebellar_noise^2).
    Noise is added after silencing, as in the released code.

    Source: Pemberton, Chadderton & Costa (2024), Table 1 and released code.
    """

    weight = "W_ch"

    def size(self, config: NetworkConfig) -> int:
        return config.n_out * config.n_slices

    def shapes(self, config: NetworkConfig) -> dict[str, tuple[tuple[int, int], float]]:
        fan_in = config.fan_in or config.n_mossy
        pons = {} if config.n_pons is None else {"W_pons": ((config.n_pons, config.n_cortex), config.n_cortex**-0.5)}
        return {
            "W_ch": ((config.n_cortex, self.size(config)), config.n_cortex**-0.5),
            "W_mf": ((config.n_granule, config.n_mossy), fan_in**-0.5),
            "W_pf": ((self.size(config), config.n_granule), config.n_granule**-0.5),
            **pons,
        }

    def step(self, rate, readout, w, writer, t, config, factor, noise):
        """c_t, (replica, batch, n_out * n_slices)."""
        granule = granule_step(mossy_input(rate, w), w["W_mf"], writer.out("drive", t), writer.out("granule", t))
        writer.put("granule", t, granule)
        prediction = purkinje_step(granule, w["W_pf"])
        writer.put("prediction", t, prediction)
        c = prediction.softmax(-1) if config.classification else prediction
        c = c if factor == 1.0 else c * factor
        c = c if noise is None else c + noise
        writer.put("feedback", t, c)
        return c


FEEDBACK = {"none": NoFeedback(), "readout": ReadoutFeedback(), "cerebellar": CerebellarFeedback()}
