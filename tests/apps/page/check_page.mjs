// Looks at what write_page writes in a browser, headless:
//
//   node check_page.mjs WRITE_PAGE FOLDER [live]
//
// The npm package playwright-core is looked for in $XGRAD_NODE_MODULES (a folder node_modules), else beside this file;
// Chromium in $XGRAD_CHROMIUM, else where Debian has it. Exits with 77 where one of them is not there.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import { pathToFileURL } from 'node:url';

const here = path.dirname(new URL(import.meta.url).pathname);
const modules = process.env.XGRAD_NODE_MODULES ?? path.join(here, 'node_modules');
let chromium;
try {
  ({ chromium } = createRequire(path.join(modules, 'x.js'))('playwright-core'));
} catch {
  console.log('skipped: playwright-core was not found; set XGRAD_NODE_MODULES to the node_modules that holds it');
  process.exit(77);
}
const executablePath = process.env.XGRAD_CHROMIUM ?? '/usr/bin/chromium';
if (!fs.existsSync(executablePath)) {
  console.log(`skipped: there is no ${executablePath}; set XGRAD_CHROMIUM to Chromium's path`);
  process.exit(77);
}

const [writePage, folder, live] = process.argv.slice(2);
fs.mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const complaints = [];

/** A page in a window of its own, of which every message on its console and every request elsewhere is a complaint. */
async function opened(url, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.stack}`));
  page.on('request', (request) => {
    const to = request.url();
    if (!to.startsWith(url) && !to.startsWith('data:')) complaints.push(`request: ${to}`);
  });
  await page.goto(url);
  return page;
}

async function check(name, body) {
  await body();
  assert.deepEqual(complaints.splice(0), [], name);
  console.log(`ok: ${name}`);
}

const tipOf = (figure) => figure.locator('.tip:visible').innerText();
const figures = (page) => page.locator('figure.plots');

/** The place in the window of a point of the plot area, given as shares from its left and top. */
async function placeIn(panel, across, down) {
  const frame = await panel.locator('path.axis').first().boundingBox();
  return [frame.x + across * frame.width, frame.y + down * frame.height];
}

/** Contrast of each text with what is behind it (WCAG 2.2, 1.4.3), as [contrast, text], for the lowest. */
const lowestContrast = () => {
  const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([red, green, blue]) => {
    const linear = [red, green, blue].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  let lowest = [Infinity, 'no text'];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest('script, noscript, title, desc') || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const front = rgba(element.closest('svg') ? style.fill : style.color);
    const [one, other] = [luminance(front), luminance(behind(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    texts += 1;
    if (contrast < lowest[0]) lowest = [contrast, node.data];
  }
  return [...lowest, texts];
};

const noWiderThanTheWindow = () => document.documentElement.scrollWidth <= window.innerWidth;

async function checkReport() {
  const file = path.join(folder, 'report.html');
  execFileSync(writePage, [file]);
  const url = pathToFileURL(file).href;

  for (const colorScheme of ['light', 'dark'])
    for (const width of [1280, 390])
      await check(`${colorScheme}, ${width} pixels: it fits, and its texts can be read`, async () => {
        const page = await opened(url, { viewport: { width, height: 900 }, colorScheme });
        assert.equal(await figures(page).locator('svg[role=img]').count(), 6);
        assert.ok(await page.evaluate(noWiderThanTheWindow));
        // Texts of a plot stay inside it.
        const outside = await page.evaluate(() =>
          [...document.querySelectorAll('.stage > svg')].flatMap((picture) => {
            const box = picture.getBoundingClientRect();
            return [...picture.querySelectorAll('text')]
              .filter((text) => {
                const { left, right, top, bottom } = text.getBoundingClientRect();
                return left < box.left - 1 || right > box.right + 1 || top < box.top - 2 || bottom > box.bottom + 2;
              })
              .map((text) => text.textContent);
          }),
        );
        assert.deepEqual(outside, []);
        // With a box of values, a hidden curve and an open table.
        await figures(page).first().locator('.stage').focus();
        await page.keyboard.press('End');
        await figures(page).first().getByRole('button', { name: 'plain' }).click();
        await figures(page).first().locator('summary').click();
        await figures(page).first().locator('.stage').focus();
        await page.keyboard.press('End');
        const [contrast, text, texts] = await page.evaluate(lowestContrast);
        assert.ok(texts > 300, `${texts} texts`);
        assert.ok(contrast >= 4.5, `"${text}" has a contrast of ${contrast}`);
        assert.ok(await page.evaluate(noWiderThanTheWindow));
        const [first, second] = await Promise.all([0, 1].map((i) => figures(page).nth(1).locator('.panel').nth(i).boundingBox()));
        if (width === 1280) assert.ok(Math.abs(first.y - second.y) < 1 && second.x > first.x + first.width);
        else assert.ok(second.y >= first.y + first.height);
      });

  const page = await opened(url, { viewport: { width: 1280, height: 900 } });
  const first = figures(page).nth(0);

  await check('pointing at a place shows all values there, those of bands, and those that are not finite', async () => {
    await first.scrollIntoViewIfNeeded();
    await page.mouse.move(...(await placeIn(first, 0.41, 0.5)));
    assert.equal(
      await tipOf(first),
      'training step 400\nplain\n0.1\nbatch norm\n0.3\n0.2375 to 0.425\nlogistic regression\n≈ 0.5',
    );
    await page.mouse.move(...(await placeIn(first, 0.81, 0.5)));
    assert.match(await tipOf(first), /training step 800\nplain\nNaN\nbatch norm\n0.6\n/);
    await page.mouse.move(0, 0);
    assert.equal(await first.locator('.tip:visible').count(), 0);
  });

  await check('the arrow keys do the same', async () => {
    await first.locator('.stage').focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await tipOf(first), /training step 0\n/);
    await page.keyboard.press('ArrowRight');
    assert.match(await tipOf(first), /training step 100\n/);
    await page.keyboard.press('End');
    assert.match(await tipOf(first), /training step 1,000\n/);
    await page.keyboard.press('ArrowLeft');
    assert.match(await tipOf(first), /training step 900\n/);
    await page.keyboard.press('Escape');
    assert.equal(await first.locator('.tip:visible').count(), 0);
  });

  await check('a plot is an image with the title and the text of its figure', async () => {
    const image = first.getByRole('img', { name: 'Accuracy </script><b>& What the curves show.' });
    assert.equal(await image.count(), 1);
    assert.equal(await first.locator('h3').innerText(), 'Accuracy </script><b>&');
  });

  await check('words of marks do not run into each other', async () => {
    const boxes = await first.locator('text.words').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()));
    assert.equal(boxes.length, 3);
    for (const one of boxes)
      for (const other of boxes)
        if (one !== other)
          assert.ok(one.right <= other.left || other.right <= one.left || one.bottom <= other.top + 3 || other.bottom <= one.top + 3);
  });

  await check('the legend hides curves, and the axis follows those that are left', async () => {
    const panel = figures(page).nth(1).locator('.panel').first();
    const curves = () => panel.locator('.stage path.curve').count();
    assert.equal(await curves(), 2);
    const axis = async () => (await panel.locator('.stage text[text-anchor=end]').allTextContents()).join(' ');
    assert.match(await axis(), /1,000/);
    const key = panel.getByRole('button', { name: 'large' });
    await key.click();
    assert.equal(await key.getAttribute('aria-pressed'), 'false');
    assert.equal(await curves(), 1);
    assert.match(await axis(), /2.0/);
    await key.click();
    assert.equal(await curves(), 2);
  });

  await check('what is looked at in one panel is marked in the one beside it', async () => {
    const figure = figures(page).nth(1);
    await figure.scrollIntoViewIfNeeded();
    await page.mouse.move(...(await placeIn(figure.locator('.panel').nth(1), 0.41, 0.5)));
    assert.equal(await figure.locator('.tip:visible').count(), 1);
    assert.equal(await figure.locator('.panel').nth(0).locator('.cross line').count(), 1);
    await page.mouse.move(0, 0);
    assert.equal(await figure.locator('.cross line').count(), 0);
  });

  await check('thinned curves are said to be', async () => {
    assert.match(await figures(page).nth(1).locator('.note').innerText(), /Of 5,000 points of a curve about 1,000 are drawn/);
  });

  await check('a heat map shows the value of a cell, and hatches what is not finite', async () => {
    const figure = figures(page).nth(2);
    await figure.scrollIntoViewIfNeeded();
    const cells = await figure.locator('.panel').first().locator('path.cells').evaluateAll((paths) => {
      const boxes = paths.map((one) => one.getBoundingClientRect());
      const left = Math.min(...boxes.map((box) => box.left));
      const right = Math.max(...boxes.map((box) => box.right));
      const top = Math.min(...boxes.map((box) => box.top));
      const bottom = Math.max(...boxes.map((box) => box.bottom));
      return { left, top, width: right - left, height: bottom - top };
    });
    const at = (column, row) => [cells.left + ((column + 0.5) / 20) * cells.width, cells.top + ((row + 0.5) / 10) * cells.height];
    await page.mouse.move(...at(7, 2));
    assert.equal(await tipOf(figure), 'training step 700\nlayer 3\n0.125');
    await page.mouse.move(...at(17, 2));
    assert.equal(await tipOf(figure), 'training step 1,700\nlayer 3\nNaN');
    await page.mouse.move(0, 0);
    await figure.locator('.stage').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    assert.equal(await tipOf(figure), 'training step 100\nlayer 2\n0.25');
    assert.equal(await figure.locator('path.cells[fill^="url"]').count(), 2);
    assert.match(await figure.innerText(), /not finite, or not above 0/);
  });

  await check('a histogram shows the count of a bin', async () => {
    const figure = figures(page).nth(3);
    await figure.locator('.stage').focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await tipOf(figure), 'layer 1\nactivation\n0 to 0.1\nactivations\n12,345');
    await page.keyboard.press('ArrowDown');
    assert.equal(await tipOf(figure), 'layer 2\nactivation\n0 to 0.1\nactivations\n24,690');
  });

  await check('the numbers of each plot are there as a table', async () => {
    assert.equal(await first.locator('table').count(), 0);
    await first.locator('summary').click();
    await first.locator('tbody tr').first().waitFor();
    const rows = await first.locator('tbody tr').allInnerTexts();
    assert.equal(rows.length, 11);
    assert.deepEqual(rows[8].trim().split(/\s+/), ['800', 'NaN', '0.6', '0.5375', '0.725']);
    assert.deepEqual(await first.locator('thead th').allInnerTexts(), ['training step', 'plain', 'batch norm', 'batch norm, low', 'batch norm, high', 'logistic regression']);
  });

  await check('a window that becomes narrow has its plots drawn anew', async () => {
    await page.setViewportSize({ width: 500, height: 900 });
    await page.waitForFunction(() => document.querySelector('.stage > svg').getBoundingClientRect().width < 480);
    assert.ok(await page.evaluate(noWiderThanTheWindow));
  });

  await check('on paper it is dark on white, without what only works on a screen', async () => {
    const dark = await opened(url, { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' });
    await dark.emulateMedia({ media: 'print' });
    assert.equal(await dark.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
    assert.equal(await dark.locator('details:visible').count(), 0);
    const [contrast, text] = await dark.evaluate(lowestContrast);
    assert.ok(contrast >= 4.5, `"${text}" has a contrast of ${contrast}`);
  });

  await check('nothing moves where the reader wants no motion', async () => {
    const still = await opened(url, { reducedMotion: 'reduce' });
    const moving = await still.evaluate(() =>
      [...document.querySelectorAll('*')].filter((element) => getComputedStyle(element).transitionDuration !== '0s').length,
    );
    assert.equal(moving, 0);
  });

  await check('a finger shows values, and a tap elsewhere takes them away', async () => {
    const phone = await opened(url, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const figure = figures(phone).first();
    await figure.scrollIntoViewIfNeeded();
    await phone.touchscreen.tap(...(await placeIn(figure, 0.41, 0.5)));
    assert.match(await tipOf(figure), /training step 400\n/);
    await figure.locator('figcaption').tap();
    assert.equal(await figure.locator('.tip:visible').count(), 0);
  });

  await check('without scripts the numbers are there', async () => {
    const plain = await opened(url, { javaScriptEnabled: false });
    assert.equal(await plain.locator('figure.plots table:visible').count(), 8);
    const rows = await plain.locator('figure.plots').first().locator('tbody tr').allInnerTexts();
    assert.deepEqual(rows[8].split(/\s+/), ['800', 'NaN', '0.6', '0.5375', '0.725']);
    assert.match(await plain.locator('figure.plots').first().innerText(), /What the curves show\./);
  });
}

/** A live page's program, on a port that is free, or on the one given. */
async function served(port = 0) {
  const program = spawn(writePage, ['--serve', String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [address] = await new Promise((resolve) => readline.createInterface(program.stdout).once('line', (line) => resolve([line])));
  const ended = new Promise((resolve) => program.once('exit', resolve));
  return { address, say: (line) => program.stdin.write(`${line}\n`), close: () => program.stdin.end(), kill: () => program.kill('SIGKILL'), ended };
}

async function checkLive() {
  let program = await served();
  const page = await opened(program.address, { viewport: { width: 1280, height: 900 } });
  const figure = figures(page).first();
  const status = page.locator('#status');
  const until = (expression) => page.waitForFunction(expression);

  await check('a live page shows figures and status as they come', async () => {
    program.say('update 100');
    await until(() => document.getElementById('status').textContent.includes('step 100 of 1,000'));
    assert.match(await status.innerText(), /test: step 100 of 1,000, 10%, loss 0.5000/);
    await figure.locator('.stage').focus();
    await page.keyboard.press('End');
    assert.match(await tipOf(figure), /training step 99\n/);
    assert.equal(await page.locator('#connection').innerText(), 'live');
    assert.ok(await page.evaluate(noWiderThanTheWindow));
  });

  await check('hidden curves and open tables stay as they are when figures change', async () => {
    await figure.getByRole('button', { name: 'large' }).click();
    await figure.locator('summary').click();
    program.say('update 200');
    await until(() => document.querySelectorAll('tbody tr').length === 200);
    assert.equal(await figure.locator('.stage path.curve').count(), 1);
    assert.equal(await figure.getByRole('button', { name: 'large' }).getAttribute('aria-pressed'), 'false');
  });

  await check('a page whose program is gone says so, and is live again once it is back', async () => {
    const port = Number(new URL(program.address).port);
    program.kill();
    await program.ended;
    await until(() => document.getElementById('connection').dataset.state === 'off');
    program = await served(port);
    program.say('update 300');
    await until(() => document.querySelectorAll('tbody tr').length === 300);
    assert.equal(await page.locator('#connection').innerText(), 'live');
    // That it could not be reached is what the browser said, and nothing else.
    assert.ok(complaints.splice(0).every((text) => /ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|CONNECTION_RESET)/.test(text)));
  });

  await check('a page is told the end, and keeps its plots', async () => {
    program.say('end');
    program.close();
    await until(() => document.getElementById('connection').textContent === 'ended');
    assert.equal(await status.innerText(), 'Training has ended.');
    assert.equal(await program.ended, 0);
    assert.equal(await figure.locator('.stage path.curve').count(), 1);
  });
}

try {
  if (live === 'live') await checkLive();
  else await checkReport();
} finally {
  await browser.close();
}
