// Prints the sizes of the files of a folder, as they are and as they travel: node sizes.mjs FOLDER

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const folder = process.argv[2];
const row = (cells) => console.log(cells.map((cell, i) => (i < 3 ? String(cell).padStart(10) : `  ${cell}`)).join(''));

const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .sort();

const total = [0, 0, 0];
row(['bytes', 'gzip', 'brotli', 'file']);
for (const file of files) {
  const bytes = readFileSync(file);
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotli.length];
  sizes.forEach((size, i) => (total[i] += size));
  row([...sizes, relative(folder, file)]);
}
row([...total, 'total']);
