/** What the server says of a file's reading, in the words of the page: who reads it here has no command to give options to. */

import { language } from "./i18n.js";

/** A note of the server, and what it says in Chinese and in English. */
const NOTES = [
  [/^sheet '(.*)' was read; not read: (.*); --sheet takes another$/s,
    "读取了工作表“$1”；未读：$2。要读另一张，请把它另存为单独的文件",
    "sheet “$1” was read; not read: $2. To have another read, save it as a file of its own"],
  [/^no header was found: its first row was read as data \((.*)\), and the columns are called (.*); --header-row 1 takes it for the header$/s,
    "没有找到表头：第一行按数据读取（$1），各列称为 $2。若第一行是表头，请把正文一列改名为“正文”",
    "no header was found: the first row was read as data ($1), and the columns are called $2. If it is the header, call the column of paragraphs “text”"],
  [/^the header was found in row (\d+); above it stood (.*)$/s, "表头在第 $1 行；其上为：$2", "the header was found in row $1; above it stood $2"],
  [/^columns without a name are called (.*)$/s, "没有列名的列称为 $1", "columns without a name are called $1"],
  [/^its columns are parted by (.*)$/s, "列与列之间以 $1 分隔", "its columns are parted by $1"],
];
/** Remedies that name options, and what helps on the page. */
const REMEDIES = [
  [/name one with --text-column/, "call the column of paragraphs “正文” or “text”"],
  [/, or name the one to read with --text-column/, ""],
  [/name the encoding with --encoding, or repair the header/, "save the file as UTF-8, or repair the header"],
  [/, or name another --header-row/, ""],
];

/** A note in the language of the page; one that has no words there as it is. */
export function noteInWords(note) {
  const known = NOTES.find(([pattern]) => pattern.test(note));
  return known ? note.replace(known[0], known[language === "zh" ? 1 : 2]) : note;
}

/** An error without options of commands. */
export const errorInWords = (message) => REMEDIES.reduce((text, [pattern, words]) => text.replace(pattern, words), message);
