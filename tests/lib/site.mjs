// The built page in dist/, served for a test.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from './server.mjs';

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Serves dist/; see `serve` for what comes back. */
export async function serveSite() {
  const dist = join(ROOT, 'dist');
  if (!existsSync(join(dist, 'index.html'))) throw new Error('There is no page in dist/: run ./dev build first');
  return serve({ '/': dist });
}
