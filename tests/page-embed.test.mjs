// A session inside of a page of somebody else.

import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { DESKTOP, PHONE, onPage, openForAll, visit } from './lib/playground.mjs';

openForAll();

const embed = (rest) => `#/embed?engine=full&${rest}`;
const THREE = ['balanced', 'rabbitmq-poison', 'kafka-acks'];

for (const theme of ['light', 'dark']) {
  for (const [width, height] of [[320, 260], [390, 600], [900, 400]]) {
    for (const scenario of THREE) {
      onPage(`${scenario}, ${theme}, ${width} by ${height}: stage, sentence, a setting, play and the way out`, { width, height, theme, fragment: embed(`scenario=${scenario}&paused&lesson=1;only:producer.rate`) }, async (page) => {
        const frame = page.page;
        await page.button('Play').waitFor();
        assert.ok(await page.slider('Producer rate').count());
        assert.match(await page.sentence.first().textContent(), /\S/);
        const [wide, picture, footer] = await frame.evaluate(() => [
          document.documentElement.scrollWidth - innerWidth,
          document.querySelector('.picture').getBoundingClientRect().toJSON(),
          document.querySelector('footer').getBoundingClientRect().toJSON(),
        ]);
        assert.ok(wide <= 0, `${wide} px too wide`);
        assert.ok(100 <= picture.height && picture.top < height, JSON.stringify(picture));
        assert.ok(Math.abs(footer.bottom - height) < 1 && footer.right <= width, JSON.stringify(footer));
        for (const away of ['Systems', 'Ledger', 'Producer']) assert.equal(await page.region(away).count(), 0);
        const { violations } = await new AxeBuilder({ page: frame }).analyze();
        assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target.join(' '))]), []);
        await page.click('Play');
        await page.until('time to pass', () => page.clock(), (now) => 1 < now);
        await page.click('Pause');
      });
    }
  }
}

for (const [size, look] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  for (const scenario of THREE) {
    onPage(`${scenario}, ${size}: the code is made, put into a page, and leads back to the whole`, { ...look, fragment: `#/play?engine=full&scenario=${scenario}&seed=4` }, async (page) => {
      await page.pass(1);
      await page.pause();
      const there = await page.outputs();
      await page.click('Share');
      await page.dialog.getByRole('checkbox', { name: 'Show only some settings' }).check();
      await page.dialog.getByRole('checkbox', { name: 'Consumer rate consumer.rate' }).check();
      await page.dialog.getByText('Embed in a page of your own').click();
      const code = await page.page.getByRole('textbox', { name: 'HTML code' }).inputValue();
      assert.match(code, /^<iframe src="[^"]+" title="Queuescope: [^"]+" width="100%" height="464" loading="lazy"/);
      const site = page.page.url().split('#')[0];
      await visit({ ...look, fragment: '' }, async (host) => {
        // Somebody else's page has no policy of ours; this one stands where there is none.
        await host.button('Pause').waitFor();
        await host.page.goto(new URL('worker.js', site).href);
        await host.page.setContent(`<!doctype html><meta name="viewport" content="width=device-width"><title>Blog</title><body style="margin:0"><div style="height:9000px">Text</div>${code}`);
        const frame = host.page.frameLocator('iframe');
        await host.page.locator('iframe').scrollIntoViewIfNeeded();
        const clock = frame.getByRole('status', { name: 'Virtual time' });
        await host.until('the frame', () => clock.textContent().catch(() => ''), (text) => text === there['Virtual time']);
        await frame.getByRole('slider', { name: 'Consumer rate' }).waitFor();
        await frame.getByRole('button', { name: 'Play' }).click();
        await host.until('time to pass', () => clock.textContent(), (text) => text !== there['Virtual time']);
        // Out of sight it rests.
        await host.page.evaluate(() => scrollTo(0, 0));
        await host.frames(20);
        const before = await clock.textContent();
        await host.frames(60);
        assert.equal(await clock.textContent(), before, 'out of sight nothing is done');
        await host.page.locator('iframe').scrollIntoViewIfNeeded();
        await host.until('it goes on', () => clock.textContent(), (text) => text !== before);
        await frame.getByRole('button', { name: 'Pause' }).click();
        const at = await clock.textContent();
        const [whole] = await Promise.all([host.page.context().waitForEvent('page'), frame.getByRole('link', { name: 'Open in Queuescope' }).click()]);
        assert.ok(whole.url().startsWith(`${site}#/play?engine=full&`), whole.url());
        await whole.getByRole('button', { name: 'Play', exact: true }).waitFor();
        await host.until('the same moment', () => whole.getByRole('status', { name: 'Virtual time' }).textContent(), (text) => text === at);
        assert.ok(3 < (await whole.getByRole('slider').count()), 'with all settings');
      });
    });
  }
}

onPage('a frame plays when it is told to, in the colors it is told, and keeps nothing', { theme: 'light', fragment: embed('scenario=sqs-visibility&theme=dark') }, async (page) => {
  await page.button('Pause').waitFor();
  await page.until('time to pass', () => page.clock(), (now) => 1.5 < now);
  assert.equal(await page.page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  assert.deepEqual(await page.page.evaluate(() => Object.keys(localStorage)), []);
});

onPage('garbage in the link of a frame is explained', { fragment: embed('z=1xyz') }, async (page) => {
  await page.untilText(page.alert, /cannot be read/);
  await page.button('Pause').waitFor();
});

onPage('a riddle in a frame is revealed there', { width: 600, height: 420, fragment: embed('scenario=rabbitmq-poison&lesson=1;hide') }, async (page) => {
  await page.untilSaid(/^What is going on here\?/);
  await page.click('Reveal the cause');
  await page.untilSaid(/^(?!What is going on)/);
});
