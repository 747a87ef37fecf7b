// Prints the engine's figures in Chromium, a line a figure: name, value, unit.

import { inBrowser } from './probe.mjs';

const [lines] = await inBrowser('chromium', [{ kind: 'bench', target: 'chromium' }]);
console.log(lines);
