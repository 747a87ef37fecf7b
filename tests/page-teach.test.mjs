// Lessons, the projector, help, the tour and the report, in the full program.

import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { DESKTOP, PHONE, SCENARIOS, onPage, openForAll, visit } from './lib/playground.mjs';

openForAll();

const full = (rest) => `#/play?engine=full&${rest}`;
const THREE = ['consumer-outage', 'rabbitmq-poison', 'sqs-visibility'];

/** The settings that can be seen, by their names. */
const settings = (page) =>
  page.page.evaluate(() =>
    [...document.querySelectorAll('.field, .entry')].filter((one) => one.getClientRects().length).map((one) => one.querySelector('label, .name').firstChild.textContent.trim()),
  );

async function axe(page, what) {
  const { violations } = await new AxeBuilder({ page: page.page }).analyze();
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(' '))]), [], what);
}

/** Chooses from the menu at the top. */
async function choose(page, item) {
  await page.page.locator('header summary').click();
  await page.click(item);
}

const wish = (page, name) => page.dialog.getByRole('checkbox', { name, exact: true });

for (const [size, look] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  for (const scenario of THREE) {
    onPage(`${scenario}, ${size}: a riddle with one setting is made, opened, and revealed`, { ...look, fragment: full(`scenario=${scenario}`) }, async (page) => {
      const { title } = SCENARIOS.get(scenario);
      await page.speed('10×');
      await page.pass(12);
      await page.pause();
      const there = await page.outputs();
      await page.click('Share');
      await wish(page, 'Hide the cause until it is asked for').check();
      await wish(page, 'Show only some settings').check();
      await page.dialog.getByRole('checkbox', { name: 'Producer rate producer.rate' }).check();
      await axe(page, 'the dialog');
      const link = await page.page.getByRole('textbox', { name: 'Link' }).inputValue();
      assert.ok(link.includes('lesson=1;hide;only:producer.rate') && !link.includes(scenario), link);
      await page.dialog.getByRole('button', { name: 'Close' }).click();
      await visit({ ...look, fragment: new URL(link).hash }, async (other) => {
        await other.button('Play').waitFor();
        await other.until('the same moment', () => other.outputs(), (seen) => seen['Virtual time'] === there['Virtual time']);
        assert.deepEqual(await other.outputs(), there);
        assert.deepEqual(await settings(other), ['Producer rate']);
        await other.untilSaid(/^What is going on here\?/);
        const text = await other.page.evaluate(() => [...document.querySelectorAll('.story > p, .story > details')].map((one) => one.innerText).join(''));
        assert.ok(!text.includes(title), text);
        assert.equal(await other.scenarios.getByRole('button', { pressed: true }).count(), 0);
        await axe(other, 'the riddle');
        await other.click('Reveal the cause');
        await other.page.locator('.story').getByText(title, { exact: true }).waitFor();
        assert.ok(await other.page.locator('.story details').evaluate((one) => one.open && one.contains(document.activeElement)));
        assert.doesNotMatch(await other.sentence.first().textContent(), /What is going on/);
        await other.click('Show all settings');
        await other.until('all settings', () => settings(other), (all) => 4 < all.length);
        assert.deepEqual(await other.outputs(), there, 'nothing has happened');
      });
    });
  }

  onPage(`${size}: a lesson that cannot be read costs nothing else`, { ...look, fragment: full('scenario=rabbitmq-poison&at=5&paused&lesson=1;loud;only:nobody.x,consumer.rate') }, async (page) => {
    await page.untilText(page.alert, /"loud".*passed over|"nobody\.x"/);
    await page.until('the moment', () => page.clock(), (now) => now === 5);
    assert.deepEqual(await settings(page), ['Consumer rate']);
  });

  for (const theme of ['light', 'dark']) {
    onPage(`${size}, ${theme}: a projector shows the stage large, and a desk has it all again`, { ...look, theme, fragment: full('scenario=redis-pending') }, async (page) => {
      await page.pause();
      const height = async () => (await page.sentence.first().evaluate((one) => parseFloat(getComputedStyle(one).fontSize)));
      const before = await height();
      await page.page.evaluate(() => document.activeElement.blur());
      await page.page.keyboard.press('p');
      assert.ok(before * 1.4 < (await height()));
      await page.region('Producer').getByRole('button', { name: 'Producer', exact: true }).waitFor();
      assert.deepEqual(await settings(page), [], 'the panels are folded');
      const wide = await page.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} px too wide`);
      await axe(page, 'the projector');
      await page.region('Producer').getByRole('button', { name: 'Producer', exact: true }).click();
      await page.until('a panel that is opened', () => settings(page), (all) => 0 < all.length);
      await page.page.reload();
      await page.button('Play').waitFor();
      assert.ok(before * 1.4 < (await height()), 'it is kept');
      await choose(page, 'Projector mode');
      await page.until('the usual size', height, (now) => now === before);
    });
  }

  onPage(`${size}: help lists what there is, its shapes and its keys`, { ...look, fragment: full('scenario=sqs-poison') }, async (page) => {
    await page.click('Help');
    await page.page.getByRole('dialog', { name: 'Help' }).waitFor();
    const text = await page.dialog.innerText();
    for (const part of ['Stage', 'Timeline', 'visible:', 'in flight:', 'refused', 'Ctrl Z', 'Page Up']) assert.ok(text.includes(part), `${part} in ${text}`);
    assert.ok(await page.dialog.getByRole('checkbox').isChecked());
    await axe(page, 'help');
    await page.page.keyboard.press('Escape');
    await page.dialog.waitFor({ state: 'hidden' });
  });

  onPage(`${size}: the tour goes from part to part by keys, blocks nothing, and is offered no more`, { ...look, fragment: full('scenario=balanced') }, async (page) => {
    const tour = page.page.locator('#tour');
    assert.ok(await tour.isHidden(), 'nobody is led who did not ask');
    await page.click('A tour in two minutes');
    await tour.waitFor();
    assert.equal(await page.button('No, thanks').count(), 0);
    const titles = [];
    for (;;) {
      await page.until('it points at something', () => page.page.evaluate(() => document.querySelectorAll('[data-toured]').length === 1 && document.activeElement.id === 'tour-title'));
      titles.push(await page.page.locator('#tour-title').textContent());
      const card = await page.page.locator('#tour').evaluate((one) => one.getBoundingClientRect().toJSON());
      const { width, height } = page.page.viewportSize();
      assert.ok(0 <= card.left && card.right <= width && 0 <= card.top && card.bottom <= height, JSON.stringify(card));
      if (titles.length === 1) await axe(page, 'the tour');
      const next = page.page.locator('#tour .primary');
      const last = (await next.textContent()) === 'Done';
      await next.focus();
      await page.page.keyboard.press('Enter');
      if (last) break;
    }
    assert.equal(new Set(titles).size, titles.length);
    assert.ok(5 <= titles.length);
    await tour.waitFor({ state: 'hidden' });
    assert.equal(await page.page.locator('[data-toured]').count(), 0);
    assert.ok(await page.page.locator('header summary').evaluate((one) => one === document.activeElement));
    await page.button('Pause').waitFor();
    await choose(page, 'Take the tour');
    await page.until('the tour to have the focus', () => page.page.evaluate(() => document.activeElement.id === 'tour-title'));
    await page.page.keyboard.press('Escape');
    await tour.waitFor({ state: 'hidden' });
    await page.page.reload();
    await page.button('Pause').waitFor();
    assert.equal(await page.button('No, thanks').count(), 0, 'it is offered once');
  });
}

for (const [scenario, system] of [['balanced', 'Plain queue'], ['kafka-rebalance', 'Apache Kafka'], ['sqs-poison', 'Amazon SQS']]) {
  onPage(`${scenario}: who knows better takes a report along`, { fragment: full(`scenario=${scenario}&seed=5`) }, async (page) => {
    await page.type('Producer rate', 7);
    await page.pass(2);
    await page.pause();
    const asked = [];
    page.page.on('request', (request) => asked.push(request.url()));
    await choose(page, 'My broker does otherwise…');
    const report = await page.page.getByRole('textbox', { name: 'Report' }).inputValue();
    for (const part of [`System: ${system}`, 'Engine: ', 'Seed: 5', 'producer.rate = 7 ', 'lines of the journal', '/#/play?engine=full&']) {
      assert.ok(report.includes(part), `${part} in ${report}`);
    }
    assert.match(await page.dialog.innerText(), /Nothing is sent anywhere/);
    await axe(page, 'the report');
    assert.deepEqual(asked, []);
    const link = report.match(/The session: (\S+)/)[1];
    await visit({ fragment: new URL(link).hash }, async (other) => {
      await other.button('Play').waitFor();
      // It may be on its way to the time of the report still.
      await other.until('the rate', () => other.typed('Producer rate'), (rate) => rate === 7);
    });
  });
}

onPage('the offer of a tour is declined for ever', { fragment: full('scenario=balanced') }, async (page) => {
  await page.click('No, thanks');
  await page.page.reload();
  await page.button('Pause').waitFor();
  assert.equal(await page.button('No, thanks').count(), 0);
});

onPage('what changes is told in one place: a worker that crashes', { fragment: full('scenario=rabbitmq-prefetch') }, async (page) => {
  const announcer = page.region('Stage').getByRole('status');
  await page.untilText(announcer, /\S/);
  await page.page.locator('.failures summary').click();
  await page.button('Crash one').first().click();
  await page.untilText(announcer, /^A worker has crashed\./);
});

for (const [what, look] of [['forced colors', { forcedColors: true }], ['more contrast', { beforehand: 'undefined' }]]) {
  onPage(`with ${what} all of it is there`, { ...look, fragment: full('scenario=rabbitmq-poison') }, async (page) => {
    if (what === 'more contrast') await page.page.emulateMedia({ contrast: 'more' });
    await page.pause();
    await axe(page, what);
  });
}
