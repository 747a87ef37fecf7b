// Producers, consumers and parts come and go: each time the run begins anew, and can be gone back from.

import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { DESKTOP, PHONE, onPage, openForAll } from './lib/playground.mjs';

openForAll();

/** A scenario of each system, and the kind of part that is added. */
const CASES = [
  ['rabbitmq-poison', 'Queue'],
  ['kafka-rebalance', 'Topic'],
  ['sqs-visibility', 'Standard'],
  ['pubsub-ordering', 'Subscription'],
];

const LOOKS = [
  ['on a desktop', DESKTOP],
  ['on a phone', PHONE],
];

const at = (scenario) => ({ fragment: `#/play?engine=full&scenario=${scenario}` });

const inspector = (playground) => playground.region('Selected');

async function add(playground, what) {
  const menu = playground.page.locator('details.add');
  if ((await menu.getAttribute('open')) === null) await menu.locator('summary').click();
  await menu.getByRole('button', { name: what, exact: true }).click();
}

/** Chooses from the list of what is on the stage, by how its entry begins: of a log in partitions the first. */
async function select(playground, name) {
  const stage = playground.region('Stage');
  await stage.getByText('As a list', { exact: true }).press('Enter');
  await stage.getByRole('list', { name: 'On the stage' }).getByRole('button', { name: new RegExp(`^${name}(-\\d+)?: `) }).first().press('Enter');
  await inspector(playground).waitFor();
}

const title = (playground, pattern) => playground.untilText(playground.region('Scenario'), pattern);

for (const [look, size] of LOOKS) {
  for (const [scenario, kind] of CASES) {
    onPage(`${scenario}, ${look}: a part, a producer and consumers are added, and all of it is undone`, { ...size, ...at(scenario) }, async (playground) => {
      await playground.pass(2);
      for (const what of [kind, 'Producer', 'Consumers']) {
        await add(playground, what);
        await title(playground, /^Edited: /);
        await playground.until('nothing is amiss', () => playground.alert.textContent(), (text) => text === '');
      }
      await playground.pass(3);
      const words = await playground.until('the picture in words', () => playground.picture.getAttribute('aria-label'));
      assert.match(words, /producer/i);
      await playground.region('Stage').getByText('As a list', { exact: true }).press('Enter');
      const list = playground.region('Stage').getByRole('list', { name: 'On the stage' });
      await playground.until('two producers', () => list.getByRole('button', { name: /^[a-z0-9-]+: (running|stopped)$/ }).count(), (count) => count === 2);
      await playground.balance();
      for (let undone = 0; undone < 3; undone += 1) await playground.click('Undo');
      await playground.until('the scenario itself', () => playground.region('Scenario').textContent(), (text) => !text.startsWith('Edited'));
      await playground.click('Redo');
      await title(playground, /^Edited: /);
    });
  }

  onPage(`${look} what is chosen can be taken away`, { ...size, ...at('rabbitmq-poison') }, async (playground) => {
    const { page } = playground;
    await add(playground, 'Queue');
    await title(playground, /^Edited: /);
    await select(playground, 'queue');
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(' '))]), []);
    await inspector(playground).getByRole('button', { name: 'Add consumers', exact: true }).click();
    // What was chosen was of the run before.
    await inspector(playground).waitFor({ state: 'hidden' });
    await select(playground, 'queue');
    // Consumers go with it.
    assert.equal(await inspector(playground).getByRole('button', { name: 'Remove queue with consumer-2, 1 link', exact: true }).count(), 1);
    await playground.click('Undo');
    await inspector(playground).waitFor({ state: 'hidden' });
    await select(playground, 'queue');
    await inspector(playground).getByRole('button', { name: 'Remove queue with 1 link', exact: true }).click();
    await inspector(playground).waitFor({ state: 'hidden' });
    await playground.pass(2);
    await playground.balance();
  });
}

