"""How kernels are compiled: settings, parts that are compiled in place, and the cache on disk.

numba makes machine code of every function by itself, and optimises it again inside each function
that calls it, and again for every constant that it is given. A kernel's parts are never called
from Python, so here they stay as they were written until a kernel takes them in. With that, and
`structures`, the kernels of constrained models compile in 8 s instead of 22, and run as fast
(`python -m tests.benchmarks.first_call`).
"""

from __future__ import annotations

import ctypes
import hashlib
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.core.caching import FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.types import unliteral

Function = TypeVar("Function", bound=Callable[..., Any])

_SETTINGS: dict[str, Any] = {"nogil": True, "boundscheck": False, "error_model": "numpy"}
_PART = _SETTINGS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class _PartLibrary(JITCodeLibrary):
    """The code of a part: linked into the kernels that call it, and no machine code itself."""

    def finalize(self) -> None:
        for library in dict.fromkeys(self._linking_libraries):
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """What Python would call: it raises TypeError."""
        self._ensure_finalized()
        return ctypes.cast(ctypes.pythonapi.PyErr_BadArgument, ctypes.c_void_p).value or 0

    @property
    def codegen(self) -> Any:
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Python's globals, for exceptions and objects: kernels have neither."""


class _PartCompiler(Compiler):
    def define_pipelines(self) -> Any:
        state = self.state
        state.library = _PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        return super().define_pipelines()


class _Cache(FunctionCache):
    """numba's cache on disk, which looks for changes in a kernel's own file alone.

    But kernels hold code of the others, too: here a change of any file counts.
    """

    def _index_key(self, signature: Any, codegen: Any) -> Any:
        return *super()._index_key(signature, codegen), _sources()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except (AttributeError, ImportError):
            # an older version's, with types that this one has elsewhere or no longer
            self.flush()
            return None
        except OSError:
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _tell_not_kept(error.strerror or str(error))


@cache
def _tell_not_kept(reason: str) -> None:
    """Once a process, and not for every kernel."""
    warnings.warn(
        f"compiled kernels cannot be kept on disk ({reason}), so that each process compiles "
        "them anew; make room there, or name another folder in NUMBA_CACHE_DIR",
        RuntimeWarning,
        stacklevel=2,
    )


@cache
def _sources() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def compiled(kernel: Function) -> Function:
    """A kernel that Python calls: no GIL, cached on disk, no bounds checks, IEEE division."""
    dispatcher = njit(**_SETTINGS)(kernel)
    # nowhere to write a cache, or no sources: then every process compiles for itself
    with suppress(RuntimeError, OSError):
        _sources()
        dispatcher._cache = _Cache(kernel)
    return cast(Function, dispatcher)


def inlined(kernel: Function) -> Function:
    """A part of a kernel: compiled into each place that calls it."""
    return _part(kernel, forceinline=True)


def called(kernel: Function) -> Function:
    """A part of a kernel: compiled once, and called. For what takes longer than the call, and
    would take long to compile in every place."""
    return _part(kernel)


def _part(kernel: Function, **settings: Any) -> Function:
    dispatcher = njit(**_PART, **settings, pipeline_class=_PartCompiler)(kernel)
    template_of = dispatcher.get_call_template

    def of_any_number(args: Any, kws: Any) -> Any:
        """Without this numba compiles a part once more for every constant that it is given."""
        return template_of(tuple(unliteral(kind) for kind in args), kws)

    dispatcher.get_call_template = of_any_number
    return cast(Function, dispatcher)
