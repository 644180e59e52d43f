"""The town's own base map: tiles made here from its roads, by tippecanoe as a child process."""

from anlan.gateways.basemap.client import Progress, Unavailable, build_basemap
from anlan.gateways.basemap.features import Street

__all__ = ["Progress", "Street", "Unavailable", "build_basemap"]
