"""Accounts, roles in a town, shifts. An account is a staff number or a desk, never a name."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models

from anlan.kernel.sealing.classes import ColumnClass
from anlan.kernel.staff.rules import UNIT_PATTERN, USERNAME_PATTERN
from anlan.kernel.values import Role


class StaffAccounts(BaseUserManager["Staff"]):
    """Finds accounts by user name; they are made by `services.create_staff` alone."""


class Staff(AbstractBaseUser):
    """A sign-in. The user name is a staff number or a role account; nothing else is kept."""

    column_classes = {
        "username": ColumnClass.STAFF,
        "password": ColumnClass.STAFF,
        "last_login": ColumnClass.STAFF,
        "is_active": ColumnClass.STAFF,
        "created_at": ColumnClass.TIME,
    }

    username = models.CharField(
        max_length=40, unique=True, validators=[RegexValidator(USERNAME_PATTERN)]
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects = StaffAccounts()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name_plural = "staff"


class Membership(models.Model):
    """One role that an account holds in one town."""

    column_classes = {"role": ColumnClass.STAFF, "granted_at": ColumnClass.TIME}

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="memberships")
    town = models.ForeignKey("places.Town", on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "town", "role"], name="staff_role_once")
        ]


class Shift(models.Model):
    """A turn of duty in one town, in the town's time; a crew member's names the unit."""

    column_classes = {
        "started_at": ColumnClass.TIME,
        "ended_at": ColumnClass.TIME,
        "unit": ColumnClass.THING,
    }

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="shifts")
    town = models.ForeignKey("places.Town", on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    unit = models.CharField(max_length=40, blank=True, validators=[RegexValidator(UNIT_PATTERN)])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "town"],
                condition=models.Q(ended_at__isnull=True),
                name="staff_one_open_shift",
            )
        ]
        indexes = [models.Index(fields=["town", "unit"], name="staff_shift_unit")]
