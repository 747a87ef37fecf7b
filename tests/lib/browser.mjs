// Launches the browsers that the tests drive. Their paths come from CHROMIUM and FIREFOX, which `./dev` sets.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

// The browser asks nobody for anything but the page.
const QUIET_CHROMIUM = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const QUIET_FIREFOX = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.newtabpage.enabled': false,
  'browser.region.network.url': '',
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.safebrowsing.update.enabled': false,
  'browser.search.update': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.startup.page': 0,
  'datareporting.healthreport.uploadEnabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'extensions.systemAddon.update.enabled': false,
  'extensions.update.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'network.prefetch-next': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.telemetry.enabled': false,
  'toolkit.telemetry.server': '',
  'trailhead.firstrun.didSeeAboutWelcome': true,
};

function pathOf(variable) {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} does not name a browser: run the tests by ./dev test`);
  return path;
}

/**
 * Chromium without a window and with a fresh profile. Call `close()` on it.
 *
 * @param {string[]} [more] Further arguments of its command line.
 */
export function launchChromium(more = []) {
  const args = [...QUIET_CHROMIUM, ...more];
  return chromium.launch({ executablePath: pathOf('CHROMIUM'), chromiumSandbox: false, args });
}

/**
 * Opens a URL in a context of its own, so that no storage or setting is shared with another test.
 *
 * `problems` fills with whatever a healthy page never has: exceptions, errors and warnings on the console,
 * requests that fail, and requests to anywhere but the tests' own server, which are stopped.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {object} [look]
 * @param {number} [look.width] In CSS pixels, as the height.
 * @param {number} [look.height]
 * @param {'light' | 'dark'} [look.theme]
 * @param {boolean} [look.reducedMotion]
 * @param {boolean} [look.forcedColors]
 * @param {boolean} [look.touch] A phone: touch, no hover, two pixels a CSS pixel.
 * @param {string} [look.beforehand] A script that is run before any of the page's own.
 * @returns {Promise<{page: import('playwright-core').Page, problems: string[], close: () => Promise<void>}>}
 */
export async function openPage(browser, url, look = {}) {
  const { width = 1280, height = 800, theme = 'light', reducedMotion, forcedColors, touch = false, beforehand } = look;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    forcedColors: forcedColors ? 'active' : 'none',
    hasTouch: touch,
    isMobile: touch,
    deviceScaleFactor: touch ? 2 : 1,
  });
  if (beforehand) await context.addInitScript(beforehand);
  const problems = [];
  await context.route(
    (target) => /^(https?|wss?):$/.test(target.protocol) && target.origin !== new URL(url).origin,
    (route) => {
      problems.push(`the page asked for ${route.request().url()}`);
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(`exception: ${error.stack ?? error}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on('requestfailed', (request) => {
    // A page that is left gives up what it was still loading; it has all it needs, but perhaps not its icon.
    const isGivenUp = request.failure()?.errorText === 'net::ERR_ABORTED' && request.url().endsWith('.svg');
    if (!isGivenUp) problems.push(`failed: ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(url);
  return { page, problems, close: () => context.close() };
}

/**
 * Firefox without a window, with a fresh profile, at a URL. It is not driven: the page reports by itself.
 *
 * @returns {Promise<{close: () => Promise<void>}>}
 */
export async function openFirefox(url) {
  const profile = await mkdtemp(join(tmpdir(), 'queuescope-firefox-'));
  const preferences = Object.entries(QUIET_FIREFOX).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  await writeFile(join(profile, 'user.js'), preferences.join(''));
  const args = ['--headless', '--no-remote', '--new-instance', '--profile', profile, url];
  const child = spawn(pathOf('FIREFOX'), args, { stdio: 'ignore' });
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', resolve);
  });
  return {
    close: async () => {
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(kill);
      // Its helper processes may write for a moment longer.
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
