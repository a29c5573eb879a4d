// search_site.mjs CHROMIUM SITE: opens the site from its files in a browser without a window, types queries into the
// search field as a reader does, and checks that the pages which answer them are found. No page may ask for anything
// that is not a file of the site, or report an error.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [chromium, site] = process.argv.slice(2)
const profile = mkdtempSync(join(tmpdir(), 'xgrad-site-'))
const browser = spawn(chromium, ['--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe',
  `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })

const answers = new Map(), listeners = []
const ended = new Promise(resolve => browser.once('exit', resolve))
ended.then(code => answers.forEach(({ reject }) => reject(new Error(`the browser has ended, with ${code}`))))

// The DevTools protocol over a pipe: messages in JSON, each with a zero byte behind it.
let unread = ''
browser.stdio[4].setEncoding('utf8').on('data', text => {
  const messages = (unread + text).split('\0')
  unread = messages.pop()
  for (const message of messages.map(JSON.parse)) {
    const answer = answers.get(message.id)
    if (!answer) listeners.forEach(listener => listener(message))
    else message.error ? answer.reject(new Error(message.error.message)) : answer.resolve(message.result)
    answers.delete(message.id)
  }
})
let last = 0, session
const send = (method, params = {}) => new Promise((resolve, reject) => {
  answers.set(++last, { resolve, reject })
  setTimeout(() => reject(new Error(`no answer to ${method}`)), 60000).unref()
  browser.stdio[3].write(JSON.stringify({ id: last, method, params, ...(session && { sessionId: session }) }) + '\0')
})
const evaluate = async expression => {
  const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true })
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  return result.value
}
// The value of an expression once it is truthy.
const until = async (expression, what) => {
  for (const end = Date.now() + 60000; Date.now() < end;) {
    const value = await evaluate(expression).catch(() => undefined)
    if (value) return value
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`not within a minute: ${what}`)
}

const queries = [  // what is typed, and the page that must be among the first results
  ['cross_entropy', 'reference/nn/losses.html'],
  ['Conv2d', 'reference/nn/convolution.html'],
  ['cholesky', 'reference/operations/linear-algebra.html'],
  ['learning rate', 'tutorials/schedules.html'],
  ['do not broadcast', 'troubleshooting.html'],
]

const failures = []
try {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' })
  session = (await send('Target.attachToTarget', { targetId, flatten: true })).sessionId
  listeners.push(({ method, params }) => {
    if (method === 'Network.requestWillBeSent' && !/^(file|data|blob|about):/.test(params.request.url))
      failures.push(`a request to ${params.request.url}`)
    if (method === 'Runtime.exceptionThrown')
      failures.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text)
  })
  for (const domain of ['Page', 'Runtime', 'Network']) await send(`${domain}.enable`)
  await send('Emulation.setFocusEmulationEnabled', { enabled: true })  // the field asks whether it has the focus
  await send('Page.navigate', { url: pathToFileURL(resolve(site, 'tutorials/model.html')).href })
  await until('document.readyState === "complete"', 'the page')
  for (const [text, page] of queries) {
    await evaluate(`{ const field = document.querySelector("[data-md-component=search-query]")
                      field.value = ""; field.focus() }`)
    for (const key of text)
      for (const type of ['keyDown', 'keyUp']) await send('Input.dispatchKeyEvent', { type, key, text: key })
    const found = await until(`[...document.querySelectorAll(".md-search-result__link")].map(link => link.href)
      .some(href => href.includes(${JSON.stringify(page)}))`, `${page} for "${text}"`).catch(error => error)
    if (found !== true) failures.push(found.message)
    else console.log(`"${text}" finds ${page}`)
  }
  const link = await evaluate('document.querySelector(".md-search-result__link").href')
  await evaluate('document.querySelector(".md-search-result__link").click()')
  await until(`location.href.split(/[?#]/)[0] === ${JSON.stringify(link)}.split(/[?#]/)[0]
               && document.readyState === "complete" && document.querySelector("h1")`, 'the page of a result')
} catch (error) {
  failures.push(error.message)
} finally {
  browser.kill()
  await ended
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
}
failures.forEach(failure => console.error(`search: ${failure}`))
process.exit(failures.length ? 1 : 0)
