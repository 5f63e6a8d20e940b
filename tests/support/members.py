"""Every member of the canonical record, found by walking its models."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from schemas.record import BirthDate, PrimaryResults, SecondaryResults


def is_list(annotation: Any) -> bool:
    return get_origin(annotation) is tuple


def models_of(annotation: Any, kind: str) -> list[type[BaseModel]]:
    """The models that a member may be, of the profile's kind of outcome."""
    if get_origin(annotation) in (Annotated, Union, UnionType, tuple):
        return [model for part in get_args(annotation) for model in models_of(part, kind)]
    if not isinstance(annotation, type) or not issubclass(annotation, BaseModel) or annotation is BirthDate:
        return []
    other = SecondaryResults if kind == "primary" else PrimaryResults
    return [] if annotation is other else [annotation]


def members_of(model: type[BaseModel], kind: str, before: str = "") -> Iterator[tuple[str, bool]]:
    """Every member by its dotted name, and whether it is a list; members of rows have the list's name before them."""
    for name, field in model.model_fields.items():
        inner = models_of(field.annotation, kind)
        if not inner or is_list(field.annotation):
            yield f"{before}{name}", is_list(field.annotation)
        for each in inner:
            yield from members_of(each, kind, f"{before}{name}.")
