// The page without a network, as something that is installed, and what it is not permitted to do.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium, openPage } from './lib/browser.mjs';
import { CATALOG, DESKTOP, Playground, onPage, openForAll } from './lib/playground.mjs';
import { serve } from './lib/server.mjs';
import { ROOT } from './lib/site.mjs';

openForAll();

const DIST = join(ROOT, 'dist');
const folders = mkdtempSync(join(tmpdir(), 'queuescope-builds-'));
let browser;
before(async () => (browser = await launchChromium()));
after(async () => {
  await browser?.close();
  rmSync(folders, { recursive: true });
});

/** What is kept in the browser for when there is no network: by cache the names of files. */
const kept = (page) =>
  page.evaluate(async () => {
    const caches_ = await Promise.all((await caches.keys()).map(async (name) => [name, await (await caches.open(name)).keys()]));
    return caches_.map(([name, requests]) => [name, requests.map(({ url }) => url.split('/').pop())]);
  });

/** Another build: the page says in its title which one it is, and its styles are others. */
function anotherBuild(name) {
  const folder = join(folders, name);
  cpSync(DIST, folder, { recursive: true });
  const change = (file, from, to) => {
    const text = readFileSync(join(folder, file), 'utf8');
    assert.ok(text.match(from), `${file} has ${from}`);
    writeFileSync(join(folder, file), text.replace(from, to));
  };
  change('index.html', /<title>[^<]*/, `<title>${name}`);
  change(readdirSync(folder).find((file) => /^styles.*css$/.test(file)), /$/, `/* ${name} */`);
  execFileSync('node', [join(ROOT, 'tools', 'seal.mjs'), folder]);
  return folder;
}

/** Serves a folder at a path of its own, opens the page there, and waits until it is kept whole. */
async function visitKept(folder, visitor) {
  const served = { '/some/where/': folder };
  const server = await serve(served);
  const { page, problems, close } = await openPage(browser, `${server.url}some/where/`, DESKTOP);
  const playground = new Playground(page, problems);
  const untilKept = (what) =>
    playground.until('a page that is kept', () => kept(page), (all) => all.length === 1 && all[0][1].some((file) => what.test(file)));
  try {
    await playground.button('Pause').waitFor();
    await untilKept(/^queuescope-systems.*wasm$/);
    await visitor({ page, playground, problems, served, untilKept, stop: () => server.close() });
  } finally {
    await close();
    await server.close();
  }
}

test('without a network the page opens with the plain queue, and with every system', () =>
  visitKept(DIST, async ({ page, playground, problems, stop }) => {
    await stop();
    await page.reload();
    await playground.button('Pause').waitFor();
    await playground.untilNumber('Produced total', (count) => 0 < count);
    await playground.system('Apache Kafka');
    assert.match(page.url(), /engine=full/);
    await page.reload();
    await playground.untilNumber('Ledger: sent', (count) => 0 < count);
    assert.deepEqual(problems, []);
  }));

test('a new build takes the place of the old one, at once and as a whole', () =>
  visitKept(anotherBuild('first'), async ({ page, playground, problems, served, untilKept, stop }) => {
    assert.equal(await page.title(), 'first');
    const [[name, files]] = await kept(page);
    served['/some/where/'] = anotherBuild('second');
    await page.reload();
    assert.equal(await page.title(), 'second', 'no old page is shown where there is a network');
    const styles = await page.evaluate(() => document.styleSheets[0].href.split('/').pop());
    assert.ok(!files.includes(styles), 'its styles are those of the new build');
    await playground.until('the new build alone', () => kept(page), (all) => all.length === 1 && all[0][0] !== name);
    const [[, newer]] = await untilKept(/^queuescope-systems.*wasm$/);
    assert.ok(newer.includes(styles) && !newer.includes(files.find((file) => file.startsWith('styles'))));
    await stop();
    await page.reload();
    assert.equal(await page.title(), 'second');
    await playground.button('Pause').waitFor();
    assert.deepEqual(problems, []);
  }));

