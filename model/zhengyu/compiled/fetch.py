"""Asking the memory for what a loop will need some steps later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic


def _asked(typing: Any, array: Any, place: Any) -> Any:
    """Return the type of `fetch` and what makes its code, as numba wants them."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        held = context.make_array(signature.args[0])(context, builder, values[0])
        at = context.cast(builder, values[1], signature.args[1], types.intp)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        asked = builder.module.declare_intrinsic("llvm.prefetch", (byte,), kind)
        where = builder.bitcast(builder.gep(held.data, [at]), byte)
        builder.call(asked, [where, number(0), number(3), number(1)])  # to be read, soon, as data
        return context.get_dummy_value()

    return types.void(array, place), code


def _nothing(array: Any, place: Any) -> None:
    """Stand in where loops run as plain Python."""


_as_code: Any = intrinsic
#: Has what stands at a place of a contiguous array, counted in numbers, brought near while work goes on: a loop that
#: needs what no cache holds waits a hundred steps for it, one that has asked for it before does not.
fetch: Callable[[Any, Any], None] = _nothing if getattr(config, "DISABLE_JIT", False) else _as_code(_asked)
