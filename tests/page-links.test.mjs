// Links into the page, and what a visitor reads where it cannot run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchChromium } from './lib/browser.mjs';
import { SCENARIOS, onPage, openForAll, sessionLink, visit } from './lib/playground.mjs';

openForAll();

onPage('a link to a scenario with a seed', { fragment: '#/play?scenario=balanced&seed=3' }, async (page) => {
  assert.equal(await page.typed('Seed'), 3);
  assert.equal(await page.alert.textContent(), '');
  const pressed = page.scenarios.getByRole('button', { pressed: true });
  assert.deepEqual(await pressed.allTextContents(), [SCENARIOS.get('balanced').title]);
  await page.button('Pause').waitFor();
  await page.untilNumber('Produced total', (total) => 0 < total);
});

for (const [what, fragment, said] of [
  ['a session of nonsense', '#/play?session=garbage', /cannot be read/],
  ['an empty session', '#/play?session=', /cannot be read/],
  ['bytes that are no text', '#/play?session=%ff%fe', /cannot be read/],
  ['a session that ends too early', '#/play?session=%7B%22engine%22', /cannot be read/],
  ['a scenario that does not exist', '#/play?scenario=nothing', /no scenario "nothing"/],
  ['a seed that is no number', '#/play?scenario=balanced&seed=x', /"x" is no whole number/],
  ['a session that is too long', `#/play?session=${'x'.repeat(70_000)}`, /at most 65536/],
  [
    'a session with a setting out of range',
    sessionLink({
      scenario: SCENARIOS.get('start'),
      commands: [{ events: 0, nanos: 0, act: { set: { knob: 'queue.capacity', to: 0 } } }],
      until: 1,
    }),
    /queue\.capacity.*\b0\b.*from 1 to 100000/,
  ],
]) {
  onPage(`a link to ${what} is explained, and the page opens as ever`, { fragment }, async (page) => {
    await page.untilText(page.alert, said);
    await page.alert.waitFor({ state: 'visible' });
    const pressed = page.scenarios.getByRole('button', { pressed: true });
    assert.deepEqual(await pressed.allTextContents(), [SCENARIOS.get('start').title]);
    assert.equal(await page.typed('Producer rate'), 2);
    await page.button('Pause').waitFor();
    await page.untilNumber('Produced total', (total) => 0 < total);
    // The host was asked whether the library has it; that it has not, the browser complains of.
    const isAnswer = (problem) => what === 'a scenario that does not exist' && /404/.test(problem);
    page.problems.splice(0, Infinity, ...page.problems.filter((problem) => !isAnswer(problem)));
  });
}

onPage('another link, pasted into the same tab, is opened', {}, async (page) => {
  await page.untilNumber('Produced total', (total) => 0 < total);
  await page.page.evaluate(() => { location.hash = '#/play?scenario=balanced&seed=3'; });
  await page.scenarios.getByRole('button', { name: SCENARIOS.get('balanced').title, pressed: true }).waitFor();
  assert.equal(await page.typed('Seed'), 3);
});

onPage('a session goes on in the full program, which has all settings', {}, async (page) => {
  await page.type('Producer rate', 3);
  await page.speed('10×');
  await page.pass(5);
  await page.pause();
  const seen = await page.balance();
  const producer = page.region('Producer');
  await producer.getByText('More settings').click();
  assert.equal(await producer.getByText('When refused').count(), 0);
  await producer.getByRole('button', { name: 'All settings', exact: true }).click();
  await producer.getByRole('button', { name: /^All settings \d+/ }).click();
  assert.match(page.page.url(), /engine=full/);
  const drawer = page.page.getByRole('dialog', { name: 'All settings' });
  await drawer.getByText('When refused').waitFor();
  await drawer.getByRole('button', { name: 'Close the settings' }).click();
  await page.untilText(page.output('Virtual time'), new RegExp(`^${seen['Virtual time'].replace('.', '\\.')}$`));
  await page.button('Play').waitFor();
  const there = await page.balance();
  assert.deepEqual(Object.fromEntries(Object.keys(seen).map((name) => [name, there[name]])), seen);
});

for (const fragment of ['#', '#/', '#/elsewhere', '#/play?', '#/play?x=y']) {
  onPage(`${fragment} is no request`, { fragment }, async (page) => {
    assert.equal(await page.alert.textContent(), '');
    await page.untilNumber('Produced total', (total) => 0 < total);
  });
}