test('a page that is embedded keeps nothing', async () => {
  const server = await serve({ '/': DIST, '/blog/': folders });
  writeFileSync(join(folders, 'index.html'), '<!doctype html><title>A blog</title><iframe src="/#/play?scenario=balanced"></iframe>');
  const { page, problems, close } = await openPage(browser, `${server.url}blog/`, DESKTOP);
  try {
    await page.frameLocator('iframe').getByRole('button', { name: 'Pause', exact: true }).waitFor();
    assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
    assert.deepEqual(problems, []);
  } finally {
    await close();
    await server.close();
  }
});

onPage('the manifest is one that the page can be installed by', {}, async ({ page }) => {
  const session = await page.context().newCDPSession(page);
  const { url, errors, data } = await session.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data);
  assert.equal(manifest.display, 'standalone');
  assert.equal(new URL(manifest.start_url, url).href, page.url().split('#')[0]);
  const purposes = new Set();
  for (const { src, sizes, type, purpose = 'any' } of manifest.icons) {
    purposes.add(purpose);
    const [kind, size] = await page.evaluate(async (src) => {
      const response = await fetch(src);
      const image = await createImageBitmap(await response.clone().blob()).catch(() => undefined);
      return [response.headers.get('content-type'), `${image?.width}x${image?.height}`];
    }, new URL(src, url).href);
    assert.equal(kind, type);
    if (sizes !== 'any') assert.equal(size, sizes);
  }
  assert.deepEqual([...purposes], ['any', 'maskable']);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // The tests' browser has no profile that anything could be installed in.
  assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'), []);
});

/** Notes what the policy has forbidden. */
const WATCH = `
  window.forbidden = [];
  addEventListener('securitypolicyviolation', (event) => forbidden.push(event.violatedDirective + ' ' + event.blockedURI));
`;

for (const system of [0, 1, 3, 5].map((index) => CATALOG[index])) {
  onPage(`nothing that the policy forbids is done: ${system.system}`, { beforehand: WATCH }, async (playground) => {
    for (const title of system.titles.slice(0, 3)) {
      await playground.start(title);
      await playground.frames(5);
    }
    await playground.click('Dark theme');
    await playground.click('Help');
    await playground.dialog.waitFor();
    assert.deepEqual(await playground.page.evaluate(() => window.forbidden), []);
  });
}

onPage('the policy forbids what the page has no need of', { beforehand: WATCH }, async ({ page, problems }) => {
  const tries = await page.evaluate(async (elsewhere) => {
    const ends = (element) => new Promise((resolve) => ((element.onload = () => resolve('loaded')), (element.onerror = () => resolve('stopped'))));
    const add = (tag, fields) => {
      const element = Object.assign(document.createElement(tag), fields);
      const end = ends(element);
      document.body.append(element);
      return end;
    };
    document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.injected = true' }));
    const script = document.createElement('span');
    script.setAttribute('onclick', 'window.injected = true');
    script.click();
    script.setAttribute('style', 'color: rgb(1, 2, 3)');
    document.body.append(script);
    return {
      script: await add('script', { src: `${elsewhere}a.js` }),
      image: await add('img', { src: `${elsewhere}a.png` }),
      fetched: await fetch(elsewhere).then(() => 'loaded', () => 'stopped'),
      injected: window.injected === true,
      color: getComputedStyle(script).color,
    };
  }, 'http://127.0.0.1:9/');
  assert.deepEqual(tries.script, 'stopped');
  assert.deepEqual(tries.image, 'stopped');
  assert.deepEqual(tries.fetched, 'stopped');
  assert.equal(tries.injected, false);
  assert.notEqual(tries.color, 'rgb(1, 2, 3)');
  const forbidden = await page.evaluate(() => window.forbidden.map((one) => one.split(' ')[0]));
  for (const directive of ['script-src-elem', 'script-src-attr', 'style-src-attr', 'img-src', 'connect-src']) {
    assert.ok(forbidden.includes(directive), `${directive} was enforced: ${forbidden}`);
  }
  // They are what was tried, and no request was made.
  assert.deepEqual(problems.filter((problem) => /^the page asked for/.test(problem)), []);
  problems.length = 0;
});
