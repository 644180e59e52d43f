"""Counting how often something comes, so that nobody tries addresses or floods a public page.

In the database, since every process of the server counts together. An address never stands there:
the name is an HMAC of it under the installation's secret, and goes when its time is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.crypto import salted_hmac

from anlan.kernel.cases.models import Pace


def pace_name(what: str, who: str = "") -> str:
    """Name what is counted, of whom: nobody can tell from it of whom."""
    return salted_hmac(f"anlan pace {what}", who, algorithm="sha256").hexdigest()


def count_one(name: str, *, now: datetime, within: timedelta) -> int:
    """Count one more and give how many came since the first of late; begins anew after a while.

    One statement adds, so two processes never count one for two.
    """
    with transaction.atomic():
        Pace.objects.filter(until__lte=now).exclude(name=name).delete()
        Pace.objects.bulk_create(
            [Pace(name=name, count=0, until=now + within)], ignore_conflicts=True
        )
        over = When(until__lte=now, then=Value(1))
        anew = When(until__lte=now, then=Value(now + within))
        Pace.objects.filter(name=name).update(
            count=Case(over, default=F("count") + 1), until=Case(anew, default=F("until"))
        )
        return Pace.objects.get(name=name).count


def forget_paces(*, before: datetime) -> int:
    """Erase the counts whose time is over; gives how many went."""
    return Pace.objects.filter(until__lte=before).delete()[0]
