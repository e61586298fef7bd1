"""Frozen dataclasses ↔ plain JSON values, by their type hints.

A field that a record lacks gets its default and one that the class lacks is left out, so a field that is added with a
default needs no change here or in the tables of the index.
"""

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

_Kind = TypeVar("_Kind")


def to_record(value: Any, *left_out: str) -> Any:
    """Plain JSON value of a dataclass, a tuple, a dict or a plain value; `left_out` names fields of the outermost."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (tuple, list)):
        return [to_record(item) for item in value]
    if isinstance(value, dict):
        return {key: to_record(item) for key, item in value.items()}
    names = _names(type(value))  # type: ignore[arg-type]  # a class is hashable
    return {name: to_record(getattr(value, name)) for name in names if name not in left_out}


def from_record(kind: type[_Kind], record: dict[str, Any]) -> _Kind:
    """Make a dataclass of what `to_record` gave.

    Raises
    ------
    TypeError, ValueError, LookupError, AttributeError
        The record is not one of this class.
    """
    makers = _makers(kind)  # type: ignore[arg-type]  # a class is hashable
    return kind(**{name: makers[name](value) for name, value in record.items() if name in makers})


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _makers(kind: type) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(kind)
    return {field.name: _maker(hints[field.name]) for field in fields(kind) if field.init}


def _maker(hint: Any) -> Callable[[Any], Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        makers = [_maker(argument) for argument in arguments if argument is not type(None)]
        make = makers[0] if len(makers) == 1 else _same
        return lambda value: None if value is None else make(value)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        item = _maker(arguments[0])
        return lambda values: tuple(map(item, values))
    if origin is tuple:
        items = [_maker(argument) for argument in arguments]
        return lambda values: tuple(make(value) for make, value in zip(items, values, strict=True))
    if origin is dict:
        entry = _maker(arguments[1])
        return lambda values: {key: entry(value) for key, value in values.items()}
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda value: from_record(hint, value)
    return _same


def _same(value: Any) -> Any:
    return value
