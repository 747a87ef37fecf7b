// The page by its names: it runs when it opens, and every control does what it says.

import assert from 'node:assert/strict';
import { FASTEST, SLOWEST, onPage, openForAll } from './lib/playground.mjs';

openForAll();

onPage('it runs, gently, when it opens', {}, async (page) => {
  await page.button('Pause').waitFor();
  assert.deepEqual(
    [await page.typed('Producer rate'), await page.typed('Consumer rate'), await page.typed('Queue capacity')],
    [2, 1.5, 10],
  );
  await page.page.getByText('Producer running', { exact: true }).waitFor();
  await page.page.getByText('Consumer running', { exact: true }).waitFor();
  await page.untilSaid(/^Producers outrun consumers by 30 a minute: full in about \d+ s\.$/);
  const first = await page.untilNumber('Produced total', (total) => 0 < total);
  await page.untilNumber('Produced total', (total) => first < total);
  await page.untilNumber('Consumed total', (total) => 0 < total);
  await page.untilText(page.output('Produced rate'), /^[1-9]\d*\/min$/);
  await page.untilText(page.output('Consumed rate'), /^[1-9]\d*\/min$/);
});

onPage('every control and figure has its name', {}, async (page) => {
  await page.hold();
  const sliders = { 'Producer rate': '2 messages per second (120 per minute)' };
  sliders['Consumer rate'] = '1.5 messages per second (90 per minute)';
  sliders['Queue capacity'] = '10 messages';
  for (const [name, words] of Object.entries(sliders)) {
    assert.equal(await page.words(name), words);
    assert.equal(await page.box(name).count(), 1, `a box named ${name}`);
  }
  for (const name of ['Stop producer', 'Stop consumer', 'Play', 'Step', 'Reset']) {
    assert.equal(await page.button(name).count(), 1, `a button named ${name}`);
  }
  const figures = { 'Produced total': '0', 'Produced rate': '0/min', 'Queue size': '0/10', 'Queue usage': '0.0%' };
  Object.assign(figures, { 'Consumed total': '0', 'Consumed rate': '0/min' });
  for (const [name, text] of Object.entries(figures)) {
    const output = page.output(name);
    assert.equal(await output.textContent(), text, name);
    assert.equal(await output.getAttribute('aria-live'), 'off', `${name} does not speak by itself`);
    assert.equal(await output.evaluate((element) => element.tagName), 'OUTPUT', name);
  }
  for (const name of ['Producer', 'Message queue', 'Consumer', 'Recently processed']) {
    assert.equal(await page.region(name).count(), 1, `a region named ${name}`);
  }
  await page.page.getByText('Queue is empty', { exact: true }).waitFor();
  await page.page.getByText('No messages processed yet', { exact: true }).waitFor();
});

onPage('what is typed into a box is set, confirmed or not', {}, async (page) => {
  await page.hold();
  await page.type('Producer rate', 12.5);
  assert.equal(await page.words('Producer rate'), '12.5 messages per second (750 per minute)');
  await page.box('Consumer rate').fill('40');
  await page.until('the consumer rate that was typed', async () => (await page.words('Consumer rate')).startsWith('40 '));
  await page.type('Queue capacity', 321);
  assert.equal(await page.words('Queue capacity'), '321 messages');
  assert.equal(await page.read('Queue size'), '0/321');
  await page.speed('60×');
  await page.click('Play');
  await page.untilNumber('Produced rate', (rate) => 700 < rate && rate < 760);
});

