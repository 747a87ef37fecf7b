// The pages of text: each is whole on a desk and on a phone, its figures run, and labs are solved by turning settings.

import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DESKTOP, PHONE, openForAll, visit } from './lib/playground.mjs';
import { ROOT } from './lib/site.mjs';

openForAll();

const texts = (file) => readFileSync(join(ROOT, 'assets', 'learn', file), 'utf8');
const PAGES = JSON.parse(texts('contents.json')).flatMap(({ pages }) => pages);
const LOOKS = { 'desktop, light': { ...DESKTOP, theme: 'light' }, 'phone, dark': { ...PHONE, theme: 'dark' } };

/** A page of text as one reader has it. */
class Reader {
  constructor(playground) {
    this.playground = playground;
    this.page = playground.page;
    this.article = this.page.getByRole('article');
    this.heading = this.article.getByRole('heading', { level: 1 });
  }

  figure(id) {
    return new Figure(this, this.page.locator(`[id="${id}"]`));
  }

  until(what, look, holds) {
    return this.playground.until(what, look, holds);
  }

  /** Waits until a page of this title is read. */
  reads(title) {
    return this.until(`the page "${title}"`, () => this.heading.textContent().catch(() => ''), (text) => text === title);
  }
}

/** A figure in it. */
class Figure {
  constructor(reader, element) {
    Object.assign(this, { reader, element });
    this.clock = element.getByRole('status', { name: 'Virtual time' });
  }

  button(name) {
    return this.element.getByRole('button', { name, exact: true });
  }

  /** Brings it into sight, and waits until it runs. */
  async runs() {
    await this.element.scrollIntoViewIfNeeded();
    await this.reader.until('the figure to run', () => this.seconds().catch(() => 0), (now) => 0 < now);
  }

  async seconds() {
    const [minutes, seconds] = (await this.clock.textContent()).split(':').map(Number);
    return minutes * 60 + seconds;
  }

  /** What is shown of one of its runs, by name. */
  shown(run) {
    const part = this.element.getByRole('region', { name: run, exact: true });
    return part.evaluate((part) => Object.fromEntries([...part.querySelectorAll('output')].map((one) => [one.ariaLabel, one.textContent])));
  }
}

function onText(name, look, reader) {
  test(name, () =>
    visit({ theme: 'light', ...look }, async (playground) => {
      await playground.page.getByRole('navigation', { name: 'Main' }).waitFor();
      await reader(new Reader(playground));
    }),
  );
}

