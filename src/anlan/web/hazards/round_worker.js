/* Keeps the pages of an inspector's round for work without a network: only the plan and the
   checklists, which hold things and closed answers, no key and no word of anybody. Served at
   /towns/round-worker.js, so it sees nothing outside /towns/. */
"use strict";
const CACHE = "anlan-round-1";
const PATIENCE_MS = 6000; // a line that hangs is as good as none
const KEPT = /^\/towns\/[a-z0-9-]+\/inspections(\/\d+)?$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  if (Array.isArray(event.data?.keep)) event.waitUntil(keep(event.data.keep, event.source));
});

/* What was kept before goes as soon as the network answers: it may be a colleague's. */
async function keep(addresses, source) {
  let cache = null;
  let kept = 0;
  for (const address of addresses) {
    const path = new URL(address, self.location.origin).pathname;
    if (!KEPT.test(path) && !path.startsWith("/static/")) continue;
    try {
      const found = await fetch(address, { credentials: "same-origin" });
      if (!found.ok || found.redirected) continue;
      cache ??= (await caches.delete(CACHE), await caches.open(CACHE));
      await cache.put(path, found);
      if (KEPT.test(path)) kept += 1;
    } catch {
      break; // the network went: what was kept so far stays
    }
  }
  source?.postMessage({ kept, of: addresses.filter((one) => KEPT.test(one)).length });
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (KEPT.test(address.pathname)) event.respondWith(fresh(request, address.pathname));
  else if (address.pathname.startsWith("/static/")) event.respondWith(stored(request, address.pathname));
});

/* The network's page where there is one in time, else the kept one; where none is kept, the network
   has all the time it takes. Signed out, everything is forgotten. */
async function fresh(request, path) {
  const asked = fetch(request);
  try {
    const found = await inTime(asked);
    if (found.type === "opaqueredirect" || (found.redirected && found.url.includes("/accounts/")))
      await caches.delete(CACHE);
    return found;
  } catch {
    const cache = await caches.open(CACHE);
    return (await cache.match(path)) ?? asked;
  }
}

function inTime(asked) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("late")), PATIENCE_MS));
  return Promise.race([asked, late]);
}

async function stored(request, path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}