onPage('keys move a slider, and a double click takes it back', {}, async (page) => {
  await page.hold();
  for (const [name, least, greatest, initial] of [
    ['Producer rate', 0.1, 10_000, 2],
    ['Consumer rate', 0.1, 10_000, 1.5],
    ['Queue capacity', 1, 100_000, 10],
    ['Workers', 1, 50, 1],
    ['Attempts', 1, 100, 3],
    ['Failure probability', 0, 100, 0],
  ]) {
    const slider = page.slider(name);
    const after = async (key) => {
      await slider.press(key);
      const [number] = (await page.words(name)).split(' ').map(Number);
      await page.until(`the box of ${name} follows`, () => page.typed(name), (typed) => typed === number);
      return number;
    };
    assert.equal(await after('Home'), least);
    const step = await after('ArrowRight');
    assert.ok(least < step, `an arrow key raises ${name}`);
    const leap = await after('PageUp');
    assert.ok(step < leap, `Page Up raises ${name}`);
    assert.ok((await after('ArrowLeft')) < leap, `an arrow key lowers ${name}`);
    assert.equal(await after('ArrowRight'), leap, `${name} is back where it was`);
    assert.ok((await after('PageDown')) < leap, `Page Down lowers ${name}`);
    assert.equal(await after('End'), greatest);
    await slider.dblclick();
    await page.until(`${name} is reset`, () => page.typed(name), (typed) => typed === initial);
    assert.equal(Number((await page.words(name)).split(' ')[0]), initial);
  }
});

onPage('a slider that is dragged sets what it shows', {}, async (page) => {
  await page.hold();
  const { x, y, width, height } = await page.slider('Producer rate').boundingBox();
  await page.page.mouse.move(x + width * 0.3, y + height / 2);
  await page.page.mouse.down();
  await page.page.mouse.move(x + width * 0.8, y + height / 2, { steps: 10 });
  await page.page.mouse.up();
  const rate = await page.until('the box follows the drag', () => page.typed('Producer rate'), (typed) => 500 < typed);
  assert.ok((await page.words('Producer rate')).startsWith(`${rate} `));
  await page.click('Play');
  await page.speed('10×');
  const least = Math.min(rate, 500) * 60 * 0.5;
  await page.untilNumber('Produced rate', (perMinute) => least < perMinute);
});

onPage('the producer stops and starts', {}, async (page) => {
  await page.speed('10×');
  await page.untilNumber('Produced total', (total) => 2 < total);
  await page.click('Stop producer');
  await page.page.getByText('Producer stopped', { exact: true }).waitFor();
  const total = await page.read('Produced total');
  await page.untilSaid(/^The queue is empty\. The producer is stopped/);
  await page.page.getByText('Queue is empty', { exact: true }).waitFor();
  assert.equal(await page.read('Produced total'), total, 'nothing is sent while it is stopped');
  assert.equal(await page.read('Queue size'), '0/10');
  assert.equal(await page.read('Queue usage'), '0.0%');
  // The queue is empty a little before the worker has done the last one.
  await page.until('all that was sent to be done', () => page.read('Consumed total'), (done) => done === total);
  await page.click('Start producer');
  await page.page.getByText('Producer running', { exact: true }).waitFor();
  await page.untilNumber('Produced total', (now) => Number(total) < now);
});

onPage('the consumer stops and starts', {}, async (page) => {
  await page.hold();
  await page.click('Stop consumer');
  await page.page.getByText('Consumer stopped', { exact: true }).waitFor();
  await page.click('Play');
  await page.speed('10×');
  await page.untilText(page.output('Queue size'), /^10\/10$/);
  assert.equal(await page.read('Queue usage'), '100.0%');
  assert.equal(await page.read('Consumed total'), '0');
  await page.page.getByText('No messages processed yet', { exact: true }).waitFor();
  await page.untilSaid(/^The queue is full\. Nobody takes messages/);
  await page.click('Start consumer');
  await page.page.getByText('Consumer running', { exact: true }).waitFor();
  await page.untilNumber('Consumed total', (total) => 0 < total);
  const row = page.region('Recently processed').getByRole('row').nth(1);
  await page.untilText(row, /done$/);
  await page.pause();
  await page.balance();
});

