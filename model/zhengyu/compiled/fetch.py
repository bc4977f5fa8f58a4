"""Asking the memory for what a loop will need some steps later."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic


def fetch(array: Any, place: Any) -> None:
    """Have what stands at a place of a contiguous array, counted in numbers, brought near while work goes on.

    A loop that needs what no cache holds waits a hundred steps for it; one that has asked for it before does not.
    """


if not getattr(config, "DISABLE_JIT", False):  # which has loops run as plain Python

    @intrinsic  # type: ignore[misc, unused-ignore]
    def fetch(typing: Any, array: Any, place: Any) -> Any:  # noqa: D103
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
