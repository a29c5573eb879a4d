// What the theme's search asks for here: how a query is read, and, for pages opened from file://, the index and a worker.
// There browsers refuse requests and workers. So the index comes as a script, search/search_index.js, and the worker's
// script runs in a hidden frame.
var __search = {
  // A name of several words, nn::cross_entropy, is looked for by its words, as the index has it.
  transform: query => query.replace(/[_:.,()<>/"*+\-^~]+/g, " ").trim(),
}

class FrameWorker extends EventTarget {
  constructor(url) {
    super()
    this.waiting = []
    const frame = document.createElement("iframe")
    frame.hidden = true
    frame.addEventListener("load", () => this.start(frame.contentWindow, url), { once: true })
    frame.srcdoc = "<!doctype html><title>search</title>"
    document.body.append(frame)
  }

  start(scope, url) {
    // What the script sends comes out here; what it listens to is dispatched in its window.
    scope.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }))
    const script = scope.document.createElement("script")
    script.src = new URL(url, location)
    script.onload = () => {
      this.scope = scope
      this.waiting.forEach(data => this.postMessage(data))
    }
    scope.document.head.append(script)
  }

  postMessage(data) {
    if (this.scope) this.scope.dispatchEvent(new this.scope.MessageEvent("message", { data }))
    else this.waiting.push(data)
  }
}

if (location.protocol === "file:") {
  __search.index = Promise.resolve(searchIndex)
  var Worker = FrameWorker
}
