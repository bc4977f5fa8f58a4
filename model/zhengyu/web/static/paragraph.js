/** One paragraph on the page: its text, its chips, and the panel that says why. */

import { nameOf, say } from "./i18n.js";
import { mark } from "./marks.js";
import { OPEN, checkable, shown } from "./review.js";

/** No probability is shown as certain. */
const chance = (p) => (p > 0.99 ? ">0.99" : p < 0.01 ? "<0.01" : p.toFixed(2));
const signed = (x) => (x < 0 ? "−" : "+") + Math.abs(x).toFixed(2);
/** Words shown for a theme, and against it. */
const SHOWN = 10;
/** Contributions below this would stand as 0.00. */
const LEAST = 0.005;

export const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

/** Hue of a theme: neighbours in the codebook differ, and a theme has the same hue everywhere. */
export const hueOf = (page, id) => Math.round((page.order.get(id) * 137.5) % 360);

/** Build the element of a paragraph; `page` holds the themes and what to do on a click. */
export function show(page, item) {
  const element = make("article", `paragraph ${item.kind}`);
  element.id = item.key;
  if (checkable(item)) element.tabIndex = -1;
  element.append(make("span", "number", String(item.paragraph)), make("div", "body"));
  draw(page, item, element);
  return element;
}

/** Draw a paragraph anew, after a click or a correction. */
export function draw(page, item, element) {
  const body = element.querySelector(".body");
  const words = make("p", "words");
  words.lang = "zh";
  const spans = item.evidence ? item.evidence.spans.filter((span) => span.contribution !== 0) : [];
  const hue = item.evidence ? hueOf(page, item.evidence.theme) : 0;
  const slogans = item.tags ? item.tags.slogans : [];
  mark(words, item.text, slogans, spans, hue, page.types, item.slogan, (slogan) => page.onSlogan(item, element, slogan));
  const parts = [words];
  if (item.kind === "furniture") {
    words.append(make("span", "rule", say("furniture")));
    words.lastChild.lang = document.documentElement.lang;
  } else if (item.tags) parts.push(chips(page, item, element));
  body.replaceChildren(...parts);
  element.querySelector(".panel")?.remove();
  const panel = item.evidence ? evidencePanel(page, item) : item.slogan ? sloganPanel(page, item) : null;
  if (panel) element.append(panel);
}

function chips(page, item, element) {
  const list = make("div", "chips");
  const given = item.tags.themes;
  if (!shown(item)) list.append(make("span", "none", say("unchecked")));
  else {
    for (const theme of given) list.append(item.sampled ? label(page, theme.id) : chip(page, item, element, theme.id, theme.probability));
    if (!given.length) list.append(make("span", "none", say("none")));
  }
  if (item.checked === OPEN) {
    const ids = new Set(given.map((theme) => theme.id));
    for (const id of item.tags.uncertain.filter((id) => !ids.has(id))) list.append(chip(page, item, element, id, null));
  } else list.append(make("span", "mark", say(item.sampled ? "checked" : item.checked)));
  const actions = make("span", "actions");
  const add = (name, key, act) => {
    const button = make("button", name, say(key));
    button.type = "button";
    button.setAttribute("aria-label", `${say(key)} ${item.paragraph}`);
    button.addEventListener("click", act);
    actions.append(button);
  };
  if (shown(item) && item.checked === OPEN) add("confirm", "confirm", () => page.onConfirm(item));
  add("edit", shown(item) ? "edit" : "code", () => page.onEdit(item));
  if (!shown(item)) add("nothing", "to_none", () => page.onNone(item));
  list.append(actions);
  return list;
}

/** A theme of a sample: only named, for why the model gives it is not to be known to who checks the model. */
function label(page, id) {
  const element = make("span", "chip", nameOf(page.themes.get(id)));
  element.style.setProperty("--hue", hueOf(page, id));
  element.dataset.theme = id;
  return element;
}

function chip(page, item, element, id, probability) {
  const button = make("button", "chip");
  const name = nameOf(page.themes.get(id));
  const uncertain = item.tags.uncertain.includes(id);
  button.type = "button";
  button.dataset.theme = id;
  button.style.setProperty("--hue", hueOf(page, id));
  button.ariaPressed = String(item.evidence?.theme === id);
  button.append(make("span", "", name));
  if (probability !== null && probability !== undefined) button.append(make("span", "p", chance(probability)));
  if (probability === null) {
    button.classList.add("perhaps");
    button.append(make("span", "p", say("perhaps")));
    button.title = say("perhaps_of", { theme: name });
  } else if (uncertain && item.checked === OPEN) {
    button.append(make("span", "p", "≈"));
    button.title = say("near");
  }
  button.addEventListener("click", () => page.onTheme(item, element, id));
  return button;
}

function evidencePanel(page, item) {
  const found = item.evidence;
  const panel = make("div", "panel");
  const name = nameOf(page.themes.get(found.theme));
  panel.append(
    make("p", "", say("because", { theme: name, p: chance(found.probability), t: chance(found.threshold) })),
    make("p", "hint", say("sum", { score: signed(found.score), bias: signed(found.bias), words: signed(found.score - found.bias) })),
  );
  const list = make("dl");
  for (const [key, sign] of [["for", 1], ["against", -1]]) {
    const spans = found.spans.filter((span) => span.contribution * sign >= LEAST);
    spans.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
    const values = make("ul");
    for (const span of spans.slice(0, SHOWN)) {
      const value = make("li", "", `${span.text} `);
      value.append(make("span", "", signed(span.contribution)));
      values.append(value);
    }
    const described = make("dd");
    described.append(spans.length ? values : "–");
    list.append(make("dt", "", say(key)), described);
  }
  panel.append(list);
  return panel;
}

function sloganPanel(page, item) {
  const slogan = item.slogan;
  const panel = make("div", "panel");
  const list = make("dl");
  const themes = slogan.themes.filter((id) => page.themes.has(id)).map((id) => nameOf(page.themes.get(id)));
  const lines = [
    ["normal", slogan.normal],
    ["type", nameOf(page.types.get(slogan.type))],
    ["members", slogan.members.join("；")],
    ["themes", themes.join("；")],
    ["known", say(slogan.known ? "known_yes" : "known_no")],
    ["probability", chance(slogan.probability)],
  ];
  for (const [key, value] of lines.filter(([, value]) => value)) {
    list.append(make("dt", "", say(key)), make("dd", "", value));
  }
  panel.append(list);
  return panel;
}