onPage('both stopped, nothing moves, and the page says so', {}, async (page) => {
  await page.hold();
  await page.click('Stop producer');
  await page.click('Stop consumer');
  await page.untilSaid(/^Nothing moves\. Producer and consumer are stopped/);
  await page.click('Play');
  await page.untilText(page.notes, /Nothing is scheduled/);
  assert.equal(await page.read('Produced total'), '0');
});

onPage('the size and the usage follow the capacity', {}, async (page) => {
  await page.hold();
  await page.click('Stop consumer');
  for (let steps = 0; (await page.read('Queue size')) !== '3/10'; steps += 1) {
    assert.ok(steps < 50, 'three messages wait after a few steps');
    await page.click('Step');
  }
  assert.equal(await page.read('Queue usage'), '30.0%');
  await page.type('Queue capacity', 6);
  assert.deepEqual([await page.read('Queue size'), await page.read('Queue usage')], ['3/6', '50.0%']);
  await page.type('Queue capacity', 2);
  assert.deepEqual([await page.read('Queue size'), await page.read('Queue usage')], ['3/2', '150.0%'], 'those that wait stay');
  await page.page.getByText('Queue is full', { exact: true }).waitFor();
  await page.click('Play');
  await page.speed('10×');
  await page.untilNumber('Refused', (refused) => 0 < refused);
  assert.equal(await page.read('Queue size'), '3/2', 'nobody gets in above the capacity');
});

for (const [policy, overflow] of [
  ['Refuse', { counter: 'Refused', said: /^The queue is full\. More comes than workers can take, so about 75 of 100 messages are refused\.$/ }],
  ['Drop oldest', { counter: 'Dropped', said: /^The queue is full\. More comes than workers can take, so about 75 of 100 messages are pushed out/ }],
]) {
  onPage(`${policy}: the overflow is reached, counted and said`, {}, async (page) => {
    await page.hold();
    await page.choose('When full', policy);
    await page.type('Producer rate', 6);
    await page.click('Play');
    await page.speed('10×');
    await page.untilNumber(overflow.counter, (count) => 5 < count);
    await page.untilSaid(overflow.said);
    await page.page.getByText('Queue is full', { exact: true }).waitFor();
    await page.pause();
    const seen = await page.balance();
    for (const other of ['Refused', 'Dropped', 'Dead'].filter((name) => name !== overflow.counter)) {
      assert.equal(seen[other], '0', other);
    }
    const lost = page.region('Stage').getByText(/refused or dropped/);
    assert.match(await lost.textContent(), new RegExp(`refused or dropped ${seen[overflow.counter]}$`));
  });
}

onPage('Block: the producer has to wait, and nothing is lost', {}, async (page) => {
  await page.hold();
  await page.choose('When full', 'Block');
  await page.type('Producer rate', 6);
  await page.click('Play');
  await page.speed('10×');
  await page.untilSaid(/^The queue is full\. The producer has to wait for room, so it sends only as fast as the workers take\.$/);
  await page.untilText(page.output('Queue size'), /^10\/10$/);
  await page.click('Stop consumer');
  await page.untilSaid(/^The queue is full\. Nobody takes messages, so the producer waits and sends nothing\.$/);
  await page.untilNumber('Ledger: in service', (held) => held === 0);
  const before = await page.until(
    'all that is sent has arrived or is held by the producer',
    () => page.outputs(),
    (seen) => seen['Queue size'] === '10/10',
  );
  await page.speed('60×');
  await page.pass(20);
  const standing = await page.read('Produced total');
  await page.pass(20);
  assert.equal(await page.read('Produced total'), standing, 'a blocked producer sends nothing');
  assert.ok(Number(standing) - Number(before['Produced total']) <= 3, 'it stood still soon');
  await page.pause();
  const seen = await page.balance();
  assert.deepEqual([seen.Refused, seen.Dropped, seen.Dead], ['0', '0', '0']);
  await page.untilPictured(/The producer is blocked until there is room/);
  await page.click('Play');
  await page.click('Start consumer');
  await page.untilNumber('Produced total', (total) => Number(standing) < total);
});

