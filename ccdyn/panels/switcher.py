"""Networks that learn in two contexts while someone switches, and a diary from which it can be repeated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cosine_similarity

from ccdyn.experiments import Contexts
from ccdyn.network import Network
from ccdyn.panels.tape import arguments
from ccdyn.plasticity.rule import observe
from ccdyn.plots.curves import Curve
from ccdyn.rng import make_generators
from ccdyn.tasks.linedraw import LineDrawing

TEST_REPEATS = 5    # test trials of each pattern
N_KEPT = 20         # copies to go back to


@dataclass(frozen=True)
class Sharing:
    """What needs new networks.

    Attributes:
        cerebella: "distinct" or "one".
        shared: share of the parallel fibres that are common; only if cerebella are distinct.
        sharing: "copied" or "true".
        plastic_readout: False freezes the readout after the first context.
        alpha: fraction of h kept per step.
    """

    cerebella: str
    shared: float
    sharing: str
    plastic_readout: bool
    alpha: float

    @property
    def words(self) -> str:
        """All that matter, shortly."""
        if self.cerebella == "one":
            parts = "one cerebellum for both"
        else:
            how = {"copied": "copied", "true": "truly in common"}[self.sharing]
            parts = "a cerebellum each" + (f", {self.shared:.0%} of parallel fibres {how}" if self.shared else "")
        frozen = "" if self.plastic_readout else ", readout frozen after the first switch"
        return f"alpha {self.alpha:g}, {parts}{frozen}"

    @property
    def options(self) -> dict:
        """Those of ``Contexts`` that are not as they are anyway."""
        own = self.cerebella == "distinct" and self.shared
        return {**({"cerebella": "one"} if self.cerebella == "one" else {}),
                **({"shared": self.shared, "sharing": self.sharing} if own else {}),
                **({} if self.plastic_readout else {"plastic_readout": False})}


class Switcher:
    """``Contexts`` in training, their test errors so far, and the diary of what was done to them.

    Args:
        tasks: by context.
        sharing: what the contexts have in common.
        seeds: one per network.
        sizes: further fields of ``NetworkConfig``.
        training: further fields of ``TrainConfig``.
    """

    def __init__(self, tasks: Mapping[str, LineDrawing], sharing: Sharing, seeds: Sequence[int], sizes: dict,
                 training: dict) -> None:
        self.tasks, self.sharing, self.training = dict(tasks), sharing, training
        self._network = {"alpha": sharing.alpha, "seeds": tuple(seeds), **sizes}
        network = Network.for_task(next(iter(tasks.values())), **self._network)
        self.contexts = Contexts(network, tasks, **sharing.options, **{"validation_size": 10, **training})
        self.batches = 0
        self.diary = [(0, self.contexts.now)]   # the batch from which on it was which context
        self.points: list[int] = []
        self.values: list[dict[str, np.ndarray]] = []
        self._seen = False
        self._kept = [(0, self.contexts.snapshot(), 1)]
        self.tests = {context: task.trials(list(range(task.n_patterns)) * TEST_REPEATS,
                                           make_generators(tuple(seeds), "test"), network.dtype)
                      for context, task in self.tasks.items()}

    def switch(self, context: str) -> None:
        """Go on in another context; nothing is learned."""
        if context != self.contexts.now:
            self.contexts.switch(context)
            self.diary.append((self.batches, context))
            self._keep()
            self._seen = False

    def advance(self, n_batches: int) -> None:
        """Learn from ``n_batches`` more batches, and keep a copy after each session."""
        while n_batches:
            some = min(n_batches, self.contexts.state.batches_left)
            self.contexts.advance(some)
            self.batches, n_batches, self._seen = self.batches + some, n_batches - some, False
            if self.contexts.state.batches_left == self.contexts.state.config.batches_per_session:
                self._keep()

    def rewind(self) -> None:
        """Go back to the last copy that is older than now, into its context."""
        while len(self._kept) > 1 and self._kept[-1][0] >= self.batches:
            self._kept.pop()
        self.batches, saved, length = self._kept[-1]
        self.contexts.restore(saved)
        self.diary = self.diary[:length]
        while self.points and self.points[-1] >= self.batches:
            self.points.pop()
            self.values.pop()
        self._seen = False

    def look(self) -> None:
        """Run the test trials of both contexts, if anything has happened since the last look."""
        if self._seen:
            return
        self.networks = {context: self.contexts.network(context) for context in self.tasks}
        self.records = {context: observe(network, self.tests[context]) for context, network in self.networks.items()}
        if self.points[-1:] == [self.batches]:
            self.points.pop()
            self.values.pop()
        self.points.append(self.batches)
        self.values.append({context: record.loss.double().numpy() for context, record in self.records.items()})
        self._seen = True

    def _keep(self) -> None:
        """Keep a copy of how it is now, in the place of one from the same batch."""
        if self._kept[-1][0] == self.batches:
            self._kept.pop()
        self._kept = [*self._kept, (self.batches, self.contexts.snapshot(), len(self.diary))][-N_KEPT:]

    @property
    def marks(self) -> tuple[tuple[int, str], ...]:
        """The batch of each switch, and to which context; of several without learning in between the last."""
        switches = {batch: context for batch, context in self.diary[1:]}
        return tuple((batch, f"to {context}") for batch, context in switches.items() if batch)

    def curves(self) -> dict[str, Curve]:
        """Test error of each context so far, with the moments of switching."""
        return {context: Curve(context, np.array(self.points), np.stack([each[context] for each in self.values]),
                               self.marks) for context in self.tasks}

    def drawn(self) -> dict[str, np.ndarray]:
        """One trial of every pattern, by context, (network, pattern, time, 2)."""
        return {context: record.readout[:, :self.tasks[context].n_patterns].numpy()
                for context, record in self.records.items()}

    @torch.no_grad()
    def fibres(self) -> tuple[np.ndarray, int, np.ndarray]:
        """W_pf of the first network (context, fibre), how many are common, and the cosine of both (network,)."""
        weights = [network.W_pf.flatten(1) for network in self.networks.values()]
        n = weights[0].shape[1]
        common = n if self.sharing.cerebella == "one" else int(self.sharing.shared * n)
        return torch.stack([each[0] for each in weights]).numpy(), common, cosine_similarity(*weights).numpy()

    def code(self) -> str:
        """Python that repeats all of it and prints the numbers of the picture."""
        tasks = ", ".join(f"{context!r}: ccdyn.{task!r}" for context, task in self.tasks.items())
        lines = ["import ccdyn", "from torch.nn.functional import cosine_similarity", "", f"tasks = {{{tasks}}}",
                 f"network = ccdyn.Network.for_task(tasks[{self.diary[0][1]!r}], {arguments(self._network)})",
                 f"contexts = ccdyn.Contexts(network, tasks, {arguments({**self.sharing.options, **self.training})})"]
        ends = [batch for batch, _ in self.diary[1:]] + [self.batches]
        for i, ((begin, context), end) in enumerate(zip(self.diary, ends)):
            lines += [f"contexts.switch({context!r})"] if i else []
            lines += [f"contexts.advance({end - begin})"] if end > begin else []
        n_patterns = next(iter(self.tasks.values())).n_patterns
        lines += ["for context, task in tasks.items():",
                  f"    patterns = list(range({n_patterns})) * {TEST_REPEATS}",
                  '    test = task.trials(patterns, ccdyn.make_generators(network.config.seeds, "test"))',
                  '    print(context, ccdyn.evaluate(contexts.network(context), test)["loss"])',
                  "fibres = [contexts.network(context).W_pf.detach().flatten(1) for context in tasks]",
                  'print("cosine", cosine_similarity(*fibres))', ""]
        return "\n".join(lines)
