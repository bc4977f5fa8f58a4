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
  choose: ["选择文件", "Choose files"],
  drop: ["或把文件（可多个）拖到这里。内容只在本机处理，不外传。", "or drop some here. Nothing leaves this machine."],
  at_a_glance: ["全文主题", "Themes at a glance"],
  show_all: ["显示全部段落", "Show all paragraphs"],
  slogans: ["提法与口号", "Slogans"],
  take_away: ["下载结果", "Download"],
  take_checked: ["下载核查结果", "Download the checked sample"],
  corrections: ["核查与更正", "Checks and corrections"],
  save: ["保存核查与更正（JSONL）", "Save checks (JSONL)"],
  edit: ["更正", "Correct"],
  code: ["选主题", "Choose themes"],
  confirm: ["无误", "Confirm"],
  to_none: ["无主题", "No theme"],
  search: ["在段落中查找", "Search the paragraphs"],
  which: ["文件", "Document"],
  which_all: ["全部 {n} 个文件", "All {n} documents"],
  next: ["下一段未核查", "Next unchecked"],
  undo: ["撤销", "Undo"],
  keys: ["键盘操作", "Keys"],
  keys_where: ["（光标在段落区内时）", "(while the focus is among the paragraphs)"],
  key_move: ["下一段、上一段", "next, previous paragraph"],
  key_next: ["下一段未核查的", "next that is not checked"],
  key_confirm: ["标注无误，到下一段", "the tags are right; go on"],
  key_edit: ["改主题：键入主题名，回车选中；再回车确定", "correct: type a theme’s name, Enter picks it; Enter again sets it"],
  key_none: ["没有主题，到下一段", "no theme; go on"],
  key_undo: ["撤销上一步", "undo the last step"],
  key_search: ["查找", "search"],
  progress: ["已核查 {done} / {all} 段", "{done} of {all} checked"],
  all_checked: ["全部核查完毕。", "All are checked."],
  undone: ["已撤销：第 {n} 段。", "Undone: paragraph {n}."],
  nothing_found: ["没有段落符合条件。", "No paragraph matches."],
  discard: ["有尚未保存的核查，换文件将丢弃。仍要继续？", "Checks that are not saved will be lost. Go on?"],
  documents: ["{n} 个文件", "{n} documents"],
  sample_of: ["核查样本：{name}", "Sample to check: {name}"],
  sample_alone: ["{name} 是核查样本，请单独打开。", "{name} is a sample to check; open it by itself."],
  blind: ["样本不显示模型的标注：请先读段落，再选主题。", "The model’s tags are hidden: read the paragraph, then choose."],
  resumed: ["恢复了此前核查的 {n} 段。", "{n} paragraphs checked earlier were taken up again."],
  unchecked: ["尚未核查", "not yet checked"],
  named: ["{name}：{told}", "{name}: {told}"],
  unlike: ["{all} 段中有 {n} 段（{share}）与训练语料不同（生词多）。", "{n} of {all} paragraphs ({share}) are unlike the model’s corpus: many of their words are unknown to it."],
  unlike_much: ["标错的可能更大，请抽样核查。", " More tags may be wrong: check a sample."],
  encoding: ["编码：{name}", "encoding: {name}"],
  edit_title: ["更正这一段的主题", "Correct this paragraph’s themes"],
  edit_legend: ["这一段论及的主题（一个不选即为“无主题”）", "Themes the paragraph treats (choose none for “no theme”)"],
  edit_save: ["确定", "Set"],
  cancel: ["取消", "Cancel"],
  find: ["查找主题", "Find a theme"],
  find_hint: ["回车选中或取消第一个；查找框为空时，回车即确定。", "Enter picks or drops the first; Enter with nothing typed sets."],
  ask_title: ["需要令牌", "A token is needed"],
  ask_token: ["启动服务时设定的令牌", "The token that the server was started with"],
  ask_go: ["继续", "Go on"],
  working: ["正在标注……", "Tagging …"],
  working_on: ["正在处理第 {i} / {n} 个文件：{name}", "{i} of {n}: {name}"],
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
  confirmed: ["已确认", "confirmed"],
  checked: ["已核查", "checked"],
  corrected_count: ["已更正 {n} 段，确认无误 {m} 段。保存后可用 zhengyu retrain 重新训练。", "{n} paragraphs corrected, {m} confirmed. Save them for zhengyu retrain."],
  kept: ["已保存；服务器的更正文件现有 {n} 段。", "Saved; the server’s corrections file holds {n} paragraphs."],
  saved: ["已保存为 corrections.jsonl。", "Saved as corrections.jsonl."],
  set_aside: ["{n} 处无法读取", "{n} places could not be read"],
  line: ["第 {n} 行：{why}", "line {n}: {why}"],
  part: ["第 {n} 页（部分）：{why}", "page or part {n}: {why}"],
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

/** The name of a theme or of a type of slogans in the language of the page. */
export const nameOf = (named) => (language === "zh" ? named.zh : named.en || named.zh);