onPage('arrivals: steady never wait, at random some do, bursts overflow', {}, async (page) => {
  await page.click('Steady');
  const bursts = ['Burst length', 'Pause between bursts', 'Burst factor'];
  for (const name of bursts) assert.equal(await page.slider(name).count(), 0, `${name} is for bursts only`);
  await page.speed('60×');
  await page.untilNumber('Consumed total', (total) => 20 < total);
  assert.equal(await page.read('Wait p99'), '0 s');
  await page.choose('Arrivals', 'Poisson');
  await page.until('somebody waits', () => page.read('Wait p99'), (wait) => wait !== '0 s');
  assert.equal(await page.option('Arrivals', 'Poisson').isChecked(), true);
  assert.equal(await page.option('Arrivals', 'Steady').isChecked(), false);
  await page.choose('Arrivals', 'Bursts');
  for (const name of bursts) {
    await page.slider(name).waitFor();
    await page.box(name).waitFor();
  }
  assert.deepEqual(await Promise.all(bursts.map((name) => page.words(name))), ['2 seconds', '8 seconds', '5 times the mean']);
  const refused = await page.number('Refused');
  await page.untilNumber('Refused', (count) => refused + 10 < count);
  await page.type('Burst factor', 1);
  await page.choose('Arrivals', 'Steady');
  for (const name of bursts) await page.slider(name).waitFor({ state: 'detached' });
  await page.until('nobody waits any more', () => page.read('Wait p99'), (wait) => wait === '0 s');
});

onPage('the length, the pause and the factor of bursts are obeyed', {}, async (page) => {
  await page.hold('Bursts');
  await page.type('Burst length', 10);
  await page.type('Pause between bursts', 30);
  await page.type('Burst factor', 4);
  await page.type('Queue capacity', 1000);
  await page.click('Reset');
  assert.deepEqual(
    await Promise.all(['Burst length', 'Pause between bursts', 'Burst factor'].map((name) => page.typed(name))),
    [2, 8, 5],
    'Reset takes them back',
  );
  await page.hold();
  await page.type('Queue capacity', 1000);
  await page.type('Burst factor', 2);
  await page.type('Pause between bursts', 2);
  await page.click('Play');
  await page.speed('60×');
  await page.pass(60);
  await page.pause();
  const seen = await page.balance();
  assert.ok(Number.parseInt(seen['Queue size'], 10) <= 10, 'twice the mean of 2/s is hardly more than 3/s');
  assert.equal(seen.Refused, '0');
});

onPage('so many workers work at a time', {}, async (page) => {
  await page.speed('10×');
  await page.type('Workers', 3);
  await page.type('Producer rate', 100);
  await page.untilNumber('Ledger: in service', (held) => held === 3);
  await page.untilPictured(/Of 3 workers: 3 busy\./);
  await page.type('Workers', 1);
  await page.untilNumber('Ledger: in service', (held) => held === 1);
  await page.type('Producer rate', 0.1);
  await page.speed('60×');
  await page.untilText(page.output('Utilization'), /^\d\.\d%$/);
});

onPage('service times are all the same, or vary', {}, async (page) => {
  const services = async () => {
    const cells = page.region('Recently processed').getByRole('row').getByRole('cell');
    return (await cells.allTextContents()).filter((_, i) => i % 5 === 2);
  };
  await page.click('Steady');
  await page.speed('60×');
  const same = await page.until('20 deliveries', services, (times) => times.length === 20);
  assert.deepEqual(new Set(same), new Set(['333 ms']));
  await page.choose('Service time', 'Exponential');
  await page.until('20 different service times', services, (times) => 18 <= new Set(times).size);
  await page.choose('Service time', 'Fixed');
  await page.until('one service time', services, (times) => new Set(times).size === 1);
});

