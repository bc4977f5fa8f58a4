"""Help in Chinese: one table from the English of each paragraph of help, and how it is laid out."""

from __future__ import annotations

import copy
import inspect
import locale
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import click

from zhengyu_corpus.patterns import pattern

Kind = TypeVar("Kind", bound=click.Command)

#: English paragraph of a command's help, or help of an option, to its Chinese; blanks count once.
CHINESE: dict[str, str] = {
    # what click says
    "Show this message and exit.": "显示本说明。",
    "Show the version and exit.": "显示版本。",
    # several commands
    "Column of dates or years; found when not given.": "日期或年份列；不给则自动找。",
    "Column of documents; found when not given.": "文档列；不给则自动找。",
    "Column of places; found when not given.": "地区列；不给则自动找。",
    "Column that documents are told apart by; found when not given.": "用来区分文档的列；不给则自动找。",
    "Column that holds the paragraphs; found when not given.": "段落所在的列；不给则自动找。",
    "Encoding of text inputs; found when not given.": "输入文本的编码；不给则自动识别。",
    "Between the columns of CSV: one character, or tab; found when not given.":
        "CSV 各列之间的分隔符：一个字符，或 tab；不给则自动识别。",
    "Row of a table's column names; found when not given.": "表头在第几行；不给则自动识别。",
    "Name or number of the sheet of a workbook; the one with paragraphs when not given.":
        "工作簿里哪一张表，名称或序号；不给则取有段落的那张。",
    "CSV of slogans of your own; they are slogans wherever they stand.":
        "自己的提法词库（CSV）；其中各条出现在哪里都算提法。",
    "Use --lexicon in place of the model's lexicon.": "只用 --lexicon，不用模型的词库。",
    "What thresholds serve; F1 when not given.": "门槛偏重什么；不给则为 F1。",
    "Floor of precision for every theme, such as 0.9, in place of --favour.":
        "每个主题的查准率下限，如 0.9；用它就不用 --favour。",
    "Model folder, or default, current, or a version of the registry; the shipped one when not given.":
        "模型文件夹，或 default、current，或已登记的版本；不给则用自带的模型。",
    "Folder of registered models; in the user's data directory when not given.":
        "登记模型的文件夹；不给则在用户的数据目录里。",
    "A themes.toml of your own.": "自己的 themes.toml。",
    "Leave the built-in corpus out.": "不用内置语料。",
    "Never look at the built-in corpus.": "完全不看内置语料。",
    "Threads.": "线程数。",
    "Threads of the fits; with two or more, one beside them trains slogans.":
        "拟合用的线程数；为 2 或更多时，另有一个线程同时训练提法。",
    "Of the page.": "网页用哪种语言。",
    "Title of the page.": "网页标题。",
    "Print the figures as JSON.": "数字以 JSON 输出。",
    "The --prefix that the table was tagged with.": "标注这张表时用的 --prefix。",
    "The --prefix that the tables were tagged with.": "标注这些表时用的 --prefix。",
    "Rows to look at alone, such as \"year >= 2023 and place == '柳河'\" or \"'rural' in themes\".":
        "只看哪些行，如 \"year >= 2023 and place == '柳河'\"，或 \"'rural' in themes\"。",
    "Five falling shares of paragraphs from which a slogan is 沸 烫 热 暖 温, joined by commas.":
        "提法达到多大段落占比才算 沸 烫 热 暖 温：五个由大到小的数，用逗号连接。",
    "All rows as CSV, JSONL, Parquet or XLSX by its ending.":
        "全部结果写成 CSV、JSONL、Parquet 或 XLSX，看文件名结尾。",
    "Keep fits in the user's cache directory, and take those that are there.":
        "拟合结果存在用户的缓存目录里，已有的直接取用。",
    "Keep the first row of a text, and say how many were dropped.": "同一文本只留第一行，并报出去掉多少。",
    "Leave rows with problems out, and say how many.": "略过有问题的行，并报出多少。",
    # zhengyu
    "Tag paragraphs of Chinese policy prose with policy themes.": "给中文政策文本逐段标注政策主题。",
    "Exit codes: 0 done; 1 done, but some rows were set aside; 2 wrong usage or unusable input, nothing written; "
    "3 an error of zhengyu itself; 130 stopped; 141 nobody reads the output.":
        "退出码：0 完成；1 完成，但有些行读不了，另存一处；2 用法不对或输入不能用，什么都没写；3 zhengyu 自己出错；"
        "130 中途停止；141 输出没有人读下去了。",
    "Language of help; that of the locale when not given.": "说明用哪种语言；不给则随系统语言。",
    # zhengyu tag
    "Tag documents (TXT, DOCX, DOC, WPS, PDF, OFD, …), tables (CSV, JSONL, XLSX, …), folders, globs, URLs, or - .":
        "给文档（TXT、DOCX、DOC、WPS、PDF、OFD 等）、表格（CSV、JSONL、XLSX 等）、文件夹、通配符、网址或"
        "标准输入（-）打标签。",
    "CSV, JSONL, Parquet or XLSX by its ending, or a folder with / at its end or a URL of one, for a dataset of "
    "Parquet parts; a table on the terminal when not given.":
        "输出文件：CSV、JSONL、Parquet 或 XLSX，看文件名结尾；以 / 结尾的文件夹或 URL 写成数据集；不给则在终端显示。",
    "Column of a table that holds the paragraphs; found when not given.": "表中段落所在的列；不给则自动找。",
    "Format of standard input.": "标准输入的格式。",
    "Add the probability of every theme.": "加上每个主题的概率。",
    "What stands for a theme in cells and columns: its id, or its Chinese name.":
        "单元格和列名里主题写什么：编号（id），还是中文名（zh）。",
    "Add a column of 1 and 0 for every theme, t_THEME, and t_none.": "每个主题加一列 0/1（t_主题），另有 t_none。",
    "Add root_themes, the broader themes that the given ones are rolled up to; with --wide root_THEME.":
        "加一列 root_themes：所标主题归入的上级主题；与 --wide 同用时还有 root_主题。",
    "Write what each column of the outputs means, its type and values: Markdown or CSV by its ending.":
        "另写变量说明：输出的每一列是什么、什么类型、有哪些取值；Markdown 或 CSV，看文件名结尾。",
    "Write the slogans found to this file, one row each; a folder beside a dataset.":
        "把找到的提法写进这个文件，一条一行；输出是数据集时写进这个文件夹。",
    "Write the spans that carried each theme to this file, one row each; a folder beside a dataset.":
        "把每个主题的依据写进这个文件，一处一行；输出是数据集时写进这个文件夹。",
    "Spans that carried a smaller share are one row together; 0.02 when not given.":
        "份额小于此数的依据合成一行；不给则为 0.02。",
    "Put before the names of added columns.": "加在新增各列名称之前。",
    "Threads, and documents read at once; one a core when not given.": "线程数，也是同时读取的文档数；不给则每核一个。",
    "Start over an unfinished run to the same output.": "同一输出上次没跑完的，从头再来。",
    "Work on a dataset on the Dask cluster with this scheduler; auto starts one here.":
        "在这个调度器的 Dask 集群上写数据集；auto 在本机启动一个。",
    "How long reading one document, or 64 MiB of an unpacked XLSX, may take.":
        "读一份文档，或解开后 64 MiB 的 XLSX，最多用多少秒。",
    "Read pages of a PDF by OCR (zhengyu[ocr]): those that are pictures (auto, also when not given), none, or all; if "
    "given, rows of documents tell how they were read.":
        "PDF 哪些页用 OCR（zhengyu[ocr]）读：只有图片的页（auto，不给也是）、都不用、全部；给了则文档各行注明读法。",
    "Leave out documents that are nearly the text of an earlier one.": "与前面某份几乎相同的文档不再计入。",
    "Add title, issuer, number, dates, source, place and genre of documents, and how each row was read; added to "
    "Parquet and JSONL alone when not given.":
        "加上文档的标题、发文机关、文号、日期、来源、地区、文种，以及每行如何读出；不给则只有 Parquet 和 JSONL 加。",
    "Print no summary and no progress.": "不显示小结和进度。",
    "Print the counts as JSON; needs --output.": "计数以 JSON 输出；须有 --output。",
    # zhengyu explain
    "Show which words of one paragraph carried its themes; TEXT is the paragraph, or - for standard input.":
        "看一段的主题靠哪些词得来；TEXT 是这一段，或用 - 从标准输入读。",
    "A theme to explain; the given ones when not named.": "要解释的主题；不给则为所标的各个主题。",
    "Spans shown for and against.": "支持和反对的依据各显示几处。",
    "Show as many written training paragraphs with the same theme.": "列出几段同主题的训练段落。",
    "Labelled files to look in; else the built-in ones.": "到哪些标注文件里找；不给则用内置语料。",
    # zhengyu slogans
    "Count the slogans of a table of PARAGRAPHS: how often, where, since when, how hot.":
        "统计 PARAGRAPHS（段落表）里的提法：多少次、在哪里、何时起、多热。",
    "What zhengyu tag --slogans found; looked for when not given; may be repeated.":
        "zhengyu tag --slogans 找到的提法；不给则现找；可重复。",
    "Column whose values make groups, such as year or place; may be repeated.":
        "按哪一列分组，如 year、place；可重复。",
    "Column that dates a paragraph, for first appearances and new coinages.": "段落的日期列，用来看首次出现和新提法。",
    "Column that names a paragraph's document.": "段落所属文档的列。",
    "Column that names a paragraph's place; new slogans of several rank higher.":
        "段落所属地区的列；多地都有的新提法排在前面。",
    "Column that names a paragraph; id, or the row number when there is none.":
        "段落编号列；不给则为 id，没有 id 就用行号。",
    "Only slogans that the lexicon does not have, likeliest and widest first; -o adds a column accept to fill in.":
        "只看词库里没有的，最像提法、传播最广的在前；-o 的文件多一列 accept 供填写。",
    "Wordings around one slogan, each with its first and last appearance.": "同一提法的各种写法，各自首次和末次出现。",
    "First appearance by level and place, lag behind the centre, share of places over time; needs --date and --place; "
    "-o FILE.html draws it.":
        "各层级、各地首次出现，比中央晚多久，各时期有多大份额的地区采用；须有 --date 和 --place；-o FILE.html 画成图。",
    "With --spread: column of levels, such as province, city and county.": "与 --spread 同用：层级列，如省、市、县。",
    "With --spread: what the centre is called among levels or places; 中央, 全国, central and the like when not given; "
    "may be repeated.": "与 --spread 同用：层级或地区里中央怎样称呼；不给则认 中央、全国、central 等；可重复。",
    "Make a lexicon (-o) of the accepted rows of this list.": "用这张清单里接受的行做成词库（-o）。",
    "Check this lexicon.": "检查这个词库。",
    "Rows shown of each group.": "每组显示几行。",
    # zhengyu find
    "Show every place of WHAT in TAGGED tables, with what stands before and behind it.":
        "列出 WHAT 在 TAGGED（标注过的表）里的每一处，连同前后文。",
    "WHAT is a slogan, in all its wordings, where the lexicon has it; else a term. Traditional and full-width "
    "characters and blanks between characters make no difference to either.":
        "WHAT 在词库里的，按提法找，各种写法都算；否则按词找。繁体、全角和字间空格都不影响。",
    "WHAT is a term, though the lexicon has it for a slogan.": "WHAT 按词找，哪怕词库里有。",
    "WHAT is a slogan, though the lexicon does not have it.": "WHAT 按提法找，哪怕词库里没有。",
    "WHAT is a regular expression of RE2: no lookaround, no backreferences, and never slow.":
        "WHAT 是 RE2 正则表达式：没有环视和反向引用，也永远不会慢。",
    "A theme, by id or Chinese name, in place of WHAT: the words that carried it.":
        "代替 WHAT 的一个主题（编号或中文名）：列出它的依据。",
    "What zhengyu tag --slogans found; places of a slogan are taken from it.":
        "zhengyu tag --slogans 找到的提法；提法的位置从中取。",
    "Characters on each side.": "前后各显示几个字。",
    "Places shown on the terminal.": "终端上显示几处。",
    "All places as CSV, JSONL, Parquet, XLSX or HTML by its ending.":
        "全部写成 CSV、JSONL、Parquet、XLSX 或 HTML，看文件名结尾。",
    # zhengyu compare
    "Hold texts B against A: themes, words and slogans; two documents also sentence by sentence.":
        "把文本 B 同 A 对照：主题、用词、提法；两份文件还逐句对照。",
    "A and B are tagged tables, or documents and folders of them, which are tagged in passing. Models are compared by "
    "zhengyu model compare.":
        "A 和 B 是标注过的表，也可以是文档或文件夹，当场标注。比较模型用 zhengyu model compare。",
    "Two values of a column of one tagged table, such as year=2022,2023.":
        "同一张表某一列的两个值，如 year=2022,2023。",
    "Draws of documents.": "文档重抽样次数。",
    "Makes the draws repeatable.": "随机种子，使重抽样可重复。",
    "Rows shown of each kind.": "每类显示几行。",
    "Print everything as JSON.": "全部以 JSON 输出。",
    "All rows as CSV, JSONL, Parquet or XLSX, or a page as HTML.": "全部写成 CSV、JSONL、Parquet、XLSX，或 HTML 网页。",
    # zhengyu measure
    "Measure the tags of TAGGED tables on a CHECKED sample, and correct shares of themes by it.":
        "用 CHECKED（核查过的样本）检验 TAGGED（标注过的表）的标签，并据以校正主题占比。",
    "CHECKED is what zhengyu corpus sample drew from the tables, filled in by people.":
        "CHECKED 是 zhengyu corpus sample 从这些表里抽出、由人填好的样本。",
    "Groups are the combinations of the columns of --by, such as year × place.":
        "各组为 --by 所列各列取值的组合，如年份 × 地区。",
    "Column whose values get shares of their own, such as year; may be repeated.":
        "按哪一列分别给出占比，如 year；可重复。",
    "Shares of these very documents: intervals hold the error of checking alone.":
        "只说这批文档本身的占比：区间只含核查的误差。",
    "Whose checks to take, where several checked one paragraph.": "同一段有几人核查时，取谁的。",
    "All figures, as a table by its ending or as JSON.": "全部数字，写成表格（看文件名结尾）或 JSON。",
    "Write a paragraph for a paper's methods here, Chinese and English.":
        "在此写一段供论文使用的方法说明，中英文都有。",
    # zhengyu retrain, evaluate
    "Train a model from labelled paragraphs into a folder or the registry, and report how good it is.":
        "用标注段落训练模型，存进文件夹或登记，并报告好坏。",
    "Labelled CSV, XLSX or JSONL file, or a folder of them; may be repeated.":
        "标注好的 CSV、XLSX 或 JSONL 文件，或装有它们的文件夹；可重复。",
    "The model folder to make.": "要做成的模型文件夹。",
    "Add the model to the registry as a candidate.": "把模型登记为候选版本。",
    "Labelled file to evaluate on.": "用来检验的标注文件。",
    "File of terms that segmentation keeps whole, one a line.": "分词时不拆开的词，一行一个。",
    "First part of the model's version.": "模型版本名的前半。",
    "Weight of a written paragraph beside a real one.": "撰写的段落相对真实段落的权重。",
    "Inverse strength C of the penalty; chosen out of fold when not given.": "惩罚强度的倒数 C；不给则由交叉验证选定。",
    "Words, the characters inside them and pairs; or words, and characters across their borders. Chosen out of fold "
    "when not given and every row has its text; else words.":
        "特征：词、词内的字和词对；或词和跨词的字。不给时，若每行都有原文则由交叉验证选定，否则用词。",
    "Classes exclude one another: each paragraph gets just one. Noticed and said when not given.":
        "各类互斥，每段只得一类。不给则自行识别并说明。",
    "CSV of slogans in place of the built-in lexicon.": "代替内置词库的提法 CSV。",
    "Seed of the resampling.": "重抽样的随机种子。",
    "Evaluate MODEL (a folder, a version of the registry, or 'default' for the shipped one) on a labelled FILE.":
        "在标注文件 FILE 上检验 MODEL（文件夹、已登记的版本，或 default 即自带的模型）。",
    "Evaluate the finding of slogans: FILE is JSONL with marked ones.": "检验找提法：FILE 是标出提法的 JSONL。",
    "Draw a reliability diagram into this SVG file.": "把概率是否名副其实画进这个 SVG 文件。",
    # zhengyu report, serve
    "Draw TAGGED tables, which zhengyu tag wrote, as one HTML page with charts and their tables.":
        "把 zhengyu tag 写出的表（TAGGED）画成一个 HTML 网页，有图有表。",
    "The HTML page to write.": "要写的 HTML 网页。",
    "The slogans that zhengyu tag --slogans wrote.": "zhengyu tag --slogans 写出的提法。",
    "A sample that zhengyu corpus sample drew and a coder checked: shares are corrected by it too.":
        "由 zhengyu corpus sample 抽取、经人核查的样本：另给出据此校正的占比。",
    "Draw the parents of themes in their place.": "把主题归入上级主题再画。",
    "The place or document that the comparison opens with.": "比较部分先显示哪个地方或文档。",
    "What zhengyu tag --json printed: its encodings are shown.": "zhengyu tag --json 的输出：显示其中的编码。",
    "Open a web page and a JSON API on this machine: paste or drop a document, see its themes and why.":
        "在本机打开网页和 JSON API：粘贴或拖入文档，看主题和依据。",
    "Address; one that others reach needs --token.": "地址；别人也能访问的地址须有 --token。",
    "0 for any free one.": "端口；0 为任一空闲端口。",
    "What requests must carry; better given as ZHENGYU_TOKEN.": "请求须带的口令；最好用环境变量 ZHENGYU_TOKEN 给。",
    "A .jsonl file that corrections made on the page are kept in.": "网页上的改正存进这个 .jsonl 文件。",
    "Processes that tag, each with the model; one is for long requests first.":
        "标注的进程数，各有一份模型；其中一个先做长请求。",
    "Requests of one address under way at once; past it the server says 429.":
        "同一地址同时处理的请求数，超过则答 429。",
    "Open the page in the browser.": "在浏览器里打开网页。",
    # zhengyu corpus
    "Check and describe labelled paragraphs.": "检查和描述标注段落。",
    "List every problem of labelled FILES (the built-in corpus when none is named).":
        "逐条列出标注文件 FILES 的问题（不给则为内置语料）。",
    "Test file whose texts must not be trained on.": "检验用的文件，其中的文本不得用来训练。",
    "Write the sound rows to this JSONL, and say what was changed.": "把没问题的行写进这个 JSONL，并报出改了什么。",
    "Count labelled paragraphs by theme, genre, level and era.": "按主题、文种、层级、年代统计标注段落。",
    "List likely label errors, alike paragraphs, themes that overlap, and thin themes.":
        "列出可能标错的、彼此雷同的段落，互相重叠的主题，例子太少的主题。",
    "Compare two coders' files of the same paragraphs, by id: alpha, F1 per theme, what to settle.":
        "按编号比较两位编码员对同一批段落的标注：α、各主题 F1、有待商定之处。",
    "FIRST and SECOND are labelled files, or what Label Studio, doccano or a spreadsheet gave back.":
        "FIRST 和 SECOND 是标注文件，或 Label Studio、doccano、电子表格取回的文件。",
    "Coder of each file, where one file holds several.": "一个文件有几位编码员时，各取谁的。",
    "Rank the unlabelled paragraphs of FILE (such as tag writes) by what labelling them would teach.":
        "给 FILE（如 tag 写出的表）里未标注的段落排序，先标最有收获的。",
    "They are no fair sample of the file: to measure how good tags are, draw one with corpus sample.":
        "它们不是公平的样本：要检验标签好坏，用 corpus sample 抽样。",
    "JSONL, CSV, Parquet or XLSX to make, best first.": "要写的 JSONL、CSV、Parquet 或 XLSX，最有收获的在前。",
    "How many to suggest.": "给出多少段。",
    "Share drawn at random, so that not only hard ones are labelled.": "随机抽取的份额，免得只标难的。",
    "Seed of the draw.": "抽样的随机种子。",
    "Draw a probability sample of the paragraphs of TAGGED tables, for people to check; zhengyu measure takes it back.":
        "从 TAGGED（标注过的表）里抽概率样本供人核查；核查完交给 zhengyu measure。",
    "Tags are hidden. Furniture, headings and empty paragraphs are not drawn.":
        "标签不显示。网页边角、标题和空段不抽。",
    "XLSX with lists to choose from, JSON for Label Studio, or CSV, JSONL, Parquet.":
        "带下拉清单的 XLSX，Label Studio 用的 JSON，或 CSV、JSONL、Parquet。",
    "How many to draw.": "抽多少段。",
    "Strata: theme, probability, year, place or any column; may be repeated.":
        "分层：theme、probability、year、place 或任一列；可重复。",
    "Spread over strata as they are large, as the square roots of that, or alike.":
        "各层按大小、按大小的平方根，还是平均分配。",
    "Show the model's themes: for a quick look, not for measuring.": "显示模型的主题：只供粗看，不能用来检验。",
    "For whom; by the ending when not given.": "给谁用；不给则看文件名结尾。",
    "Write the paragraphs of FILE, labelled or not, for a labelling tool or a spreadsheet.":
        "把 FILE 的段落（标没标都行）写给标注工具或电子表格。",
    "The file to make.": "要写的文件。",
    "For whom.": "给谁用。",
    "Turn what Label Studio, doccano or a spreadsheet gave back into labelled JSONL, for check and retrain.":
        "把 Label Studio、doccano、电子表格取回的标注转成 JSONL，供 check 和 retrain 使用。",
    "The labelled JSONL to make.": "要写的标注 JSONL。",
    "Whose labels to take, where several coded one paragraph.": "同一段有几人标注时，取谁的。",
    "How the tool counted the places of slogans; told from them when auto.":
        "工具怎样数提法的位置；auto 则由位置本身判断。",
    # zhengyu model, compile
    "Look at models, compare them, and choose the one that is current.": "查看、比较模型，选定当前用哪一个。",
    "Show what a model is: version, corpus, settings, packages, figures.":
        "说明一个模型：版本、语料、设置、软件包、数字。",
    "Check a model folder against its hashes and shapes.": "核对模型文件夹的哈希和形状。",
    "Check every version of the registry.": "核对登记的每个版本。",
    "List the versions of the registry, oldest first, the current one marked with a star, and every promotion.":
        "列出登记的版本，旧的在前，当前的标星号，连同每次启用。",
    "Compare models FIRST and SECOND on a labelled FILE that neither was trained on.":
        "在两者都没训练过的标注文件 FILE 上比较模型 FIRST 和 SECOND。",
    "Changed paragraphs to show, those for the worse first.": "显示几段有变化的，变坏的在前。",
    "Print the figures and every changed paragraph as JSON.": "数字和每个有变化的段落以 JSON 输出。",
    "Make VERSION current if nothing falls by more than its margin; exit code 1 if the gate says no.":
        "各项下降都不超过限度，就启用 VERSION；不通过则退出码为 1。",
    "Labelled file that neither model was trained on.": "两个模型都没训练过的标注文件。",
    "A gate.toml with margins of your own.": "写有自定限度的 gate.toml。",
    "Promote though the gate says no; the reason is kept.": "不通过也启用；理由会记下。",
    "Make the version current again that was current before.": "退回先前启用的版本。",
    "Why; kept in the history.": "理由；记入历史。",
    "Export the plain scikit-learn pipeline for use in Python on this machine; a model that travels is its folder.":
        "导出普通的 scikit-learn 流水线，只在本机的 Python 里用；要带走的模型是它的文件夹。",
    "Compile the code for large inputs, once a machine: the first large run then starts at full speed.":
        "编译处理大批量输入的代码，每台机器一次：此后第一次大批量运行即可全速。",
}  # fmt: skip
_EXTRAS = {"default: ": "默认：", "required": "必填", "env var: ": "环境变量："}
_HEADINGS = {"Options": "选项", "Commands": "命令"}
#: Where the choice of ``zhengyu --language`` is kept.
_CHOICE = "zhengyu.language"
#: Words that stay whole, blanks, and single characters, each with the punctuation that no line begins with.
_TOKEN = pattern(r"(?:[!-~]+|\s+|.)[，。、；：！？）》”’…]*")


