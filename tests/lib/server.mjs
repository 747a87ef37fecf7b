// A small static file server for the tests: loopback only, a port of its own, nothing cached.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/**
 * Serves folders and answers calls.
 *
 * @param {Record<string, string>} folders URL prefix (`/`, `/probe/`) to folder; the longest prefix wins.
 * @param {Record<string, (body: string) => unknown>} calls `GET /jobs` to what answers it, in JSON.
 * @returns {Promise<{url: string, close: () => Promise<void>}>} `url` ends with a slash.
 */
export async function serve(folders, calls = {}) {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer(async (request, response) => {
    try {
      const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
      const call = calls[`${request.method} ${path}`];
      if (call) {
        const answer = JSON.stringify((await call(await bodyOf(request))) ?? null);
        response.writeHead(200, { 'content-type': TYPES['.json'], 'cache-control': 'no-store' }).end(answer);
      } else {
        const prefix = prefixes.find((candidate) => path.startsWith(candidate));
        await sendFile(response, prefix && folders[prefix], path.slice(prefix?.length));
      }
    } catch (error) {
      response.writeHead(500, { 'content-type': TYPES['.txt'] }).end(String(error));
    }
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Browsers keep connections open, and close() waits for them.
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function sendFile(response, folder, path) {
  const relative = normalize(path === '' || path.endsWith('/') ? `${path}index.html` : path);
  const outside = relative === '..' || relative.startsWith(`..${sep}`);
  const file = folder && !outside ? join(folder, relative) : undefined;
  const size = file && (await stat(file).catch(() => undefined));
  if (!size?.isFile()) {
    response.writeHead(404, { 'content-type': TYPES['.txt'] }).end(`There is no ${path}`);
    return;
  }
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-length': size.size,
    'cache-control': 'no-store',
  });
  createReadStream(file).pipe(response);
}