onPage('attempts fail, are made again, and end', {}, async (page) => {
  await page.click('Steady');
  await page.speed('60×');
  await page.type('Failure probability', 50);
  assert.equal(await page.words('Failure probability'), '50 percent');
  await page.untilNumber('Redelivered', (count) => 0 < count);
  await page.untilNumber('Dead', (count) => 0 < count);
  const table = page.region('Recently processed').getByRole('table');
  await page.untilText(table, /failed/);
  await page.untilText(table, /dead/);
  await page.untilText(table, /done/);

  await page.hold();
  await page.type('Failure probability', 100);
  await page.type('Attempts', 4);
  await page.click('Play');
  await page.speed('10×');
  await page.untilNumber('Dead', (count) => 3 < count);
  await page.pause();
  const four = await page.balance();
  const again = Number(four.Redelivered) - 3 * Number(four.Dead);
  assert.ok(0 <= again && again <= 3, `three redeliveries for each dead message: ${JSON.stringify(four)}`);
  assert.equal(four['Consumed total'], '0');

  await page.hold();
  await page.type('Failure probability', 100);
  await page.type('Attempts', 1);
  await page.click('Play');
  await page.speed('10×');
  await page.untilNumber('Dead', (count) => 3 < count);
  assert.equal(await page.read('Redelivered'), '0', 'one attempt is one delivery');
});

onPage('the latest 20 are listed, the newest first', {}, async (page) => {
  await page.speed('60×');
  const rows = page.region('Recently processed').getByRole('row');
  await page.until('20 rows below the heading', () => rows.count(), (count) => count === 21);
  await page.untilNumber('Consumed total', (total) => 25 < total);
  await page.pause();
  assert.deepEqual(await rows.first().getByRole('columnheader').allTextContents(), ['Id', 'Waited', 'Service', 'Attempt', 'Result']);
  assert.equal(await rows.count(), 21);
  const ids = (await rows.getByRole('cell').allTextContents()).filter((_, i) => i % 5 === 0).map(Number);
  assert.deepEqual(ids, [...ids].sort((a, b) => b - a));
  const latest = await rows.nth(1).getByRole('cell').allTextContents();
  assert.match(latest[1], /^[\d.]+ (s|ms|µs|min)$/);
  assert.deepEqual(latest.slice(2), ['667 ms', '1', 'done']);
});

onPage('a pause holds everything', {}, async (page) => {
  await page.speed('100×');
  await page.untilNumber('Produced total', (total) => 50 < total);
  await page.pause();
  const [seen, picture] = [await page.outputs(), await page.pixels()];
  await page.frames(40);
  assert.deepEqual(await page.outputs(), seen);
  assert.ok((await page.pixels()) === picture, 'the picture stands still');
  await page.click('Play');
  await page.untilNumber('Produced total', (total) => Number(seen['Produced total']) < total);
  assert.ok((await page.pixels()) !== picture, 'the picture moves');
});

onPage('a step is one event', {}, async (page) => {
  await page.hold();
  // By the rules: sent every half second, 0.4 s on the way, served in two thirds of a second.
  const expected = [
    [0.5, 1, 1, 0, 0, 0],
    [0.9, 1, 0, 0, 1, 0],
    [1.0, 2, 1, 0, 1, 0],
    [1.4, 2, 0, 1, 1, 0],
    [1.5, 3, 1, 1, 1, 0],
    [1.5, 3, 1, 0, 1, 1],
    [1.9, 3, 0, 1, 1, 1],
  ];
  for (const line of expected) {
    await page.click('Step');
    const seen = await page.balance();
    const names = ['Ledger: sent', 'Ledger: on the way', 'Ledger: waiting', 'Ledger: in service', 'Ledger: done'];
    assert.deepEqual([await page.clock(), ...names.map((name) => Number(seen[name]))], line);
  }
  await page.click('Play');
  await page.speed('1×');
  await page.untilNumber('Produced total', (total) => 5 < total);
  await page.click('Step');
  await page.button('Play').waitFor();
  const standing = await page.outputs();
  await page.frames(20);
  assert.deepEqual(await page.outputs(), standing, 'a step pauses');
});

