// Makes the browser's PNGs smaller without changing a pixel. The page is flat areas and text, which compress best
// as they are; the browser writes differences between pixels instead, as suits photographs.

import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = 8;

/**
 * @param {Buffer} png With 8 bits a channel and not interlaced, as browsers write it.
 * @returns {Buffer}
 */
export function shrink(png) {
  const chunks = [];
  for (let at = SIGNATURE; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  const header = chunks.find(({ type }) => type === 'IHDR').data;
  const [bits, color] = [header[8], header[9]];
  const channels = { 2: 3, 6: 4 }[color];
  if (bits !== 8 || !channels || header[12] !== 0) throw new Error('not a PNG as browsers write it');
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const plain = withoutFilters(inflateSync(packed), header.readUInt32BE(0) * channels, channels);
  const image = chunk('IDAT', deflateSync(plain, { level: 9 }));
  return Buffer.concat([png.subarray(0, SIGNATURE), chunk('IHDR', header), image, chunk('IEND', Buffer.alloc(0))]);
}

/** Lines of bytes, each after the number of its filter, as lines with filter 0: the bytes themselves. */
function withoutFilters(lines, width, channels) {
  const stride = width + 1;
  for (let start = 0; start < lines.length; start += stride) {
    const filter = lines[start];
    lines[start] = 0;
    for (let i = 1; i < stride; i += 1) {
      const left = channels < i ? lines[start + i - channels] : 0;
      const above = 0 < start ? lines[start - stride + i] : 0;
      const corner = channels < i && 0 < start ? lines[start - stride + i - channels] : 0;
      lines[start + i] += [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
    }
  }
  return lines;
}

function paeth(left, above, corner) {
  const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
