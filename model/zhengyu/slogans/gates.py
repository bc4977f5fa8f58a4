"""Gates: what is never a new slogan, whatever its score, and what a new one needs beside its shape."""

from __future__ import annotations

import re

from zhengyu.slogans.grammars import NEVER_ALONE, TEN, TRAILING
from zhengyu.slogans.view import JOINTS
from zhengyu_corpus.normalise import is_han

#: First characters of the names of persons.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余"
    "潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞"
    "樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关"
    "苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边"
)
POSTS = frozenset(
    {
        *("书记", "局长", "主任", "县长", "市长", "部长", "处长", "科长", "院长", "校长", "主席", "委员", "经理"),
        *("总监", "组长"),
        *("队长", "会长", "秘书长", "厅长", "省长", "镇长", "乡长", "区长", "董事长", "政委", "常委", "教授"),
        *("研究员", "干事"),
    }
)
#: Ends of the names of firms, bodies and places, of posts, and of documents, awards and events.
ENDINGS = frozenset(
    {
        *("公司", "集团", "银行", "医院", "大学", "学院", "学校", "中学", "小学", "幼儿园", "委员会", "办公室"),
        *("协会", "学会"),
        *("研究院", "研究所", "法院", "检察院", "党委", "党组", "总支", "支部", "工会", "政府", "基金会", "电视台"),
        *("出版社", "出版社"),
        *("日报", "晚报", "派出所", "税务局", "公安局", "财政局", "气象局", "教育局", "卫生局", "分局", "总局"),
        *("管委会", "居委会"),
        *("村委会", "联合会", "合作社", "项目部", "事务所", "商会", "街道", "自治区", "自治州", "自治县", "开发区"),
        *("有限责任", "有限责任"),
        *POSTS,
        *("条例", "细则", "通知", "纪要", "报告", "规划", "白皮书", "蓝皮书", "公众号", "客户端", "许可证", "勋章"),
        *("论坛", "峰会", "年会", "讲座", "大赛", "比赛", "竞赛", "征文", "晚会", "展览", "博览会", "发布会", "座谈会"),
        *("研讨会", "运动会", "音乐会", "博物馆", "纪念馆", "公园", "调查", "诊所", "荣誉市民"),
    }
)
LONGEST_ENDING = max(map(len, ENDINGS))
#: One-character ends of the names of places, in short spans.
PLACE_ENDINGS, MAX_PLACE = frozenset("镇乡县村市"), 5
#: Columns of pages.
COLUMNS = frozenset(
    {
        *("人力资源", "新闻中心", "通知公告", "政务公开", "联系我们", "关于我们", "党建工作", "工作动态", "图片新闻"),
        *("领导讲话", "领导讲话"),
        *("办事指南", "下载中心", "在线服务", "网站地图", "友情链接", "专题专栏", "政策法规", "信息公开", "公司简介"),
        *("公司新闻", "公司新闻"),
        *("产品中心", "行业资讯", "人才招聘", "新闻资讯", "媒体聚焦", "视频新闻", "时政要闻", "部门动态", "乡镇动态"),
        *("基层动态", "基层动态"),
        *("热点专题", "网上办事", "互动交流", "投诉建议", "领导之窗", "机构设置", "今日头条", "招商引资", "企业文化"),
        *("公示公告", "公示公告"),
        *("政策解读", "公共服务", "便民服务", "统计数据", "重点领域", "会议纪要", "学习园地", "理论学习", "组织机构"),
        *("干部任免", "干部任免"),
        *("人事任免", "财政预决算", "应急管理", "权责清单", "服务指南", "常见问题", "新闻动态", "最新动态"),
        *("热点新闻", "综合新闻"),
        *("本地新闻", "国内新闻", "要闻", "新闻", "公告", "首页", "目录", "附件", "正文", "导航", "更多", "返回顶部"),
        *("版权所有", "版权所有"),
    }
)
#: What stands before the names of those who made a page.
CREDITS = (
    "一审", "二审", "三审", "初审", "复审", "终审", "责编", "责任编辑", "编辑", "校对", "监制", "审核", "审签",
    "签发", "来源",
    "记者", "通讯员", "作者", "摄影", "供稿", "撰稿", "出品", "编审", "执行编辑", "值班主任", "主编", "图文", "撰文",
)  # fmt: skip
MAX_CREDIT = 12
_NUMERAL = f"[{TEN}百0-9]{{1,3}}"
_NUMBERING = re.compile(
    rf"(?:第?{_NUMERAL}[、.．)）章节条篇页]|[（(]{_NUMERAL}[)）]|[①-⑳]|第{_NUMERAL}(?:部分|[章节条篇页])) *"
)
#: Numbers joined by plus signs, which a quotation makes an abbreviation: “1+3+6”.
_SUM = re.compile(r"^[0-9]+(?:\+[0-9NnXx]+)+")
_CREDIT = re.compile("|".join(CREDITS))
#: Marks that part names in a list.
_NAMES = re.compile(r"[、，, ]+")
#: Words before and behind which a coined wording stands.
FRAMES_BEFORE = (
    "提出", "打造", "实施", "推进", "开展", "构建", "建设", "弘扬", "践行", "落实", "坚持", "擦亮", "争创", "争做",
    "唱响", "叫响",
    "发扬", "培育", "传承", "按照", "围绕", "推行", "实行", "探索", "形成", "创建", "创新", "深化", "聚焦", "锚定",
    "实现", "做到",
    "口号", "主题", "理念", "誓言", "标语", "称为", "誉为", "加快", "推动", "争当", "建成", "迈向", "完善", "健全",
    "巩固", "统筹",
    "贯彻", "强化", "牢记", "增强", "做好", "抓好", "创造", "展现", "续写", "书写", "谱写", "奋力", "全面", "大力",
    "着力", "深入",
    "以", "为", "用", "即", "称",
)  # fmt: skip
FRAMES_AFTER = (
    "为抓手", "为引领", "为主题", "为目标", "为载体", "为主线", "战略", "行动", "活动", "工程", "精神", "理念",
    "品牌", "模式", "机制",
    "建设", "格局", "体系", "专项", "计划", "经验", "做法", "要求", "部署", "目标", "方针", "原则", "口号", "主题",
    "政策", "改革",
    "制度", "平台", "发展", "工作", "任务", "思路", "举措", "方略", "布局", "融合", "联动", "创建", "试点", "示范",
    "新",
    "（", "(", "：", ":", "即", "就是", "包括", "分别", "指",
)  # fmt: skip
REACH = 6
#: So many characters before and behind a wording are looked through for its like.
NEARBY = 200


