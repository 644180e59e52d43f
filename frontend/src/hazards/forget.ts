/** Whoever signs in on a shared device finds nobody else's round there: kept pages say whose they are. */

const KEPT = "anlan-round-1"; // as round_worker.js names it

if ("caches" in globalThis) void caches.delete(KEPT).catch(() => false);
