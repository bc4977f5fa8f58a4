"""The promotion gate: a candidate takes the current model's place only when nothing falls by more than its margin."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zhengyu.io.layout import TableOptions
from zhengyu.persistence.folder import load_model
from zhengyu.persistence.registry import Promotion, Registry
from zhengyu_corpus.errors import ZhengyuError
from zhengyu_training.evaluation.compare import Comparison, Difference, compare_models

#: How far each figure may fall (the calibration errors: rise) when no gate.toml says otherwise.
MARGINS = {
    "micro_f1": 0.005, "macro_f1": 0.01, "micro_precision": 0.02, "micro_recall": 0.02, "none_f1": 0.02, "top": 0.01,
    "ece": 0.005, "ece_likely": 0.02,
}  # fmt: skip
#: How far the F1 of a theme may fall.
THEME_MARGIN = 0.05
_RISING_IS_WORSE = ("ece", "ece_likely")


def _margins() -> dict[str, float]:
    return dict(MARGINS)


def _no_themes() -> dict[str, float]:
    return {}


@dataclass(frozen=True, slots=True)
class Gate:
    """What a candidate must keep.

    Attributes
    ----------
    margins : mapping of str to float
        How far each figure over all may fall; calibration errors, rise.
    theme_f1 : float
        How far the F1 of a theme may fall.
    themes : mapping of str to float
        The same for single themes.
    min_paragraphs, min_documents : int
        A test smaller than this decides nothing.
    min_support : int
        A theme coded in fewer paragraphs of the test is shown, not judged: one paragraph would decide.
    proof : bool
        True: the lower end of the 95 % interval must stay within the margin, not only the difference itself.
    """

    margins: Mapping[str, float] = field(default_factory=_margins)
    theme_f1: float = THEME_MARGIN
    themes: Mapping[str, float] = field(default_factory=_no_themes)
    min_paragraphs: int = 100
    min_documents: int = 30
    min_support: int = 10
    proof: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says.

    Attributes
    ----------
    comparison : Comparison
        What it judged.
    passed : bool
        Whether the candidate may be promoted.
    kept, failed, unjudged : tuple of str
        A sentence for every figure.
    """

    comparison: Comparison
    passed: bool
    kept: tuple[str, ...]
    failed: tuple[str, ...]
    unjudged: tuple[str, ...]

    def as_text(self) -> str:
        """Return the verdict for people, every reason in it."""
        lines = [f"gate: {'passed' if self.passed else 'NOT passed'} ({self.comparison.name})"]
        lines += [f"  falls too far: {line}" for line in self.failed]
        lines += [f"  kept: {line}" for line in self.kept]
        lines += [f"  not judged: {line}" for line in self.unjudged]
        return "\n".join(lines)


def read_gate(path: Path | None) -> Gate:
    """Read a ``gate.toml``; the built-in margins when `path` is None.

    The tables are ``[margins]`` (figures by name, and ``theme_f1``), ``[themes]`` and ``[rules]`` (``min_paragraphs``,
    ``min_documents``, ``min_support``, ``proof``); what is not named keeps its default.

    Raises
    ------
    ZhengyuError
        The file cannot be read, or names what no gate has.
    """
    if path is None:
        return Gate()
    try:
        raw = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ZhengyuError(f"{path}: cannot read the gate: {error}; give a UTF-8 TOML file") from error
    rules = ("min_paragraphs", "min_documents", "min_support", "proof")
    known = {"margins": (*MARGINS, "theme_f1"), "themes": None, "rules": rules}
    for table, entries in raw.items():
        if table not in known or not isinstance(entries, dict):
            raise ZhengyuError(f"{path}: expected the tables {', '.join(known)}, got {table!r}")
        names = known[table]
        for name, value in entries.items():
            wanted = bool if name == "proof" else int if table == "rules" else (int, float)
            if (names is not None and name not in names) or not isinstance(value, wanted) or (
                name != "proof" and (isinstance(value, bool) or value < 0)
            ):  # fmt: skip
                kind = "true or false" if name == "proof" else "a number from 0 up"
                raise ZhengyuError(
                    f"{path}: [{table}] {name} = {value!r}: expected {kind} for one of "
                    f"{', '.join(names) if names is not None else 'the theme ids'}"
                )
    margins = dict(raw.get("margins", {}))
    theme_f1 = float(margins.pop("theme_f1", THEME_MARGIN))
    return Gate({**MARGINS, **margins}, theme_f1, dict(raw.get("themes", {})), **raw.get("rules", {}))


