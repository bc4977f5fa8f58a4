/** The page: texts in, their paragraphs with themes out, checked by their reader and taken away as a file. */

import { Refused, ask, handOver } from "./api.js";
import { language, nameOf, say, speak } from "./i18n.js";
import { errorInWords, noteInWords } from "./notes.js";
import { draw, make, show } from "./paragraph.js";
import * as review from "./review.js";
import { CONFIRMED, CORRECTED, checkable, themesOf } from "./review.js";
import { holds, light } from "./search.js";
import { drawStrip, passes } from "./strip.js";

const at = (id) => document.getElementById(id);
/** Paragraphs drawn at once; long tables are drawn as they are scrolled to. */
const STEP = 200;
/** Keys among the paragraphs, and what they do. */
const KEYS = new Map([
  ["n", "key_next"], ["c", "key_confirm"], ["e", "key_edit"], ["0", "key_none"], ["u", "key_undo"],
  ["j", "key_move"], ["k", "key_move"], ["/", "key_search"],
]);

const page = { themes: new Map(), order: new Map(), types: new Map(), chosen: new Set(), onTheme, onSlogan, onEdit, onConfirm, onNone, onFilter };
/** What the server answered, one a document; and their paragraphs in one row. */
let documents = [];
let items = [];
let drawn = 0;
/** The paragraph that was last looked at. */
let current = null;

const isSample = () => documents.length > 0 && documents[0].kind === "sample";
const elementOf = (item) => at(item.key);

async function askToken() {
  at("token").value = "";
  at("ask").showModal();
  await new Promise((resolve) => at("ask").addEventListener("close", resolve, { once: true }));
  return at("token").value;
}

const request = (path, body) => ask(path, body, askToken);

function complain(error) {
  const known = error instanceof Refused && ["400", "408", "413", "422", "503"].includes(String(error.status));
  at("problem").append(make("p", "", say(known ? `s${error.status}` : "failed") + errorInWords(error.message)));
  at("problem").hidden = false;
  at("status").textContent = "";
}

function quiet() {
  at("problem").hidden = true;
  at("problem").replaceChildren();
}

/** Do something that may fail, and say so on the page if it does. */
async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    complain(error);
    return null;
  }
}

/** Tag texts or files one after another, each `{path, body, name}`; one that cannot be used leaves the others be. */
async function tag(sources) {
  if (review.unsaved && !isSample() && !confirm(say("discard"))) return;
  quiet();
  const controls = at("form").querySelectorAll("button, input");
  const button = at("form").querySelector("button.main");
  for (const control of controls) control.disabled = true;
  button.textContent = say("working");
  const answers = [];
  for (const [i, { path, body, name }] of sources.entries()) {
    at("status").textContent = sources.length > 1 ? say("working_on", { i: i + 1, n: sources.length, name }) : say("working");
    const answer = await attempt(async () => (await request(path, body)).json());
    if (answer && answer.kind === "sample" && sources.length > 1) complain(new Error(say("sample_alone", { name })));
    else if (answer) answers.push(answer);
  }
  for (const control of controls) control.disabled = false;
  button.textContent = say("tag");
  if (answers.length) open(answers);
}

/** Show documents in the place of those before. */
function open(answers) {
  if (at("edit").open) at("edit").close("cancel");
  documents = answers;
  items = documents.flatMap((answer, d) => answer.paragraphs.map((item) => Object.assign(item, {
    document: answer, key: `${d ? `d${d + 1}` : ""}p${item.paragraph}`, checked: review.OPEN,
  })));
  current = null;
  review.forget();
  let resumed = 0;
  if (isSample()) {
    review.takeSample(items);
    resumed = review.takeUpChecks(items);
  }
  page.chosen.clear();
  at("search").value = "";
  at("input").open = false;
  at("result").hidden = false;
  const themes = drawResult();
  const done = say("done", { tagged: items.filter(checkable).length, themes });
  at("status").textContent = isSample() ? (resumed ? say("resumed", { n: resumed }) : "") : done;
  at("document-title").tabIndex = -1;
  at("document-title").focus({ preventScroll: true });
}

function drawResult() {
  const [first] = documents;
  const many = documents.length > 1;
  const name = first.name || say("untitled");
  at("document-title").textContent = many ? say("documents", { n: documents.length }) : isSample() ? say("sample_of", { name }) : name;
  at("which").hidden = !many;
  const options = [say("which_all", { n: documents.length }), ...documents.map((one) => one.name)];
  at("which").replaceChildren(...options.map((text, i) => new Option(text, i || "")));
  drawNotes(many);
  drawKeys();
  at("take-away").textContent = say(isSample() ? "take_checked" : "take_away");
  at("corrections").hidden = isSample();
  at("counts").hidden = isSample();
  at("result").classList.toggle("sample", isSample());
  const counts = drawStrip(page, items);
  drawParagraphs();
  drawProgress();
  counts.delete("none");
  return counts.size;
}

