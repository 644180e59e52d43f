"""The service's keys as this process holds them: read anew when the key file was written since."""

from __future__ import annotations

from django.conf import settings

from anlan.kernel.sealing import keyfile
from anlan.kernel.sealing.keyfile import ServiceKeys


def service_keys() -> ServiceKeys:
    """Give the service's keys; `anlan keys change` may have put another one into the file."""
    held: ServiceKeys = settings.ANLAN_KEYS
    now = keyfile.read_again(settings.ANLAN_KEY_FILE, held)
    if now is not held:
        settings.ANLAN_KEYS = now
    return now
