/** The side strip: the document's themes at a glance, and the filter that they are. */

import { nameOf, say } from "./i18n.js";
import { colour } from "./marks.js";
import { hueOf, make } from "./paragraph.js";
import { shown, themesOf } from "./review.js";

/** Key of the paragraphs without a theme; no theme may have this id. */
export const NONE = "none";

const keysOf = (item) => (item.tags.themes.length ? themesOf(item) : [NONE]);

/** Tell whether a paragraph passes the filter: it has one of the chosen themes. */
export const passes = (item, chosen) => !chosen.size || (shown(item) && keysOf(item).some((id) => chosen.has(id)));

/** Draw the strip for the paragraphs of a document. */
export function drawStrip(page, items) {
  const tagged = items.filter(shown);
  const counts = new Map();
  for (const id of tagged.flatMap(keysOf)) counts.set(id, (counts.get(id) || 0) + 1);
  const most = Math.max(1, ...counts.values());
  const order = [...counts].sort(([a, m], [b, n]) => (a === NONE) - (b === NONE) || n - m || page.order.get(a) - page.order.get(b));
  const list = document.getElementById("themes");
  const focused = document.activeElement?.closest("#themes button")?.dataset.theme;
  list.replaceChildren(...order.map(([id, count]) => entry(page, id, count, count / most)));
  if (focused) list.querySelector(`[data-theme="${CSS.escape(focused)}"]`)?.focus();
  document.getElementById("counts").textContent = say("counts", {
    tagged: tagged.length, furniture: items.filter((item) => item.kind === "furniture").length,
  });
  document.getElementById("glance").hidden = !order.length;
  document.getElementById("all").hidden = !page.chosen.size;
  drawLegend(page, tagged);
  return counts;
}

function entry(page, id, count, share) {
  const button = make("button");
  button.type = "button";
  button.dataset.theme = id;
  button.ariaPressed = String(page.chosen.has(id));
  button.style.setProperty("--share", share);
  if (id === NONE) button.dataset.grey = "";
  else button.style.setProperty("--hue", hueOf(page, id));
  const name = id === NONE ? say("none") : nameOf(page.themes.get(id));
  button.append(make("span", "dot"), make("span", "", name), make("span", "count", String(count)));
  button.addEventListener("click", () => page.onFilter(id));
  const line = make("li");
  line.append(button);
  return line;
}

function drawLegend(page, tagged) {
  const counts = new Map();
  for (const slogan of tagged.flatMap((item) => item.tags.slogans)) counts.set(slogan.type, (counts.get(slogan.type) || 0) + 1);
  document.getElementById("slogan-types").hidden = !counts.size;
  document.getElementById("legend").replaceChildren(...[...counts].sort(([, m], [, n]) => n - m).map(([type, count]) => {
    const line = make("li");
    colour(line, page.types.get(type));
    line.append(make("span", "swatch"), make("span", "", nameOf(page.types.get(type))), make("span", "count", String(count)));
    return line;
  }));
}
