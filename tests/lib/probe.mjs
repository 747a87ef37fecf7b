// Runs the engine as WebAssembly in a browser: the page of tests/probe/page takes a list of jobs from this
// server, does them, and posts what came of each. The same page serves every browser, driven or not.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { launchChromium, openFirefox, openPage } from './browser.mjs';
import { serve } from './server.mjs';
import { ROOT } from './site.mjs';

const FOLDER = join(ROOT, 'target', 'probe');

/** Ways to open a page, by browser. */
export const BROWSERS = {
  chromium: async (url) => {
    const browser = await launchChromium();
    const { problems } = await openPage(browser, url);
    return { close: () => browser.close(), problems };
  },
  firefox: openFirefox,
};

/**
 * Does jobs in a browser.
 *
 * @param {'chromium' | 'firefox'} browser
 * @param {object[]} jobs `{kind: 'digest', scenario, seed, until}` (text of a scenario, seed, virtual seconds)
 *   gives `"<16 hex digits> <facts>"`; `{kind: 'bench', target}` gives lines of figures.
 * @param {number} [seconds] How long it may take.
 * @returns {Promise<string[]>} One result a job.
 */
export async function inBrowser(browser, jobs, seconds = 240) {
  if (!existsSync(join(FOLDER, 'probe.js'))) throw new Error('There is no probe in target/probe: run ./dev test');
  let report;
  const reported = new Promise((resolve) => (report = resolve));
  const server = await serve(
    { '/': join(ROOT, 'tests', 'probe', 'page'), '/probe/': FOLDER },
    { 'GET /jobs': () => jobs, 'POST /results': (body) => report(JSON.parse(body)) },
  );
  const opened = await BROWSERS[browser](server.url);
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ error: `no answer within ${seconds} s` }), seconds * 1000);
  });
  try {
    const { results, error } = await Promise.race([reported, late]);
    if (error) throw new Error(`${browser}: ${[error, ...(opened.problems ?? [])].join('\n')}`);
    return results;
  } finally {
    clearTimeout(timer);
    await opened.close();
    await server.close();
  }
}
