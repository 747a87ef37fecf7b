// What a visitor has to load. Node's brotli at its best is what static hosts serve.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './lib/site.mjs';
import { VISITS, sizes, total } from './lib/sizes.mjs';

/** In bytes, by brotli, the program and all that is around it. */
const LIMITS = {
  'the page as it opens': 160_000,
  'the page with every system': 795_000,
  'all that there is, to be kept': 1_150_000,
};

test('the page is small enough to be loaded on a train', () => {
  const files = sizes(join(ROOT, 'dist'));
  for (const [visit, isSent] of VISITS) {
    const [, , brotli] = total(files, isSent);
    assert.ok(0 < brotli && brotli < LIMITS[visit], `${visit}: ${brotli} bytes, and ${LIMITS[visit]} are permitted`);
  }
});
