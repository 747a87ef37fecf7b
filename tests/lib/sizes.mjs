// The sizes of the files of a folder, as they are and as they travel: node sizes.mjs FOLDER prints them.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** What comes only when the page is there: the worker that keeps it, icons for where it is installed, and the texts. */
const isLater = (file) => /^worker[.]js$|[.]png$|^texts|^queuescope-learn/.test(file);

/** What a visitor is sent: one of the two programs, and all that belongs to it; in the end, when the page is at rest, all. */
export const VISITS = [
  ['the page as it opens', (file) => !file.startsWith('queuescope-systems') && !isLater(file)],
  ['the page with every system', (file) => !file.startsWith('queuescope-app') && !isLater(file)],
  ['all that there is, to be kept', () => true],
];

/** For each file its name, and its bytes as they are, by gzip and by brotli. */
export function sizes(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();
  return paths.map((path) => {
    const bytes = readFileSync(path);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    return {
      file: relative(folder, path),
      sizes: [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes, { params }).length],
    };
  });
}

/** The sums over the files that a visitor is sent. */
export function total(files, isSent) {
  return files
    .filter(({ file }) => isSent(file))
    .reduce((sums, { sizes }) => sums.map((sum, i) => sum + sizes[i]), [0, 0, 0]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const row = (cells, name) => console.log(`${cells.map((cell) => String(cell).padStart(10)).join('')}  ${name}`);
  const files = sizes(process.argv[2]);
  row(['bytes', 'gzip', 'brotli'], 'file');
  for (const { file, sizes } of files) row(sizes, file);
  for (const [visit, isSent] of VISITS) row(total(files, isSent), visit);
}
