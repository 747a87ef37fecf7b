// All settings: found by what they are called and do, marked when changed, and set back; and how true the model is.

import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { DESKTOP, PHONE, SCENARIOS, onPage, openForAll } from './lib/playground.mjs';

openForAll();

/** A scenario of each system, a setting of it, and another value. */
const CASES = [
  ['rabbitmq-prefetch', 'prefetch_count', 7],
  ['kafka-rebalance', 'min.insync.replicas', 2],
  ['sqs-visibility', 'VisibilityTimeout', 61],
];

const LOOKS = [
  ['on a desktop', DESKTOP],
  ['on a phone', PHONE],
];

const at = (scenario) => ({ fragment: `#/play?engine=full&scenario=${scenario}` });

const drawer = ({ page }) => page.getByRole('dialog', { name: 'All settings' });

/** Opens the drawer from the first panel that leads to it. */
async function unfold(playground) {
  await playground.page.getByRole('button', { name: /^All settings/ }).first().click();
  await drawer(playground).waitFor();
}

const search = (playground, words) => drawer(playground).getByRole('searchbox').fill(words);

for (const [look, size] of LOOKS) {
  for (const [scenario, code, value] of CASES) {
    onPage(`${scenario}, ${look}: a setting is found, changed, marked and set back`, { ...size, ...at(scenario) }, async (playground) => {
      const { page } = playground;
      await unfold(playground);
      await search(playground, code);
      const row = drawer(playground).locator('.setting').filter({ has: page.locator('code', { hasText: new RegExp(`^${code}$`) }) }).first();
      await row.waitFor();
      assert.match(await row.textContent(), /default/);
      const field = row.getByRole('spinbutton');
      const before = await field.inputValue();
      const reset = row.getByRole('button', { name: /Reset to/ });
      assert.equal(await reset.isVisible(), false, 'nothing is changed yet');
      await field.fill(String(value));
      await field.press('Enter');
      await reset.waitFor();
      await playground.untilText(drawer(playground).locator('summary').first(), /1 changed/);
      await reset.click();
      await reset.waitFor({ state: 'hidden' });
      // A field is its visitor's as long as it has the focus.
      await drawer(playground).getByRole('searchbox').focus();
      await playground.until('its value', () => field.inputValue(), (now) => now === before);
      await page.keyboard.press('Escape');
      await drawer(playground).waitFor({ state: 'hidden' });
    });
  }

  onPage(`${look} the settings are for everybody, and all of them can be set back at once`, { ...size, ...at('rabbitmq-poison') }, async (playground) => {
    const { page } = playground;
    await playground.type('Producer rate', 9);
    await page.getByRole('img', { name: 'Changed: the scenario begins with 2 /s' }).waitFor();
    await unfold(playground);
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(beyond, 0);
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(' '))]), []);
    await drawer(playground).getByRole('button', { name: 'Reset all', exact: true }).click();
    await drawer(playground).getByRole('button', { name: 'Close the settings' }).click();
    await playground.until('the rate of the scenario', () => playground.typed('Producer rate'), (rate) => rate === 2);
    await playground.click('Undo');
    await playground.until('the rate that was set', () => playground.typed('Producer rate'), (rate) => rate === 9);
  });

  onPage(`${look} it is told how true the model is, rule by rule`, { ...size, ...at('kafka-rebalance') }, async (playground) => {
    const { page } = playground;
    await playground.click('How true is this?');
    const dialog = page.getByRole('dialog', { name: 'How true is this?' });
    await playground.untilText(dialog, /Compaction by key/);
    assert.match(await dialog.textContent(), /K19/);
    assert.ok(20 < (await dialog.getByRole('listitem').count()));
    for (const link of await dialog.getByRole('link').all()) {
      assert.match(await link.getAttribute('href'), /^https:\/\//);
      assert.deepEqual([await link.getAttribute('target'), await link.getAttribute('rel')], ['_blank', 'noopener']);
    }
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(' '))]), []);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'hidden' });
  });
}

onPage('a key opens the search, and nothing is found where there is nothing', { ...DESKTOP, ...at('redis-pending') }, async (playground) => {
  await playground.page.keyboard.press('/');
  await drawer(playground).waitFor();
  assert.ok(await drawer(playground).getByRole('searchbox').evaluate((own) => own === document.activeElement));
  await playground.page.keyboard.type('there is no such setting');
  await drawer(playground).getByText('No setting has these words in it.').waitFor();
});

onPage('a double click takes a slider back to where the scenario begins', { ...DESKTOP, ...at('rabbitmq-poison') }, async (playground) => {
  const { rate } = SCENARIOS.get('rabbitmq-poison').producers[0].set;
  await playground.type('Producer rate', 50);
  await playground.slider('Producer rate').dblclick();
  await playground.until('the rate of the scenario', () => playground.typed('Producer rate'), (now) => now === rate);
});

onPage('what is fixed at the start begins the run anew, and can be undone', { ...DESKTOP, ...at('rabbitmq-poison') }, async (playground) => {
  await playground.pass(1);
  await playground.page.keyboard.press('/');
  await search(playground, 'x-queue-type');
  const menu = drawer(playground).getByRole('combobox').first();
  await menu.selectOption('classic');
  await playground.page.getByText('Edited: Delivery limit').waitFor();
  assert.equal(await menu.inputValue(), 'classic');
  await playground.click('Undo');
  await playground.page.getByText('Edited: Delivery limit').waitFor({ state: 'hidden' });
});
