/** The words of the page in Chinese and English. */

const WORDS = {
  skip: ["跳到正文", "Skip to the text"],
  language: ["语言", "Language"],
  look: ["外观", "Appearance"],
  look_auto: ["跟随系统", "As the system"],
  look_light: ["浅色", "Light"],
  look_dark: ["深色", "Dark"],
  api: ["接口", "API"],
  title: ["这份文件讲了什么主题，用了哪些提法？", "What themes does this text treat, and in what slogans?"],
  input: ["文本", "Text"],
  paste: ["粘贴一份政策文本", "Paste a policy text"],
  paste_here: ["县域新闻、工作报告、规划、讲话、通知……", "County news, work reports, plans, speeches, notices …"],
  tag: ["标注", "Tag"],
  choose: ["选择文件", "Choose a file"],
  drop: ["或把文件拖到这里。内容只在本机处理，不外传。", "or drop one here. Nothing leaves this machine."],
  at_a_glance: ["全文主题", "Themes at a glance"],
  show_all: ["显示全部段落", "Show all paragraphs"],
  slogans: ["提法与口号", "Slogans"],
  take_away: ["下载结果", "Download"],
  corrections: ["更正", "Corrections"],
  save: ["保存更正（JSONL）", "Save corrections (JSONL)"],
  edit: ["更正", "Correct"],
  edit_title: ["更正这一段的主题", "Correct this paragraph’s themes"],
  edit_legend: ["这一段论及的主题（一个不选即为“无主题”）", "Themes the paragraph treats (choose none for “no theme”)"],
  edit_save: ["确定", "Set"],
  cancel: ["取消", "Cancel"],
  find: ["查找主题", "Find a theme"],
  ask_title: ["需要令牌", "A token is needed"],
  ask_token: ["启动服务时设定的令牌", "The token that the server was started with"],
  ask_go: ["继续", "Go on"],
  working: ["正在标注……", "Tagging …"],
  untitled: ["粘贴的文本", "Pasted text"],
  empty: ["请先粘贴文本或选择文件。", "Paste a text or choose a file first."],
  counts: ["{tagged} 段已标注，{furniture} 段为页面杂项", "{tagged} paragraphs tagged, {furniture} of page furniture"],
  done: ["完成：{tagged} 段，{themes} 个主题。", "Done: {tagged} paragraphs, {themes} themes."],
  shown: ["显示 {shown} 段（共 {all} 段）。", "Showing {shown} of {all} paragraphs."],
  more: ["再显示 {n} 段", "Show {n} more"],
  none: ["无主题", "no theme"],
  perhaps: ["存疑", "uncertain"],
  perhaps_of: ["{theme}（存疑，未给出）", "{theme} (uncertain, not given)"],
  near: ["接近阈值", "near its threshold"],
  furniture: ["页面杂项", "page furniture"],
  corrected: ["已更正", "corrected"],
  corrected_count: ["已更正 {n} 段。保存后可用 zhengyu retrain 重新训练。", "{n} paragraphs corrected. Save them for zhengyu retrain."],
  kept: ["已保存；服务器的更正文件现有 {n} 段。", "Saved; the server’s corrections file holds {n} paragraphs."],
  saved: ["已保存为 corrections.jsonl。", "Saved as corrections.jsonl."],
  set_aside: ["{n} 行无法读取", "{n} rows could not be read"],
  line: ["第 {n} 行：{why}", "line {n}: {why}"],
  because: ["{theme}：概率 {p}（阈值 {t}）", "{theme}: probability {p} (threshold {t})"],
  sum: ["得分 {score} = 起点 {bias} + 词语 {words}", "score {score} = start {bias} + words {words}"],
  for: ["支持", "for"],
  against: ["反对", "against"],
  normal: ["规范形式", "normal form"],
  type: ["类型", "type"],
  members: ["所指", "stands for"],
  themes: ["主题", "themes"],
  known: ["收录", "lexicon"],
  known_yes: ["已收录", "known"],
  known_no: ["新提法", "new"],
  probability: ["概率", "probability"],
  canonical: ["既定提法", "canonical"],
  numeric: ["数字缩略", "numeric"],
  coinage: ["引号新词", "coinage"],
  exhortation: ["号召", "exhortation"],
  couplet: ["对偶", "couplet"],
  metaphor: ["运动式比喻", "campaign metaphor"],
  verse: ["诗句", "verse"],
  s400: ["请求有误：", "The request is broken: "],
  s408: ["传输太慢：", "It came too slowly: "],
  s413: ["内容太大：", "Too large: "],
  s422: ["无法使用：", "Cannot be used: "],
  s503: ["服务繁忙，请稍后再试：", "The server is busy, try again: "],
  failed: ["出错了：", "Something went wrong: "],
};

export let language = localStorage.getItem("zhengyu-language") || (navigator.language.startsWith("zh") ? "zh" : "en");

/** The words for a key, its {gaps} filled. */
export function say(key, gaps = {}) {
  const words = WORDS[key][language === "zh" ? 0 : 1];
  return words.replace(/\{(\w+)\}/g, (_, gap) => String(gaps[gap]));
}

/** Put the page's fixed words in place, in a language that is remembered. */
export function speak(chosen = language) {
  language = chosen;
  localStorage.setItem("zhengyu-language", chosen);
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-i18n]")) element.textContent = say(element.dataset.i18n);
  for (const element of document.querySelectorAll("[data-i18n-placeholder]")) {
    element.placeholder = say(element.dataset.i18nPlaceholder);
  }
}

/** A theme's name in the language of the page. */
export const nameOf = (theme) => (language === "zh" ? theme.zh : theme.en || theme.zh);
