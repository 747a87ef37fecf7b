// The page, driven by the names that a visitor meets: sliders, boxes, buttons and outputs.
//
// Nothing here waits for a span of time. A test waits until the page shows what it should; how long that may take
// is bounded only so that a test that fails ends.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium, openPage } from './browser.mjs';
import { ROOT, serveSite } from './site.mjs';

/** A test that waits longer than this for something to happen has failed, in milliseconds. */
const PATIENCE = 60_000;

/** How the page is looked at. */
export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844, touch: true };

/** The speeds of the menu that the tests use. */
export const SLOWEST = '0.01×';
export const FASTEST = 'As fast as it can';

/** The systems in the order of the menu, each with the titles of its scenarios. */
export const CATALOG = JSON.parse(readFileSync(join(ROOT, 'assets', 'catalog.json'), 'utf8')).map(({ system, scenarios }) => ({
  system,
  titles: scenarios.map((name) => JSON.parse(readFileSync(join(ROOT, 'assets', 'scenarios', `${name}.json`), 'utf8')).title),
}));

/** The scenarios that come with the page, by name, as the page has them: without claims, settings in alphabetical order. */
export const SCENARIOS = new Map(
  readdirSync(join(ROOT, 'assets', 'scenarios')).map((file) => {
    const { claims, ...scenario } = JSON.parse(readFileSync(join(ROOT, 'assets', 'scenarios', file), 'utf8'));
    for (const node of [scenario.broker, ...scenario.producers, ...scenario.consumers]) {
      node.set = Object.fromEntries(Object.entries(node.set ?? {}).sort());
    }
    return [scenario.name, scenario];
  }),
);

