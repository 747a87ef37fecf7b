// The charts of the full program: which are shown, one cursor through all of them, the way to a time, what an event
// changed, what theory expects, and the figures of somebody on call.

import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { DESKTOP, PHONE, onPage, openForAll } from './lib/playground.mjs';

openForAll();

const full = (scenario) => `#/play?engine=full&scenario=${scenario}`;

const charts = (page) => page.region('Charts').getByRole('slider');

/** The names of the charts that are shown. */
const shown = (page) => charts(page).evaluateAll((all) => all.map((one) => one.ariaLabel));

/** What a chart says at its cursor, or of the present. */
const says = (chart) => chart.getAttribute('aria-valuetext');

/** Goes to a time that is a step of the timeline, of which there are 600 to a minute at first. */
async function goTo(page, seconds) {
  await page.slider('Timeline').evaluate((range, step) => {
    range.value = step;
    range.dispatchEvent(new Event('input', { bubbles: true }));
  }, seconds * 10);
  await page.until(`the clock at ${seconds} s`, () => page.clock(), (now) => now === seconds);
}

const THREE = [
  ['balanced', ['Messages waiting and handed out', 'Messages in and out per second', 'Wait in the queue, percentiles']],
  ['rabbitmq-poison', ['Messages waiting and handed out', 'Messages in and out per second', 'Wait in the queue, percentiles']],
  ['kafka-rebalance', ['Lag in messages', 'Messages in and out per second', 'Lag in time: age of the oldest unread']],
];

