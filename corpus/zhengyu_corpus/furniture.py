"""Furniture of saved pages and official documents: what stands around an article and is not part of it.

Each rule recognises one kind of furniture by what it is; a paragraph that no rule knows is prose. Repeats in the rules
are bounded, possessive, or parted by what they cannot match, so that a rule takes time in proportion to the paragraph.
"""

from __future__ import annotations

import re

from zhengyu_corpus.patterns import pattern

#: Longer paragraphs are prose whatever words they hold; legal notices are let through by their own rule.
MAX_CHARS = 120


def _any(words: str) -> str:
    """Return a group that matches any of the words, longest first, so that a short one hides none."""
    return "(?:" + "|".join(sorted(words.split(), key=len, reverse=True)) + ")"


def _spaced(words: str) -> str:
    """Return `_any` of words whose characters may stand apart, as they do in tables: 索 引 号."""
    return "(?:" + "|".join(r"\s{0,4}".join(word) for word in sorted(words.split(), key=len, reverse=True)) + ")"


_DAY = r"(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
_HAN_DIGITS = "一二三四五六七八九十"
_HAN_DAY = (
    rf"[{_HAN_DIGITS}〇○零]{{4}}\s{{0,2}}年\s{{0,2}}[{_HAN_DIGITS}]{{1,2}}\s{{0,2}}月"
    rf"\s{{0,2}}[{_HAN_DIGITS}]{{1,3}}\s{{0,2}}日"
)
_HOUR = r"[\sT]*\d{1,2}:\d{2}(?::\d{2})?"
_AFTER_DATE = r"[|｜【\[]|" + _any("来源 作者 浏览 查看 点击 阅读 编辑 字体 字号 发布")
_CREDIT = _any(
    "信息来源 稿件来源 文章来源 新闻来源 图片来源 来源 稿源 出处 供稿 撰稿 作者 记者 通讯员 责任编辑 责编 编辑 编发 "
    "编审 审核 审核人 审签 签审 监审 校对 责校 校审 一审 二审 三审 初审 复审 终审 一校 二校 三校 一审一校 二审二校 "
    "三审三校 打字 排版 主编 执行主编 监制 总监制 值班编辑 值班编委 值班主编 值班主任 来稿 摄影 制图 剪辑 图 图文 "
    "发布机构 发布单位 发布者 发布人 浏览 浏览次数 浏览量 点击 点击数 点击率 点击量 阅读 阅读次数 阅读量 访问量"
)
_CREDIT_MARK = r"[:：丨|｜/]"
#: Roles that stand before a name without a colon too.
_DESK = _any("责任编辑 责编 编辑 校对 一审 二审 三审 初审 复审 终审")
_PAPER = r"(?:本报|本网|本台|新华社|中新社|人民网|[\u4e00-\u9fff]{0,8}(?:日报|晚报|网|社|台))?"
_REPORTER = r"[(（](?:全媒体|本报|见习|通讯员|特约|融媒体|首席)*(?:记者|通讯员)[^)）]{1,40}[)）]"
_SHARE = _any(
    "分享至 分享到 分享给 分享本文 一键分享 用微信扫码 用微信扫一扫 扫一扫 微信扫 打开微信 扫码关注 扫码下载 "
    "扫码阅读 扫码查看 扫码观看 扫码识别 长按识别 复制链接"
)
#: These begin sentences too: they are furniture alone, before a mark, or before what is shared with.
_SHARE_VERB = _any("分享 转发 收藏 点赞 扫码")
_TARGET = _any(
    "微信 微博 新浪微博 QQ空间 QQ好友 QQ 朋友圈 好友和朋友圈 分享 收藏 打印 关闭 纠错 评论 点赞 字体 字号 大 "
    "中 小 复制链接 返回顶部 \\d++"
)
_FOOTER = _any(
    "主办 主办单位 承办 承办单位 协办 协办单位 技术支持 联系我们 网站地图 站点地图 关于我们 友情链接 免责声明 "
    "隐私声明 隐私政策  "
    "网站声明 使用帮助 无障碍 无障碍浏览 无障碍阅读 适老化 繁體 繁體中文 简体 简体中文 English"
)
_LINK = _any(
    "上一篇 下一篇 前一篇 后一篇 阅读下一篇 返回首页 返回列表 返回顶部 返回上级 返回\\S{1,6}首页 本文地址 本文链接 "
    "原文链接 阅读原文 查看原文 查看更多 查看全文 展开全文 点击查看 点击进入 点击下载 下载附件 下载本文 下载客户端 "
    "附件下载 关闭窗口 打印本页 设为首页 加入收藏 猜你喜欢"
)
#: Labels of lists and of doors, which begin headings too: no character may go on behind them.
_LABEL = _any(
    "上一条 上一页 下一条 下一页 相关阅读 相关链接 相关新闻 相关文章 相关稿件 相关推荐 相关报道 相关附件 相关解读 "
    "相关政策 相关文档 关联解读 关联文件 推荐阅读 推荐新闻 推荐文章 热门推荐 热门文章 热门新闻 今日新闻 今日热点 "
    "今日推荐 最新新闻 最新文章 最新动态 更多 更多新闻 更多精彩 更多精彩内容 更多内容 延伸阅读 登录 注册 搜索"
)
_PLACE = r"(?:所在|当前|现在|的){0,4}位置[】\]]?(?:是|为)?(?:\s*+[:：>＞»›]|\s++(?:首页|主页|网站首页))"
#: Fields of the table or header block above an official document. The first stand alone too; the others, which prose
#: might begin with, only before a colon.
_FIELD = _spaced(
    "索引号 信息索引号 主题分类 组配分类 体裁分类 信息分类 服务对象分类 载体类型 记录形式 发文机关 发文单位 发文机构 "
    "成文日期 发文日期 发文字号 发文文号 生成日期 主题词 公开方式 公开形式 公开属性 公开类别 公开范围 公开日期 "
    "公开时限 公开选项 公开程序 公开类型 信息公开形式 信息公开属性 信息公开方式 信息公开类别 信息公开类型 "
    "信息公开选项 信息公开范围 政务公开属性 印发机关 印发日期 效力状态 废止日期 失效日期 公文种类"
)
_WEAK_FIELD = _spaced(
    "文号 名称 标题 信息名称 文件名称 有效性 时效性 时效 关键词 关键字 标签 内容概述 内容分类 密级 紧急程度 信息来源 "
    "发布机关 签发人 是否公开 实施日期 施行日期 生效日期 废止时间 失效时间 文件状态 發文日期 發文字號 速別 "
    "密等及解密條件或保密期限 附件數 承辦單位 受文者"
)
#: Of these, those that head no column of other tables: in a table of fields their value is the next cell.
_CELL_FIELD = _spaced("文号 标题 信息名称 文件名称 有效性 时效性 关键词 内容概述 内容分类 密级 紧急程度 发布机关")
_COPIES_TO = _spaced("抄送 抄报 抄报送 抄發 分送 印送 主送")
_BODY = "(?:政府|办公厅|办公室|辦公室|委员会|委員會|局|厅|廳|部|院|府|处|處|所|会|會)"
_NUMBER = rf"(?:\d{{1,4}}|[{_HAN_DIGITS}百]{{1,5}})"
_PAGES = rf"[共总總]\s{{0,4}}{_NUMBER}\s{{0,4}}[页頁]"
_DASHES = r"[—–\-·•・∙‧．.~～〜―－─]{1,4}"
_FILE = r"\.(?:docx?|xlsx?|pptx?|wps|et|ofd|pdf|zip|rar|7z|jpe?g|png|mp[34])"
_CONTACT = _any("联系人 联系电话 联系方式 咨询电话 传真")
_NOTICE = _any("特别声明 免责声明 声明 版权声明 郑重声明 Notice Disclaimer Statement")
_NOTICE_OF = _any("平台 本网 网站 转载 版权 侵权 作者 platform posted copyright views")