/** What is added, the parts that a producer and consumers of their own are given, and how one that was there is removed then. */
const REMOVALS = [
  ['rabbitmq-poison', 'Queue', 'queue', 'queue', 'work', 'Remove work with producer, consumer, 1 link'],
  ['kafka-rebalance', 'Topic', 'topic', 'topic', 'orders', 'Remove orders with producer, consumer'],
  ['sqs-visibility', 'Standard', 'standard', 'standard', 'orders', 'Remove orders with producer, consumer'],
  ['pubsub-ordering', 'Topic', 'topic', 'dead-letters', 'orders', 'Remove orders with shop, billing, worker, 2 links'],
];

for (const [look, size] of LOOKS) {
  for (const [scenario, kind, to, from, gone, label] of REMOVALS) {
    onPage(`${scenario}, ${look}: ${gone} takes along what needs it, and comes back with it`, { ...size, ...at(scenario) }, async (playground) => {
      const { page } = playground;
      const list = playground.region('Stage').getByRole('list', { name: 'On the stage' });
      const clients = () => list.getByRole('button', { name: /: (running|stopped)$/ }).count();
      const removal = inspector(playground).getByRole('button', { name: /^Remove / });
      await select(playground, gone);
      await playground.untilText(inspector(playground), /It cannot be removed: there would be no producers left/);
      assert.equal(await removal.count(), 0);
      await add(playground, kind);
      await inspector(playground).waitFor({ state: 'hidden' });
      for (const [part, what] of [[to, 'Add producer'], [from, 'Add consumers']]) {
        await select(playground, part);
        await inspector(playground).getByRole('button', { name: what, exact: true }).click();
        await inspector(playground).waitFor({ state: 'hidden' });
      }
      await select(playground, gone);
      assert.equal(await removal.textContent(), label);
      const button = await removal.boundingBox();
      const panel = await inspector(playground).boundingBox();
      assert.ok(button.x + button.width <= panel.x + panel.width, 'the button stays within its panel');
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(' '))]), []);
      await removal.click();
      await inspector(playground).waitFor({ state: 'hidden' });
      await playground.pass(2);
      await playground.balance();
      assert.equal(await playground.alert.textContent(), '');
      await playground.click('Undo');
      await select(playground, gone);
      assert.equal(await removal.textContent(), label);
      assert.equal(await clients(), 2);
    });
  }

  onPage(`${look} a link has its settings beside those of its ends`, { ...size, ...at('rabbitmq-poison') }, async (playground) => {
    const { page } = playground;
    await select(playground, 'dlx');
    await inspector(playground).getByRole('button', { name: 'Settings', exact: true }).click();
    const drawer = page.getByRole('dialog', { name: 'All settings' });
    const link = drawer.locator('details', { has: page.getByRole('heading', { name: 'dlx \u2192 dead-letters', exact: true }) });
    const key = link.getByRole('textbox', { name: /^Routing key/ });
    await key.fill('urgent');
    await key.press('Enter');
    await playground.untilText(link.locator('summary'), /1 changed/);
    assert.equal(await playground.alert.textContent(), '');
  });
}

onPage('a link carries the experiment as it was made', { ...DESKTOP, ...at('rabbitmq-poison') }, async (playground) => {
  const { page } = playground;
  await add(playground, 'Exchange');
  await title(playground, /^Edited: Delivery limit/);
  // The session is kept once a second.
  await playground.pass(3);
  await page.reload();
  await playground.button('Pause').or(playground.button('Play')).waitFor();
  await title(playground, /^Edited: Delivery limit/);
});

onPage('more than there is room for is refused, and nothing is lost', { ...DESKTOP, ...at('redis-list') }, async (playground) => {
  for (let count = 2; count <= 16; count += 1) await add(playground, 'Producer');
  await playground.pass(1);
  const before = await playground.clock();
  await add(playground, 'Producer');
  await playground.untilText(playground.alert, /Nothing was changed: producers: 17 of them/);
  assert.ok(before <= (await playground.clock()));
});
