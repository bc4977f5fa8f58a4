"""Regular expressions take time in proportion to the text: no repeats without a bound whose shares of it could be parted
in many ways, neither one in another nor side by side nor at the start of what is searched for."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from zhengyu_corpus import patterns

# The parser of re, as text lists it: there is no public one, and a test may lean on it.
from re import _constants as constants  # isort: skip
from re import _parser as parser  # isort: skip

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("zhengyu_corpus", "zhengyu", "zhengyu_training")
REPEATS = (constants.MAX_REPEAT, constants.MIN_REPEAT)

#: Characters that stand for all: two repeats can match the same one if they share one of these or of their own.
COMMON = frozenset(map(chr, range(0x80))) | frozenset("\x85\xa0\u2028　，。、；：！？“”（）《》…—·一十年政策农０Ａ🎉é")


def literals(tree: Sequence[Any]) -> set[str]:
    """Return the characters that a pattern names, ends of ranges among them."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, tuple) and len(value) == 2 and value[0] in (constants.LITERAL, constants.NOT_LITERAL):
            found.add(chr(value[1]))
        elif isinstance(value, tuple) and len(value) == 2 and value[0] is constants.RANGE:
            found.update(map(chr, value[1]))
        elif isinstance(value, list | tuple | parser.SubPattern):
            for part in value:
                walk(part)

    walk(list(tree))
    return found


class Pattern:
    """What a parsed pattern can match, character by character of a small alphabet."""

    def __init__(self, text: str, flags: int) -> None:
        self.flags = flags
        self.tree = parser.parse(text, flags)
        self.alphabet = frozenset(COMMON | literals(self.tree))

    def problems(self) -> list[str]:
        """Return what is wrong with the pattern."""
        return [*self._inside(list(self.tree)), *self._at_start()]

    @cache  # noqa: B019 - patterns live as long as the test
    def _category(self, category: Any) -> frozenset[str]:
        name = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[str(category).rsplit("_", 1)[1]]
        name = name.upper() if "_NOT_" in str(category) else name
        return frozenset(char for char in self.alphabet if re.fullmatch(name, char))

    def _set(self, items: Sequence[Any]) -> frozenset[str]:
        found: set[str] = set()
        negated = False
        for kind, value in items:
            if kind is constants.NEGATE:
                negated = True
            elif kind is constants.LITERAL:
                found.add(chr(value))
            elif kind is constants.RANGE:
                found.update(char for char in self.alphabet if value[0] <= ord(char) <= value[1])
            else:
                found.update(self._category(value))
        return self.alphabet - found if negated else frozenset(found)

    def alone(self, node: Any) -> frozenset[str]:
        """Return the characters c such that the node can match one or more c and nothing else."""
        kind, value = node
        if kind is constants.LITERAL:
            return frozenset(chr(value))
        if kind is constants.NOT_LITERAL:
            return self.alphabet - {chr(value)}
        if kind is constants.ANY:
            return self.alphabet if self.flags & re.DOTALL else self.alphabet - {"\n"}
        if kind is constants.IN:
            return self._set(value)
        if kind in (*REPEATS, constants.POSSESSIVE_REPEAT):
            return self.alone_of(value[2])
        if kind is constants.SUBPATTERN:
            return self.alone_of(value[3])
        if kind is constants.ATOMIC_GROUP:
            return self.alone_of(value)
        if kind is constants.BRANCH:
            return frozenset().union(*(self.alone_of(branch) for branch in value[1]))
        return self.alphabet if kind is constants.GROUPREF else frozenset()

    def alone_of(self, nodes: Sequence[Any]) -> frozenset[str]:
        """As `alone`, for nodes one after another."""
        every = frozenset().union(*(self.alone(node) for node in nodes)) if len(nodes) else frozenset()
        for node in nodes:
            if not self.may_be_empty(node):
                every &= self.alone(node)
        return every

    def may_be_empty(self, node: Any) -> bool:
        """Tell whether the node can match nothing."""
        kind, value = node
        if kind in (*REPEATS, constants.POSSESSIVE_REPEAT):
            return value[0] == 0 or all(map(self.may_be_empty, value[2]))
        if kind is constants.SUBPATTERN:
            return all(map(self.may_be_empty, value[3]))
        if kind is constants.ATOMIC_GROUP:
            return all(map(self.may_be_empty, value))
        if kind is constants.BRANCH:
            return any(all(map(self.may_be_empty, branch)) for branch in value[1])
        return kind in (constants.AT, constants.ASSERT, constants.ASSERT_NOT, constants.GROUPREF)

    def flat(self, nodes: Sequence[Any]) -> list[list[Any]]:
        """Return the sequences that nodes stand for: groups opened, branches each by itself."""
        ways: list[list[Any]] = [[]]
        for node in nodes:
            kind, value = node
            if kind is constants.SUBPATTERN:
                inner = self.flat(value[3])
            elif kind is constants.BRANCH and len(value[1]) <= 8:
                inner = [way for branch in value[1] for way in self.flat(branch)]
            else:
                inner = [[node]]
            ways = [way + more for way in ways for more in inner][:256]
        return ways

    def _unbounded(self, node: Any) -> bool:
        return node[0] in REPEATS and node[1][1] is constants.MAXREPEAT

    def _inside(self, nodes: Sequence[Any]) -> Iterator[str]:
        for way in self.flat(nodes):
            yield from self._side_by_side(way)
            for kind, value in way:
                if kind in (*REPEATS, constants.POSSESSIVE_REPEAT):
                    if value[1] is constants.MAXREPEAT:
                        # Nested: two turns of the loop must not be able to part one run between them.
                        for turn in self.flat(value[2]):
                            yield from (f"nested: {problem}" for problem in self._side_by_side([*turn, *turn]))
                    yield from self._inside(value[2])
                elif kind is constants.ATOMIC_GROUP:
                    yield from self._inside(value)
                elif kind in (constants.ASSERT, constants.ASSERT_NOT):
                    yield from self._inside(value[1])
                elif kind is constants.BRANCH:
                    for branch in value[1]:
                        yield from self._inside(branch)

    def _side_by_side(self, way: Sequence[Any]) -> Iterator[str]:
        for i, first in enumerate(way):
            if not self._unbounded(first):
                continue
            shared = self.alone(first)
            for second in way[i + 1 :]:
                if self._unbounded(second) and shared & self.alone(second):
                    yield f"two repeats without a bound share {sorted(shared & self.alone(second))[:5]}"
                if not self.may_be_empty(second):
                    shared &= self.alone(second)

    def _at_start(self) -> Iterator[str]:
        """A search begins anew at every character: a repeat at the start must not, if what follows can fail."""
        for way in self.flat(list(self.tree)):
            held = list(way)
            while held and held[0][0] is constants.ASSERT:
                direction, inside = held.pop(0)[1]
                # What stands before is none of what the repeat matches, so that it begins once in a run.
                if direction < 0 and held and not self.alone_of(inside) & self.alone(held[0]):
                    held = []
            if held and self._unbounded(held[0]) and not all(map(self.may_be_empty, held[1:])):
                yield "begins with a repeat without a bound and what follows can fail: anchor it, or look behind"


