// What is on the stage can be chosen, by pointer, by finger and from a list; and what it is can be read, followed, and
// taken along.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { DESKTOP, PHONE, onPage, openForAll } from './lib/playground.mjs';

openForAll();

const SYSTEMS = [
  ['rabbitmq-poison', 'RabbitMQ', /ready in /],
  ['sqs-visibility', 'Amazon SQS', /visible in /],
  ['redis-pending', 'Redis', / in /],
];

const LOOKS = [
  ['on a desktop', DESKTOP],
  ['on a phone', PHONE],
];

const at = (scenario, speed = 10) => ({ fragment: `#/play?engine=full&scenario=${scenario}&speed=${speed}` });

const inspector = (playground) => playground.region('Selected');

const lines = (playground) => inspector(playground).getByRole('list', { name: 'What happened to it' }).getByRole('listitem');

/** Opens the list of what is on the stage. */
async function list(playground) {
  await playground.region('Stage').getByText('As a list', { exact: true }).press('Enter');
  return playground.region('Stage').getByRole('list', { name: 'On the stage' });
}

/** Looks a message up by its number. */
async function lookUp(playground, number) {
  await list(playground);
  const field = playground.box('Message number');
  await field.fill(String(number));
  await field.press('Enter');
  await inspector(playground).getByRole('heading', { name: `Message ${number}`, exact: true }).waitFor();
}