def refused(text: str, start: int, end: int) -> bool:
    """Tell whether a span that the lexicon does not know is something that no score makes a slogan.

    Numbered headings, headings of one part, names of persons, places, firms, bodies, posts and columns, lists of
    names, credits and page marks, spans without Han characters.

    Parameters
    ----------
    text : str
        A paragraph as `zhengyu.slogans.view.view` gives it.
    start, end : int
        The span.
    """
    span = text[start:end]
    if not any(is_han(char) for char in span):
        return not (_SUM.fullmatch(span) and _is_quoted(text, start))
    one_part = not any(char in JOINTS or char in TRAILING or char == "+" for char in span)
    if _NUMBERING.match(span):
        return True
    numbering = _NUMBERING.match(text)
    first = numbering.end() if numbering else 0
    last = len(text)
    while last and text[last - 1] in TRAILING:
        last -= 1
    if one_part and start <= first and end >= last and text[-1:] not in "！!":
        return True
    if one_part and (span in COLUMNS or _named(text, start, end)):
        return True
    if len(span) <= MAX_CREDIT and _CREDIT.match(span):
        return True
    return _names(span)


def _named(text: str, start: int, end: int) -> bool:
    """Tell whether a span ends as the name of a body, a post or a place does."""
    if any(text[max(start, end - size) : end] in ENDINGS for size in range(2, LONGEST_ENDING + 1)):
        return True
    return not _is_quoted(text, start) and end - start <= MAX_PLACE and text[end - 1] in PLACE_ENDINGS


def _is_quoted(text: str, start: int) -> bool:
    return start > 0 and text[start - 1] in "“‘"


def _names(span: str) -> bool:
    """Tell whether a span is a list of names of persons, with their posts or without."""
    parts = _NAMES.split(span)
    if len(parts) < 2 or not all(parts):
        return False
    plain = [2 <= len(part) <= 3 and part[0] in SURNAMES for part in parts]
    if all(plain):
        return len({part[0] for part in parts}) > 1
    return all(one or _official(part) for one, part in zip(plain, parts, strict=True))


def _official(part: str) -> bool:
    """Tell whether a part of a list is a post and a name, in either order: 县长李江, 书记：王林, 赵海主任."""
    for length in (2, 3):
        before = part[:-length]
        if before[-1:] in ("：", ":"):
            before = before[:-1]
        if before and part[-length] in SURNAMES and before[-2:] in POSTS:
            return True
        if before and part[-length] in SURNAMES and before[-3:] in POSTS:
            return True
    return part[0] in SURNAMES and any(part[-size:] in POSTS and 2 <= len(part) - size <= 4 for size in (2, 3))


def signalled(text: str, start: int, end: int, layers: frozenset[str]) -> bool:
    """Tell whether a new wording has a signal beside its shape.

    It stands in quotation marks or in company, is parallel, comes again in the paragraph, or stands in a frame such as
    提出…, 打造…, 以…为抓手.
    """
    if not layers <= NEVER_ALONE:
        return True
    if _is_quoted(text, start) or _comes_again(text, start, end):
        return True
    before, after = text[max(0, start - REACH) : start], text[end : end + REACH]
    return any(word in before for word in FRAMES_BEFORE) or after.startswith(FRAMES_AFTER)


def _comes_again(text: str, start: int, end: int) -> bool:
    """Tell whether a wording stands nearby once more; only nearby, so that the time grows with the text alone."""
    span = text[start:end]
    return text.find(span, end, end + NEARBY) >= 0 or text.find(span, max(0, start - NEARBY), start) >= 0
