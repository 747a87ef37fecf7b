// Makes the picture of the README: node screenshots.mjs, after ./dev build, with CHROMIUM naming the browser.
//
// It shows a session from a link, paused at a moment of it, so that the same page gives the same picture.

import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { launchChromium, openPage } from './lib/browser.mjs';
import { DESKTOP, Playground, SCENARIOS, sessionLink } from './lib/playground.mjs';
import { shrink } from './lib/png.mjs';
import { ROOT, serveSite } from './lib/site.mjs';

const PICTURE = join(ROOT, 'assets', 'readme', 'playground.png');
const LARGEST = 200_000;
const SECONDS = 32.55;

const site = await serveSite();
const browser = await launchChromium();
try {
  const fragment = sessionLink({ scenario: SCENARIOS.get('fast-producer-refuse'), until: SECONDS });
  const { page, problems } = await openPage(browser, site.url + fragment, { ...DESKTOP, theme: 'light' });
  const playground = new Playground(page, problems);
  await playground.until('the moment', () => playground.clock(), (now) => SECONDS - 0.1 < now);
  await playground.balance();
  await playground.frames(10);
  mkdirSync(dirname(PICTURE), { recursive: true });
  writeFileSync(PICTURE, shrink(await page.screenshot()));
  if (0 < problems.length) throw new Error(problems.join('\n'));
} finally {
  await browser.close();
  await site.close();
}

const { size } = statSync(PICTURE);
if (LARGEST < size) throw new Error(`${relative(ROOT, PICTURE)} has ${size} bytes: more than ${LARGEST}`);
console.log(`${relative(ROOT, PICTURE)}: ${size} bytes`);
