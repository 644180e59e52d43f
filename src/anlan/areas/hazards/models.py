"""Tables of hazards: premises, what crews are told of them, checklists, inspections, hazards.

Premises are things of listed classes; nothing here is about a person but staff in their role.
"""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from anlan.kernel.ledger.rules import ACTOR_PATTERN
from anlan.kernel.sealing.classes import ColumnClass

_actor = [RegexValidator(ACTOR_PATTERN)]


class Premises(models.Model):
    """A thing of the town that is inspected: a school, a depot, a stair. Never a home.

    `inspected_on` is the day of its last inspection by the record: among 50,000 things the first
    that are due are found at once by it, and not by all the inspections that ever were.
    """

    column_classes: ClassVar = {
        "ident": ColumnClass.THING,
        "class_code": ColumnClass.VOCABULARY,
        "name": ColumnClass.THING,
        "lon": ColumnClass.PLACE,
        "lat": ColumnClass.PLACE,
        "risk": ColumnClass.VOCABULARY,
        "registered_on": ColumnClass.TIME,
        "ended_on": ColumnClass.TIME,
        "inspected_on": ColumnClass.TIME,
        "made_up": ColumnClass.FIGURE,
    }

    town = models.ForeignKey("places.Town", on_delete=models.PROTECT, related_name="premises")
    ident = models.CharField(max_length=40)
    class_code = models.CharField(max_length=30)
    name = models.CharField(max_length=120)
    lon = models.FloatField()
    lat = models.FloatField()
    risk = models.CharField(max_length=12)
    registered_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    inspected_on = models.DateField(null=True, blank=True)
    made_up = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "ident"], name="premises_once_per_town"),
        ]
        indexes = [models.Index(fields=["town", "lat", "lon"], name="premises_near")]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """Give the reference by which the ledger names it."""
        return f"premises:{self.pk}"


class PreplanFact(models.Model):
    """One physical fact about premises for crews, out of closed lists, shown until a day."""

    column_classes: ClassVar = {
        "kind": ColumnClass.VOCABULARY,
        "what": ColumnClass.VOCABULARY,
        "side": ColumnClass.VOCABULARY,
        "floor": ColumnClass.FIGURE,
        "distance_m": ColumnClass.FIGURE,
        "un_number": ColumnClass.VOCABULARY,
        "amount": ColumnClass.VOCABULARY,
        "stated_by": ColumnClass.STAFF,
        "checked_on": ColumnClass.TIME,
        "expires_on": ColumnClass.TIME,
    }

    premises = models.ForeignKey(Premises, on_delete=models.CASCADE, related_name="facts")
    kind = models.CharField(max_length=12)
    what = models.CharField(max_length=30)
    side = models.CharField(max_length=10, blank=True)
    floor = models.SmallIntegerField(null=True, blank=True)
    distance_m = models.PositiveSmallIntegerField(null=True, blank=True)
    un_number = models.CharField(max_length=4, blank=True)
    amount = models.CharField(max_length=10, blank=True)
    stated_by = models.CharField(max_length=80, validators=_actor)
    checked_on = models.DateField()
    expires_on = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["premises", "expires_on"], name="preplan_in_force")]

    def __str__(self) -> str:
        return f"fact {self.pk} of premises:{self.premises_id}"


class ChecklistState(models.TextChoices):
    """Where a town's own form stands."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    DECLINED = "declined"


class Checklist(models.Model):
    """A town's own form of a code, by its number; as shipped it has the number 0 and no row."""

    column_classes: ClassVar = {
        "code": ColumnClass.VOCABULARY,
        "number": ColumnClass.FIGURE,
        "label_en": ColumnClass.THING,
        "label_zh": ColumnClass.THING,
        "state": ColumnClass.VOCABULARY,
        "proposed_by": ColumnClass.STAFF,
        "proposed_at": ColumnClass.TIME,
        "decided_by": ColumnClass.STAFF,
        "decided_at": ColumnClass.TIME,
    }
    json_classes: ClassVar = {"classes": {"[]": ColumnClass.VOCABULARY}}

    town = models.ForeignKey("places.Town", on_delete=models.PROTECT, related_name="checklists")
    code = models.CharField(max_length=30)
    number = models.PositiveIntegerField()
    label_en = models.CharField(max_length=120)
    label_zh = models.CharField(max_length=120)
    classes = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=ChecklistState.choices)
    proposed_by = models.CharField(max_length=80, validators=_actor)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "code", "number"], name="checklist_number"),
            models.UniqueConstraint(
                fields=["town", "code"],
                condition=Q(state="in_force"),
                name="checklist_one_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.number}"


class ChecklistQuestion(models.Model):
    """One question about a thing, in both languages, as it is published."""

    column_classes: ClassVar = {
        "seq": ColumnClass.FIGURE,
        "code": ColumnClass.VOCABULARY,
        "about": ColumnClass.VOCABULARY,
        "answers": ColumnClass.VOCABULARY,
        "hazard": ColumnClass.VOCABULARY,
        "label_en": ColumnClass.THING,
        "label_zh": ColumnClass.THING,
    }

    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="questions")
    seq = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=30)
    about = models.CharField(max_length=30)
    answers = models.CharField(max_length=30)
    hazard = models.CharField(max_length=30)
    label_en = models.CharField(max_length=120)
    label_zh = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checklist", "code"], name="question_once"),
        ]

    def __str__(self) -> str:
        return self.code