/** Say how each document was read, and what of it could not be. */
function drawNotes(many) {
  const named = (one, told) => (many ? say("named", { name: one.name, told }) : told);
  const notes = documents.flatMap((one) => [
    ...(one.encoding && !/^(utf-8|ascii)$/i.test(one.encoding) ? [named(one, say("encoding", { name: one.encoding }))] : []),
    ...one.notes.map((note) => named(one, noteInWords(note))),
    ...(one.unlike ? [named(one, toldUnlike(one))] : []),
  ]);
  if (isSample() && items[0].blind) notes.push(say("blind"));
  at("notes").hidden = !notes.length;
  at("notes").replaceChildren(...notes.map((note) => make("li", "", note)));
  const aside = documents.flatMap((one) => one.set_aside.map((row) => (
    named(one, say(one.kind === "document" ? "part" : "line", { n: row.line, why: row.reason })))));
  at("aside").hidden = !aside.length;
  at("aside").querySelector("summary").textContent = say("set_aside", { n: aside.length });
  at("aside").querySelector("ul").replaceChildren(...aside.slice(0, STEP).map((told) => make("li", "", told)));
}

function toldUnlike(one) {
  const all = one.paragraphs.filter((item) => item.tags).length;
  const told = say("unlike", { n: one.unlike, all, share: `${Math.round((100 * one.unlike) / all)}%` });
  return one.unlike_much ? told + say("unlike_much") : told;
}

function drawKeys() {
  const list = at("keys").querySelector("dl");
  const useful = [...KEYS].filter(([key]) => key !== "c" || !items[0].blind);
  const rows = [...new Set(useful.map(([, told]) => told))].map((told) => {
    const line = make("dt");
    for (const [key] of useful.filter(([, one]) => one === told)) line.append(make("kbd", "", key), " ");
    return [line, make("dd", "", say(told))];
  });
  list.replaceChildren(...rows.flat());
  at("keys").querySelector("summary").textContent = `${say("keys")} ${say("keys_where")}`;
}

const wanted = () => at("search").value.trim().toLowerCase();

/** The paragraphs that pass every filter: themes, document, words. */
function passing() {
  const which = at("which").value;
  return items.filter((item) => (
    passes(item, page.chosen) && holds(item.text, wanted()) && (!which || item.document === documents[which - 1])));
}

function drawParagraphs() {
  at("paragraphs").replaceChildren();
  drawn = 0;
  return drawMore();
}

function drawMore() {
  const some = passing();
  for (const item of some.slice(drawn, drawn + STEP)) {
    const before = some[drawn - 1];
    if (documents.length > 1 && before?.document !== item.document) at("paragraphs").append(make("h3", "", item.document.name));
    at("paragraphs").append(show(page, item));
    drawn += 1;
  }
  const rest = some.length - drawn;
  if (!some.length) at("paragraphs").append(make("p", "hint", say("nothing_found")));
  at("more").hidden = rest === 0;
  at("more").textContent = say("more", { n: Math.min(STEP, rest) });
  lightWords();
  return some.length;
}

const lightWords = () => light(at("paragraphs").querySelectorAll(".words"), wanted());

function redraw(item) {
  const element = elementOf(item);
  if (element) draw(page, item, element);
  lightWords();
}

function drawProgress() {
  const all = items.filter(checkable);
  const done = all.filter((item) => item.checked);
  at("progress").max = Math.max(1, all.length);
  at("progress").value = done.length;
  at("progress-text").textContent = say("progress", { done: done.length, all: all.length });
  at("next").disabled = done.length === all.length;
  at("undo").disabled = !review.canUndo();
  const confirmed = done.filter((item) => item.checked === CONFIRMED).length;
  at("corrected").textContent = say("corrected_count", { n: done.length - confirmed, m: confirmed });
  at("save").disabled = done.length === 0;
}

/** Tell how many paragraphs a filter leaves, after it changed. */
function filtered() {
  at("status").textContent = say("shown", { shown: drawParagraphs(), all: items.length });
}

function onFilter(id) {
  if (id === null) page.chosen.clear();
  else if (!page.chosen.delete(id)) page.chosen.add(id);
  drawStrip(page, items);
  filtered();
}

