// Each scenario by its button: it starts from nothing as it was written, comes to what it promises, and resets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOG, SCENARIOS, SLOWEST, onPage, openForAll } from './lib/playground.mjs';

openForAll();

const KNOBS = {
  'producer.rate': 'Producer rate',
  'producer.burst-on': 'Burst length',
  'producer.burst-off': 'Pause between bursts',
  'producer.burst-factor': 'Burst factor',
  'consumer.rate': 'Consumer rate',
  'consumer.workers': 'Workers',
  'consumer.failure': 'Failure probability',
  'queue.capacity': 'Queue capacity',
  'queue.attempts': 'Attempts',
};

const CHOICES = {
  'producer.arrivals': { group: 'Arrivals', steady: 'Steady', poisson: 'Poisson', bursts: 'Bursts' },
  'consumer.service': { group: 'Service time', fixed: 'Fixed', exponential: 'Exponential' },
  'queue.when-full': { group: 'When full', refuse: 'Refuse', 'drop-oldest': 'Drop oldest', block: 'Block' },
};

/** What holds where a scenario does not say. */
const DEFAULTS = { 'consumer.failure': 0, 'consumer.service': 'fixed', 'queue.attempts': 3 };

/** What each comes to, seen on the page. */
const EFFECTS = {
  start: async (page) => {
    await page.speed('10×');
    await page.untilText(page.output('Queue size'), /^10\/10$/);
    await page.untilNumber('Refused', (count) => 2 < count);
    await page.untilSaid(/^The queue is full\. .* about 25 of 100 messages are refused\.$/);
  },
  balanced: async (page) => {
    await page.speed('10×');
    await page.untilNumber('Ledger: waiting', (waiting) => 2 <= waiting);
    await page.untilNumber('Ledger: waiting', (waiting) => waiting === 0);
    await page.untilSaid(/^Consumers keep up\./);
    await nothingLost(page);
  },
  'fast-producer-refuse': async (page) => {
    await page.speed('10×');
    await page.untilNumber('Refused', (count) => 10 < count);
    await page.untilSaid(/^The queue is full\. .* about 67 of 100 messages are refused\.$/);
    assert.equal(await page.read('Dropped'), '0');
  },
  'fast-producer-drop-oldest': async (page) => {
    await page.speed('10×');
    await page.untilNumber('Dropped', (count) => 10 < count);
    await page.untilSaid(/^The queue is full\. .* about 67 of 100 messages are pushed out before their turn\.$/);
    assert.equal(await page.read('Refused'), '0');
  },
  'fast-producer-block': async (page) => {
    await page.speed('10×');
    await page.untilSaid(/^The queue is full\. The producer has to wait for room/);
    await page.speed('60×');
    await page.pass(60);
    await page.untilNumber('Produced rate', (rate) => rate < 75);
    await nothingLost(page);
  },
  'slow-consumer': async (page) => {
    await page.speed('10×');
    await page.until('the worker becomes slower', () => page.typed('Consumer rate'), (rate) => rate === 0.8);
    await page.untilSaid(/^Producers outrun consumers by 72 a minute/);
    await page.speed('5×');
    await page.until(
      'a backlog of 40, and nothing lost yet',
      () => page.outputs(),
      (seen) => 40 <= Number(seen['Ledger: waiting']) && seen.Refused === '0',
    );
    await page.speed('60×');
    await page.untilNumber('Refused', (count) => 0 < count);
  },
  'traffic-spike': async (page) => {
    await page.speed('2×');
    await page.until('the spike', () => page.typed('Producer rate'), (rate) => rate === 1000);
    await page.untilNumber('Ledger: waiting', (waiting) => 2400 < waiting);
    await page.until('the spike is over', () => page.typed('Producer rate'), (rate) => rate === 20);
    await page.speed('60×');
    await page.untilNumber('Consumed total', (done) => 3000 < done);
    await page.untilNumber('Ledger: waiting', (waiting) => waiting < 20);
    await nothingLost(page);
  },
  'consumer-outage': async (page) => {
    await page.speed('5×');
    await page.untilSaid(/^Nobody takes messages\. The queue is full in about/);
    await page.pause();
    await page.untilPictured(/The worker is down\./);
    await page.click('Play');
    await page.untilNumber('Ledger: waiting', (waiting) => 25 <= waiting);
    await page.untilText(page.region('Recently processed'), /crashed/);
    await page.untilNumber('Redelivered', (count) => count === 1);
    await page.untilSaid(/^Consumers outrun producers by 120 a minute: the backlog is gone in about/);
    await page.speed('60×');
    await page.untilNumber('Ledger: waiting', (waiting) => waiting === 0);
    await nothingLost(page);
  },
  'failing-consumer': async (page) => {
    await page.speed('10×');
    await page.until('attempts begin to fail', () => page.typed('Failure probability'), (percent) => percent === 50);
    await page.untilNumber('Redelivered', (count) => 0 < count);
    await page.untilNumber('Dead', (count) => 0 < count);
    assert.deepEqual([await page.read('Refused'), await page.read('Dropped')], ['0', '0']);
  },
  'scale-out': async (page) => {
    await page.speed('5×');
    await page.untilNumber('Ledger: waiting', (waiting) => 40 < waiting);
    await page.until('three workers join', () => page.typed('Workers'), (workers) => workers === 4);
    await page.untilNumber('Ledger: in service', (held) => held === 4);
    await page.speed('60×');
    await page.untilNumber('Ledger: waiting', (waiting) => waiting <= 1);
    await nothingLost(page);
  },
  'steady-mean': async (page) => {
    await page.speed('60×');
    await page.pass(60);
    assert.deepEqual([await page.read('Queue size'), await page.read('Wait p99')], ['0/10', '0 s']);
    await page.untilSaid(/^Consumers keep up\. .* workers are busy 67% of the time\.$/);
    await nothingLost(page);
  },
  'bursty-mean': async (page) => {
    await page.speed('5×');
    await page.untilText(page.output('Queue size'), /^10\/10$/);
    await page.untilNumber('Refused', (count) => 0 < count);
    await page.until(
      'nothing waits and nobody works',
      () => page.outputs(),
      (seen) => seen['Queue size'] === '0/10' && seen['Ledger: in service'] === '0',
    );
    await page.untilSaid(/a burst can still fill the queue\.$/);
  },
  'rabbitmq-prefetch': async (page) => {
    await page.speed('10×');
    await page.untilSaid(/^Nothing is left to take, yet \d+ are unacked\. Workers have fetched far more/);
    await page.untilNumber('Redelivered', (count) => 10 < count);
    await page.untilNumber('Consumed total', (done) => done === 60);
    assert.equal((await business(page)).applied, 60);
  },
  'rabbitmq-poison': async (page) => {
    await page.speed('60×');
    await page.untilNumber('Dead-lettered', (count) => 1 < count);
    const [row] = await page.region('Message queue').getByRole('row').filter({ hasText: 'dead-letters' }).allTextContents();
    assert.match(row, /^dead-letters[1-9]/);
    assert.equal(await page.box('Message TTL').count(), 1, 'a setting of the system is at hand');
  },
  'sqs-visibility': async (page) => {
    await page.speed('10×');
    await page.until('an effect that comes twice', () => business(page), ({ twice }) => 1 < twice);
    await page.until('the longer timeout', () => page.typed('Visibility timeout'), (seconds) => seconds === 10);
    assert.equal((await business(page)).lost, 0);
  },
  'sqs-poison': async (page) => {
    await page.speed('60×');
    await page.untilNumber('Dead-lettered', (count) => 1 < count);
    const [row] = await page.region('Message queue').getByRole('row').filter({ hasText: 'orders-dlq' }).allTextContents();
    assert.match(row, /^orders-dlq[1-9]/);
  },
  'redis-pending': async (page) => {
    await page.speed('10×');
    await page.untilPictured(/down/);
    await page.untilNumber('Redelivered', (count) => count === 1);
    assert.equal((await business(page)).lost, 0);
  },
  'redis-list': async (page) => {
    await page.speed('10×');
    await page.untilNumber('Ledger: lost', (count) => 1 <= count);
    const { lost } = await business(page);
    await page.speed('60×');
    await page.pass(60);
    assert.equal((await business(page)).lost, lost, 'nothing more is lost with BLMOVE');
  },
  'kafka-rebalance': async (page) => {
    await page.speed('10×');
    await page.untilPictured(/down/);
    await page.speed('60×');
    await page.untilNumber('Redelivered', (count) => 1 <= count);
    assert.equal((await business(page)).lost, 0);
  },
  'kafka-acks': async (page) => {
    await page.speed('10×');
    await page.untilNumber('Ledger: lost', (count) => 1 <= count);
    await page.pass(30);
    const { lost } = await business(page);
    await page.speed('60×');
    await page.pass(120);
    assert.equal((await business(page)).lost, lost, 'nothing more is lost with acks=all');
  },
  'pubsub-hoarding': async (page) => {
    await page.speed('10×');
    await page.untilNumber('Ledger: in service', (count) => 200 < count);
    await page.speed('60×');
    await page.untilNumber('Ledger: in service', (count) => count <= 10);
    assert.equal((await business(page)).lost, 0);
  },
  'pubsub-ordering': async (page) => {
    await page.speed('60×');
    await page.untilNumber('Dead-lettered', (count) => 1 <= count);
    const { twice, lost, outOfOrder } = await business(page);
    assert.deepEqual([twice, lost, outOfOrder], [0, 0, 0]);
  },
  'pulsar-poison': async (page) => {
    await page.speed('60×');
    await page.untilNumber('Redelivered', (count) => 1 <= count);
    await page.untilNumber('Dead-lettered', (count) => 1 <= count);
    assert.equal((await business(page)).lost, 0);
  },
  'pulsar-hoard': async (page) => {
    await page.speed('10×');
    await page.untilNumber('Consumed total', (count) => 60 < count);
    assert.equal((await business(page)).lost, 0);
  },
};