onPage('the speed is the speed of time', {}, async (page) => {
  const advance = async (speed) => {
    await page.speed(speed);
    const from = await page.clock();
    await page.frames(40);
    return (await page.clock()) - from;
  };
  const [slow, normal, fast] = [await advance('0.1×'), await advance('1×'), await advance('100×')];
  assert.ok(normal < fast / 10 && slow < normal, `${slow}, ${normal} and ${fast} seconds in 40 frames`);
});

onPage('as fast as it can, the page still answers and says how fast that is', {}, async (page) => {
  await page.speed(FASTEST);
  await page.untilText(page.notes, /running at [\d.]+×/);
  await page.untilNumber('Produced total', (total) => 10_000 < total);
  await page.type('Producer rate', 10_000);
  await page.type('Consumer rate', 10_000);
  await page.untilText(page.notes, /running at [\d.]+×/);
  await page.pause();
  assert.doesNotMatch(await page.notes.textContent(), /running at/);
  const seen = await page.balance();
  await page.frames(20);
  assert.deepEqual(await page.outputs(), seen);
  await page.click('Reset');
  await page.untilText(page.notes, /running at [\d.]+×/);
  assert.equal(await page.typed('Producer rate'), 2);
});

onPage('a seed is another history, and the same seed the same', {}, async (page) => {
  const history = async (seed) => {
    await page.type('Seed', seed);
    await page.pause();
    for (let steps = 0; steps < 30; steps += 1) await page.click('Step');
    return JSON.stringify([await page.outputs(), await page.region('Recently processed').textContent()]);
  };
  await page.hold('Balanced');
  const three = await history(3);
  const four = await history(4);
  assert.notEqual(three, four);
  assert.equal(await history(3), three);
  assert.equal(await page.typed('Seed'), 3);
});

for (const [name, value, least, greatest] of [
  ['Producer rate', '0', '0.1', '10000'],
  ['Producer rate', '10001', '0.1', '10000'],
  ['Producer rate', '-2', '0.1', '10000'],
  ['Consumer rate', '1000000', '0.1', '10000'],
  ['Queue capacity', '0', '1', '100000'],
  ['Queue capacity', '100001', '1', '100000'],
  ['Queue capacity', '2.5', '1', '100000'],
  ['Workers', '51', '1', '50'],
  ['Attempts', '101', '1', '100'],
  ['Failure probability', '150', '0', '100'],
  ['Seed', '-1', '0', '18446744073709551615'],
  ['Seed', '1.5', '0', '18446744073709551615'],
]) {
  onPage(`${name} ${value} is refused, and the page says what is permitted`, {}, async (page) => {
    await page.speed(SLOWEST);
    const before = await page.typed(name);
    const initial = name === 'Seed' ? undefined : await page.words(name);
    await page.type(name, value);
    await page.untilText(page.alert, /must be/);
    const said = await page.alert.textContent();
    for (const part of [value, least, greatest]) {
      assert.ok(said.match(/[\d.-]+(?<!\.)/g).includes(part), `"${said}" names ${part}`);
    }
    assert.equal(await page.typed(name), before, 'the box holds the old value');
    if (initial) assert.equal(await page.words(name), initial, 'and so does the slider');
    await page.type(name, name === 'Seed' ? 3 : greatest);
    await page.until('the alert goes', () => page.alert.textContent(), (text) => text === '');
  });
}

onPage('a box without a number gives way to the value that holds', {}, async (page) => {
  await page.box('Producer rate').fill('');
  await page.box('Producer rate').blur();
  assert.equal(await page.typed('Producer rate'), 2);
  assert.equal(await page.alert.textContent(), '');
});

onPage('counters agree with each other while it runs', {}, async (page) => {
  await page.click('Failing consumer');
  await page.speed('60×');
  await page.untilNumber('Dead', (count) => 0 < count);
  for (let looks = 0; looks < 20; looks += 1) {
    await page.frames(3);
    await page.balance();
  }
});