async function onTheme(item, element, id) {
  const same = item.evidence?.theme === id;
  item.slogan = null;
  item.evidence = null;
  quiet();
  if (!same) {
    const answer = await attempt(async () => (await request("/v1/explain", { text: item.text, themes: [id] })).json());
    item.evidence = answer ? answer.evidence[0] : null;
  }
  redraw(item);
  element.querySelector(`[data-theme="${CSS.escape(id)}"]`)?.focus();
  at("status").textContent = element.querySelector(".panel")?.firstChild.textContent ?? "";
}

function onSlogan(item, element, slogan) {
  item.evidence = null;
  item.slogan = item.slogan === slogan ? null : slogan;
  redraw(item);
  const index = item.tags.slogans.indexOf(slogan);
  const marks = element.querySelectorAll(".slogan");
  (element.querySelector('.slogan[aria-pressed="true"]') ?? marks[index] ?? element).focus();
  at("status").textContent = item.slogan ? `${say("normal")} ${slogan.normal}, ${say("type")} ${nameOf(page.types.get(slogan.type))}` : "";
}

/** Choose a paragraph's themes; `then` is done after they are set. */
function onEdit(item, then = isSample() ? goOn : stay) {
  const has = new Set(item.checked || !item.blind ? themesOf(item) : []);
  at("excerpt").textContent = item.text;
  at("find").value = "";
  at("choices").replaceChildren(...[...page.themes.values()].map((theme) => {
    const box = make("input");
    box.type = "checkbox";
    box.value = theme.id;
    box.checked = has.has(theme.id);
    const label = make("label");
    label.title = theme.definition;
    label.append(box, make("span", "", nameOf(theme)));
    return label;
  }));
  at("edit").returnValue = "cancel";
  at("edit").addEventListener("close", () => {
    if (at("edit").returnValue === "save") {
      set(item, [...at("choices").querySelectorAll("input:checked")].map((box) => box.value));
      then(item);
    } else stay(item);
  }, { once: true });
  at("edit").showModal();
  at("find").focus();
}

function onConfirm(item, then = stay) {
  set(item, themesOf(item));
  then(item);
}

function onNone(item, then = isSample() ? goOn : stay) {
  set(item, []);
  then(item);
}

const stay = (item) => elementOf(item)?.querySelector(".edit")?.focus();

function set(item, ids) {
  review.check(item, ids);
  changed(item);
}

function changed(item) {
  redraw(item);
  drawStrip(page, items);
  drawProgress();
  at("status").textContent = at("progress-text").textContent;
  if (isSample()) review.keepChecks(items);
}

/** Go to the next paragraph that is not checked. */
function goOn(item) {
  const next = review.nextOpen(passing(), item) ?? review.nextOpen(items, item);
  if (next) look(next);
  else {
    look(item);
    at("status").textContent = say("all_checked");
  }
}

/** Bring a paragraph before the eyes, and the focus to it; filters that hide it go. */
function look(item) {
  if (!passing().includes(item)) {
    page.chosen.clear();
    at("search").value = "";
    at("which").value = "";
    drawStrip(page, items);
    drawParagraphs();
  }
  while (!elementOf(item)) drawMore();
  elementOf(item).focus({ preventScroll: true });
  elementOf(item).scrollIntoView({ block: "center" });
}

function undo() {
  const item = review.undo();
  if (!item) return;
  changed(item);
  look(item);
  at("status").textContent = say("undone", { n: item.paragraph });
}

/** One key, one deed; only while the focus is among the paragraphs, so that no other key of the reader's is taken. */
function onKey(event) {
  const typing = event.target.closest("input, select, textarea");
  if (typing || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !KEYS.has(event.key)) return;
  const some = passing().filter(checkable);
  const here = current && some.includes(current) ? some.indexOf(current) : -1;
  const deeds = {
    j: () => some.length && look(some[Math.min(here + 1, some.length - 1)]),
    k: () => some.length && look(some[Math.max(here - 1, 0)]),
    n: () => goOn(current),
    c: () => current && review.shown(current) && onConfirm(current, goOn),
    e: () => current && onEdit(current, goOn),
    0: () => current && onNone(current, goOn),
    u: undo,
    "/": () => at("search").focus(),
  };
  event.preventDefault();
  deeds[event.key]();
}

async function save() {
  const checks = items.filter((item) => item.checked);
  const corrections = checks.map((item) => ({ text: item.text, themes: themesOf(item), doc: item.doc || item.document.doc }));
  quiet();
  const answer = await attempt(async () => (await request("/v1/corrections", { corrections })).json());
  if (!answer) return;
  handOver(new Blob([answer.jsonl], { type: "application/jsonl" }), "corrections.jsonl");
  review.saved();
  at("status").textContent = answer.kept === null ? say("saved") : say("kept", { n: answer.kept });
}

