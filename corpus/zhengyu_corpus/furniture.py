"""Page furniture of saved web pages: what stands around an article and is not part of it.

Each rule recognises one kind of furniture by what it is; a paragraph that no rule knows is prose.
"""

from __future__ import annotations

import re

#: Longer paragraphs are prose whatever words they hold; legal notices are let through by their own rule.
MAX_CHARS = 120

_SHORT_RULES = {
    "date line": r"^(?:(?:发布|更新|时间|日期|发表|编辑)\S{0,6}[:：]?\s*)?(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[\sT]*\d{1,2}:\d{2}(?::\d{2})?)?(?=\s*(?:$|[|｜]|来源|作者|浏览|查看|点击|阅读|编辑|字体|字号|发布|【))",
    "source line": r"^[\s【\[(（]*(?:(?:信息|稿件|文章|新闻|图片)?来源|稿源|出处|供稿|撰稿|作者|记者|通讯员|责任编辑|责编|编辑|编审|审核|校对|摄影|图文?|发布(?:机构|单位|者|人)|浏览(?:次数|量)?|点击(?:数|率|量)?|阅读(?:次数|量)?|访问量)\s*[:：].{0,60}$",
    "byline": r"^(?:本报|日报|晚报|本网|本台|新华社|中新社|人民网|[\u4e00-\u9fff]{1,8}(?:日报|晚报|网|社|台))?(?:\S{0,6}日)?(?:讯|电)?\s*[(（](?:全媒体|本报|见习|通讯员|特约|融媒体|首席)*(?:记者|通讯员)[^)）]{1,40}[)）]$",
    "share bar": r"^\d*\s*(?:分享(?:至|到|给|本文)?|一键分享|转发|收藏|点赞|用微信扫(?:码|一扫)|扫一扫|微信扫|打开微信|扫码|长按识别|复制链接)(?:.{0,24})$",
    "share target": r"^(?:(?:微信|微博|新浪微博|QQ空间|QQ好友|QQ|朋友圈|好友和朋友圈|分享|收藏|打印|关闭|纠错|评论|点赞|字体|字号|大|中|小|复制链接|返回顶部|\d+)[\s|·/\]\[【】()（）:：-]*)+$",
    "position line": r"^(?:您|你)?(?:所在|当前|现在|的)*位置(?:是|为)?\s*[:：].*$|^(?:首页|网站首页)\s*(?:[>»›/|\\-].*|$)",
    "copyright": r"(?i)^(?:copy\s*right|©|\(c\)|版权(?:所有|声明)).{0,100}$|^.{0,80}(?:ICP备?|公网安备|增值电信业务|网站标识码).{0,60}$|^.{0,40}版权所有.{0,60}$",
    "site footer": r"^(?:主办(?:单位)?|承办(?:单位)?|协办(?:单位)?|技术支持|联系我们|网站地图|站点地图|关于我们|友情链接|免责声明|隐私(?:声明|政策)|网站声明|使用帮助|无障碍(?:浏览|阅读)?|适老化|繁體(?:中文)?|简体(?:中文)?|English)(?:\s*[:：|｜].{0,80})?$",
    "links": r"^[\[【/<〈\s]*(?:上一[篇条页]|下一[篇条页]|前一篇|后一篇|阅读下一篇|返回(?:首页|列表|顶部|上级|网易)|相关(?:阅读|链接|新闻|文章|稿件|推荐|报道|附件)|推荐(?:阅读|新闻|文章)|热门(?:推荐|文章|新闻)|今日(?:新闻|热点|推荐)|最新(?:新闻|文章|动态)|更多(?:新闻|精彩|内容)?|延伸阅读|猜你喜欢|本文地址|本文链接|原文链接|阅读原文|查看(?:原文|更多|全文)|展开全文|点击(?:查看|进入|下载)|下载(?:\S{0,8}客户端|附件|本文)|附件下载|登录|注册|搜索|关闭窗口|打印本页|设为首页|加入收藏)[\]】/>〉\s:：|｜]*.{0,40}$",
    "address": r"^(?:https?://|www\.)\S+$",
    "page number": r"^[\s—–-]*(?:第?\s*\d{1,4}\s*(?:页|/\s*\d{1,4}))(?:\s*[,，]?\s*共\s*\d{1,4}\s*页)?[\s—–-]*$|^[—–-]\s*\d{1,4}\s*[—–-]$",
    "advertisement": r"^(?:广告|AD|推广|赞助)\s*$",
}
_LONG_RULES = {
    "disclaimer": r"^(?:特别声明|免责声明|声明|版权声明|郑重声明|Notice|Disclaimer|Statement)\s*[:：].*(?:平台|本网|网站|转载|版权|侵权|作者|platform|posted|copyright|views)",
    "disclaimer mark": r"^(?:(?:凡)?本(?:网|站|报|平台).{0,40}(?:转载|版权|稿件|来源).{0,200}|.{0,40}(?:未经授权|转载请注明|如有侵权|不代表本(?:站|网|平台)).{0,160})$",
    "position line": r"^(?:您|你)(?:所在|当前|现在|的)*位置(?:是|为)?\s*[:：]",
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
    if len(text) > MAX_CHARS or (text.endswith(("。", "！", "？")) and len(text) > 25):
        return None
    for name, rule in _SHORT:
        if rule.search(text):
            return name
    return None
