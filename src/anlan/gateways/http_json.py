"""Posting JSON to another service: no redirect followed, little read, a limit on each step."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping

from anlan.gateways.not_sent import NotSent

# The other side understood and says no: the same message gets the same answer.
FOREVER = frozenset({400, 404, 405, 410, 413, 414, 415, 422, 451})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would take the address and the words to somebody who was not configured."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def post_json(url: str, body: bytes, *, headers: Mapping[str, str], timeout_s: float) -> None:
    """Post a body of JSON; raises NotSent unless the answer is a 2xx."""
    if not url.startswith(("https://", "http://")):
        raise NotSent("bad_address", forever=False)
    told = {"Content-Type": "application/json", "User-Agent": "anlan", **headers}
    request = urllib.request.Request(url, data=body, headers=told, method="POST")
    try:
        with _opener.open(request, timeout=timeout_s) as answer:
            answer.read(0)
    except urllib.error.HTTPError as error:
        code = error.code
        error.close()
        raise NotSent(f"http_{code}", forever=code in FOREVER) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotSent("unreachable") from error
