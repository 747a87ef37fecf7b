// Time and sharing in the full program: the timeline, steps, undo and branches, links, files, and a page loaded again.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { DESKTOP, PHONE, onPage, openForAll, visit } from './lib/playground.mjs';

openForAll();

const full = (rest) => `#/play?engine=full&${rest}`;


const { readdirSync } = await import('node:fs');
const shipped = readdirSync(new URL('../assets/scenarios/', import.meta.url)).map((file) => file.replace('.json', ''));
const of = (start) => shipped.find((name) => name.startsWith(start));
const THREE = ['balanced', of('rabbitmq'), of('redis') ?? of('sqs')].filter(Boolean);

/** Waits for a clock that reads so. */
const untilClock = (page, text) => page.untilText(page.output('Virtual time'), new RegExp(`^${text.replace('.', '\\.')}$`));

/** Goes to a step of the timeline, of which there are 600, as a hand would that lets it go there. */
const seek = (page, step) =>
  page.slider('Timeline').evaluate((range, to) => {
    range.value = to;
    range.dispatchEvent(new Event('input', { bubbles: true }));
  }, step);

for (const [size, look] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  for (const scenario of THREE) {
    onPage(`${scenario}, ${size}: there, back, a step, and a branch`, { ...look, fragment: full(`scenario=${scenario}`) }, async (page) => {
      await page.pause();
      await seek(page, 300);
      await untilClock(page, '0:30.0');
      const there = await page.outputs();
      await seek(page, 100);
      await untilClock(page, '0:10.0');
      await seek(page, 300);
      await untilClock(page, '0:30.0');
      assert.deepEqual(await page.outputs(), there, 'the same moment is the same');
      await page.click('Step');
      const here = await page.outputs();
      await page.click('Step back');
      await page.click('Step');
      assert.deepEqual(await page.outputs(), here);
      // In the past another seed of events: a branch.
      await seek(page, 200);
      await untilClock(page, '0:20.0');
      assert.ok(await page.button('Undo').isDisabled());
      await page.slider(/rate/i).first().press('PageUp');
      await page.until('something to undo', () => page.button('Undo').isEnabled());
      await seek(page, 300);
      await untilClock(page, '0:30.0');
      await page.click('Undo');
      await untilClock(page, '0:30.0');
      assert.deepEqual(await page.outputs(), there, 'without the change all is as it was');
      await page.click('Redo');
      await untilClock(page, '0:30.0');
      await page.click('History');
      await page.dialog.getByRole('button', { name: /0:20\.0/ }).first().click();
      await untilClock(page, '0:20.0');
      // Nothing of it needs more room than there is.
      const [wide, page_] = await page.page.evaluate(() => [document.querySelector('footer').scrollWidth, innerWidth]);
      assert.ok(wide <= page_, `${wide} of ${page_}`);
    });
  }

  onPage(`${size}: a session is handed on by its link, and as a file`, { ...look, fragment: full('scenario=balanced&seed=5') }, async (page) => {
    await page.pause();
    await page.type('Producer rate', 7);
    await seek(page, 200);
    await untilClock(page, '0:20.0');
    const there = await page.outputs();
    await page.click('Share');
    const link = await page.page.getByRole('textbox', { name: 'Link' }).inputValue();
    assert.ok(link.length < 2000 && link.includes('version='), link);
    const download = page.page.waitForEvent('download');
    await page.click('Save as JSON file');
    const file = await (await download).path();
    assert.equal(JSON.parse(await readFile(file, 'utf8')).seed, 5);
    await page.click('Close');
    await visit({ ...look, fragment: new URL(link).hash }, async (other) => {
      await untilClock(other, '0:20.0');
      await other.button('Play').waitFor();
      assert.deepEqual(await other.outputs(), there);
    });
    await page.click('Reset');
    await page.click('Share');
    await page.page.locator('input[type="file"]').setInputFiles(file);
    await untilClock(page, '0:20.0');
    assert.deepEqual(await page.outputs(), there);
  });
}

onPage('a page that is loaded again goes on where it was; one opened over it can be left', { fragment: full('scenario=balanced') }, async (page) => {
  await page.pause();
  await page.type('Producer rate', 7);
  await seek(page, 200);
  await untilClock(page, '0:20.0');
  const kept = () => page.page.evaluate(() => localStorage.getItem('queuescope.session'));
  await page.until('the session to be kept', kept, (link) => /at=20&/.test(link ?? ''));
  await page.page.reload();
  await untilClock(page, '0:20.0');
  assert.equal(await page.typed('Producer rate'), 7);
  await page.page.evaluate((fragment) => { location.hash = fragment; }, full('scenario=slow-consumer&seed=4'));
  await page.until('the other scenario', () => page.typed('Seed').catch(() => 0), (seed) => seed === 4);
  await page.click('Undo');
  await untilClock(page, '0:20.0');
  assert.equal(await page.typed('Producer rate'), 7);
});