def choose(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    """Keep the language that ``zhengyu --language`` says, for this run."""
    if value is not None:
        context.meta[_CHOICE] = value


def wants_chinese(context: click.Context) -> bool:
    """Tell whether help is to be Chinese: by ``--language``, else by the locale."""
    chosen = context.meta.get(_CHOICE)
    return chosen == "zh" if chosen is not None else is_chinese(os.environ)


def is_chinese(environment: Mapping[str, str]) -> bool:
    """Tell whether the locale is Chinese: the first of LC_ALL, LC_MESSAGES and LANG that is set, else Windows' own."""
    said = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    if not said and sys.platform == "win32":
        said = locale.getlocale()[0] or ""
    return said.lower().startswith(("zh", "chinese"))


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a help text, blanks once: the keys of `CHINESE`."""
    return [" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n")]


def in_chinese(command: Kind) -> Kind:
    """Return a copy of a command, and of all below it, whose help is Chinese; what has none stays English."""
    made = copy.copy(command)
    made.context_class = _ChineseContext
    made.help, made.short_help = _translated(command.help), None
    if command.help:
        made.short_help = _translated(paragraphs(command.help)[0])
    made.options_metavar = "[选项]"
    made.params = [_parameter(one) for one in command.params]
    if isinstance(made, click.Group) and isinstance(command, click.Group):
        made.subcommand_metavar = "命令 [参数]..."
        made.commands = {name: in_chinese(one) for name, one in command.commands.items()}
    return made


def chinese_help(command: click.Group, context: click.Context) -> str:
    """Return the help of a group in Chinese, whatever class its context is of."""
    formatter = _ChineseFormatter(width=context.terminal_width, max_width=context.max_content_width)
    click.Command.format_help(in_chinese(command), context, formatter)
    return formatter.getvalue().rstrip("\n")


def _parameter(one: click.Parameter) -> click.Parameter:
    made = copy.copy(one)
    if isinstance(made, click.Option):
        made.help = _translated(made.help)
    return made


def _translated(text: str | None) -> str | None:
    return None if text is None else "\n\n".join(CHINESE.get(part, part) for part in paragraphs(text))


class _ChineseFormatter(click.HelpFormatter):
    """Lays help out by the width of characters on a terminal, where a Chinese one takes two columns."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or "用法：")

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{_HEADINGS.get(heading, heading)}：\n")

    def write_text(self, text: str) -> None:
        super().write_text(
            "\n\n".join(_laid_out(part, self.width - self.current_indent) for part in text.split("\n\n"))
        )

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        held = list(rows)
        first = min(max((len(term) for term, _ in held), default=0), col_max) + col_spacing
        room = max(self.width - first - self.current_indent, 10)
        told = [(term, _laid_out(_with_extras(text), room) if text else "") for term, text in held]
        super().write_dl(told, col_max, col_spacing)


class _ChineseContext(click.Context):
    formatter_class = _ChineseFormatter


def _with_extras(text: str) -> str:
    """Return the help of an option with what click adds to it, such as its default, in Chinese."""
    told, bracket, extras = text.rpartition("  [")
    if not bracket:
        return CHINESE.get(text, text)
    for english, chinese in _EXTRAS.items():
        extras = extras.replace(english, chinese)
    return f"{told} [{extras}"


def _laid_out(text: str, width: int) -> str:
    """Return a paragraph in lines of so many columns, marked so that click leaves them alone."""
    return "\b\n" + "\n".join(_lines(text, width))


def _lines(text: str, width: int) -> Iterator[str]:
    from rich.cells import cell_len

    line = ""
    for token in _TOKEN.findall(" ".join(text.split())):
        if line and cell_len(line) + cell_len(token.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += token if line else token.lstrip()
    yield line.rstrip()
