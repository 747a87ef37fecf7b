// Prints what the page costs who looks at it, a line a figure: name, value, unit.
//
//     node tests/lib/bench-page.mjs [MINUTES]
//
// One Chromium, one page after another, all of the program with every system. For so many minutes (none, if it is left out)
// a run goes on at the highest speed, and says each minute what memory it takes.

import { launchChromium, openPage } from './browser.mjs';
import { DESKTOP, FASTEST, Playground, SCENARIOS, sessionLink } from './playground.mjs';
import { serveSite } from './site.mjs';

const MINUTES = Number(process.argv[2] ?? 0);
const site = await serveSite();
const browser = await launchChromium(['--js-flags=--expose-gc', '--enable-precise-memory-info']);

const say = (name, value, unit) => console.log(`${name} ${value.toFixed(1)} ${unit}`);
/** The middle, the twentieth and the hundredth from above, and the worst of them. */
function tell(name, times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  for (const [word, part] of [['median', 0.5], ['p95', 0.95], ['p99', 0.99], ['max', 1]]) say(`${name}.${word}`, at(part), 'ms');
}

async function visit(fragment, beforehand, looks) {
  const { page, problems, close } = await openPage(browser, site.url + fragment, { ...DESKTOP, theme: 'light', beforehand });
  page.setDefaultTimeout(300_000);
  const playground = new Playground(page, problems);
  await looks(playground, page);
  if (problems.length) throw new Error(problems.join('\n'));
  await close();
}

const full = (link) => link.replace('#/play?', '#/play?engine=full&');

/** A plain queue with this capacity, filled at a rate and served by ten at another. */
function queue(capacity, rate, serves) {
  const { broker, producers, consumers, ...rest } = SCENARIOS.get('balanced');
  return {
    ...rest,
    broker: { ...broker, set: { ...broker.set, capacity } },
    producers: [{ ...producers[0], set: { rate, arrivals: 'poisson', 'link-delay': 0.4 } }],
    consumers: [{ ...consumers[0], set: { rate: serves, workers: 10, service: 'exponential' } }],
  };
}

/** How long the page's own script takes in each frame. */
const FRAMES = `{
  const ask = window.requestAnimationFrame.bind(window);
  window.frames_ = [];
  window.requestAnimationFrame = (draw) => ask((time) => { const from = performance.now(); draw(time); frames_.push(performance.now() - from); });
}`;

// 5,000 messages wait, and as many come as go.
await visit(full(sessionLink({ scenario: queue(5000, 400, 20), until: 40 })), FRAMES, async (playground, page) => {
  await playground.until('the queue is full', () => playground.clock(), (now) => 39.9 <= now);
  await playground.click('Play');
  await playground.frames(60);
  await page.evaluate(() => (frames_.length = 0));
  await page.waitForTimeout(12_000);
  tell('page.frame', await page.evaluate(() => frames_));
});

// Ten minutes at 1,000 messages a second, and from one place in them to another.
await visit(full(sessionLink({ scenario: queue(1000, 1000, 110), until: 600 })), '', async (playground, page) => {
  await playground.until('ten minutes', () => playground.clock(), (now) => 599.9 <= now);
  const times = await page.evaluate(async () => {
    const track = document.querySelector('input[aria-label="Timeline"]');
    const clock = document.querySelector('output.clock');
    const [times, within] = [[], Number(track.value)];
    for (let [count, place] = [0, 12345]; count < 80; count++) {
      place = (place * 1103515245 + 12345) % 2147483648;
      const from = performance.now();
      track.value = String(Math.floor((place / 2147483648) * within));
      track.dispatchEvent(new Event('input', { bubbles: true }));
      // The slider says at once where it goes, the clock where the run is.
      do await new Promise(requestAnimationFrame);
      while (track.getAttribute('aria-valuetext').split(' of ')[0] !== clock.textContent && performance.now() - from < 10_000);
      times.push(performance.now() - from);
      await new Promise((done) => setTimeout(done, 150));
    }
    return times;
  });
  tell('page.seek', times);
});

// Pausing, from between two frames, until the page shows that time stands still.
for (const name of ['balanced', 'kafka-rebalance', 'rabbitmq-poison']) {
  await visit(`#/play?engine=full&scenario=${name}`, '', async (playground, page) => {
    await playground.button('Pause').waitFor();
    await playground.speed(FASTEST);
    const times = [];
    for (let count = 0; count < 20; count++) {
      await page.waitForTimeout(count ? 300 : 2000);
      const click = () => new Promise((done) => setTimeout(() => {
        const button = [...document.querySelectorAll('button')].find((button) => button.textContent === 'Pause');
        const from = performance.now();
        button.click();
        const see = () => requestAnimationFrame(() => (button.textContent === 'Play' ? done(performance.now() - from) : see()));
        see();
      }, 37));
      times.push(await page.evaluate(click));
      // From the start, for a log keeps what it gets, and a page has no room for days of it.
      await playground.click('Reset');
      if (await playground.button('Play').isVisible()) await playground.click('Play');
    }
    tell(`page.click.${name}`, times);
  });
}

/** Where the program's memory can be asked for how large it is. */
const MEMORY = `for (const way of ['instantiate', 'instantiateStreaming']) {
  const own = WebAssembly[way];
  WebAssembly[way] = async (...given) => { const made = await own.apply(WebAssembly, given); window.memory_ = (made.instance ?? made).exports.memory; return made; };
}`;

if (MINUTES) {
  await visit('#/play?engine=full&scenario=balanced', MEMORY, async (playground, page) => {
    await playground.button('Pause').waitFor();
    await playground.speed(FASTEST);
    for (let minute = 1; minute <= MINUTES; minute++) {
      await page.waitForTimeout(60_000);
      const [program, script, elements] = await page.evaluate(() => {
        gc();
        return [memory_.buffer.byteLength, performance.memory.usedJSHeapSize, document.getElementsByTagName('*').length];
      });
      say(`page.memory.${minute}.program`, program / 1e6, 'MB');
      say(`page.memory.${minute}.script`, script / 1e6, 'MB');
      say(`page.memory.${minute}.elements`, elements, 'elements');
    }
  });
}
await browser.close();
await site.close();
