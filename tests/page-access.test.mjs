// The page for everybody: by keyboard alone, on a phone, in the dark, with less motion, and to the rules of axe-core.

import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { DESKTOP, PHONE, SLOWEST, onPage, openForAll } from './lib/playground.mjs';

openForAll();

// ---------------------------------------------------------------- keyboard

/** What Tab comes to, in the order of the page. */
const TAB_STOPS = [
  ['link', 'Learn'],
  ['combobox', 'System'],
  ['button', 'Dark theme'],
  ['button', 'Help'],
  ...['Filling up', 'Balanced', 'Overflow: refuse', 'Overflow: drop oldest', 'Overflow: block', 'Slow consumer'].map(button),
  ...['Traffic spike', 'Outage', 'Failing consumer', 'Scale out', 'Steady', 'Bursts'].map(button),
  ['summary', 'Why it happens'],
  ['button', 'Stop producer'],
  ...dial('Producer rate'),
  ['radio', 'Steady'],
  ['summary', 'More settings'],
  ...dial('Queue capacity'),
  ['radio', 'Refuse'],
  ...dial('Attempts'),
  ['summary', 'As a table'],
  ['button', 'Stop consumer'],
  ...dial('Consumer rate'),
  ...dial('Workers'),
  ['radio', 'Fixed'],
  ...dial('Failure probability'),
  ['summary', 'More settings'],
  ['button', 'Play'],
  ['button', 'Step'],
  ['combobox', 'Speed'],
  ['spinbutton', 'Seed'],
  ['button', 'Reset'],
];

function button(name) {
  return ['button', name];
}

function dial(name) {
  return [
    ['spinbutton', name],
    ['slider', name],
  ];
}

/** Role, name and place of what has the focus; nothing if that is the page itself. */
function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return undefined;
    const roles = { range: 'slider', number: 'spinbutton', radio: 'radio', checkbox: 'checkbox' };
    const tags = { SELECT: 'combobox', BUTTON: 'button', SUMMARY: 'summary', A: 'link' };
    const text = (one) => one.textContent.trim();
    const labels = [...(element.labels ?? [])].map((label) => text(label.querySelector('span') ?? label));
    const { x, y, width, height } = element.getBoundingClientRect();
    return {
      role: roles[element.type] ?? tags[element.tagName] ?? element.getAttribute('role'),
      name: element.ariaLabel ?? labels[0] ?? text(element),
      box: { x: Math.max(0, x - 8), y: Math.max(0, y - 8), width: width + 16, height: height + 16 },
    };
  });
}

async function blur(page) {
  await page.evaluate(() => document.activeElement.blur());
  assert.equal(await focused(page), undefined);
}

onPage('Tab comes to every control, in order, and shows where it is', {}, async (playground) => {
  const { page } = playground;
  await playground.hold();
  await page.locator('h1').click();
  const stops = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const stop = await focused(page);
    if (!stop || stops.length === 60) break;
    stops.push({ ...stop, seen: await page.screenshot({ clip: stop.box }) });
  }
  assert.deepEqual(stops.map(({ role, name }) => [role, name]), TAB_STOPS);
  await blur(page);
  for (const { role, name, box, seen } of stops) {
    const without = await page.screenshot({ clip: box });
    assert.ok(!seen.equals(without), `the focus on ${role} ${name} can be seen`);
  }
});

onPage('Shift and Tab go back', {}, async ({ page }) => {
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.equal((await focused(page)).name, 'System');
  await page.keyboard.press('Shift+Tab');
  assert.equal((await focused(page)).name, 'Learn');
});