class Inspection(models.Model):
    """An inspection of premises: planned for a day, then done with its answers, or called off.

    `first_due_on` is the day that it was planned for before it was moved. `filled_at` is when its
    checklist was filled in, `done_at` when that arrived. A form that came beside a colleague's of
    the same plan is an inspection of its own, `beside` that plan's.
    """

    column_classes: ClassVar = {
        "due_on": ColumnClass.TIME,
        "first_due_on": ColumnClass.TIME,
        "outside_hours": ColumnClass.FIGURE,
        "inspector_ref": ColumnClass.STAFF,
        "checklist": ColumnClass.VOCABULARY,
        "checklist_number": ColumnClass.FIGURE,
        "planned_at": ColumnClass.TIME,
        "filled_at": ColumnClass.TIME,
        "done_at": ColumnClass.TIME,
        "called_off_at": ColumnClass.TIME,
        "called_off_for": ColumnClass.VOCABULARY,
        "called_off_until": ColumnClass.TIME,
        "made_up": ColumnClass.FIGURE,
    }
    json_classes: ClassVar = {"answers": {"*": ColumnClass.VOCABULARY}}

    premises = models.ForeignKey(Premises, on_delete=models.PROTECT, related_name="inspections")
    due_on = models.DateField()
    first_due_on = models.DateField(null=True, blank=True)
    outside_hours = models.BooleanField(default=False)
    inspector_ref = models.CharField(max_length=80, blank=True)
    checklist = models.CharField(max_length=30)
    checklist_number = models.PositiveIntegerField(default=0)
    answers = models.JSONField(default=dict)
    planned_at = models.DateTimeField(null=True, blank=True)
    filled_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)
    called_off_for = models.CharField(max_length=30, blank=True)
    called_off_until = models.DateField(null=True, blank=True)
    beside = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="others"
    )
    made_up = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["premises"],
                condition=Q(done_at__isnull=True, called_off_at__isnull=True),
                name="inspection_one_planned",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                condition=Q(done_at__isnull=True, called_off_at__isnull=True),
                name="inspection_due",
            ),
            models.Index(fields=["premises", "done_at"], name="inspection_history"),
            models.Index(
                fields=["-done_at", "-id"],
                condition=Q(done_at__isnull=False),
                name="inspection_done_lately",
            ),
            models.Index(
                fields=["premises", "called_off_until"],
                condition=Q(called_off_until__isnull=False),
                name="inspection_held",
            ),
        ]

    def __str__(self) -> str:
        return f"inspection:{self.pk}"


class Failure(models.Model):
    """A question that failed at an inspection, and the hazard case that was opened for it.

    `opened` stays when the case is erased in its time: what failed is not opened again.
    """

    column_classes: ClassVar = {
        "question": ColumnClass.VOCABULARY,
        "answer": ColumnClass.VOCABULARY,
        "hazard": ColumnClass.VOCABULARY,
        "danger": ColumnClass.FIGURE,
        "opened": ColumnClass.FIGURE,
    }

    inspection = models.ForeignKey(Inspection, on_delete=models.CASCADE, related_name="failures")
    question = models.CharField(max_length=30)
    answer = models.CharField(max_length=30)
    hazard = models.CharField(max_length=30)
    danger = models.BooleanField(default=False)
    case = models.ForeignKey(
        "cases.Case", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    opened = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["inspection", "question"], name="failure_once"),
        ]

    def __str__(self) -> str:
        return f"{self.question} at inspection:{self.inspection_id}"


class HazardFacts(models.Model):
    """What is known of a hazard as a thing: where, of which kind, until when it is to be fixed."""

    column_classes: ClassVar = {
        "kind": ColumnClass.VOCABULARY,
        "remedy_by": ColumnClass.TIME,
        "control": ColumnClass.VOCABULARY,
        "imminent": ColumnClass.FIGURE,
        "verified_at": ColumnClass.TIME,
    }

    case = models.OneToOneField(
        "cases.Case", on_delete=models.CASCADE, primary_key=True, related_name="hazard"
    )
    premises = models.ForeignKey(
        Premises, on_delete=models.PROTECT, null=True, blank=True, related_name="hazards"
    )
    kind = models.CharField(max_length=30, blank=True)
    remedy_by = models.DateField(null=True, blank=True)
    control = models.CharField(max_length=20, blank=True)
    imminent = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["remedy_by"],
                condition=Q(remedy_by__isnull=False),
                name="hazard_remedy",
            ),
            models.Index(fields=["case"], condition=Q(imminent=True), name="hazard_imminent"),
        ]

    def __str__(self) -> str:
        return f"facts of hazard:{self.case_id}"