/** The numbers of the line that says what the business sees. */
async function business(page) {
  const [due, applied, twice, lost, outOfOrder] = (await page.read('Business')).match(/\d+/g).map(Number);
  return { due, applied, twice, lost, outOfOrder };
}

async function nothingLost(page) {
  const { Refused, Dropped, Dead } = await page.outputs();
  assert.deepEqual([Refused, Dropped, Dead], ['0', '0', '0'], 'nothing is lost');
}

/** Whether every control stands as the scenario was written. */
async function asWritten(page, scenario) {
  // The controls of other systems depend on the scenario; their own checks look at some.
  if (scenario.broker.system !== 'plain-queue') return;
  const nodes = [scenario.broker, ...scenario.producers, ...scenario.consumers];
  const written = nodes.flatMap((node) => Object.entries(node.set).map(([knob, value]) => [`${node.name}.${knob}`, value]));
  for (const [address, value] of Object.entries({ ...DEFAULTS, ...Object.fromEntries(written) })) {
    if (KNOBS[address]) {
      assert.equal(await page.typed(KNOBS[address]), value, address);
      const [words] = (await page.words(KNOBS[address])).split(' ');
      assert.ok(Math.abs(Number(words) - value) < 1e-9, `${address} in words: ${words}`);
    } else if (CHOICES[address]) {
      const { group, [value]: label } = CHOICES[address];
      assert.ok(await page.option(group, label).isChecked(), `${address} is ${value}`);
    }
  }
}