onPage('all is done by keys alone', {}, async (playground) => {
  const { page } = playground;
  const tabTo = async (role, name) => {
    for (let presses = 0; presses < 80; presses += 1) {
      const stop = await focused(page);
      if (stop?.role === role && stop.name === name) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`Tab never came to ${role} ${name}`);
  };
  await tabTo('button', 'Overflow: block');
  await page.keyboard.press('Enter');
  await tabTo('button', 'Stop consumer');
  await page.keyboard.press('Space');
  await playground.button('Start consumer').waitFor();
  assert.deepEqual((await focused(page)).name, 'Start consumer', 'the focus stays on the button');
  await tabTo('spinbutton', 'Producer rate');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('50');
  await page.keyboard.press('Tab');
  assert.equal((await focused(page)).role, 'slider');
  await playground.until('the rate that was typed', () => playground.words('Producer rate'), (words) => words.startsWith('50 '));
  await tabTo('radio', 'Block');
  await page.keyboard.press('ArrowLeft');
  assert.ok(await playground.option('When full', 'Drop oldest').isChecked());
  await page.keyboard.press('ArrowLeft');
  assert.ok(await playground.option('When full', 'Refuse').isChecked());
  await playground.untilNumber('Refused', (count) => 0 < count);
  await tabTo('summary', 'As a table');
  await page.keyboard.press('Enter');
  await page.getByRole('table').first().waitFor();
  await tabTo('button', 'Pause');
  await page.keyboard.press('Enter');
  await playground.button('Play').waitFor();
  await playground.balance();
});

onPage('single keys play, step, choose a scenario and show the list of keys', {}, async (playground) => {
  const { page } = playground;
  await playground.speed(SLOWEST);
  await playground.click('Reset');
  await blur(page);
  await page.keyboard.press('Space');
  await playground.button('Play').waitFor();
  await page.keyboard.press('.');
  await playground.untilText(playground.output('Produced total'), /^1$/);
  assert.equal(await playground.clock(), 0.5);
  await page.keyboard.press('Space');
  await playground.button('Pause').waitFor();
  const titles = await playground.scenarios.getByRole('button').allTextContents();
  for (const key of [9, 2]) {
    await page.keyboard.press(`${key}`);
    await playground.scenarios.getByRole('button', { name: titles[key - 1], exact: true, pressed: true }).waitFor();
  }
  await page.keyboard.press('?');
  await playground.dialog.waitFor();
  await page.keyboard.press('Escape');
  await playground.dialog.waitFor({ state: 'hidden' });
});

onPage('keys with Control, Alt or Meta are left alone', {}, async (playground) => {
  const { page } = playground;
  await blur(page).catch(() => {});
  for (const held of ['Control', 'Alt', 'Meta']) await page.keyboard.press(`${held}+.`);
  await playground.button('Pause').waitFor();
});

onPage('in a field, keys are what is typed', {}, async (playground) => {
  const { page } = playground;
  await playground.hold();
  const before = await playground.outputs();
  const inert = async (what) => {
    assert.deepEqual(await playground.outputs(), before, `${what}: nothing has happened`);
    assert.equal(await playground.button('Play').count(), 1, `${what}: it is paused still`);
    assert.equal(await playground.dialog.count(), 0, `${what}: no dialog`);
    const pressed = playground.scenarios.getByRole('button', { pressed: true });
    assert.deepEqual(await pressed.allTextContents(), ['Filling up'], what);
  };
  for (const name of ['Producer rate', 'Seed']) {
    await playground.box(name).focus();
    for (const key of ['2', '.', 'Space', '?', 'Escape']) await page.keyboard.press(key);
    await inert(`typed into ${name}`);
    await playground.box(name).fill(name === 'Seed' ? '7' : '2');
  }
  for (const [what, element] of [
    ['a slider', playground.slider('Workers')],
    ['a choice', playground.option('Arrivals', 'Steady')],
    ['the speed', page.getByRole('combobox', { name: 'Speed' })],
  ]) {
    await element.focus();
    for (const key of ['.', '?', ...(what === 'the speed' ? [] : ['2'])]) await page.keyboard.press(key);
    await inert(what);
  }
  await playground.button('Step').focus();
  await page.keyboard.press('Space');
  assert.equal(await playground.read('Produced total'), '1', 'on a button, Space presses the button');
  assert.equal(await playground.button('Play').count(), 1, 'and that alone');
});

