"""A browser tab that notices whatever a page does because of a text that it shows."""

from support.chromium import Watched

# Whatever runs says so on the console, and so does whatever the page's own policy had to stop.
HOOK = """
for (const name of ["alert", "prompt", "confirm", "print"]) {
  window[name] = (...said) => console.error(`ran: ${name}(${said}) on ${location.href}`);
}
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample} on ${location.href}`);
});
"""
# What would run at a click, at a touch, or in a browser that knows no such policy.
LOOK = r"""() => {
  const bad = [];
  const leads = new Set(["href", "xlink:href", "src", "action", "formaction", "data", "poster", "srcdoc"]);
  const schemes = new Set(["http:", "https:", "mailto:", "tel:"]);
  const strange = new Set(["iframe", "frame", "object", "embed", "applet", "base", "math", "style", "foreignobject"]);
  for (const element of document.querySelectorAll("*")) {
    const tag = element.localName.toLowerCase();
    const source = element.getAttribute("src");
    const isOurs = tag === "iframe" && source?.startsWith("/") && element.sandbox.length > 0
      && !element.sandbox.contains("allow-scripts");
    if (strange.has(tag) && !isOurs) bad.push(element);
    if (tag === "script" && !source && element.type !== "application/ld+json") bad.push(element);
    if (element.hasAttribute("http-equiv")) bad.push(element);
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on")) bad.push(element);
      if (!leads.has(name) || !value) continue;
      const scheme = URL.canParse(value, document.baseURI) ? new URL(value, document.baseURI).protocol : "none:";
      const isPicture = name === "src" && /^data:image\//.test(value);
      if (name === "srcdoc" || !(schemes.has(scheme) || isPicture)) bad.push(element);
    }
  }
  return bad.map((element) => `${location.href}: ${element.outerHTML.slice(0, 200)}`);
}"""
PARSE = """async (path) => {
  const reply = await fetch(path);
  const kind = reply.headers.get("Content-Type");
  const text = await reply.text();
  if (!reply.ok || kind.includes("html")) return kind;
  if (kind.includes("json")) JSON.parse(text);
  const isXml = kind.includes("xml");
  const tree = isXml && new DOMParser().parseFromString(text, "application/xml");
  return tree && tree.querySelector("parsererror, script") ? "broken" : "well-formed";
}"""
CALCULATED = "29897"  # what a template makes of 4271*7


class Watchman:
    """A tab of its own visitor; `noticed` is what ran, was stopped, would run at a click, or asked another host."""

    def __init__(self, chromium, base_url, *trusted):
        self.watched = Watched(chromium, base_url)
        self.page, self.noticed = self.watched.page, self.watched.complaints
        self.trusted = (base_url, *trusted, "data:image/", "blob:")
        self.watched.context.add_init_script(HOOK)
        self.watched.context.on("request", self._asked)
        self.seen = set()

    def _asked(self, request):
        if not request.url.startswith(self.trusted):
            self.noticed.append(f"asked for {request.url}")

    def open(self, path):
        """Open a page and look at it; return the response."""
        response = self.page.goto(path, wait_until="load")
        self.look()
        return response

    def parse(self, path):
        """Read what is no page (a feed, figures) as programs do."""
        if self.page.evaluate(PARSE, path) != "well-formed":
            self.noticed.append(f"{path} cannot be read, or is called a page")

    def look(self):
        """Look at the page that is open."""
        self.noticed += self.page.evaluate(LOOK)
        if CALCULATED in self.page.content():
            self.noticed.append(f"{self.page.url}: a template was calculated")
