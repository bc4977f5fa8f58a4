"""A double-array trie over symbol sequences, built and walked by compiled code."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zhengyu.compiled import compiled

Ints = NDArray[np.int32]

#: Columns of a node: where its children start, its parent, and the number of the key that ends there (-1: none).
BASE, CHECK, KEY = 0, 1, 2
#: After so many free places in vain, the next nodes with several children look no longer before the one that fitted.
_TRIES = 400


@compiled
def child_of(nodes: Any, node: int, symbol: int) -> int:
    """Return the node that a symbol leads to, or -1."""
    child = nodes[node, BASE] + symbol
    return int(child) if symbol != 0 and nodes[child, CHECK] == node else -1


@compiled
def lookup(nodes: Any, symbols: Any, characters: Any, start: int, end: int, lower: bool) -> int:
    """Return the number of the key ``characters[start:end]``, or -1; with `lower`, of its lower-case Latin letters."""
    node = 0
    for i in range(start, end):
        code = characters[i]
        if lower and 65 <= code <= 90:
            code += 32
        node = child_of(nodes, node, symbols[code] if code < symbols.size else 0)
        if node < 0:
            return -1
    return int(nodes[node, KEY])


@compiled
def key_of(nodes: Any, symbols: Any, start: int, end: int) -> int:
    """Return the number of the key whose symbols are ``symbols[start:end]``, or -1."""
    node = 0
    for i in range(start, end):
        node = child_of(nodes, node, symbols[i])
        if node < 0:
            return -1
    return int(nodes[node, KEY])


@compiled
def begun(nodes: Any, symbols: Any, n: int, out: Any) -> None:
    """Write down, for each of so many symbols, the node that it and the next lead to, or -1.

    One more symbol than `n` must be there. There is no branch: the memory answers many questions at a time.
    """
    base = nodes[0, BASE]
    for i in range(n):
        first = base + symbols[i]
        child = nodes[first, BASE] + symbols[i + 1]
        found = symbols[i] != 0 and symbols[i + 1] != 0 and nodes[first, CHECK] == 0 and nodes[child, CHECK] == first
        out[i] = child if found else -1


@compiled
def _grown(nodes: Any, free: Any, least: int) -> Any:
    size = nodes.shape[0]
    new_size = max(least, size * 2)
    wide = np.zeros((new_size, 4), np.int32)
    wide[:size] = nodes
    wide[size:, 1:3] = -1
    links = np.empty((new_size, 2), np.int32)
    links[:size] = free
    for i in range(size, new_size):
        links[i, 0] = i - 1
        links[i, 1] = i + 1
    return wide, links


@compiled
def _build(symbols: Any, starts: Any, alphabet: int) -> Any:
    n_keys = starts.size - 1
    nodes = np.zeros((4 * alphabet + 64, 4), np.int32)
    nodes[:, 1:3] = -1
    # free[i] holds the free place before and after place i; place 0 is the root and the head of the list.
    free = np.empty((nodes.shape[0], 2), np.int32)
    for i in range(nodes.shape[0]):
        free[i, 0] = i - 1
        free[i, 1] = i + 1
    queue = np.empty((symbols.size + 1, 4), np.int32)  # node, first key, end of keys, depth
    queue[0, 0], queue[0, 1], queue[0, 2], queue[0, 3] = 0, 0, n_keys, 0
    head, tail, hint = 0, 1, free[0, 1]
    children = np.empty((alphabet + 1, 3), np.int32)
    while head < tail:
        node, low, high, depth = queue[head]
        head += 1
        count = 0
        for key in range(low, high):
            if starts[key] + depth == starts[key + 1]:
                nodes[node, 2] = key
                continue
            symbol = symbols[starts[key] + depth]
            if count == 0 or children[count - 1, 0] != symbol:
                children[count, 0], children[count, 1] = symbol, key
                count += 1
            children[count - 1, 2] = key + 1
        if count == 0:
            continue
        # A lone child takes the first gap; several look from where the last ones had long to look.
        place, tries = free[0, 1] if count == 1 else hint, 0
        while True:
            if place + alphabet + 1 >= nodes.shape[0]:
                nodes, free = _grown(nodes, free, place + alphabet + 2)
            base = place - children[0, 0]
            fits = base > 0
            if fits:
                for i in range(1, count):
                    if nodes[base + children[i, 0], 1] != -1:
                        fits = False
                        break
            if fits:
                break
            tries += 1
            place = free[place, 1]
        nodes[node, 0] = base
        if tries > _TRIES and count > 1:
            hint = place
        for i in range(count):
            child = base + children[i, 0]
            nodes[child, 1] = node
            before, after = free[child, 0], free[child, 1]
            free[before, 1] = after
            free[after, 0] = before
            if child == hint:
                hint = after
            queue[tail, 0], queue[tail, 1] = child, children[i, 1]
            queue[tail, 2], queue[tail, 3] = children[i, 2], depth + 1
            tail += 1
    end = 1
    for i in range(nodes.shape[0]):
        if nodes[i, 1] != -1:
            end = i + 1
    out = np.zeros((end + alphabet + 1, 4), np.int32)
    out[:, 1:3] = -1
    out[:end] = nodes[:end]
    return out


def build(symbols: Ints, starts: Ints, alphabet: int) -> Ints:
    """Build a trie.

    Parameters
    ----------
    symbols : ndarray of int32
        The keys' symbols, one key after the other; the keys ascend and differ.
    starts : ndarray of int32 of shape (n_keys + 1,)
        Where each key starts.
    alphabet : int
        Symbols are 1 to `alphabet`.

    Returns
    -------
    ndarray of int32 of shape (n_places, 4)
        Nodes; from node ``s`` symbol ``c`` leads to ``t = nodes[s, BASE] + c`` if ``nodes[t, CHECK] == s``. The last
        column is free for the caller.

    References
    ----------
    J. Aoe, An efficient digital search algorithm by using a double-array structure, 1989.
    """
    return np.asarray(_build(symbols, starts, alphabet))