@cache
def problems(text: str, flags: int = 0) -> list[str]:
    return sorted(set(Pattern(text, flags & ~re.DEBUG).problems()))


def as_text(pattern: str | bytes) -> str:
    return pattern if isinstance(pattern, str) else pattern.decode("latin-1")


def modules() -> Iterator[ModuleType]:
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def held_patterns(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, patterns.LazyPattern):
        yield value.compiled
    elif depth < 3 and isinstance(value, dict | list | tuple | set | frozenset) and len(value) < 500:
        for part in [*value, *(value.values() if isinstance(value, dict) else ())]:
            yield from held_patterns(part, depth + 1)


def test_no_compiled_pattern_can_part_a_run_in_many_ways() -> None:
    seen: dict[tuple[str, int], str] = {}
    for module in modules():
        for name, value in vars(module).items():
            for pattern in held_patterns(value):
                seen.setdefault((as_text(pattern.pattern), pattern.flags), f"{module.__name__}.{name}")
    assert len(seen) > 50
    found = {where: problems(text, flags) for (text, flags), where in seen.items()}
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


def test_patterns_inside_functions_are_written_out_and_sound() -> None:
    wrong: list[str] = []
    for package in PACKAGES:
        for path in sorted(Path(importlib.import_module(package).__path__[0]).rglob("*.py")):
            if path == Path(patterns.__file__):  # it compiles what others write out
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                    continue
                for call in ast.walk(node):
                    if (
                        isinstance(call, ast.Call)
                        and isinstance(call.func, ast.Attribute)
                        and isinstance(call.func.value, ast.Name)
                        and call.func.value.id == "re"
                        and call.func.attr != "escape"
                    ):
                        where = f"{path.relative_to(ROOT)}:{call.lineno}"
                        if not (isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str | bytes)):
                            wrong.append(f"{where}: the pattern is put together where it is used; compile it once")
                        else:
                            wrong += [f"{where}: {problem}" for problem in problems(as_text(call.args[0].value))]
    assert sorted(set(wrong)) == []


def test_patterns_are_compiled_when_they_are_first_used() -> None:
    lazy = patterns.pattern("(", re.IGNORECASE)  # which is no pattern
    with pytest.raises(re.error):
        lazy.match("x")
    found = patterns.pattern("a(b)", re.IGNORECASE).fullmatch("AB")
    assert found is not None
    assert found[1] == "B"


@pytest.mark.parametrize(
    "text",
    [r"(?:\d+[ ]*)+$", r"(a+)+b", r"^\s*,?\s*x", r"^.*a.*b", r"^(?:x|\s+)\s+y", r"[ \t]*\n", r"\w+@x", r"(?:a|b+)+c"],
)
def test_slow_patterns_are_found(text: str) -> None:
    assert problems(text)


@pytest.mark.parametrize(
    "text",
    [r"(?:\d++[ ]*+)+$", r"(?>a+)b", r"(?<![0-9])[0-9]+(?:\+[0-9]+)+", r"\s{0,4},?\s{0,4}x", r"[^。]+[！!]?", r"\W+",
     r"^[^a]*a[^b]*b"],
)  # fmt: skip
def test_quick_patterns_are_let_through(text: str) -> None:
    assert problems(text) == []
