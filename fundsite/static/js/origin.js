// Where this visit came from: kept by this tab alone, told with a pledge, and never to anybody else.

const WORDS = ["utm_source", "utm_medium", "utm_campaign"];
const KEY = "fundsite.origin";

const landing = () => {
  const here = new URLSearchParams(location.search);
  const found = WORDS.filter((name) => here.get(name)).map((name) => [name, here.get(name).slice(0, 100)]);
  const from = URL.canParse?.(document.referrer) ? new URL(document.referrer).hostname : "";
  const outside = from && from !== location.hostname;
  return { words: Object.fromEntries(found), host: outside ? from : "" };
};

try {
  const { words, host } = landing();
  const known = sessionStorage.getItem(KEY);
  // The private pages are where people come back from paying: that is no origin.
  const counts = Object.keys(words).length || (host && !known);
  if (counts && !location.pathname.includes("/pledges/")) {
    sessionStorage.setItem(KEY, JSON.stringify({ ...words, referrer_host: host }));
  }
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  for (const name of kept ? [...WORDS, "referrer_host"] : []) {
    const field = document.querySelector(`input[type=hidden][name=${name}]`);
    if (field) field.value = kept[name] ?? "";
  }
} catch {
  // A browser that keeps nothing tells nothing.
}
