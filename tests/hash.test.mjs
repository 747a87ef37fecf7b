// One seed, one history: the journal of every shipped scenario has the same digest natively and in each browser.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { inBrowser } from './lib/probe.mjs';
import { ROOT } from './lib/site.mjs';

const FOLDER = join(ROOT, 'assets', 'scenarios');
const RUNNER = join(ROOT, 'target', 'release', 'queuescope');
const SEEDS = [1, 2, 3];
const UNTIL_SECONDS = 60;

const browsers = process.env.QUEUESCOPE_ALL ? ['chromium', 'firefox'] : ['chromium'];

const cases = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .flatMap((name) => SEEDS.map((seed) => ({ name, seed, file: join(FOLDER, name) })));

test('there are scenarios to compare', () => assert.notEqual(cases.length, 0));

const native = cases.map(({ file, seed }) => {
  const args = ['digest', file, '--until', `${UNTIL_SECONDS}s`, '--seed', `${seed}`];
  return execFileSync(RUNNER, args, { encoding: 'utf8' }).trim();
});

test('every history has facts', () => {
  for (const digest of native) assert.match(digest, /^[0-9a-f]{16} [1-9][0-9]*$/);
});

for (const browser of browsers) {
  describe(`${browser} and native have the same journal`, () => {
    let digests;
    before(async () => {
      const jobs = cases.map(({ file, seed }) => ({
        kind: 'digest',
        scenario: readFileSync(file, 'utf8'),
        seed,
        until: UNTIL_SECONDS,
      }));
      digests = await inBrowser(browser, jobs);
    });
    cases.forEach(({ name, seed }, i) => {
      test(`${name}, seed ${seed}`, () => assert.equal(digests[i], native[i]));
    });
  });
}
