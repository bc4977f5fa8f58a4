/** A paragraph's text with its slogans and evidence marked; text only ever enters the page as text. */

import { nameOf } from "./i18n.js";

/**
 * Cut a text at every border of the marks on it.
 * Offsets count Unicode characters, as the server's do, not the UTF-16 units of JavaScript.
 */
export function pieces(text, slogans, spans) {
  const chars = Array.from(text);
  const borders = new Set([0, chars.length]);
  for (const mark of [...slogans, ...spans]) borders.add(mark.start).add(mark.end);
  const sorted = [...borders].filter((place) => place >= 0 && place <= chars.length).sort((a, b) => a - b);
  return sorted.slice(0, -1).map((start, i) => {
    const end = sorted[i + 1];
    const covers = (mark) => mark.start <= start && mark.end >= end;
    // Of slogans inside one another the shortest is the one pointed at.
    const over = slogans.filter(covers).sort((a, b) => a.end - a.start - (b.end - b.start));
    return { text: chars.slice(start, end).join(""), slogan: over[0], span: spans.find(covers) };
  });
}

/** Give an element the colour of a type of slogans. */
export const colour = (element, type) => element.style.setProperty("--kind", `light-dark(${type.light}, ${type.dark})`);

/** A span is lit from this share of the heaviest one: less would light the whole paragraph, and so nothing. */
const LIT = 0.08;

/** Fill an element with a marked text; `types` are those of slogans, `onSlogan` is called with one that is chosen. */
export function mark(element, text, slogans, spans, hue, types, chosen, onSlogan) {
  const most = Math.max(1e-9, ...spans.map((span) => Math.abs(span.contribution)));
  const parts = [];
  let open = null;
  const lit = spans.filter((span) => Math.abs(span.contribution) >= LIT * most);
  for (const piece of pieces(text, slogans, lit)) {
    let node = document.createTextNode(piece.text);
    if (piece.span) {
      const part = document.createElement(piece.span.contribution > 0 ? "mark" : "span");
      part.className = piece.span.contribution > 0 ? "for" : "against";
      part.style.setProperty("--hue", hue);
      part.style.setProperty("--weight", Math.abs(piece.span.contribution) / most);
      part.append(node);
      node = part;
    }
    if (!piece.slogan) {
      open = null;
      parts.push(node);
    } else if (open && open.slogan === piece.slogan) {
      open.element.append(node);
    } else {
      const element = sloganElement(piece.slogan, types.get(piece.slogan.type), piece.slogan === chosen, onSlogan);
      element.append(node);
      open = { slogan: piece.slogan, element };
      parts.push(element);
    }
  }
  element.replaceChildren(...parts);
}

function sloganElement(slogan, type, pressed, onSlogan) {
  const element = document.createElement("span");
  element.className = slogan.known ? "slogan" : "slogan new";
  colour(element, type);
  element.role = "button";
  element.tabIndex = 0;
  element.ariaPressed = String(pressed);
  element.title = nameOf(type);
  element.addEventListener("click", () => onSlogan(slogan));
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onSlogan(slogan);
    }
  });
  return element;
}