def judge(comparison: Comparison, gate: Gate, lost: Sequence[str] = ()) -> Verdict:
    """Hold a comparison to the gate.

    Parameters
    ----------
    comparison : Comparison
        Of the current model with the candidate.
    gate : Gate
        What must be kept.
    lost : sequence of str
        Themes that the candidate does not have.

    Raises
    ------
    ZhengyuError
        The gate names a theme that neither model has.
    """
    unknown = [theme for theme in gate.themes if theme not in {row.name for row in comparison.themes}]
    if unknown:
        raise ZhengyuError(f"the gate names theme(s) that neither model has: {', '.join(unknown)}; mend gate.toml")
    kept: list[str] = []
    failed: list[str] = []
    unjudged: list[str] = []
    for name, least, got in (
        ("paragraphs", gate.min_paragraphs, comparison.paragraphs),
        ("documents", gate.min_documents, comparison.documents),
    ):
        if got < least:
            failed.append(f"a test of {got} {name} decides nothing, at least {least} are needed")
    for version, count in comparison.trained_on.items():
        if count:
            failed.append(
                f"{version} was trained on {count} of the {comparison.paragraphs} paragraphs of the test, so it "
                "measures nothing; leave them out of the test"
            )
        elif count is None:
            unjudged.append(f"whether {version} was trained on the test's paragraphs: it keeps no digests of its texts")
    if lost:
        failed.append(f"the candidate lacks {len(lost)} theme(s) that the current model has: {', '.join(lost)}")
    for row in comparison.overall:
        margin = gate.margins[row.name]
        (kept if _within(row, margin, gate.proof) else failed).append(_said(row, margin))
    for row in comparison.themes:
        margin = gate.themes.get(row.name, gate.theme_f1)
        said = _said(row, margin)
        if row.support < gate.min_support:
            unjudged.append(f"{said}; coded in {row.support} paragraphs, fewer than {gate.min_support}")
        else:
            (kept if _within(row, margin, gate.proof) else failed).append(said)
    return Verdict(comparison, not failed, tuple(kept), tuple(failed), tuple(unjudged))


def _within(row: Difference, margin: float, proof: bool) -> bool:
    if row.name in _RISING_IS_WORSE:
        return (row.difference.high if proof else row.difference.value) <= margin
    return (row.difference.low if proof else row.difference.value) >= -margin


def _said(row: Difference, margin: float) -> str:
    d = row.difference
    way = "rise" if row.name in _RISING_IS_WORSE else "fall"
    return (
        f"{row.name} {row.first:.3f} → {row.second:.3f}, {d.value:+.3f} [{d.low:+.3f}, {d.high:+.3f}], "
        f"may {way} by {margin:g}"
    )


def promote(
    registry: Registry,
    version: str,
    test: Path,
    *,
    gate: Gate | None = None,
    overrule: str = "",
    seed: int = 0,
    options: TableOptions | None = None,
) -> tuple[Verdict | None, Promotion | None]:
    """Compare a version with the current one (the shipped one where nothing is current) and promote it if it passes.

    Parameters
    ----------
    registry : Registry
        Holds the version.
    version : str
        The candidate.
    test : Path
        Labelled paragraphs that neither model was trained on.
    gate : Gate, optional
        The built-in margins when not given.
    overrule : str
        A reason to promote even if the gate says no; kept in the history.
    seed : int
        Seed of the resampling.
    options : TableOptions, optional
        Encoding and layout of the test file; found where it does not say.

    Returns
    -------
    Verdict or None, Promotion or None
        What the gate says, None where the current model cannot be read and the gate is overruled; and the promotion if
        there was one.

    Raises
    ------
    ZhengyuError
        The version is unknown or current already, the test file has problems, the current model cannot be read and the
        gate is not overruled, or another version became current meanwhile.
    """
    current = registry.current()
    if version == current:
        raise ZhengyuError(f"{version} is the current version already")
    after = load_model(registry.path(version))
    try:
        before = load_model(registry.path(current) if current is not None else None)
    except ZhengyuError as error:
        if not overrule:
            message = f"{error}; the candidate cannot be held against it: promote with --overrule REASON, or roll back"
            raise ZhengyuError(message) from error
        return None, registry.promote(
            version, f"gate overruled, the current model cannot be read: {overrule}", compared=current
        )
    lost = [theme for theme in before.themes.ids if theme not in after.themes.ids]
    verdict = judge(compare_models(before, after, test, seed=seed, options=options), gate or Gate(), lost)
    if not verdict.passed and not overrule:
        return verdict, None
    reason = f"gate passed on {Path(test).name}" if verdict.passed else f"gate overruled: {overrule}"
    return verdict, registry.promote(version, reason, compared=current)