_SHORT_RULES = {
    "date line": (
        rf"^(?:(?:发布|更新|时间|日期|发表|编辑)\S{{0,6}}[:：]?\s*)?{_DAY}(?:{_HOUR})?(?=\s*(?:$|{_AFTER_DATE}))|^{_HAN_DAY}$"
    ),
    "source line": rf"^[\s【\[(（]*{_CREDIT}\s*{_CREDIT_MARK}.{{0,60}}$",
    "credits": rf"^(?:{_DESK}\s{{1,4}}[\u4e00-\u9fff·]{{2,4}}[\s,，;；、]{{0,8}}){{1,6}}$",
    "byline": rf"^{_PAPER}(?:\S{{0,6}}日)?(?:讯|电)?\s*{_REPORTER}$",
    "share bar": (
        rf"^\d*+\s*+(?:{_SHARE}.{{0,24}}|{_SHARE_VERB}(?:[\s\d:：|｜·/(（>＞\]】].{{0,24}}|(?:{_TARGET}[\s|·/]*+){{1,8}})?)$"
    ),
    "page number": (
        rf"^[\W_]{{0,6}}(?:第\s{{0,4}}{_NUMBER}\s{{0,4}}[页頁]|\d{{1,4}}\s{{0,4}}(?:[页頁]|/\s{{0,4}}\d{{1,4}})|{_PAGES})"
        rf"[\s,，、/|(（]{{0,8}}(?:{_PAGES}|第\s{{0,4}}{_NUMBER}\s{{0,4}}[页頁])?[\W_]{{0,6}}$"
        r"|^(?i:page)\s{0,2}\d{1,4}(?:\s{0,2}(?:of|/)\s{0,2}\d{1,4})?$"
    ),
    "bare number": r"^\d++$",  # of a row, a page or a list, whose text stands elsewhere
    "share target": rf"^[\[【(（\s]*+(?:{_TARGET}[\s|·/\]\[【】()（）:：-]*+)+$",
    "position line": rf"^[【\[]?{_PLACE}|^(?:首页|网站首页)\s*(?:[>»›/|\\-].*|$)",
    "copyright": r"(?i)^(?:copy\s*right|©|\(c\)|版权(?:所有|声明)).{0,100}$|^.{0,40}版权所有.{0,60}$",
    "site number": r"^.{0,80}(?:ICP备?|公网安备|增值电信业务|网站标识码).{0,60}$",
    "site footer": rf"^{_FOOTER}(?:\s*[:：|｜].{{0,80}})?$",
    "links": rf"^[\[【/<〈\s]*(?:{_LINK}|{_LABEL}{{1,4}}(?![\u4e00-\u9fff])).{{0,44}}$",
    "address": r"^(?:https?://|www\.)\S+$",
    "folio": rf"^{_DASHES}\s{{0,4}}\d{{1,4}}\s{{0,4}}{_DASHES}$|^[\[【(（〔<＜]\s?\d{{1,4}}\s?[\]】)）〕>＞]$",
    "binding line": (r"^[\W_]{0,40}(?:[装裝]|[订訂]|[线線]|[装裝][\W_]{0,40}[订訂][\W_]{0,40}[线線])[\W_]{0,40}$"),
    "metadata": (
        rf"^[\[【(（]?(?:{_FIELD}|{_WEAK_FIELD}(?=[】\]]?\s{{0,8}}[:：])|{_CELL_FIELD}(?=\t))[】\]]?"
        r"(?:\s{0,8}[:：].{0,100}|(?:\s{1,8}|(?<=[】\]]))[\w\s/\\、，,.:：〔〕\[\]（）()-]{1,100})?$"
    ),
    "document number": (
        r"^[\u4e00-\u9fff]{2,20}\s{0,2}[〔\[［（(【]\s?\d{4}\s?[〕\]］）)】]\s{0,2}第?\s{0,2}\d{1,5}\s{0,2}[号號]$"
    ),
    "letterhead": (
        rf"^(?!.{{0,20}}(?:学习|贯彻|落实|传达|执行|精简))[\u4e00-\u9fff\s]{{2,40}}{_BODY}"
        r"(?:\s{0,8}文\s{0,8}件|\s{1,8}(?:书函|書函|函|令|公告))(?:稿)?$"
    ),
    "release note": r"^[(（]?\s{0,2}此件.{0,20}(?:公开|公開|发布|刊登|发至).{0,10}$",
    "secrecy and urgency": r"^(?:[绝机秘]\s?密(?:\s{0,2}[★☆].{0,8})?|(?:特|加|平)\s?急|特\s?提|平\s?件)$",
    "seal": r"^[(（]\s?(?:印章|盖章|公章|代章|章)\s?[)）]$",
    "end": r"^[\W_]{0,12}(?i:(?:the )?end|全文完|完)[\W_]{0,12}$",
    "contact": rf"^[(（]?{_CONTACT}\s{{0,4}}[:：].{{0,110}}$",
    "printing note": (
        rf"^.{{0,60}}(?:{_DAY}|{_HAN_DAY})\s{{0,8}}(?:印发|印發|翻印|印制)$|^[(（]?共\s?印\s{{0,2}}\d{{1,5}}\s{{0,2}}份[)）]?$"
    ),
    "contents": r"^目\s{0,8}[录錄次]$",
    "attachments": (
        r"^[(（]?附\s{0,4}(?:件|表|图)?\s{0,4}(?:\d{1,2}|[一二三四五六七八九十]{1,2})?\s{0,4}"
        r"(?:[:：].{0,100}|[(（](?:略|另附|另发|\d{1,2}|[一二三四五六七八九十])[)）])?[)）]?$"
        r"|^附\s{0,4}件\s{0,4}(?:列表|清单|目录)[:：]?$"
    ),
    "attached file": rf"(?i)^(?:附\s{{0,4}}件.{{0,90}}|[^\s，。；：、]{{1,80}}){_FILE}(?:[\])）】》\s].{{0,24}})?$",
    "advertisement": r"^(?:广告|AD|推广|赞助)\s*$",
}
_LONG_RULES = {
    # A line of a contents list: leaders of dots, then a page.
    "contents list": (
        r"^.{0,100}?(?<![.…·．・⋯])(?:(?:[.·．・]\s?){4,}+|(?:[…⋯]\s?){2,}+)\s{0,8}[（(]?"
        r"(?:\d{1,4}|[ivxlIVXL]{1,6}|插页)[)）]?$"
    ),
    "disclaimer": rf"^{_NOTICE}\s*[:：].*{_NOTICE_OF}",
    "disclaimer mark": (
        r"^(?:(?:凡)?本(?:网|站|报|平台).{0,40}(?:转载|版权|稿件|来源).{0,200}"
        r"|.{0,40}(?:未经授权|转载请注明|如有侵权|不代表本(?:站|网|平台)).{0,160})$"
    ),
    "position line": rf"^[【\[]?(?:您|你){_PLACE}",
    "copies to": rf"^{_COPIES_TO}(?:\s{{0,4}}[:：]|[ \u3000]{{1,4}}(?=[^。]{{1,200}}[，,、]))",
}
_SHORT = tuple((name, pattern(rule)) for name, rule in _SHORT_RULES.items())
_LONG = tuple((name, pattern(rule, re.DOTALL)) for name, rule in _LONG_RULES.items())

