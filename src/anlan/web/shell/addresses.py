"""Where a request comes from, as far as that can be believed."""

from __future__ import annotations

import contextlib
import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_network(request: HttpRequest) -> str:
    """Give by what a client is counted: its address, of IPv6 the /64 that a line is given whole."""
    try:
        found = ipaddress.ip_address(client_address(request).partition("%")[0])
    except ValueError:
        return client_address(request)
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def client_address(request: HttpRequest) -> str:
    """Give the address that a sign-in comes from.

    Behind a proxy it is the last that X-Forwarded-For names, the one that the proxy itself saw:
    otherwise all the world would count as one client, and anyone could lock anyone out.
    """
    if settings.ANLAN_BEHIND_PROXY:
        seen = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        with contextlib.suppress(ValueError):
            return str(ipaddress.ip_address(seen))
    return str(request.META.get("REMOTE_ADDR") or "0.0.0.0")