const exportRow = (item) => ({
  doc: item.doc || item.document.doc,
  paragraph: item.paragraph,
  kind: item.kind === "row" ? "" : item.kind,
  text: item.text,
  themes: item.tags ? themesOf(item) : [],
  probabilities: item.tags && item.checked !== CORRECTED ? item.tags.themes.map((theme) => theme.probability) : [],
  uncertain: item.tags ? item.tags.uncertain : [],
  slogans: item.tags ? item.tags.slogans.map((slogan) => slogan.normal) : [],
  corrected: item.checked === CORRECTED,
  confirmed: item.checked === CONFIRMED,
});

const checkedRow = (item) => ({ carried: item.sampled.carried, themes: item.checked ? themesOf(item) : null, text: item.text });

async function download(format) {
  const [path, row] = isSample() ? ["/v1/checked", checkedRow] : ["/v1/export", exportRow];
  const name = (documents.length === 1 && documents[0].name.replace(/\.[^.]*$/, "")) || "zhengyu";
  quiet();
  const blob = await attempt(async () => (await request(path, { format, name, rows: items.map(row) })).blob());
  if (blob) handOver(blob, `${name}.${format}`);
}

function dress(look) {
  document.documentElement.dataset.theme = look;
  localStorage.setItem("zhengyu-look", look);
}

function listen() {
  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    quiet();
    if (at("text").value.trim()) tag([{ path: "/v1/document", body: { text: at("text").value } }]);
    else complain(new Error(say("empty")));
  });
  const take = (files) => files.length && tag(
    [...files].map((file) => ({ path: `/v1/file?name=${encodeURIComponent(file.name)}`, body: file, name: file.name })));
  at("file").addEventListener("change", () => {
    const files = [...at("file").files];
    at("file").value = "";
    take(files);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      at("input").classList.toggle("over", kind === "dragover");
      if (kind === "drop") take(event.dataTransfer.files);
    });
  }
  const found = () => [...at("choices").children].filter((label) => !label.hidden);
  at("find").addEventListener("input", () => {
    const sought = at("find").value.trim().toLowerCase();
    for (const label of at("choices").children) {
      const theme = page.themes.get(label.firstChild.value);
      label.hidden = ![theme.id, theme.zh, theme.en].some((name) => name.toLowerCase().includes(sought));
      label.classList.remove("first");
    }
    if (sought) found()[0]?.classList.add("first");
  });
  at("find").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) at("edit").close("cancel"); // not only what is typed goes
    // With nothing typed the form is sent, and what is chosen is set.
    if (event.key !== "Enter" || event.isComposing || !at("find").value.trim()) return;
    event.preventDefault();
    if (found().length) found()[0].firstChild.click();
    at("find").value = "";
    at("find").dispatchEvent(new Event("input"));
  });
  at("search").addEventListener("input", filtered);
  at("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && passing().some(checkable)) look(passing().find(checkable));
  });
  at("which").addEventListener("change", filtered);
  at("next").addEventListener("click", () => goOn(current));
  at("undo").addEventListener("click", undo);
  at("work").addEventListener("keydown", onKey);
  at("work").addEventListener("focusin", (event) => {
    const element = event.target.closest(".paragraph");
    if (element) current = items.find((item) => item.key === element.id);
  });
  at("all").addEventListener("click", () => onFilter(null));
  at("more").addEventListener("click", drawMore);
  at("save").addEventListener("click", save);
  for (const button of at("downloads").children) button.addEventListener("click", () => download(button.dataset.format));
  at("language").addEventListener("change", () => {
    speak(at("language").value);
    at("status").textContent = "";
    if (documents.length) drawResult();
  });
  at("look").addEventListener("change", () => dress(at("look").value));
  window.addEventListener("beforeunload", (event) => {
    if (review.unsaved && !isSample()) event.preventDefault();
  });
}

async function start() {
  speak();
  at("language").value = language;
  at("look").value = localStorage.getItem("zhengyu-look") || "auto";
  dress(at("look").value);
  listen();
  await attempt(async () => {
    const [themes, model] = await Promise.all([
      request("/v1/themes").then((answer) => answer.json()), request("/v1/model").then((answer) => answer.json()),
    ]);
    themes.themes.forEach((theme, i) => {
      page.themes.set(theme.id, theme);
      page.order.set(theme.id, i);
    });
    for (const type of themes.slogan_types) page.types.set(type.id, type);
    at("model").textContent = model.version;
  });
}

start();