for (const [name, look] of Object.entries(LOOKS)) {
  for (const { name: page } of PAGES) {
    onText(`${page}, ${name}: whole, within its width, each figure runs`, { ...look, fragment: `#/learn/${page}` }, async (reader) => {
      const written = /<h1>(.*?)<\/h1>/.exec(texts(`${page}.html`))[1];
      await reader.reads(written);
      const figures = [...texts(`${page}.html`).matchAll(/<figure[^>]* id="([^"]+)"/g)].map(([, id]) => id);
      for (const id of figures) {
        const figure = reader.figure(id);
        await figure.runs();
        assert.ok(await figure.element.locator('canvas').count(), `${id} has a picture`);
        assert.equal(await figure.element.getByText('This figure does not run').count(), 0);
        // It is held, for what is not looked at takes no time.
        await figure.button('Pause').click();
      }
      const wide = await reader.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} px too wide`);
      const { violations } = await new AxeBuilder({ page: reader.page }).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(' '))]), []);
    });
  }
}

for (const [name, look] of Object.entries(LOOKS)) {
  onText(`${name}: what is done in a figure is done to both of its runs`, { ...look, fragment: '#/learn/decoupling/before-and-after' }, async (reader) => {
    const figure = reader.figure('outage');
    await figure.runs();
    await figure.button('Pause').click();
    const at = await figure.clock.textContent();
    await reader.playground.frames(20);
    assert.equal(await figure.clock.textContent(), at, 'it is held');
    await figure.button('Restart').click();
    await figure.button('Crash service B').click();
    await reader.until('some time', () => figure.seconds(), (now) => 4 < now && now < 30);
    await figure.button('Pause').click();
    const [before, after] = [await figure.shown('Before: A calls B'), await figure.shown('After: A, queue, B')];
    assert.ok(0 < Number(before['Failed calls']) && Number(after.Waiting) > 2, JSON.stringify([before, after]));
    assert.equal(after.Lost, '0');
    // A setting that both have is turned for both: what opens says so.
    const box = figure.element.getByRole('spinbutton', { name: 'Producer rate' });
    await box.fill('5');
    await box.press('Enter');
    // A setting is taken up with the next sample.
    await reader.playground.frames(60);
    for (const run of ['Before: A calls B', 'After: A, queue, B']) {
      const link = figure.element.getByRole('region', { name: run, exact: true }).getByRole('link', { name: 'Open in the Playground' });
      const href = await link.evaluate((link) => {
        link.dispatchEvent(new Event('focus'));
        return link.href;
      });
      await visit({ ...look, fragment: href.slice(href.indexOf('#')) }, async (whole) => {
        // The run is gone over first, up to where the setting was turned.
        await whole.until(`the rate of ${run}`, () => whole.box('Producer rate').inputValue(), (rate) => rate === '5');
      });
    }
  });
}

onText('a figure out of sight rests', { fragment: '#/learn/decoupling/before-and-after' }, async (reader) => {
  const figure = reader.figure('outage');
  await figure.runs();
  await reader.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await reader.playground.frames(20);
  const at = await figure.clock.textContent();
  await reader.playground.frames(40);
  assert.equal(await figure.clock.textContent(), at);
  await figure.element.scrollIntoViewIfNeeded();
  await reader.until('it goes on', () => figure.clock.textContent(), (text) => text !== at);
});

onText('by keys alone, and with less motion', { reducedMotion: true, fragment: '#/learn/decoupling/before-and-after' }, async (reader) => {
  const { page } = reader;
  const figure = reader.figure('outage');
  await figure.runs();
  await figure.element.getByRole('spinbutton', { name: 'Producer rate' }).focus();
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
  for (let presses = 0; presses < 20 && (await focused()) !== 'Pause'; presses += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await figure.button('Play').waitFor();
  assert.equal(await focused(), 'Play', 'the focus stays on the button');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await reader.until('the start', () => figure.seconds(), (now) => now < 1);
});

onText('from page to page without loading the program again, and back', { fragment: '#/learn' }, async (reader) => {
  const { page } = reader;
  await reader.reads('Learn');
  await page.evaluate(() => { window.own = true; });
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Reliability', exact: true }).click();
  await reader.reads('Reliability');
  assert.equal(await page.title(), 'Reliability · Queuescope');
  assert.equal(await page.getByRole('link', { name: 'Reliability', exact: true }).getAttribute('aria-current'), 'page');
  const next = page.getByRole('navigation', { name: 'Next and previous page' });
  await next.getByRole('link', { name: /^Next/ }).click();
  await reader.until('another page', () => page.url(), (url) => url.endsWith('#/learn/leveling'));
  await page.goBack();
  await reader.reads('Reliability');
  assert.ok(await page.evaluate(() => window.own), 'it is the same program');
});

onText('a link to a section leads to it', { fragment: '#/learn/reliability/dead-letters' }, async (reader) => {
  await reader.reads('Reliability');
  await reader.until('the section', () => reader.page.evaluate(() => document.activeElement.id), (id) => id === 'dead-letters');
  const top = await reader.page.locator('#dead-letters').evaluate((section) => section.getBoundingClientRect().top);
  assert.ok(0 <= top && top < 300, `${top}`);
});

onText('what is looked for is found, and opened', { fragment: '#/learn' }, async (reader) => {
  const { page } = reader;
  await reader.reads('Learn');
  await page.getByRole('searchbox', { name: 'Search the texts' }).fill('visibility timeout');
  const found = page.locator('.found');
  await found.getByRole('link', { name: /visibility timeout/i }).first().click();
  await reader.until('its page', () => page.url(), (url) => /#\/learn\/[a-z]+/.test(url) && !url.endsWith('#/learn'));
  await page.getByRole('searchbox').fill('no such words anywhere');
  await found.getByText('Nothing is found.').waitFor();
});

onText('a page that is not there is said to be so', { fragment: '#/learn/nothing-of-the-kind' }, async (reader) => {
  await reader.reads('There is no such page');
  // The host says so too, and the browser complains of that.
  assert.ok(reader.playground.problems.every((problem) => /404/.test(problem)), reader.playground.problems.join());
  reader.playground.problems.length = 0;
});

test('the text is there before the program is', () =>
  visit({ fragment: '#/learn' }, async ({ page }) => {
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    let open;
    const held = new Promise((resolve) => { open = resolve; });
    await page.route('**/*systems*.wasm', async (route) => {
      await held;
      await route.continue();
    });
    // Another worker of the page would hand the program out without asking.
    await page.evaluate(async () => {
      for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister();
      for (const name of await caches.keys()) await caches.delete(name);
      history.replaceState(null, '', '#/learn/queues');
    });
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'What a message queue is' }).waitFor();
    assert.equal(await page.getByRole('navigation', { name: 'Main' }).count(), 0, 'the program is not there yet');
    open();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    await page.getByRole('heading', { level: 1, name: 'What a message queue is' }).waitFor();
  }));

onText('the systems are compared by running them, and each run can be opened', { fragment: '#/learn/technologies/comparison' }, async (reader) => {
  const { page, playground } = reader;
  await page.locator('[data-live="comparison"]').scrollIntoViewIfNeeded();
  await page.getByText(/experiments, run in this page just now/).waitFor();
  const table = page.getByRole('table').filter({ hasText: 'Redelivery' });
  assert.ok(10 < (await table.getByRole('row').count()));
  const empty = await table.locator('.finding span').evaluateAll((all) => all.filter((one) => !one.textContent.trim()).length);
  assert.equal(empty, 0, 'each cell says something');
  await table.getByRole('link', { name: /read again/ }).first().click();
  await playground.button('Play').or(playground.button('Pause')).waitFor();
});

onText('on paper there is the text alone', { fragment: '#/learn/decoupling' }, async (reader) => {
  await reader.figure('outage').runs();
  await reader.page.emulateMedia({ media: 'print' });
  for (const gone of ['header', '.pages', '.turn', 'figure .controls']) {
    assert.equal(await reader.page.locator(gone).first().isVisible(), false, gone);
  }
  assert.ok(await reader.heading.isVisible());
});

onText('a scenario of the library opens with its story and what to try', { fragment: '#/learn/scenarios' }, async (reader) => {
  const { page, playground } = reader;
  const scenario = JSON.parse(texts('scenarios/retry-storm.json'));
  await page.locator('a[href$="scenario=retry-storm"]').click();
  await playground.button('Pause').waitFor();
  const story = playground.region('Scenario');
  await playground.untilText(story, new RegExp(scenario.title));
  await story.getByText('Why it happens').click();
  await story.getByText(scenario.try.slice(0, 30)).waitFor();
});

// ---------------------------------------------------------------- labs

/** Three labs, each of another system. */
const LABS = ['charged-twice', 'idle-workers', 'busy-and-slow'].map((name) => JSON.parse(texts(`labs/${name}.json`)));

for (const [look, size] of Object.entries(LOOKS)) {
  for (const lab of LABS) {
    onText(`lab ${lab.name}, ${look}: broken at first, solved by its settings, and remembered`, { ...size, fragment: `#/learn/labs/${lab.name}` }, async (reader) => {
      const { page } = reader;
      await reader.reads(lab.title);
      const goals = page.locator('.goals li');
      await reader.until('a goal that does not hold', () => page.locator('.goals [data-holds="no"]').count());
      await page.getByRole('button', { name: 'A hint' }).click();
      await page.getByText(lab.hints[0]).waitFor();
      assert.equal(await page.getByRole('heading', { name: 'The cause' }).count(), 0, 'nothing is given away');
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(' '))]), []);
      for (const [address, value] of Object.entries(lab.solution)) await turn(page, `lab-${address.replace('.', '-')}`, value);
      await page.getByText('Solved: all goals hold.').waitFor();
      assert.equal(await goals.count(), await page.locator('.goals [data-holds="yes"]').count());
      await page.getByRole('heading', { name: 'The cause' }).waitFor();
      await page.getByRole('link', { name: 'To the other labs' }).click();
      await reader.reads('Labs');
      await page.locator(`a[href="#/learn/labs/${lab.name}"][data-solved]`).waitFor();
    });
  }
}

/** Turns a setting by its control, of whatever kind that is. */
async function turn(page, id, value) {
  const radio = page.locator(`input[name="${id}"][value="${value}"]`);
  if (await radio.count()) return radio.check({ force: true });
  const control = page.locator(`[id="${id}"]`);
  if ((await control.evaluate((one) => one.tagName)) === 'SELECT') return control.selectOption(String(value));
  const isSlider = (await control.getAttribute('type')) === 'range';
  const box = isSlider ? page.locator('.field', { has: control }).getByRole('spinbutton') : control;
  await box.fill(value === 'unset' ? '' : String(value));
  return box.press('Enter');
}