onPage('keys can be switched off, and stay so', {}, async (playground) => {
  const { page } = playground;
  const box = () => playground.dialog.getByRole('checkbox');
  await playground.click('Help');
  assert.ok(await box().isChecked());
  await box().uncheck();
  await playground.dialog.getByRole('button', { name: 'Close' }).click();
  await playground.dialog.waitFor({ state: 'hidden' });
  const dead = async () => {
    await page.locator('h1').click();
    for (const key of ['Space', '.', '2', '?']) await page.keyboard.press(key);
    assert.equal(await playground.button('Pause').count(), 1);
    assert.equal(await playground.dialog.count(), 0);
    const pressed = playground.scenarios.getByRole('button', { pressed: true });
    assert.deepEqual(await pressed.allTextContents(), ['Filling up']);
  };
  await blur(page);
  await dead();
  await page.reload();
  await playground.button('Pause').waitFor();
  await dead();
  await playground.click('Help');
  assert.equal(await box().isChecked(), false);
  await box().check();
  await page.keyboard.press('Escape');
  await blur(page);
  await page.keyboard.press('Space');
  await playground.button('Play').waitFor();
  await page.reload();
  await playground.button('Pause').waitFor();
  await page.keyboard.press('Space');
  await playground.button('Play').waitFor();
});

onPage('the list of keys opens, holds the focus, closes and gives it back', {}, async (playground) => {
  const { page } = playground;
  const help = playground.button('Help');
  const ways = [
    () => page.keyboard.press('Escape'),
    () => playground.dialog.getByRole('button', { name: 'Close' }).click(),
    () => page.keyboard.press('Enter'),
  ];
  for (const close of ways) {
    await help.focus();
    await page.keyboard.press('Enter');
    await playground.dialog.waitFor();
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    const inside = () => page.evaluate(() => Boolean(document.activeElement.closest('dialog')));
    assert.ok(await inside(), 'the focus goes into the dialog');
    await playground.dialog.getByRole('button', { name: 'Close' }).focus();
    await close();
    await playground.dialog.waitFor({ state: 'hidden' });
    await playground.until('the focus is back', () => focused(page), (stop) => stop?.name === 'Help');
  }
});

// ---------------------------------------------------------------- phone

/** The width that the page takes beyond its window, and what causes it. */
function excess(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const scrolls = (element) => element && (['auto', 'scroll', 'hidden'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) => width + 0.5 < element.getBoundingClientRect().right && !scrolls(element.parentElement),
    );
    return { beyond: document.documentElement.scrollWidth - innerWidth, wide: wide.map((one) => one.outerHTML.slice(0, 80)) };
  });
}

const FITS = { beyond: 0, wide: [] };

onPage('a phone never scrolls sideways', PHONE, async (playground) => {
  const { page } = playground;
  assert.equal(await page.evaluate(() => innerWidth), 390);
  assert.deepEqual(await excess(page), FITS);
  for (const chip of await playground.scenarios.getByRole('button').all()) {
    await chip.click();
    assert.deepEqual(await excess(page), FITS, await chip.textContent());
  }
  await playground.click('Overflow: refuse');
  await page.getByText('Why it happens', { exact: true }).click();
  await page.getByText('As a table', { exact: true }).click();
  for (const more of await page.getByText('More settings', { exact: true }).all()) await more.click();
  assert.deepEqual(await excess(page), FITS, 'with all settings');
  await playground.type('Queue capacity', 100_001);
  await playground.alert.waitFor();
  assert.deepEqual(await excess(page), FITS, 'with all of it open and a message');
  await playground.type('Queue capacity', 100_000);
  await playground.type('Producer rate', 10_000);
  await playground.type('Consumer rate', 0.1);
  await playground.speed('100×');
  await playground.untilNumber('Ledger: waiting', (waiting) => 90_000 < waiting);
  assert.deepEqual(await excess(page), FITS, 'with large numbers');
  await playground.click('Stop producer');
  await playground.click('Stop consumer');
  assert.deepEqual(await excess(page), FITS, 'stopped');
  await playground.click('Help');
  assert.deepEqual(await excess(page), FITS, 'with the list of keys');
});