_ATTACHMENTS = pattern(r"[(（]?附\s{0,4}件\s{0,4}[:：]\s{0,8}(?:(\d{1,2})\s{0,4}[.．、])?")
_ATTACHMENT = pattern(r"(\d{1,2})\s{0,4}[.．、]\s{0,4}\S")


def furniture_rule(text: str) -> str | None:
    """Name the kind of furniture that a paragraph is, or None for prose.

    Parameters
    ----------
    text : str
        One paragraph without its surrounding blanks.

    Examples
    --------
    >>> furniture_rule("分享至好友和朋友圈")
    'share bar'
    >>> furniture_rule("分享经济发展迅速，平台企业就业人数增长三成。") is None
    True
    """
    for name, rule in _LONG:
        if rule.match(text):
            return name
    if len(text) > MAX_CHARS or text.endswith(("。", "！", "？")):  # furniture is no sentence
        return None
    for name, rule in _SHORT:
        if rule.match(text):
            return name
    return None


def attachment_number(text: str, after: int | None) -> int | None:
    """Return the number that a list of attachments has reached with this paragraph, None when it is no part of one.

    Parameters
    ----------
    text : str
        One paragraph without its surrounding blanks.
    after : int or None
        The number that the list had reached before; None where no list is open.

    Examples
    --------
    >>> attachment_number("附件：1.任务分工表", None), attachment_number("2.进度表", 1), attachment_number("3.表", 1)
    (1, 2, None)
    """
    opening = _ATTACHMENTS.match(text)
    if opening:
        return int(opening[1] or 0)
    item = _ATTACHMENT.match(text)
    if after is None or item is None or int(item[1]) != after + 1 or len(text) > MAX_CHARS:
        return None
    return None if text.endswith(("。", "！", "？", "；")) else int(item[1])
