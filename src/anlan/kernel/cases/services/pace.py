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

    One statement adds, so two processes never count one for two. What is over goes afterwards: who
    swept before it counted could wait for another who did, and that one for it.
    """
    count = None
    while count is None:  # another swept this very count just now
        count = _count_one(name, now=now, within=within)
    if Pace.objects.filter(until__lte=now).exists():
        forget_paces(before=now)
    return count


def _count_one(name: str, *, now: datetime, within: timedelta) -> int | None:
    with transaction.atomic():
        Pace.objects.bulk_create(
            [Pace(name=name, count=0, until=now + within)], ignore_conflicts=True
        )
        mine = Pace.objects.filter(name=name)
        over = When(until__lte=now, then=Value(1))
        anew = When(until__lte=now, then=Value(now + within))
        counted = mine.update(
            count=Case(over, default=F("count") + 1), until=Case(anew, default=F("until"))
        )
        return mine.get().count if counted else None


def forget_paces(*, before: datetime) -> int:
    """Erase the counts whose time is over; gives how many went. It waits for nobody."""
    with transaction.atomic():
        over = Pace.objects.select_for_update(skip_locked=True).filter(until__lte=before)
        return Pace.objects.filter(pk__in=list(over.values_list("pk", flat=True))).delete()[0]
