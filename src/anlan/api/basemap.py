"""The town's base map, one file of tiles, read in ranges by members who are signed in.

WhiteNoise looks at its files only at start, and a base map comes with a later roads import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from anlan.api.access import enter
from anlan.api.errors import NotThere, fault
from anlan.kernel.places import queries as places
from anlan.kernel.values import Forbidden

PIECE = 256 * 1024
TYPE = "application/vnd.pmtiles"
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class Unsatisfiable(Exception):
    """The range asked for lies outside the file."""


def basemap_file(key: str) -> Path:
    """Give where a town's base map lies."""
    return places.town_folder(key) / "basemap.pmtiles"


def basemap_address(key: str) -> str | None:
    """Give the address of a town's base map, None where the town has none."""
    return reverse("basemap", args=[key]) if basemap_file(key).is_file() else None


def basemap(request: HttpRequest, key: str) -> HttpResponseBase:
    """Answer GET and HEAD with the whole file, a range (206), or what range there is (416)."""
    if request.method not in {"GET", "HEAD"}:
        return _allow(fault(_("Read the map by GET."), code="get_only", status=405))
    if not request.user.is_authenticated:
        return fault(_("Sign in first."), code="not_signed_in", status=401)
    try:
        enter(request, key)
        path = basemap_file(key)
        if not path.is_file():
            raise NotThere(_("This town has no base map yet; import its roads."))
    except NotThere as absent:
        return fault(str(absent), code="not_found", status=404)
    except Forbidden as refusal:
        return fault(refusal.sentence, code=refusal.code, status=403)
    return _file(request, path)


def _file(request: HttpRequest, path: Path) -> HttpResponseBase:
    status = path.stat()
    size, tag = status.st_size, f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        try:
            wanted = _wanted(request, size=size, tag=tag)
        except Unsatisfiable:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{size}"
        else:
            response = _part(request, path, wanted, size=size)
    response["ETag"] = tag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-cache"
    return response


def _wanted(request: HttpRequest, *, size: int, tag: str) -> tuple[int, int] | None:
    """Give the first and last byte asked for, or None for the whole file.

    A range that is not one plain range of bytes, or that names another version of the file, is left
    unheeded, as RFC 9110 (14.2) lets a server do.
    """
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or found.groups() == ("", ""):
        return None
    if request.headers.get("If-Range", tag) != tag:
        return None
    first, last = found.groups()
    if first == "":
        start, end = max(0, size - int(last)), size - 1
        empty = int(last) == 0
    else:
        start, end = int(first), min(int(last or size - 1), size - 1)
        empty = last != "" and int(last) < start
        if empty:
            return None
    if empty or start >= size:
        raise Unsatisfiable
    return start, end


def _part(
    request: HttpRequest, path: Path, wanted: tuple[int, int] | None, *, size: int
) -> HttpResponseBase:
    start, end = wanted or (0, size - 1)
    length = end - start + 1
    code = 200 if wanted is None else 206
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(status=code, content_type=TYPE)
    else:
        body = _pieces(path.open("rb"), start=start, length=length)
        response = StreamingHttpResponse(body, status=code, content_type=TYPE)
    response["Content-Length"] = str(length)
    if wanted is not None:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    return response


def _pieces(handle: BinaryIO, *, start: int, length: int) -> Iterator[bytes]:
    with handle:
        handle.seek(start)
        while length > 0:
            piece = handle.read(min(PIECE, length))
            if not piece:
                return
            length -= len(piece)
            yield piece


def _allow(response: HttpResponse) -> HttpResponse:
    response["Allow"] = "GET, HEAD"
    return response