onPage('a desktop shows its panels whole', {}, async (playground) => {
  for (const name of ['Overflow: block', 'Bursts']) {
    await playground.click(name);
    const cut = await playground.page.evaluate(() =>
      [...document.querySelectorAll('.card:not(.stage) *')]
        .filter((element) => element.getClientRects().length && !element.closest('.scroll') && !element.matches('.hidden, .hidden *'))
        .filter((element) => element.closest('.card').getBoundingClientRect().right < element.getBoundingClientRect().right)
        .map((element) => element.outerHTML.slice(0, 100)),
    );
    assert.deepEqual(cut, [], 'nothing stands out of its card');
    assert.deepEqual(await excess(playground.page), FITS);
  }
});

onPage('on a phone every control can be reached and is large enough for a thumb', PHONE, async (playground) => {
  const { page } = playground;
  await playground.pause();
  await playground.choose('Arrivals', 'Bursts');
  for (const role of ['button', 'slider', 'spinbutton', 'radio', 'combobox']) {
    const controls = await page.getByRole(role).all();
    assert.ok(0 < controls.length, role);
    for (const control of controls) {
      const name = `${role} ${(await control.getAttribute('aria-label')) ?? (await control.evaluate((one) => one.closest('label')?.textContent || one.textContent || one.id))}`;
      // Scrolls to it and sees to it that nothing covers it.
      await control.tap({ trial: true, timeout: 5000 }).catch((error) => assert.fail(`${name} cannot be tapped: ${error.message}`));
      // What is touched of a field is the frame around it.
      const { width, height } = await control.evaluate((one) => (one.closest('.box') ?? one).getBoundingClientRect().toJSON());
      assert.ok(44 <= height + 0.01, `${name} is ${height} px high`);
      assert.ok(24 <= width, `${name} is ${width} px wide`);
    }
  }
  for (const summary of await page.locator('summary').all()) {
    await summary.tap({ trial: true });
    const { height } = await summary.boundingBox();
    assert.ok(44 <= height, `${await summary.textContent()} is ${height} px high`);
  }
});

onPage('on a phone the controls do what they say by touch', PHONE, async (playground) => {
  await playground.button('Stop producer').tap();
  await playground.page.getByText('Producer stopped', { exact: true }).waitFor();
  await playground.option('When full', 'Block').tap();
  assert.ok(await playground.option('When full', 'Block').isChecked());
  const slider = playground.slider('Consumer rate');
  const { width, height } = await slider.boundingBox();
  await slider.tap({ position: { x: width * 0.9, y: height / 2 } });
  await playground.until('the rate follows the thumb', () => playground.typed('Consumer rate'), (rate) => 1000 < rate);
  await playground.button('Pause').tap();
  await playground.button('Play').waitFor();
  await playground.button('Balanced').tap();
  await playground.button('Pause').waitFor();
  assert.equal(await playground.typed('Consumer rate'), 3);
});

onPage('on a phone the panels open and close', PHONE, async (playground) => {
  for (const name of ['Producer', 'Message queue', 'Ledger', 'Consumer', 'Recently processed']) {
    const panel = playground.region(name);
    const heading = panel.getByRole('heading').getByRole('button', { name, exact: true });
    const body = panel.locator(`[id="${await heading.getAttribute('aria-controls')}"]`);
    assert.equal(await heading.getAttribute('aria-expanded'), 'true', `${name} is open at first`);
    await heading.tap();
    await body.waitFor({ state: 'hidden' });
    assert.equal(await heading.getAttribute('aria-expanded'), 'false');
    await heading.tap();
    await body.waitFor({ state: 'visible' });
  }
  await playground.region('Producer').getByRole('button', { name: 'Producer', exact: true }).tap();
  await playground.slider('Producer rate').waitFor({ state: 'hidden' });
  await playground.button('Stop producer').waitFor({ state: 'visible' });
});

