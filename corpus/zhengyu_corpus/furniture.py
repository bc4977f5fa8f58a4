"""Page furniture of saved web pages: what stands around an article and is not part of it.

Each rule recognises one kind of furniture by what it is; a paragraph that no rule knows is prose.
"""

from __future__ import annotations

import re

#: Longer paragraphs are prose whatever words they hold; legal notices are let through by their own rule.
MAX_CHARS = 120


def _any(words: str) -> str:
    """Return a group that matches any of the words, longest first, so that a short one hides none."""
    return "(?:" + "|".join(sorted(words.split(), key=len, reverse=True)) + ")"


_DAY = r"(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
_HOUR = r"[\sT]*\d{1,2}:\d{2}(?::\d{2})?"
_AFTER_DATE = r"[|｜【\[]|" + _any("来源 作者 浏览 查看 点击 阅读 编辑 字体 字号 发布")
_CREDIT = _any(
    "信息来源 稿件来源 文章来源 新闻来源 图片来源 来源 稿源 出处 供稿 撰稿 作者 记者 通讯员 责任编辑 责编 "
    "编辑 编审 审核 校对  "
    "摄影 图 图文 发布机构 发布单位 发布者 发布人 浏览 浏览次数 浏览量 点击 点击数 点击率 点击量 阅读 "
    "阅读次数 阅读量 访问量"
)
_PAPER = r"(?:本报|本网|本台|新华社|中新社|人民网|[\u4e00-\u9fff]{0,8}(?:日报|晚报|网|社|台))?"
_REPORTER = r"[(（](?:全媒体|本报|见习|通讯员|特约|融媒体|首席)*(?:记者|通讯员)[^)）]{1,40}[)）]"
_SHARE = _any(
    "分享 分享至 分享到 分享给 分享本文 一键分享 转发 收藏 点赞 用微信扫码 用微信扫一扫 扫一扫 微信扫 "
    "打开微信 扫码 长按识别 复制链接"
)
_TARGET = _any(
    "微信 微博 新浪微博 QQ空间 QQ好友 QQ 朋友圈 好友和朋友圈 分享 收藏 打印 关闭 纠错 评论 点赞 字体 字号 大 "
    "中 小 复制链接 返回顶部 \\d+"
)
_FOOTER = _any(
    "主办 主办单位 承办 承办单位 协办 协办单位 技术支持 联系我们 网站地图 站点地图 关于我们 友情链接 免责声明 "
    "隐私声明 隐私政策  "
    "网站声明 使用帮助 无障碍 无障碍浏览 无障碍阅读 适老化 繁體 繁體中文 简体 简体中文 English"
)
_LINK = _any(
    "上一篇 上一条 上一页 下一篇 下一条 下一页 前一篇 后一篇 阅读下一篇 返回首页 返回列表 返回顶部 返回上级 "
    "返回\\S{1,6}首页 相关阅读 相关链接  "
    "相关新闻 相关文章 相关稿件 相关推荐 相关报道 相关附件 推荐阅读 推荐新闻 推荐文章 热门推荐 热门文章 "
    "热门新闻 今日新闻 今日热点  "
    "今日推荐 最新新闻 最新文章 最新动态 更多 更多新闻 更多精彩 更多内容 延伸阅读 猜你喜欢 本文地址 本文链接 "
    "原文链接 阅读原文 查看原文  "
    "查看更多 查看全文 展开全文 点击查看 点击进入 点击下载 下载附件 下载本文 下载客户端 附件下载 登录 注册 "
    "搜索 关闭窗口 打印本页  "
    "设为首页 加入收藏"
)
_PLACE = r"(?:您|你)?(?:所在|当前|现在|的)*位置(?:是|为)?\s*[:：]"
_NOTICE = _any("特别声明 免责声明 声明 版权声明 郑重声明 Notice Disclaimer Statement")
_NOTICE_OF = _any("平台 本网 网站 转载 版权 侵权 作者 platform posted copyright views")

_SHORT_RULES = {
    "date line": (
        rf"^(?:(?:发布|更新|时间|日期|发表|编辑)\S{{0,6}}[:：]?\s*)?{_DAY}(?:{_HOUR})?(?=\s*(?:$|{_AFTER_DATE}))"
    ),
    "source line": rf"^[\s【\[(（]*{_CREDIT}\s*[:：].{{0,60}}$",
    "byline": rf"^{_PAPER}(?:\S{{0,6}}日)?(?:讯|电)?\s*{_REPORTER}$",
    "share bar": rf"^\d*\s*{_SHARE}.{{0,24}}$",
    "share target": rf"^(?:{_TARGET}[\s|·/\]\[【】()（）:：-]*)+$",
    "position line": rf"^{_PLACE}.*$|^(?:首页|网站首页)\s*(?:[>»›/|\\-].*|$)",
    "copyright": r"(?i)^(?:copy\s*right|©|\(c\)|版权(?:所有|声明)).{0,100}$|^.{0,40}版权所有.{0,60}$",
    "site number": r"^.{0,80}(?:ICP备?|公网安备|增值电信业务|网站标识码).{0,60}$",
    "site footer": rf"^{_FOOTER}(?:\s*[:：|｜].{{0,80}})?$",
    "links": rf"^[\[【/<〈\s]*{_LINK}[\]】/>〉\s:：|｜]*.{{0,40}}$",
    "address": r"^(?:https?://|www\.)\S+$",
    "page number": r"^[\s—–-]*第?\s*\d{1,4}\s*(?:页|/\s*\d{1,4})(?:\s*[,，]?\s*共\s*\d{1,4}\s*页)?[\s—–-]*$",
    "folio": r"^[—–-]\s*\d{1,4}\s*[—–-]$",
    "advertisement": r"^(?:广告|AD|推广|赞助)\s*$",
}
_LONG_RULES = {
    # A line of a contents list: leaders of dots, then a page.
    "contents list": r"(?<![.…·．・])(?:[.·．・]{4,}+|…{2,}+)[ \t]{0,8}[（(]?(?:\d{1,4}|[ivxlIVXL]{1,6}|插页)[)）]?$",
    "disclaimer": rf"^{_NOTICE}\s*[:：].*{_NOTICE_OF}",
    "disclaimer mark": (
        r"^(?:(?:凡)?本(?:网|站|报|平台).{0,40}(?:转载|版权|稿件|来源).{0,200}"
        r"|.{0,40}(?:未经授权|转载请注明|如有侵权|不代表本(?:站|网|平台)).{0,160})$"
    ),
    "position line": rf"^(?:您|你){_PLACE.removeprefix('(?:您|你)?')}",
}
_SHORT = tuple((name, re.compile(rule)) for name, rule in _SHORT_RULES.items())
_LONG = tuple((name, re.compile(rule, re.DOTALL)) for name, rule in _LONG_RULES.items())


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
        if rule.search(text):
            return name
    if len(text) > MAX_CHARS or text.endswith(("。", "！", "？")):  # furniture is no sentence
        return None
    for name, rule in _SHORT:
        if rule.search(text):
            return name
    return None
