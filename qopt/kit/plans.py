"""Plans that are written as JSON and read back, field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, NamedTuple, Self, get_args, get_origin, get_type_hints


class JsonPlan:
    """A base of plans: frozen dataclasses whose fields are all there is to be saved.

        @dataclass(frozen=True)
        class Tour(JsonPlan):
            cities: tuple[str, ...]

    Fields are texts and numbers, tuples and mappings of them, and other dataclasses of the same.
    Their types say how they are read back. A field that has its default is left out.

    What else a plan tells in its document, as a total, it adds to what `to_dict` gives here;
    `from_dict` passes over it.
    """

    def to_dict(self) -> dict[str, Any]:
        kind: Any = type(self)
        written: dict[str, Any] = _record(kind).write(self)
        return written

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        kind: Any = cls
        read: Self = _record(kind).read(data)
        return read


class _Form(NamedTuple):
    """How values of a type become JSON, and come back."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _as_it_is(value: Any) -> Any:
    return value


_PLAIN = _Form(_as_it_is, _as_it_is)


def _form(kind: Any) -> _Form:
    if isinstance(kind, type) and issubclass(kind, JsonPlan):
        return _Form(kind.to_dict, kind.from_dict)
    if isinstance(kind, type) and is_dataclass(kind):
        return _strictly(_record(kind), kind)
    of, inside = get_origin(kind), get_args(kind)
    if of is tuple and inside[1:] == (...,):
        return _several(_form(inside[0]))
    if of is tuple:
        return _row([_form(each) for each in inside])
    if isinstance(of, type) and issubclass(of, Mapping):
        return _named(_form(inside[1]))
    return _PLAIN


@cache
def _record(kind: Any) -> _Form:
    types = get_type_hints(kind)
    defaults = {field.name: field.default for field in fields(kind)}
    forms = {name: _form(types[name]) for name in defaults}

    def write(record: Any) -> dict[str, Any]:
        values = {name: getattr(record, name) for name in forms}
        return {
            name: forms[name].write(value)
            for name, value in values.items()
            if value != defaults[name]
        }

    def read(data: Mapping[str, Any]) -> Any:
        given = {name: form.read(data[name]) for name, form in forms.items() if name in data}
        return kind(**given)

    return _Form(write, read)


def _strictly(form: _Form, kind: Any) -> _Form:
    """Of a record inside a plan, which has its fields and nothing else."""
    known = {field.name for field in fields(kind)}

    def read(data: Mapping[str, Any]) -> Any:
        if unknown := sorted(data.keys() - known):
            raise TypeError(f"{kind.__name__} has no {', '.join(unknown)}")
        return form.read(data)

    return _Form(form.write, read)


def _several(each: _Form) -> _Form:
    if each is _PLAIN:
        return _Form(list, tuple)
    return _Form(
        lambda values: [each.write(value) for value in values],
        lambda data: tuple(each.read(value) for value in data),
    )


def _row(forms: list[_Form]) -> _Form:
    return _Form(
        lambda values: [form.write(value) for form, value in zip(forms, values, strict=True)],
        lambda data: tuple(form.read(value) for form, value in zip(forms, data, strict=True)),
    )


def _named(each: _Form) -> _Form:
    return _Form(
        lambda values: {name: each.write(value) for name, value in values.items()},
        lambda data: {name: each.read(value) for name, value in data.items()},
    )
