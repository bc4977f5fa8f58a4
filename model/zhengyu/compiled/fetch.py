"""What machines do in one step and numba has no word for: asking memory ahead, and finding the lowest bit."""

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


def _counted(typing: Any, number: Any) -> Any:
    """Return the type of `lowest` and what makes its code, as numba wants them."""

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        wide, bit = ir.IntType(64), ir.IntType(1)
        counted = builder.module.declare_intrinsic("llvm.cttz", (wide,), ir.FunctionType(wide, [wide, bit]))
        return builder.call(counted, [context.cast(builder, values[0], signature.args[0], types.int64), bit(0)])

    return types.int64(number), code


def _lowest(number: int) -> int:
    """Stand in where loops run as plain Python."""
    number = int(number)  # numpy's own numbers count no bits
    return (number & -number).bit_length() - 1


#: Place of the lowest bit of a whole number that is not zero.
lowest: Callable[[Any], Any] = _lowest if getattr(config, "DISABLE_JIT", False) else _as_code(_counted)
