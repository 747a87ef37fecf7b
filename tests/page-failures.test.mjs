// Failures at the press of a button, and the script of what happens when, for several systems.

import assert from 'node:assert/strict';
import { DESKTOP, FASTEST, PHONE, SCENARIOS, onPage, openForAll } from './lib/playground.mjs';

openForAll();

const full = (scenario) => `#/play?engine=full&scenario=${scenario}`;

async function unfold(playground) {
  await playground.page.locator('.failures > summary').click();
  await playground.page.getByRole('button', { name: 'Crash all', exact: true }).first().waitFor();
}

const sentence = (playground) => playground.page.locator('.say');

for (const scenario of ['rabbitmq-prefetch', 'sqs-visibility', 'redis-pending']) {
  for (const [where, look] of [['a desktop', DESKTOP], ['a phone', PHONE]]) {
    onPage(`workers of ${scenario} crash and come back, on ${where}`, { ...look, fragment: full(scenario) }, async (playground) => {
      const { page } = playground;
      await unfold(playground);
      await page.getByRole('button', { name: 'Crash all', exact: true }).first().click();
      await playground.untilText(sentence(playground), /Nobody takes messages/);
      await page.getByRole('button', { name: 'Restart', exact: true }).first().click();
      await playground.untilText(sentence(playground), /^(?!.*Nobody takes messages)/);
      await page.getByRole('button', { name: 'Send 100', exact: true }).first().click();
      await playground.untilNumber('Produced total', (count) => count >= 100);
      await page.getByRole('button', { name: 'Kill the server', exact: true }).click();
      await playground.balance();
    });
  }
}

onPage('a script is checked, and run from the start', { fragment: full('rabbitmq-prefetch') }, async (playground) => {
  const { page } = playground;
  await unfold(playground);
  const open = () => page.getByRole('button', { name: 'Script…', exact: true }).click();
  const text = page.getByRole('textbox', { name: 'Script', exact: true });
  await open();
  await text.fill('[{"at": "3s", "do": {"stop": "nobody"}}]');
  await page.getByRole('button', { name: 'Run it', exact: true }).click();
  await playground.untilText(page.getByRole('alert'), /script\[0\].*"nobody" is not permitted/);
  const { producers } = SCENARIOS.get('rabbitmq-prefetch');
  await open();
  await text.fill(JSON.stringify([{ at: '3s', do: { stop: producers[0].name } }]));
  await page.getByRole('button', { name: 'Run it', exact: true }).click();
  await playground.speed(FASTEST);
  await page.getByText('Producer stopped', { exact: true }).waitFor();
  assert.ok((await playground.clock()) >= 3);
  assert.equal(await page.getByRole('alert', { includeHidden: true }).textContent(), '');
  await open();
  assert.match(await text.inputValue(), /"at":"3s"/);
});