onPage('on a phone the stage is on top and the time at the bottom of the window', PHONE, async (playground) => {
  const { page } = playground;
  const stage = await playground.region('Stage').boundingBox();
  for (const name of ['Producer', 'Message queue', 'Consumer']) {
    const panel = await playground.region(name).boundingBox();
    assert.ok(stage.y + stage.height <= panel.y, `the stage is above ${name}`);
  }
  const end = await page.evaluate(() => document.documentElement.scrollHeight);
  for (const top of [0, end / 2, end]) {
    await page.evaluate((y) => scrollTo(0, y), top);
    await playground.frames(3);
    const bar = await playground.notes.boundingBox();
    assert.ok(0 <= bar.y && Math.abs(bar.y + bar.height - 844) < 1, `at ${top} the bar is at ${JSON.stringify(bar)}`);
    assert.deepEqual([bar.x, bar.width], [0, 390]);
    for (const name of ['Pause', 'Step', 'Reset']) {
      await playground.button(name).tap({ trial: true });
    }
  }
  // The bar must not lie over the end of the page.
  const last = await playground.region('Recently processed').boundingBox();
  const bar = await playground.notes.boundingBox();
  assert.ok(last.y + last.height <= bar.y, 'the last panel can be scrolled clear of the bar');
});

for (const width of [320, 700, 701, 820, 1180, 1181, 1280]) {
  onPage(`at ${width} px nothing is cut off`, { width, height: 800 }, async ({ page }) => {
    assert.deepEqual(await excess(page), FITS);
  });
}

// ---------------------------------------------------------------- rules

const STATES = {
  'as it opens': async (playground) => playground.pause(),
  'full and refusing': async (playground) => overflowing(playground, 'Overflow: refuse', 'Refused'),
  'full and dropping': async (playground) => overflowing(playground, 'Overflow: drop oldest', 'Dropped'),
  'full and blocking': async (playground) => {
    await playground.click('Overflow: block');
    await playground.speed('60×');
    await playground.untilSaid(/has to wait for room/);
    await playground.pause();
  },
  'with all opened, bursts, failures and a message': async (playground) => {
    await playground.click('Failing consumer');
    await playground.speed('60×');
    await playground.untilNumber('Dead', (count) => 3 < count);
    await playground.choose('Arrivals', 'Bursts');
    await playground.page.getByText('Why it happens', { exact: true }).click();
    await playground.page.getByText('As a table', { exact: true }).click();
    await playground.pause();
    await playground.type('Workers', 51);
    await playground.alert.waitFor();
  },
  'all stopped and empty': async (playground) => {
    await playground.hold();
    await playground.click('Stop producer');
    await playground.click('Stop consumer');
  },
  'with the list of keys': async (playground) => {
    await playground.pause();
    await playground.click('Help');
    await playground.dialog.waitFor();
  },
  ...Object.fromEntries(['RabbitMQ', 'Apache Kafka', 'Apache Pulsar'].map((system) => [`${system}, with all opened`, ofSystem(system)])),
};

/** A system some way into its first scenario, with all that can be opened, and with the life of a message. */
function ofSystem(system) {
  return async (playground) => {
    const { page } = playground;
    await playground.system(system);
    await playground.speed('10×');
    await playground.pass(30);
    await playground.pause();
    // Menus lie over each other: they are opened one by one elsewhere.
    for (const summary of await page.locator('details:not(.menu) > summary').all()) await summary.press('Enter');
    await playground.type('Message number', 2);
    await playground.region('Selected').getByRole('heading', { name: 'Message 2', exact: true }).waitFor();
  };
}

async function overflowing(playground, scenario, counter) {
  await playground.click(scenario);
  await playground.speed('60×');
  await playground.untilNumber(counter, (count) => 10 < count);
  await playground.pause();
}

