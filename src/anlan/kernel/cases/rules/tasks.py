"""Whose a task is, and who may say that it is done. Pure."""

from __future__ import annotations

from anlan.kernel.cases.rules.kernel_events import BY_HAND, KERNEL_TASKS
from anlan.kernel.cases.rules.types import CaseType
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Actor


def is_for(actor: Actor, *, staff_ref: str, for_role: str) -> bool:
    """Say whether a task is this actor's: by name, by role, or as any account's in the case."""
    if staff_ref or not actor.staff_ref.startswith("staff:"):
        return staff_ref == actor.staff_ref
    return not for_role or for_role in {role.value for role in actor.roles}


def ends_by_hand(kind: str) -> bool:
    """Say whether somebody says that a task is done; a type's own end by what is done in a case."""
    return kind in BY_HAND


def task_label(one: CaseType, kind: str) -> Label:
    """Name a task; a kind that the type no longer has stays its code."""
    if kind in KERNEL_TASKS:
        return KERNEL_TASKS[kind]
    found = next((each.label for each in one.task_kinds if each.code == kind), None)
    return Label(en=kind, zh=kind) if found is None else found
