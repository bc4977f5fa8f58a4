/** The page: a text in, its paragraphs with themes out, corrected by its reader and taken away as a file. */

import { Refused, ask, handOver } from "./api.js";
import { language, nameOf, say, speak } from "./i18n.js";
import { draw, make, show } from "./paragraph.js";
import { drawStrip, passes } from "./strip.js";

const at = (id) => document.getElementById(id);
/** Paragraphs drawn at once; long tables are drawn as they are scrolled to. */
const STEP = 200;

const page = { themes: new Map(), order: new Map(), chosen: new Set(), onTheme, onSlogan, onEdit, onFilter };
let result = null;
let drawn = 0;

async function askToken() {
  at("token").value = "";
  at("ask").showModal();
  await new Promise((resolve) => at("ask").addEventListener("close", resolve, { once: true }));
  return at("token").value;
}

const request = (path, body) => ask(path, body, askToken);

function complain(error) {
  const known = error instanceof Refused && ["400", "408", "413", "422", "503"].includes(String(error.status));
  at("problem").textContent = say(known ? `s${error.status}` : "failed") + error.message;
  at("problem").hidden = false;
  at("status").textContent = "";
}

/** Do something that may fail, and say so on the page if it does. */
async function attempt(work) {
  at("problem").hidden = true;
  try {
    return await work();
  } catch (error) {
    complain(error);
    return null;
  }
}

async function tag(path, body) {
  at("status").textContent = say("working");
  const buttons = at("form").querySelectorAll("button, input");
  for (const button of buttons) button.disabled = true;
  const answer = await attempt(async () => (await request(path, body)).json());
  for (const button of buttons) button.disabled = false;
  if (!answer) return;
  result = answer;
  page.chosen.clear();
  at("input").open = false;
  at("result").hidden = false;
  const themes = drawResult();
  const tagged = result.paragraphs.filter((item) => item.tags).length;
  at("status").textContent = say("done", { tagged, themes });
  at("document-title").tabIndex = -1;
  at("document-title").focus({ preventScroll: true });
}

function drawResult() {
  at("document-title").textContent = result.name || say("untitled");
  const counts = drawStrip(page, result.paragraphs);
  at("paragraphs").replaceChildren();
  drawn = 0;
  drawMore();
  const aside = result.set_aside;
  at("aside").hidden = !aside.length;
  at("aside").querySelector("summary").textContent = say("set_aside", { n: aside.length });
  at("aside").querySelector("ul").replaceChildren(
    ...aside.slice(0, STEP).map((row) => make("li", "", say("line", { n: row.line, why: row.reason }))),
  );
  drawCorrected();
  counts.delete("none");
  return counts.size;
}

function drawMore() {
  const items = result.paragraphs.filter((item) => passes(item, page.chosen));
  at("paragraphs").append(...items.slice(drawn, drawn + STEP).map((item) => show(page, item)));
  drawn = Math.min(items.length, drawn + STEP);
  const rest = items.length - drawn;
  at("more").hidden = rest === 0;
  at("more").textContent = say("more", { n: Math.min(STEP, rest) });
  return items.length;
}

function drawCorrected() {
  const count = result.paragraphs.filter((item) => item.corrected).length;
  at("corrected").textContent = say("corrected_count", { n: count });
  at("save").disabled = count === 0;
}

function onFilter(id) {
  if (id === null) page.chosen.clear();
  else if (!page.chosen.delete(id)) page.chosen.add(id);
  drawStrip(page, result.paragraphs);
  at("paragraphs").replaceChildren();
  drawn = 0;
  at("status").textContent = say("shown", { shown: drawMore(), all: result.paragraphs.length });
}

async function onTheme(item, element, id) {
  const same = item.evidence?.theme === id;
  item.slogan = null;
  item.evidence = null;
  if (!same) {
    const answer = await attempt(async () => (await request("/v1/explain", { text: item.text, themes: [id] })).json());
    item.evidence = answer ? answer.evidence[0] : null;
  }
  draw(page, item, element);
  element.querySelector(`[data-theme="${CSS.escape(id)}"]`)?.focus();
  at("status").textContent = element.querySelector(".panel")?.firstChild.textContent ?? "";
}