onPage(
  'a link to a session brings it back, paused where it was',
  { fragment: sessionLink({ scenario: SCENARIOS.get('start'), until: 20 }) },
  async (page) => {
    await page.untilText(page.output('Virtual time'), /^0:20\.0$/);
    await page.button('Play').waitFor();
    const seen = await page.balance();
    // Sent every half second and 0.4 s on the way; the worker takes two thirds of a second from the first, at 0.9 s, on.
    const done = Math.floor((20 - 0.9) * 1.5);
    assert.deepEqual([seen['Produced total'], seen['Ledger: on the way'], seen['Consumed total']], ['40', '1', `${done}`]);
    assert.equal(seen['Queue size'], `${39 - done - 1 - Number(seen.Refused)}/10`);
    const pressed = page.scenarios.getByRole('button', { pressed: true });
    assert.deepEqual(await pressed.allTextContents(), [SCENARIOS.get('start').title]);
    await page.frames(20);
    assert.deepEqual(await page.outputs(), seen, 'it stays paused');
    await page.click('Play');
    await page.untilNumber('Produced total', (total) => 40 < total);
  },
);

onPage(
  'a link brings back what was done in its session',
  {
    fragment: sessionLink({
      scenario: SCENARIOS.get('start'),
      seed: 11,
      commands: [
        { events: 0, nanos: 0, act: { set: { knob: 'producer.rate', to: 4 } } },
        { events: 0, nanos: 0, act: { stop: 'consumer' } },
      ],
      until: 10.1,
    }),
  },
  async (page) => {
    await page.untilText(page.output('Virtual time'), /^0:10\.1$/);
    const seen = await page.balance();
    // Four a second: 40 sent, the last of them at 10 s; what was sent after 9.7 s is on the way still.
    assert.deepEqual(
      ['Produced total', 'Ledger: on the way', 'Queue size', 'Refused', 'Consumed total'].map((name) => seen[name]),
      ['40', '2', '10/10', '28', '0'],
    );
    await page.page.getByText('Consumer stopped', { exact: true }).waitFor();
    assert.deepEqual([await page.typed('Producer rate'), await page.typed('Seed')], [4, 11]);
    await page.click('Reset');
    await page.page.getByText('Consumer running', { exact: true }).waitFor();
    assert.deepEqual([await page.typed('Producer rate'), await page.typed('Consumer rate')], [2, 1.5]);
  },
);

test('the same link brings back the same session', async () => {
  const seen = [];
  const fragment = sessionLink({ scenario: SCENARIOS.get('failing-consumer'), seed: 5, until: 300 });
  for (let visits = 0; visits < 2; visits += 1) {
    await visit({ fragment }, async (page) => {
      await page.untilText(page.output('Virtual time'), /^5:00\.0$/);
      seen.push([await page.balance(), await page.region('Recently processed').textContent()]);
    });
  }
  assert.deepEqual(seen[0], seen[1]);
  assert.notEqual(seen[0][0].Dead, '0');
});

onPage(
  'a link to a scenario of one\'s own is none of the row',
  { fragment: sessionLink({ scenario: { ...SCENARIOS.get('start'), title: 'My own', watch: 'See.' }, until: 1 }) },
  async (page) => {
    await page.page.getByText('My own See.', { exact: true }).waitFor();
    assert.equal(await page.scenarios.getByRole('button', { pressed: true }).count(), 0);
  },
);

test('without WebAssembly the page says what it needs', () =>
  visit({ beforehand: 'delete window.WebAssembly' }, async (playground) => {
    const { page } = playground;
    await playground.untilText(page.locator('#boot-text'), /^Queuescope needs WebAssembly, which this browser does not have/);
    await playground.frames(10);
    assert.match(await page.locator('#boot').innerText(), /needs WebAssembly/);
  }));

test('a program that cannot be loaded is said to be so', () =>
  visit({ beforehand: "window.fetch = () => Promise.reject(new Error('the network is gone'))" }, async (playground) => {
    const { page, problems } = playground;
    await playground.untilText(page.locator('#boot-text'), /could not be loaded: .*the network is gone.*[Rr]eload/);
    assert.deepEqual(problems.splice(0).filter((problem) => !/the network is gone/.test(problem)), []);
  }));

test('without JavaScript the page says what it needs', async () => {
  const using = await launchChromium(['--blink-settings=scriptEnabled=false']);
  try {
    await visit({ using }, async ({ page, problems }) => {
      const said = await page.locator('body').innerText();
      assert.match(said, /needs JavaScript and WebAssembly, which are switched off here\./);
      assert.doesNotMatch(said, /Starting/, 'nothing is being started');
      assert.deepEqual(problems, []);
    });
  } finally {
    await using.close();
  }
});
