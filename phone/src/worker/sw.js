/* The service worker of the phone app. The build puts in VERSION and FILES (name → hash).
 *
 * Everything the app is made of is kept, so that it opens without a network, for as long as the phone likes. What the
 * server answers (/api/) is never kept. A newer version is fetched whole beside the running one and waits until the
 * page says so: nothing changes under somebody's fingers. */

const VERSION = "__VERSION__";
const FILES = __FILES__;
const CACHE = `lianfang-phone-${VERSION}`;
const ROOT = new URL("./", self.location.href).pathname;

self.addEventListener("install", (event) => event.waitUntil(fetch_all()));
self.addEventListener("activate", (event) => event.waitUntil(clear_old()));

self.addEventListener("message", (event) => {
  if (event.data === "version") event.ports[0].postMessage(VERSION);
  if (event.data === "take_over") self.skipWaiting();
  if (event.data === "claim") event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (!url.pathname.startsWith(ROOT)) return; // the desk, and everything under /api/
  const name = url.pathname.slice(ROOT.length);
  if (event.request.mode === "navigate") event.respondWith(kept("index.html", event.request));
  else if (name in FILES) event.respondWith(kept(name, event.request));
});

/** All or nothing: a version of which a file is missing is never installed. Files that have not changed are taken over
 * from the version before, for a phone that has only a little signal. */
async function fetch_all() {
  const cache = await caches.open(CACHE);
  const older = await older_files();
  await Promise.all(
    Object.entries(FILES).map(async ([name, hash]) => {
      const address = new URL(name, self.location.href).href;
      const same = older.get(`${name} ${hash}`);
      if (same) return cache.put(address, same);
      const response = await fetch(new Request(name === "index.html" ? ROOT : address, { cache: "no-cache" }));
      if (!response.ok || (await hash_of(response.clone())) !== hash) throw new Error(`${name} is of another version`);
      return cache.put(address, marked(response, hash));
    }),
  );
}

async function older_files() {
  const found = new Map();
  for (const key of await caches.keys()) {
    if (!key.startsWith("lianfang-phone-") || key === CACHE) continue;
    const cache = await caches.open(key);
    for (const request of await cache.keys()) {
      const response = await cache.match(request);
      const name = new URL(request.url).pathname.slice(ROOT.length);
      found.set(`${name} ${response.headers.get("X-Hash")}`, response);
    }
  }
  return found;
}

async function hash_of(response) {
  const digest = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
  return Array.from(new Uint8Array(digest).subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function marked(response, hash) {
  const headers = new Headers(response.headers);
  headers.set("X-Hash", hash);
  headers.delete("Content-Encoding"); // the body is unpacked already
  headers.delete("Content-Length");
  return new Response(response.body, { status: response.status, headers });
}

async function clear_old() {
  await self.clients.claim();
  for (const key of await caches.keys()) {
    if (key.startsWith("lianfang-phone-") && key !== CACHE) await caches.delete(key);
  }
}

async function kept(name, request) {
  const cache = await caches.open(CACHE);
  const response = await cache.match(new URL(name, self.location.href).href);
  return response || fetch(request);
}