for (const [where, look] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  for (const theme of ['light', 'dark']) {
    for (const [state, reach] of Object.entries(STATES)) {
      // What differs between the policies is a few words: they are looked at once.
      if (state.match(/dropping|blocking/) && (where !== 'desktop' || theme !== 'light')) continue;
      onPage(`axe-core has no objection: ${where}, ${theme}, ${state}`, { ...look, theme }, async (playground) => {
        await reach(playground);
        const { violations } = await new AxeBuilder({ page: playground.page }).analyze();
        const found = violations.map(({ id, impact, help, nodes }) => ({
          rule: `${id} (${impact}): ${help}`,
          where: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`),
        }));
        assert.deepEqual(found, []);
      });
    }
  }
}

// ---------------------------------------------------------------- preferences

onPage('the theme follows the system until another is chosen, which stays', { theme: 'dark' }, async (playground) => {
  const { page } = playground;
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  const picture = await playground.pixels();
  await playground.click('Light theme');
  const light = await ground();
  assert.notEqual(light, dark);
  await playground.until('the picture takes the colors', () => playground.pixels(), (pixels) => pixels !== picture);
  await playground.button('Dark theme').waitFor();
  await page.reload();
  await playground.button('Dark theme').waitFor();
  assert.equal(await ground(), light, 'it is light after a reload');
  await playground.click('Dark theme');
  await playground.button('Light theme').waitFor();
  assert.equal(await ground(), dark);
  await page.emulateMedia({ colorScheme: 'light' });
  assert.equal(await ground(), dark, 'what was chosen holds against the system');
});

for (const theme of ['light', 'dark']) {
  onPage(`the theme of the system is taken: ${theme}`, { theme }, async ({ page }) => {
    const lightness = await page.evaluate(() => {
      const context = document.createElement('canvas').getContext('2d');
      context.fillStyle = getComputedStyle(document.body).backgroundColor;
      context.fillRect(0, 0, 1, 1);
      return context.getImageData(0, 0, 1, 1).data[0];
    });
    assert.equal(lightness < 128, theme === 'dark', `a ground of ${lightness} of 255`);
  });
}

for (const [what, look] of [
  ['less motion', { reducedMotion: true }],
  ['forced colors', { forcedColors: true }],
  ['forced colors on a phone', { forcedColors: true, ...PHONE }],
]) {
  onPage(`with ${what} the page works, in the picture and in words`, look, async (playground) => {
    await playground.untilPictured(/^The producer is running; .*The (queue|worker)/);
    const words = await playground.picture.getAttribute('aria-label');
    const picture = await playground.pixels();
    await playground.speed('10×');
    await playground.until('the words change', () => playground.picture.getAttribute('aria-label'), (now) => now !== words);
    await playground.until('the picture changes', () => playground.pixels(), (now) => now !== picture);
    await playground.untilNumber('Refused', (count) => 0 < count);
    await playground.untilPictured(/\d+ refused/);
    await playground.pause();
    await playground.balance();
  });
}

onPage('with less motion messages do not glide', { reducedMotion: true }, async (playground) => {
  // The way from the producer to the queue, where a message is most of the time: how often does it look different?
  const way = () =>
    playground.page.locator('.picture canvas').evaluate((canvas) => {
      const strip = document.createElement('canvas');
      [strip.width, strip.height] = [canvas.width / 5, canvas.height];
      strip.getContext('2d').drawImage(canvas, canvas.width / 10, 0, strip.width, strip.height, 0, 0, strip.width, strip.height);
      return strip.toDataURL();
    });
  const changes = async () => {
    let [before, count] = [await way(), 0];
    for (let looks = 0; looks < 40; looks += 1) {
      await playground.frames(2);
      const now = await way();
      count += Number(now !== before);
      before = now;
    }
    return count;
  };
  await playground.untilNumber('Produced total', (total) => 0 < total);
  await playground.speed('0.25×');
  const stepping = await changes();
  await playground.page.emulateMedia({ reducedMotion: 'no-preference' });
  const gliding = await changes();
  assert.ok(stepping < gliding / 2, `${stepping} changes with less motion, ${gliding} without`);
});

onPage('the situation is said once, when it has changed', {}, async (playground) => {
  const announcer = playground.region('Stage').getByRole('status');
  assert.equal(await announcer.getAttribute('aria-live'), 'polite');
  await playground.untilText(announcer, /^Producers outrun consumers/);
  await playground.speed('10×');
  await playground.untilText(announcer, /^The queue is full\. More comes than workers can take/);
  await playground.click('Stop producer');
  await playground.untilText(announcer, /^The producer is stopped\.|^The queue is empty\./);
});
