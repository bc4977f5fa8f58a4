"""Do 95 % intervals of corrected shares hold the truth 95 times of 100? ``python tests/coverage_simulation.py``.

Each replication draws documents from a source in which a theme's share is known, tags their paragraphs with errors that
differ from document to document, draws a sample of paragraphs, checks it, and estimates. ``-n`` says how many
replications; ``--write`` puts the table into docs/measuring.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from places import ROOT

from zhengyu.findings.estimates import MIN_ERRORS, Checks, Shares, corrected_shares
from zhengyu.findings.sample import draw
from zhengyu.intervals import wilson

TRUE_SHARES = np.array([0.02, 0.10, 0.30])
SAMPLES = (100, 400)
REPLICATIONS = 2000
#: Documents, and their paragraphs on average; correlation of a theme within a document; recall and precision of tags.
DOCUMENTS, PARAGRAPHS, CORRELATION, RECALL, PRECISION = 200, 15, 0.1, 0.7, 0.8
DESIGNS = ("simple", "stratified")
TARGETS = ("documents like these", "these documents")


@dataclass(slots=True)
class Cell:
    """What came of the replications for one design, target, share and size of sample."""

    held: list[bool] = field(default_factory=list)
    raw_held: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    few: list[bool] = field(default_factory=list)

    @property
    def coverage(self) -> float:
        """Share of the intervals that hold the truth."""
        return float(np.mean(self.held))


def population(rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the document of each paragraph, its themes, and its tags."""
    sizes = rng.integers(PARAGRAPHS // 2, 3 * PARAGRAPHS // 2 + 1, DOCUMENTS)
    documents = np.repeat(np.arange(DOCUMENTS), sizes)
    spread = (1 - CORRELATION) / CORRELATION
    shape = (DOCUMENTS, len(TRUE_SHARES))
    shares = rng.beta(TRUE_SHARES * spread, (1 - TRUE_SHARES) * spread, shape)
    truth = rng.random((len(documents), len(TRUE_SHARES))) < shares[documents]
    wrong = TRUE_SHARES * RECALL * (1 - PRECISION) / PRECISION / (1 - TRUE_SHARES)
    found, made = rng.beta(RECALL * 9, (1 - RECALL) * 9, shape), rng.gamma(2, wrong / 2, shape)
    chance = np.where(truth, found[documents], made[documents])
    return documents, truth, rng.random(truth.shape) < chance


def estimates(rng: np.random.Generator) -> Iterator[tuple[tuple[str, str, int], NDArray[np.float64], Shares, int]]:
    """Yield the estimates of one replication with the truth that each is of."""
    documents, truth, given = population(rng)
    # Strata as --by theme makes them: by the rarest theme given.
    rarest = np.where(given.any(axis=1), given.argmax(axis=1), given.shape[1])
    for n in SAMPLES:
        for design, strata in zip(DESIGNS, (np.zeros(len(given), dtype=np.int64), rarest), strict=True):
            drawn = draw(strata, n, seed=int(rng.integers(2**31)))
            numbers = np.unique(drawn.strata, return_inverse=True)[1]
            checks = Checks(drawn.rows, truth[drawn.rows], 1 / drawn.inclusion, numbers)
            for target in TARGETS:
                these = target == TARGETS[1]
                aim = truth.mean(axis=0) if these else TRUE_SHARES
                found = corrected_shares(given, documents, checks, these_documents=these)
                yield (design, target, n), aim, found, len(given)


def simulate(replications: int = REPLICATIONS, seed: int = 20) -> dict[tuple[str, str, int, float], Cell]:
    """Return what came of so many replications, by design, target, size of sample and true share."""
    rng = np.random.default_rng(seed)
    cells: dict[tuple[str, str, int, float], Cell] = {}
    for _ in range(replications):
        for key, aim, found, size in estimates(rng):
            low, high = wilson(found.raw * size, size)
            for k, share in enumerate(TRUE_SHARES):
                cell = cells.setdefault((*key, float(share)), Cell())
                cell.held.append(bool(found.low[k] <= aim[k] <= found.high[k]))
                cell.raw_held.append(bool(low[k] <= aim[k] <= high[k]))
                cell.widths.append(float(found.high[k] - found.low[k]))
                cell.few.append(bool(found.errors[k] < MIN_ERRORS))
    return cells


def lines(cells: dict[tuple[str, str, int, float], Cell]) -> list[str]:
    """Return the table of docs/measuring.md."""
    rows = [
        "| sample | share of | checks | true share | corrected interval holds it | raw interval holds it | mean length |"
        " marked *few errors* |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for (design, target, n, share), cell in sorted(cells.items(), key=lambda one: one[0]):
        rows.append(
            f"| {design} | {target} | {n} | {share:.0%} | {cell.coverage:.1%} | {np.mean(cell.raw_held):.1%} | "
            f"{100 * np.mean(cell.widths):.1f} points | {np.mean(cell.few):.0%} |"
        )
    return rows


def main() -> None:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--write", action="store_true", help="write the table into docs/measuring.md")
    said = parser.parse_args()
    table = "\n".join(lines(simulate(said.replications)))
    print(table)
    if said.write:
        page = ROOT / "docs/measuring.md"
        text = page.read_text("utf-8")
        start, end = "<!-- coverage -->\n", "\n<!-- end -->"
        before, rest = text.split(start)
        page.write_text(before + start + table + end + rest.split(end)[1], "utf-8")


if __name__ == "__main__":
    main()