/** Saves a file by an entry of the menu, and reads it. */
async function save(playground, entry) {
  const menu = playground.page.locator('.stage details.menu');
  if (!(await menu.getAttribute('open').then((open) => open !== null))) await menu.locator('summary').click();
  const [download] = await Promise.all([playground.page.waitForEvent('download'), playground.click(entry)]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

for (const [look, size] of LOOKS) {
  for (const [scenario, system, term] of SYSTEMS) {
    onPage(`${system}, ${look}: the life of a message is found, and its lines lead to where they happened`, { ...size, ...at(scenario) }, async (playground) => {
      await playground.pass(30);
      await playground.pause();
      const end = await playground.clock();
      await lookUp(playground, 2);
      await playground.until('its life', () => lines(playground).allTextContents(), (own) => own.some((line) => /published by/.test(line)));
      const life = await lines(playground).allTextContents();
      assert.ok(life.some((line) => term.test(line)) && life.some((line) => /delivered to/.test(line)), life.join('\n'));
      const [minutes, seconds] = (await lines(playground).first().getByRole('button').textContent()).split(':').map(Number);
      await lines(playground).first().getByRole('button').press('Enter');
      const sent = minutes * 60 + seconds;
      await playground.until('the time of its sending', () => playground.clock(), (now) => now <= sent && sent - now < 0.11);
      assert.ok(sent < end);
      await playground.until('a shorter life', () => lines(playground).count(), (count) => count < life.length);
      await inspector(playground).getByRole('button', { name: 'Close' }).press('Enter');
      await inspector(playground).waitFor({ state: 'hidden' });
    });
  }

  onPage(`${look} a worker is chosen from the list, crashes and comes back`, { ...size, ...at('rabbitmq-poison', 1) }, async (playground) => {
    await playground.pass(2);
    await (await list(playground)).getByRole('button', { name: /^worker 1:|^[a-z-]+ 1: / }).first().press('Enter');
    await inspector(playground).getByRole('button', { name: 'Crash' }).press('Enter');
    await playground.untilText(inspector(playground), /Statecrashed/);
    await inspector(playground).getByRole('button', { name: 'Restart' }).press('Enter');
    await playground.untilText(inspector(playground), /State(idle|at work)/);
  });

  onPage(`${look} what is pointed at is chosen, and stays marked`, { ...size, ...at('sqs-visibility', 1) }, async (playground) => {
    await playground.pass(5);
    await playground.pause();
    await playground.frames(8);
    const before = await playground.pixels();
    const canvas = playground.page.locator('.picture canvas');
    const { width, height } = await canvas.boundingBox();
    // Somewhere along the middle line there is a producer, a store, a worker.
    const point = (x) => ({ position: { x, y: height * 0.45 } });
    for (let x = 24; x < width; x += 24) {
      await (size.touch ? canvas.tap(point(x)) : canvas.click(point(x)));
      if (await inspector(playground).isVisible()) break;
    }
    await inspector(playground).waitFor();
    await playground.until('a mark', () => playground.pixels(), (now) => now !== before);
  });
}

onPage('a message is chosen where it was processed', { ...DESKTOP, ...at('redis-list') }, async (playground) => {
  const recent = playground.region('Recently processed').getByRole('button').first();
  await recent.waitFor();
  await playground.pause();
  const number = await recent.textContent();
  await recent.click();
  await inspector(playground).getByRole('heading', { name: `Message ${number}`, exact: true }).waitFor();
  await playground.until('its end', () => lines(playground).allTextContents(), (own) => own.some((line) => /done by|failed|crashed/.test(line)));
});

onPage('the picture is enlarged by buttons, keys and the wheel, and scrolls with the page otherwise', { ...DESKTOP, ...at('rabbitmq-poison') }, async (playground) => {
  await playground.pass(5);
  await playground.pause();
  await playground.frames(8);
  const whole = await playground.pixels();
  const changes = (from) => playground.until('another picture', () => playground.pixels(), (now) => now !== from);
  await playground.click('Zoom in');
  const near = await changes(whole);
  await playground.click('Fit');
  await playground.until('the whole', () => playground.pixels(), (now) => now === whole);
  await playground.page.evaluate(() => document.activeElement.blur());
  await playground.page.keyboard.press('+');
  await playground.until('as near as by the button', () => playground.pixels(), (now) => now === near);
  await playground.page.keyboard.press('0');
  await playground.until('the whole', () => playground.pixels(), (now) => now === whole);
  await playground.page.locator('.picture canvas').hover();
  await playground.page.mouse.wheel(0, -100);
  await playground.frames(10);
  assert.equal(await playground.pixels(), whole, 'a wheel alone is the page’s');
  await playground.page.keyboard.down('Control');
  await playground.page.mouse.wheel(0, -100);
  await playground.page.keyboard.up('Control');
  await changes(whole);
});

onPage('color tells what is asked for', { ...DESKTOP, ...at('rabbitmq-poison') }, async (playground) => {
  await playground.pass(10);
  await playground.pause();
  await playground.frames(8);
  const seen = new Set([await playground.pixels()]);
  for (const label of ['message', 'attempt']) {
    await playground.page.getByRole('combobox', { name: 'Color by' }).selectOption({ label });
    await playground.frames(12);
    seen.add(await playground.pixels());
  }
  assert.ok(2 <= seen.size);
});

for (const [scenario, system] of SYSTEMS) {
  onPage(`${system}: picture, journal and metrics are taken along`, { ...DESKTOP, ...at(scenario) }, async (playground) => {
    await playground.pass(20);
    await playground.pause();
    const png = await save(playground, 'Picture as PNG');
    assert.equal(png.name, `queuescope-${scenario}-stage.png`);
    assert.deepEqual([...png.bytes.subarray(1, 4)], [...Buffer.from('PNG')]);
    assert.ok(5000 < png.bytes.length);
    const svg = String((await save(playground, 'Picture as SVG')).bytes);
    assert.match(svg, /^<svg [^]*<\/svg>\s*$/);
    assert.match(svg, /fill="#[0-9a-f]{6}"/);
    const journal = String((await save(playground, 'Journal as CSV')).bytes).trim().split('\n');
    assert.equal(journal[0], 'time,fact,message,producer,worker,attempt,why,waited,service,total,workers');
    const sent = journal.filter((line) => /,published,/.test(line)).length;
    assert.equal(sent, await playground.number('Ledger: sent'));
    const metrics = String((await save(playground, 'Metrics as CSV')).bytes).trim().split('\n').map((line) => line.split(','));
    const produced = metrics.slice(1).reduce((sum, row) => sum + Number(row[1]), 0);
    assert.equal(produced, sent);
  });
}

for (const [look, size] of LOOKS) {
  onPage(`${look}: the edge of the queue is dragged to another capacity, and back by undo`, { ...size, ...at('fast-producer-refuse', 1) }, async (playground) => {
    const { page } = playground;
    await playground.pause();
    const before = await playground.typed('Queue capacity');
    const picture = page.locator('#stage-picture');
    await picture.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await picture.boundingBox();
    // Where the hand says so, along the middle of the picture.
    const edge = await playground.until('the edge', async () => {
      for (let step = 0; step < width / 2; step += 4) {
        for (const share of [0.4, 0.45, 0.5]) {
          await page.mouse.move(x + step, y + height * share);
          if ((await picture.evaluate((one) => one.style.cursor)) === 'ew-resize') return [x + step + 4, y + height * share];
        }
      }
      return undefined;
    });
    await page.mouse.move(...edge);
    await page.mouse.down();
    await page.mouse.move(edge[0] - 30, edge[1], { steps: 5 });
    await page.mouse.move(edge[0] - 60, edge[1], { steps: 5 });
    await page.mouse.up();
    const after = await playground.until('more room', () => playground.typed('Queue capacity'), (now) => before < now);
    assert.ok(after < before * 3, `${before} to ${after}`);
    assert.equal(await inspector(playground).isVisible(), false, 'a drag chooses nothing');
    await playground.click('Undo');
    await playground.until('the capacity of before', () => playground.typed('Queue capacity'), (now) => now === before);
  });
}
