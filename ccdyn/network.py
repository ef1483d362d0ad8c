"""The network: its configuration and its weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from ccdyn.cerebellum import draw_mossy_mask
from ccdyn.checks import check_count, check_number
from ccdyn.feedback import FEEDBACK
from ccdyn.readout import READOUT
from ccdyn.rng import draw, make_generators, uniform
from ccdyn.tasks.batch import Task

# The architectures by the names that every table and picture of ccdyn uses.
ARCHITECTURES: dict[str, dict[str, str]] = {
    "no feedback": {"feedback": "none"},
    "readout feedback": {"feedback": "readout"},
    "cerebellar feedback": {"feedback": "cerebellar"},
    "granule readout": {"feedback": "none", "readout": "granule"},   # the control: a better readout, no loop
}
DTYPES = {"float32": torch.float32, "float64": torch.float64}


class Replicas:
    """What every configuration of a network says about its seeds; base of the frozen dataclasses."""

    seeds: int | tuple[int, ...]
    dtype: str

    @property
    def n_replicas(self) -> int | None:
        """Number of networks in one pass, or None without a replica axis."""
        return None if isinstance(self.seeds, int) else len(self.seeds)

    def check_replicas(self) -> None:
        """Refuse seeds that make no network or the same one twice, and an unknown number type."""
        if not isinstance(self.seeds, int):
            if not isinstance(self.seeds, Iterable) or isinstance(self.seeds, str):
                raise ValueError(f"seeds is {self.seeds!r}; use one whole number, or several as in range(5)")
            object.__setattr__(self, "seeds", tuple(self.seeds))
        seeds = (self.seeds,) if self.n_replicas is None else self.seeds
        for seed in seeds:
            check_count("seed", seed, 0)
        if len(set(seeds)) < len(seeds):
            raise ValueError(f"seeds {self.seeds} has a number twice, which makes the same network twice; "
                             "give each once")
        if self.seeds == ():
            raise ValueError("seeds is empty; give one seed, or a tuple with at least one")
        one_of("dtype", self.dtype, DTYPES)


@dataclass(frozen=True)
class NetworkConfig(Replicas):
    """Everything that makes a network what it is, apart from what it learns.

    The defaults are the published line-drawing network (Pemberton, Chadderton
    & Costa 2024).

    Raises:
        ValueError: a value that makes no network; the sentence names it and the fix.
    """

    n_in: int                           # input channels
    n_out: int                          # readout units: coordinates or classes
    feedback: str = "cerebellar"        # what the cortex hears: "none", "readout" or "cerebellar"
    readout: str = "linear"             # "linear", or "granule": a ReLU expansion, the control without feedback
    classification: bool = False        # targets are classes: feedback passes through a softmax
    n_cortex: int = 50                  # cortical units
    alpha: float | tuple = 0.1          # fraction of h kept per step: a number, (n_cortex,), or (replica, 1)
    expansion: float = 20.0             # granule cells per cortical unit
    n_slices: int = 1                   # predictions per output; tau + 1 for a temporal basis
    n_pons: int | None = None           # pontine units that compress the cortex before the expansion; None: a full copy
    fan_in: int | None = None           # mossy fibres per granule cell; None is all of them, real cells have 4 to 7
    cerebellar_noise: float = 0.0       # standard deviation of noise added to the cerebellum's output
    readout_dropout: float = 0.2        # share of granule drives dropped in training, granule readout only
    seeds: int | tuple[int, ...] = 0    # one seed: one network; several: that many networks in one pass
    dtype: str = "float32"              # or "float64"

    def __post_init__(self) -> None:
        self.check_replicas()
        if not isinstance(self.alpha, (int, float)):
            object.__setattr__(self, "alpha", _as_tuple(self.alpha))
        for name in ("n_in", "n_out", "n_cortex", "n_slices"):
            check_count(name, getattr(self, name))
        check_number("expansion", self.expansion)
        check_number("cerebellar_noise", self.cerebellar_noise)
        check_number("readout_dropout", self.readout_dropout)
        one_of("feedback", self.feedback, FEEDBACK)
        one_of("readout", self.readout, READOUT)
        self._check_alpha()
        if self.n_granule < 1:
            raise ValueError(f"expansion is {self.expansion}, which gives {self.n_cortex} cortical units no granule "
                             f"cell; use at least {1 / self.n_cortex:g} (published: 20)")
        if self.fan_in is not None:
            check_count("fan_in", self.fan_in, 1, self.n_mossy, f"there are {self.n_mossy} mossy fibres; "
                                                                "None is all of them")
        if self.n_pons is not None:
            check_count("n_pons", self.n_pons)
            if self.feedback != "cerebellar":
                raise ValueError(f"n_pons is {self.n_pons} but feedback is {self.feedback!r}, which has no pons; use "
                                 "feedback='cerebellar', or leave n_pons out")
        if self.readout_dropout >= 1:
            raise ValueError(f"readout_dropout is {self.readout_dropout}; use a share from 0 up to, not including, 1")
        if self.feedback == "readout" and self.readout == "granule":
            raise ValueError("feedback 'readout' with readout 'granule' is not a published architecture; "
                             "use readout='linear', or feedback='none' for the control")
        if self.n_slices > 1 and (self.classification or self.feedback != "cerebellar"):
            raise ValueError(f"n_slices is {self.n_slices}, a temporal basis, which is defined for regression with "
                             f"cerebellar feedback only; use n_slices=1")

    def _check_alpha(self) -> None:
        alpha = torch.as_tensor(self.alpha, dtype=torch.float64)
        if not bool(((alpha >= 0) & (alpha <= 1)).all()):
            raise ValueError(f"alpha is {self.alpha} but is the fraction of h kept per step; use 0 to 1")
        replicas = 1 if self.n_replicas is None else self.n_replicas
        fits = (alpha.ndim == 0 or alpha.shape == (self.n_cortex,)
                or (alpha.ndim == 2 and alpha.shape[0] == replicas and alpha.shape[1] in (1, self.n_cortex)))
        if not fits or (alpha.ndim == 2 and self.n_replicas is None):
            raise ValueError(f"alpha has shape {tuple(alpha.shape)} but the network has {self.n_cortex} units and "
                             f"{replicas} replica(s); use a number, ({self.n_cortex},), or ({replicas}, 1) with seeds")

    @property
    def n_granule(self) -> int:
        """Number of granule cells, round(expansion * n_cortex)."""
        return round(self.expansion * self.n_cortex)

    @property
    def n_mossy(self) -> int:
        """What granule cells can hear: the pontine units, or the cortical units themselves."""
        return self.n_cortex if self.n_pons is None else self.n_pons


class Weights(nn.Module):
    """The weights of one or several networks by name, row = receiving unit, and nothing else: base of all networks.

    What follows from this class says which configuration it has
    (``config_type``), which weights (``shapes``), and which of them has which
    learning rate (``group``). All are drawn uniformly, one generator per seed, in the order of ``shapes``.
    """

    config_type: ClassVar[type]

    def __init__(self, config: Any, device: torch.device | str = "cpu") -> None:
        super().__init__()
        self.config = config
        generator = make_generators(config.seeds, "weights")
        dtype = DTYPES[config.dtype]
        for name, (shape, bound) in self.shapes().items():
            # Drawn in float64 so that both dtypes start from the same numbers.
            weight = uniform(bound, shape, generator, torch.float64)
            self.register_parameter(name, nn.Parameter(weight.to(dtype)))
        for name in self.sparse():
            weight = getattr(self, name)
            mask = draw(weight.shape[-2:], generator, torch.float64,
                        lambda out, g: out.copy_(draw_mossy_mask(*out.shape, config.fan_in, g))).to(dtype)
            self.register_buffer(f"mask_{name}", mask)
            weight.data.mul_(mask)

    @classmethod
    def for_task(cls, task: Task, device: torch.device | str = "cpu", **settings) -> Self:
        """A network whose input, output and kind of target fit ``task``.

        Args:
            task: gives n_in, n_out and classification.
            settings: any other field of its configuration.

        Raises:
            ValueError: an unknown or impossible setting.
        """
        known = [field.name for field in fields(cls.config_type)]
        for name in settings:
            if name not in known:
                raise ValueError(f"unknown network setting {name!r}; use one of {', '.join(known)} "
                                 "(what belongs to training, such as tau and lr, goes to start)")
        sizes = {"n_in": task.n_in, "n_out": task.n_out, "classification": task.classification}
        return cls(cls.config_type(**{**sizes, **settings}), device)

    @property
    def label(self) -> str:
        """What it is, in two words."""
        raise NotImplementedError

    def shapes(self) -> dict[str, tuple[tuple[int, ...], float]]:
        """By weight name: shape without the replica axis, bound of the uniform initial values."""
        raise NotImplementedError

    def sparse(self) -> tuple[str, ...]:
        """Names of the weights that have ``config.fan_in`` synapses in each row."""
        raise NotImplementedError

    def group(self, name: str) -> str:
        """Which learning rate a weight belongs to: "cortex", "readout" or "cerebellum"."""
        raise NotImplementedError

    @property
    def dtype(self) -> torch.dtype:
        """Number type of the weights."""
        return self.W_hh.dtype

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.W_hh.device

    def weights(self) -> dict[str, Tensor]:
        """All weights by name, as they stand: (to, from), or (replica, to, from)."""
        return dict(self._parameters)

    @property
    def masks(self) -> dict[str, Tensor]:
        """1 where a synapse is and 0 where there is none, by weight name; only for weights with ``fan_in``."""
        return {name.removeprefix("mask_"): mask for name, mask in self.named_buffers() if name.startswith("mask_")}

    def extra_repr(self) -> str:
        return repr(self.config)


class Network(Weights):
    """A leaky cortex, one kind of feedback, one kind of readout; the weights and nothing else.

    Weights are attributes with the papers' names, row = receiving unit:
    ``W_ih`` (stimulus), ``W_hh`` (recurrent), ``W_rdt`` and ``b_rdt``
    (readout), ``W_zh`` (readout feedback), ``W_ch`` (cerebellum to cortex),
    ``W_mf`` (mossy fibres), ``W_pf`` (parallel fibres), with a pons also
    ``W_pons``, which never learns; the granule readout has ``W_mf_rdt`` and
    ``W_pf_rdt`` instead of ``W_rdt``. With several seeds
    each has a replica axis in front: (replica, to, from).

    Initial values are uniform within +-1/sqrt(n_cortex) for everything that
    enters or leaves the cortex, +-1/sqrt(fan_in) for mossy fibres and
    +-1/sqrt(n_granule) for parallel fibres. The cortex and the readout are
    drawn first, so the same seed has the same cortex whatever its feedback.

    Example:
        >>> from ccdyn import LineDrawing, Network
        >>> network = Network.for_task(LineDrawing(), feedback="cerebellar", seeds=(0, 1, 2))
        >>> network.W_hh.shape
        torch.Size([3, 50, 50])
    """

    config_type = NetworkConfig

    def __init__(self, config: NetworkConfig, device: torch.device | str = "cpu") -> None:
        self.feedback, self.readout = FEEDBACK[config.feedback], READOUT[config.readout]
        super().__init__(config, device)
        for name in ("W_mf", "W_mf_rdt"):
            if hasattr(self, name):
                weight = getattr(self, name)
                # The granule axis last in memory: the products that are as large as
                # (batch, granule) then need no transposed copy, forward or backward.
                weight.data = weight.data.mT.contiguous().mT
        alpha = torch.as_tensor(config.alpha, dtype=self.dtype)
        self.register_buffer("alpha", alpha.unsqueeze(-2) if alpha.ndim == 2 else alpha)
        self.to(device)

    @property
    def label(self) -> str:
        return f"{self.config.feedback} feedback"

    def shapes(self) -> dict[str, tuple[tuple[int, ...], float]]:
        c = self.config
        bound = c.n_cortex**-0.5
        cortex = {"W_ih": ((c.n_cortex, c.n_in), bound), "W_hh": ((c.n_cortex, c.n_cortex), bound)}
        return {**cortex, **self.readout.shapes(c), **self.feedback.shapes(c)}

    def sparse(self) -> tuple[str, ...]:
        return () if self.config.fan_in is None else tuple(name for name in ("W_mf", "W_mf_rdt")
                                                           if hasattr(self, name))

    def group(self, name: str) -> str:
        if name in self.readout.shapes(self.config):
            return "readout"
        return "cerebellum" if name in ("W_pons", "W_mf", "W_pf") else "cortex"


def one_of(name: str, value: str, choices) -> None:
    """Refuse anything but one of ``choices``."""
    if value not in choices:
        raise ValueError(f"unknown {name} {value!r}; use one of {', '.join(map(repr, choices))}")


def _as_tuple(alpha: Any) -> float | tuple:
    try:
        values = torch.as_tensor(alpha, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"alpha is {alpha!r}; use a number from 0 to 1, or one for each cortical unit") from None
    numbers = values.tolist()
    return tuple(map(tuple, numbers)) if values.ndim == 2 else tuple(numbers) if values.ndim == 1 else numbers