for (const [size, look] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  for (const [scenario, usual] of THREE) {
    onPage(`${scenario}, ${size}: one cursor through all charts, and the way to its time`, { ...look, fragment: full(scenario) }, async (page) => {
      await page.pause();
      await goTo(page, 50);
      assert.deepEqual(await shown(page), usual);
      const [first, second] = [charts(page).nth(0), charts(page).nth(1)];
      const now = await Promise.all([says(first), says(second)]);
      assert.ok(now.every((words) => words.startsWith('0:50.0: ')), `${now}`);
      // By keys.
      await first.focus();
      await page.page.keyboard.press('Home');
      await page.until('both at the start', async () => [await says(first), await says(second)], (all) => all.every((one) => one.startsWith('0:00.0')));
      await page.page.keyboard.press('End');
      for (let press = 0; press < 5; press += 1) await page.page.keyboard.press('PageDown');
      await page.until('both at the middle', async () => [await says(first), await says(second)], (all) => all.every((one) => one.startsWith('0:25.0')));
      const there = [await says(first), await says(second)];
      await page.page.keyboard.press('Enter');
      await page.until('the clock at 25 s', () => page.clock(), (clock) => clock === 25);
      // What lies ahead is still there, and the same.
      await page.page.keyboard.press('End');
      await page.until('the end again', () => says(first), (words) => words.startsWith('0:50.0'));
      await page.page.keyboard.press('Escape');
      await page.until('the present again', () => says(first), (words) => words.startsWith('0:25.0'));
      assert.deepEqual([await says(first), await says(second)].map((words) => words.slice(0, 6)), there.map((words) => words.slice(0, 6)));
      // By a mouse or a finger.
      const box = await first.boundingBox();
      await first.click({ position: { x: box.width * 0.5, y: box.height * 0.5 } });
      const clock = await page.until('another time', () => page.clock(), (at) => at !== 25);
      assert.ok(20 < clock && clock < 36, `half of the way is at ${clock}`);
      // Undone or acted upon, the past has another future.
      await page.click('Stop producer');
      await page.until('no future', () => first.getAttribute('aria-valuemax'), (end) => Number(end) <= Math.ceil(clock));
    });
  }

  onPage(`${size}: charts are chosen, and the choice is kept`, { ...look, fragment: full('balanced') }, async (page) => {
    await page.pause();
    await goTo(page, 40);
    await page.page.getByText('Choose charts').click();
    const check = (name) => page.page.getByRole('checkbox', { name, exact: true });
    await check('Utilization of the workers').check();
    await check('From sent to done, percentiles').check();
    await check('Messages in and out per second').uncheck();
    await page.page.getByText('Choose charts').click();
    const chosen = ['Messages waiting and handed out', 'Wait in the queue, percentiles', 'From sent to done, percentiles', 'Utilization of the workers'];
    assert.deepEqual(await shown(page), chosen);
    assert.match(await says(charts(page).nth(3)), /^0:40\.0: busy [\d.]+%$/);
    // Nothing needs more room than there is.
    const [wide, there] = await page.page.evaluate(() => [document.querySelector('.charts').scrollWidth, document.querySelector('.charts').clientWidth]);
    assert.ok(wide <= there, `${wide} of ${there}`);
    await page.page.reload();
    await page.until('the choice again', () => shown(page), (names) => names.join() === chosen.join());
    const { violations } = await new AxeBuilder({ page: page.page }).include('.charts').analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), []);
  });

  onPage(`${size}: a crash is told by what it changed`, { ...look, fragment: full('kafka-rebalance') }, async (page) => {
    await page.pause();
    await goTo(page, 15);
    const title = page.region('Charts').getByText(/^Before and now/);
    assert.equal(await title.count(), 0, 'nothing has happened');
    await goTo(page, 40);
    await title.click();
    const row = page.region('Charts').getByRole('row', { name: /^Out per second/ });
    await row.waitFor();
    assert.match(await title.textContent(), /0:20\.0.*crash/);
    const cells = await row.getByRole('cell').allTextContents();
    assert.ok(Number(cells[2]) < Number(cells[1]) && cells[3].startsWith('\u2212'), `${cells}`);
  });

  onPage(`${size}: theory stands beside, or says why it does not`, { ...look, fragment: full('balanced') }, async (page) => {
    await page.pause();
    const title = page.region('Charts').getByText(/^Theory: /);
    await page.untilText(title, /^Theory: M\/D\/1$/);
    await title.click();
    const row = page.region('Charts').getByRole('row', { name: /^Utilization/ });
    assert.match((await row.getByRole('cell').allTextContents()).slice(0, 3).join('|'), /^Utilization\|ρ = λ\/μ\|66\.7%$/);
    await page.choose('Service time', 'Exponential');
    await page.untilText(title, /^Theory: M\/M\/1(\/K)?$/);
    await page.choose('Arrivals', 'Steady');
    await page.untilText(title, /^Theory: none applies$/);
    await page.page.getByText(/arrivals of producer are steady, not Poisson/).waitFor();
  });

  onPage(`${size}: on call, a backlog is reckoned and run`, { ...look, fragment: full('rabbitmq-poison') }, async (page) => {
    await page.click('On call');
    const field = (name) => page.page.getByRole('textbox', { name, exact: true });
    const verdict = page.page.locator('#oncall-verdict');
    const lines = page.page.locator('#oncall-lines');
    assert.notEqual(await field('Rate in').inputValue(), '', 'it begins with the present');
    const type = async (values) => {
      for (const [name, value] of Object.entries(values)) await field(name).fill(String(value));
    };
    await type({ Backlog: 12_000, 'Rate in': 50, 'Rate out, each worker': 20, 'Workers now': 4, Capacity: '', 'To be empty within': 10 });
    assert.equal(await verdict.textContent(), 'It is empty in 6.67 min.');
    assert.match(await lines.textContent(), /within 10\.0 min it takes 4 workers/);
    await type({ 'Rate in': 100, Capacity: 20_000 });
    assert.equal(await verdict.textContent(), 'It is full in 6.67 min.');
    await type({ 'Rate in': 'many' });
    assert.match(await lines.textContent(), /Rate in: many is not permitted; it must be a number from 0/);
    assert.ok(await page.button('Run in a queue').isDisabled());
    const { violations } = await new AxeBuilder({ page: page.page }).include('#oncall').analyze();
    assert.deepEqual(violations.map(({ id }) => id), []);
    await type({ 'Rate in': 5, Backlog: 300, 'Rate out, each worker': 5, Capacity: '' });
    assert.equal(await verdict.textContent(), 'It is empty in 20.0 s.');
    await page.click('Run in a queue');
    await page.until('the backlog', () => page.number('Ledger: sent'), (sent) => 300 <= sent);
    await page.until('the end of it', () => page.clock(), (clock) => 24 < clock);
    assert.ok((await page.number('Ledger: waiting')) < 60);
    // What was there before comes back.
    await page.click('Undo');
    await page.untilText(page.page.getByRole('combobox', { name: 'System' }).locator('option:checked'), /RabbitMQ/);
  });
}