/** The page as one visitor has it. */
export class Playground {
  constructor(page, problems) {
    this.page = page;
    /** What a healthy page never has; see `openPage`. */
    this.problems = problems;
    // Not by its role: while it is empty it is not there for anybody.
    this.alert = page.locator('[role="alert"]');
    this.dialog = page.getByRole('dialog');
    this.notes = page.getByRole('contentinfo', { name: 'Time' });
    this.scenarios = page.getByRole('group', { name: 'Scenarios', exact: true });
    /** The sentence under the stage. */
    this.sentence = page.getByRole('region', { name: 'Stage' }).getByRole('paragraph');
    /** The picture in words. */
    this.picture = page.getByRole('region', { name: 'Stage' }).getByRole('img');
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  slider(name) {
    return this.page.getByRole('slider', { name, exact: true });
  }

  box(name) {
    return this.page.getByRole('spinbutton', { name, exact: true });
  }

  option(group, name) {
    return this.page.getByRole('radiogroup', { name: group, exact: true }).getByRole('radio', { name, exact: true });
  }

  output(name) {
    return this.page.getByRole('status', { name, exact: true });
  }

  region(name) {
    return this.page.getByRole('region', { name, exact: true });
  }

  click(name) {
    return this.button(name).click();
  }

  /** Chooses a system from the menu, by what it calls itself. The page may change over to the other program for it. */
  async system(name) {
    const menu = this.page.getByRole('combobox', { name: 'System', exact: true });
    if ((await menu.locator('option:checked').textContent()) === name) return;
    await menu.selectOption({ label: name });
    // It begins with the first of its scenarios, in whichever program that is.
    const [first] = CATALOG.find(({ system }) => system === name).titles;
    await this.scenarios.getByRole('button', { name: first, exact: true, pressed: true }).waitFor();
  }

  /** Starts a scenario by its button. For some the page first changes over to the other program. */
  async start(title) {
    await this.system(CATALOG.find((group) => group.titles.includes(title)).system);
    await this.scenarios.getByRole('button', { name: title, exact: true }).click();
    await this.scenarios.getByRole('button', { name: title, exact: true, pressed: true }).waitFor();
  }

  choose(group, name) {
    return this.option(group, name).check();
  }

  speed(label) {
    return this.page.getByRole('combobox', { name: 'Speed' }).selectOption({ label });
  }

  /** Types into a box and confirms it. */
  async type(name, value) {
    await this.box(name).fill(String(value));
    await this.box(name).press('Enter');
  }

  /** What a box holds. */
  async typed(name) {
    return Number(await this.box(name).inputValue());
  }

  /** The value of a slider in words. */
  words(name) {
    return this.slider(name).getAttribute('aria-valuetext');
  }

  read(output) {
    return this.output(output).textContent();
  }

  /** An output as a number: of `3/10` the first. */
  async number(output) {
    return Number.parseFloat(await this.read(output));
  }

  /** Every output at one moment, by name. */
  outputs() {
    return this.page.evaluate(() =>
      Object.fromEntries([...document.querySelectorAll('output')].map((one) => [one.ariaLabel, one.textContent])),
    );
  }

  /** The virtual time, in seconds. */
  async clock() {
    const parts = (await this.read('Virtual time')).split(/ d |:/).map(Number);
    const units = [1, 60, 3600, 86_400];
    return parts.reverse().reduce((sum, part, i) => sum + part * units[i], 0);
  }

  /** Lets the page draw so many frames; fewer, if it goes to another address meanwhile. */
  async frames(count) {
    try {
      await this.page.evaluate(async (left) => {
        for (; left > 0; left -= 1) await new Promise(requestAnimationFrame);
      }, count);
    } catch (error) {
      if (!/Execution context was destroyed/.test(error.message)) throw error;
      await this.page.waitForLoadState();
    }
  }

  /**
   * Waits until something holds: `look` reads it off the page again and again.
   *
   * @template T
   * @param {string} what It is said when it never comes to hold.
   * @param {() => Promise<T>} look
   * @param {(seen: T) => boolean} holds
   * @returns {Promise<T>} What was seen when it held.
   */
  async until(what, look, holds = Boolean) {
    const limit = Date.now() + PATIENCE;
    for (;;) {
      const seen = await look();
      if (holds(seen)) return seen;
      if (limit < Date.now()) assert.fail(`waited in vain for: ${what}; the last seen is ${JSON.stringify(seen)}`);
      await this.frames(2);
    }
  }

  /** Waits until an output's number is as it should be. */
  untilNumber(output, holds) {
    return this.until(`${output}: ${holds}`, () => this.number(output), holds);
  }

  /** Waits until an element's text matches. */
  untilText(locator, pattern) {
    return this.until(`${locator}: ${pattern}`, () => locator.first().textContent(), (text) => pattern.test(text));
  }

  untilSaid(pattern) {
    return this.untilText(this.sentence, pattern);
  }

  /** Waits until the picture in words matches. */
  untilPictured(pattern) {
    return this.until(`the picture: ${pattern}`, () => this.picture.getAttribute('aria-label'), (words) => pattern.test(words));
  }

  /** Lets so much virtual time pass. */
  async pass(seconds) {
    const end = (await this.clock()) + seconds;
    await this.until(`the clock at ${end} s`, () => this.clock(), (now) => end <= now);
  }

  async pause() {
    await this.click('Pause');
    await this.button('Play').waitFor();
  }

  /** The start of a scenario, before anything has happened; the one that runs if none is named. */
  async hold(scenario) {
    await this.speed(SLOWEST);
    await (scenario ? this.start(scenario) : this.click('Reset'));
    await this.pause();
    assert.equal(await this.read('Produced total'), '0');
  }

  /** Paused, every message that was sent is in exactly one place. */
  async balance() {
    const seen = await this.outputs();
    assert.match(await this.region('Ledger').textContent(), /In balance/);
    // A system with servers has more places, and makes copies.
    if (seen['Queue usage'] === 'no limit') return seen;
    const number = (name) => Number.parseInt(seen[name], 10);
    const places = ['Ledger: on the way', 'Ledger: waiting', 'Ledger: in service', 'Ledger: done', 'Refused', 'Dropped', 'Dead'];
    const sum = places.reduce((total, place) => total + number(place), 0);
    assert.equal(sum, number('Ledger: sent'), `the ledger adds up: ${JSON.stringify(seen)}`);
    assert.equal(seen['Produced total'], seen['Ledger: sent']);
    assert.equal(seen['Consumed total'], seen['Ledger: done']);
    const [waiting, capacity] = seen['Queue size'].split('/').map(Number);
    assert.equal(waiting, number('Ledger: waiting'));
    assert.equal(capacity, await this.typed('Queue capacity'));
    assert.equal(seen['Queue usage'], `${((waiting / capacity) * 100).toFixed(1)}%`);
    return seen;
  }

  /** All that the moving picture shows, as one text. */
  pixels() {
    return this.page.locator('.picture canvas').evaluate((canvas) => canvas.toDataURL());
  }
}

let site;
let browser;

/** Serves the page and starts the browser for the tests of a file. */
export function openForAll() {
  before(async () => {
    site = await serveSite();
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });
}

/**
 * Opens the page for a while; afterwards nothing may have gone wrong in it.
 *
 * @param {object} look As for `openPage`; besides, `fragment` is what follows the address, and `using` another browser.
 * @param {(playground: Playground) => Promise<void>} visitor
 */
export async function visit({ fragment = '', using = browser, ...look }, visitor) {
  const { page, problems, close } = await openPage(using, site.url + fragment, { ...DESKTOP, ...look });
  try {
    page.setDefaultTimeout(PATIENCE);
    const playground = new Playground(page, problems);
    await visitor(playground);
    assert.deepEqual(problems, [], 'nothing goes wrong in the page');
  } finally {
    await close();
  }
}

/** A test of the running page. */
export function onPage(name, look, visitor) {
  test(name, () =>
    visit(look, async (playground) => {
      await playground.button('Pause').or(playground.button('Play')).waitFor();
      await visitor(playground);
    }),
  );
}

/** The fragment of a link to a session, as a visitor would have it. */
export function sessionLink({ scenario, seed = 7, commands = [], until }) {
  const recording = { engine: '0.1.0', scenario, seed, commands, until: Math.round(until * 1e9) };
  return `#/play?session=${encodeURIComponent(JSON.stringify(recording))}`;
}