function onSlogan(item, element, slogan) {
  item.evidence = null;
  item.slogan = item.slogan === slogan ? null : slogan;
  draw(page, item, element);
  const index = item.tags.slogans.indexOf(slogan);
  const marks = element.querySelectorAll(".slogan");
  (element.querySelector('.slogan[aria-pressed="true"]') ?? marks[index] ?? element).focus();
  at("status").textContent = item.slogan ? `${say("normal")} ${slogan.normal}, ${say("type")} ${say(slogan.type)}` : "";
}

function onEdit(item, element) {
  const has = new Set(item.tags.themes.map((theme) => theme.id));
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
    if (at("edit").returnValue === "save") correct(item, element);
    element.querySelector(".edit")?.focus();
  }, { once: true });
  at("edit").showModal();
}

function correct(item, element) {
  const ids = [...at("choices").querySelectorAll("input:checked")].map((box) => box.value);
  const before = item.tags.themes.map((theme) => theme.id);
  const kept = before.filter((id) => ids.includes(id));
  const now = [...kept, ...ids.filter((id) => !before.includes(id))];
  if (!item.corrected && now.join() === before.join()) return;
  item.tags.themes = now.map((id) => ({ id }));
  item.corrected = true;
  item.evidence = null;
  draw(page, item, element);
  drawStrip(page, result.paragraphs);
  drawCorrected();
}

async function save() {
  const items = result.paragraphs.filter((item) => item.corrected);
  const corrections = items.map((item) => ({
    text: item.text, themes: item.tags.themes.map((theme) => theme.id), doc: result.name,
  }));
  const answer = await attempt(async () => (await request("/v1/corrections", { corrections })).json());
  if (!answer) return;
  handOver(new Blob([answer.jsonl], { type: "application/jsonl" }), "corrections.jsonl");
  at("status").textContent = answer.kept === null ? say("saved") : say("kept", { n: answer.kept });
}

async function download(format) {
  const rows = result.paragraphs.map((item) => ({
    paragraph: item.paragraph,
    kind: item.kind === "row" ? "" : item.kind,
    text: item.text,
    themes: item.tags ? item.tags.themes.map((theme) => theme.id) : [],
    probabilities: item.tags && !item.corrected ? item.tags.themes.map((theme) => theme.probability) : [],
    uncertain: item.tags ? item.tags.uncertain : [],
    slogans: item.tags ? item.tags.slogans.map((slogan) => slogan.normal) : [],
    corrected: Boolean(item.corrected),
  }));
  const name = (result.name || "zhengyu").replace(/\.[^.]*$/, "") || "zhengyu";
  const blob = await attempt(async () => (await request("/v1/export", { format, name, rows })).blob());
  if (blob) handOver(blob, `${name}.${format}`);
}

function dress(look) {
  document.documentElement.dataset.theme = look;
  localStorage.setItem("zhengyu-look", look);
}

function listen() {
  at("form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (at("text").value.trim()) tag("/v1/document", { text: at("text").value });
    else complain(new Error(say("empty")));
  });
  const take = (file) => file && tag(`/v1/file?name=${encodeURIComponent(file.name)}`, file);
  at("file").addEventListener("change", () => {
    take(at("file").files[0]);
    at("file").value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      at("input").classList.toggle("over", kind === "dragover");
      if (kind === "drop") take(event.dataTransfer.files[0]);
    });
  }
  at("find").addEventListener("input", () => {
    const wanted = at("find").value.trim().toLowerCase();
    for (const label of at("choices").children) {
      const theme = page.themes.get(label.firstChild.value);
      label.hidden = ![theme.id, theme.zh, theme.en].some((name) => name.toLowerCase().includes(wanted));
    }
  });
  at("find").addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  at("all").addEventListener("click", () => onFilter(null));
  at("more").addEventListener("click", drawMore);
  at("save").addEventListener("click", save);
  for (const button of at("downloads").children) button.addEventListener("click", () => download(button.dataset.format));
  at("language").addEventListener("change", () => {
    speak(at("language").value);
    at("status").textContent = "";
    if (result) drawResult();
  });
  at("look").addEventListener("change", () => dress(at("look").value));
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
    at("model").textContent = model.version;
  });
}

start();