/** Whether nothing has happened yet and everything runs. */
async function fromNothing(page, scenario = SCENARIOS.get('balanced')) {
  const seen = await page.outputs();
  for (const name of ['Produced total', 'Consumed total', 'Refused', 'Dropped', 'Dead', 'Redelivered', 'Ledger: waiting']) {
    assert.equal(seen[name], '0', name);
  }
  assert.match(seen['Virtual time'], /^0:00\.[01]$/);
  await page.page.getByText('No messages processed yet', { exact: true }).waitFor();
  await page.button('Pause').waitFor();
  const sends = scenario.producers.some(({ running }) => running !== false);
  await page.button(sends ? 'Stop producer' : 'Start producer').waitFor();
  const works = scenario.consumers.some(({ running }) => running !== false);
  await page.button(works ? 'Stop consumer' : 'Start consumer').waitFor();
  assert.equal(await page.alert.textContent(), '');
}

/** Leaves no control as it was. */
async function meddle(page) {
  await page.click('Stop producer');
  await page.type('Producer rate', 77);
  await page.type('Consumer rate', 0.3);
  await page.type('Queue capacity', 4321);
  await page.type('Workers', 9);
  await page.type('Attempts', 8);
  await page.type('Failure probability', 13);
  await page.choose('Arrivals', 'Poisson');
  await page.choose('Service time', 'Exponential');
  await page.choose('When full', (await page.option('When full', 'Block').isChecked()) ? 'Refuse' : 'Block');
}

test('every scenario has its test', () => {
  assert.deepEqual(Object.keys(EFFECTS).sort(), [...SCENARIOS.keys()].sort());
});

onPage('the menu has every system, and each a button for every one of its scenarios', {}, async (page) => {
  const menu = page.page.getByRole('combobox', { name: 'System', exact: true });
  assert.deepEqual(await menu.locator('option').allTextContents(), CATALOG.map(({ system }) => system));
  for (const { system, titles } of CATALOG) {
    await page.system(system);
    await page.scenarios.getByRole('button', { name: titles[0], exact: true, pressed: true }).waitFor();
    assert.deepEqual(await page.scenarios.getByRole('button').allTextContents(), titles, system);
  }
});

for (const [name, effect] of Object.entries(EFFECTS)) {
  const scenario = SCENARIOS.get(name);
  onPage(`${scenario.title} (${name})`, {}, async (page) => {
    await page.speed(SLOWEST);
    await meddle(page);
    await page.start(scenario.title);
    await fromNothing(page, scenario);
    await asWritten(page, scenario);
    const chips = page.scenarios.getByRole('button', { pressed: true });
    assert.deepEqual(await chips.allTextContents(), [scenario.title]);
    await page.page.getByText(`${scenario.title} ${scenario.watch}`, { exact: true }).waitFor();
    const why = page.page.getByText(scenario.why, { exact: true });
    await why.waitFor({ state: 'hidden' });
    await page.page.getByText('Why it happens', { exact: true }).click();
    await why.waitFor({ state: 'visible' });

    await effect(page);
    await page.pause();
    await page.balance();

    await page.speed(SLOWEST);
    await page.click('Reset');
    await fromNothing(page, scenario);
    await asWritten(page, scenario);
  });
}

onPage('Reset takes back what was set, and the history is the same again', {}, async (page) => {
  const history = async () => {
    await page.pause();
    for (let steps = 0; steps < 25; steps += 1) await page.click('Step');
    return page.outputs();
  };
  await page.hold('Balanced');
  await page.click('Play');
  const first = await history();
  await meddle(page);
  await page.click('Play');
  await page.speed('100×');
  await page.pass(30);
  await page.speed(SLOWEST);
  await page.click('Reset');
  await fromNothing(page);
  await asWritten(page, SCENARIOS.get('balanced'));
  assert.deepEqual(await history(), first);
});
