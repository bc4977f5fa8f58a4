/** Checking paragraphs: what was confirmed or corrected, how far it has come, one step back, and what is kept. */

/** Where a paragraph stands: not looked at, its tags found right, or others given. */
export const OPEN = "", CONFIRMED = "confirmed", CORRECTED = "corrected";

/** Steps that can be taken back, latest last: a paragraph as it was. */
let steps = [];

/** Whether something was checked since the last save. */
export let unsaved = false;

export const themesOf = (item) => item.tags.themes.map((theme) => theme.id);
/** Tell whether a paragraph's themes may be seen: those of a blind sample's only when its reader has given them. */
export const shown = (item) => item.tags !== null && !(item.blind && !item.checked);
/** Tell whether a paragraph can be checked: furniture and empty rows cannot. */
export const checkable = (item) => item.tags !== null;

export function forget() {
  steps = [];
  unsaved = false;
}

export function saved() {
  unsaved = false;
}

/** Set a paragraph's themes and where it stands. */
export function check(item, ids) {
  const before = themesOf(item);
  steps.push({ item, themes: item.tags.themes, checked: item.checked });
  const kept = before.filter((id) => ids.includes(id));
  const now = [...kept, ...ids.filter((id) => !before.includes(id))];
  const same = now.join() === before.join();
  if (!same) item.tags.themes = now.map((id) => ({ id }));
  item.checked = same && item.checked !== CORRECTED && !item.blind ? CONFIRMED : CORRECTED;
  settle(item);
}

/** Take the last step back; return its paragraph, or undefined when there is none. */
export function undo() {
  const step = steps.pop();
  if (!step) return undefined;
  Object.assign(step.item.tags, { themes: step.themes });
  step.item.checked = step.checked;
  settle(step.item);
  return step.item;
}

export const canUndo = () => steps.length > 0;

function settle(item) {
  item.evidence = null;
  item.slogan = null;
  unsaved = true;
}

/** The next paragraph behind one that is not checked, round the end; undefined when all are. */
export function nextOpen(items, item) {
  const from = items.indexOf(item) + 1;
  return [...items.slice(from), ...items.slice(0, from)].find((one) => checkable(one) && one.checked === OPEN);
}

/** Make a sample's rows into items of the page: what was given before counts as checked. */
export function takeSample(items) {
  for (const item of items) {
    const { tags, themes } = item.sampled;
    item.blind = tags === null;
    item.tags = { themes: (themes ?? tags ?? []).map((id) => ({ id })), uncertain: [], slogans: [] };
    item.checked = themes === null ? OPEN : CORRECTED;
  }
}

/** Name under which the browser keeps the checks of the sample that is open. */
let place = "";

/** Make that name of a sample's ids and texts: two multiplicative hashes of 32 bits. */
function placeOf(items) {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (const item of items) {
    const text = `${item.sampled.carried.id}\n${item.text}\n`;
    for (let i = 0; i < text.length; i++) {
      a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
      b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b);
    }
  }
  return `zhengyu-checks-${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}`;
}

/** Keep the checks of a sample in the browser, ids and themes alone: a window that closes loses none. */
export function keepChecks(items) {
  const done = items.filter((item) => item.checked).map((item) => [item.sampled.carried.id, themesOf(item)]);
  localStorage.setItem(place, JSON.stringify(done));
}

/** Take up checks of a sample that the browser kept; return how many. */
export function takeUpChecks(items) {
  place = placeOf(items);
  const kept = new Map(JSON.parse(localStorage.getItem(place) ?? "[]"));
  const open = items.filter((item) => item.checked === OPEN && kept.has(item.sampled.carried.id));
  for (const item of open) {
    item.tags.themes = kept.get(item.sampled.carried.id).map((id) => ({ id }));
    item.checked = CORRECTED;
  }
  return open.length;
}
