// Opens the page where there is no network, and never an old page where there is one.
//
// The page itself is asked for each time; what it is made of is called by its contents, so it is taken from what was
// kept, and pages of different builds cannot mix. `tools/seal.mjs` writes what this build is made of into the next line:
// for each address the digest of what is there.
const build = { name: "", opens: {}, systems: {} };

/** Caches are shared by all of a host: other folders of it may hold other copies of the page. */
const OURS = `queuescope ${registration.scope} `;
const HERE = OURS + build.name;
const PAGE = registration.scope;
/** How long the network may be silent until the page is opened as it was kept, in milliseconds. */
const PATIENCE = 3000;

const addresses = (files) => Object.entries(files).map(([file, digest]) => [new URL(file, PAGE).href, digest]);
const opens = new Map(addresses(build.opens));
/** What only the program with every system has, and all texts. It is kept once it was asked for, or when the page is at rest. */
const systems = new Map(addresses(build.systems));

/** What is at an address, if it is what this build has there. */
async function get(url) {
  const integrity = opens.get(url) ?? systems.get(url);
  // The host is asked anew for the page alone: all other names are of one content.
  const response = await fetch(url, { integrity, cache: url === PAGE ? "no-cache" : "default" });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
}

/**
 * Keeps all of the files, or fails. What an older build has under the same name is the same. One after another: there are
 * some two hundred, and a phone that fetches them all at once draws no frame meanwhile.
 */
async function keep(files) {
  const cache = await caches.open(HERE);
  for (const url of files.keys()) {
    if (await cache.match(url)) continue;
    const older = url === PAGE ? undefined : await caches.match(url);
    await cache.put(url, older ?? (await get(url)));
  }
}

/** Forgets older builds, but for what of them is in this one too. */
async function clear() {
  const cache = await caches.open(HERE);
  for (const url of systems.keys()) {
    const older = await caches.match(url);
    if (older) await cache.put(url, older);
  }
  const names = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== HERE);
  await Promise.all(names.map((name) => caches.delete(name)));
}

async function kept(url) {
  return (await caches.open(HERE)).match(url);
}

/** The page of now; without a network, that which was kept. */
async function page() {
  const before = await kept(PAGE);
  const now = fetch(PAGE, { cache: "no-cache" });
  if (!before) return now;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, before));
  return Promise.race([now.then((response) => (response.ok ? response : before), () => before), late]);
}

/** A part of the page, of this build. */
async function part(event, url) {
  const before = await kept(url);
  if (before) return before;
  const now = await get(url);
  const copy = now.clone();
  // Where there is no room it is not kept, and that is all.
  event.waitUntil(caches.open(HERE).then((cache) => cache.put(url, copy)).catch(() => {}));
  return now;
}

addEventListener("install", (event) => event.waitUntil(keep(opens).then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clear().then(() => clients.claim())));
// The page is at rest. What fails is tried again when the next one is.
let all;
addEventListener("message", (event) => {
  all ??= keep(systems).catch(() => (all = undefined));
  event.waitUntil(all);
});
addEventListener("fetch", (event) => {
  const url = event.request.url.split(/[?#]/)[0];
  if (event.request.mode === "navigate") {
    if (url === PAGE || url === `${PAGE}index.html`) event.respondWith(page());
  } else if (url !== PAGE && (opens.has(url) || systems.has(url))) {
    event.respondWith(part(event, url));
  }
});
