"""Administrative divisions of China since 1980: from the beginning of a name to its province, city and county.

``divisions.csv`` has a row for each stretch of years in which a unit had one name, one code and one place (made by
`zhengyu_corpus.make_divisions`; source and licence in ``corpus/DATASHEET.md``). It is read on first use.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

#: The first and the last year of the table; each is as it stood at its end.
FIRST_YEAR, LAST_YEAR = 1980, 2024
#: Peoples that names of autonomous units end with, before 自治州, 自治县 and 自治旗.
_PEOPLES = (
    "蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 拉祜 水 东乡 纳西 景颇 "
    "柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 裕固 保安 独龙 鄂伦春 鄂温克 各"
)
_AUTONOMOUS = re.compile(rf"(.{{2,8}}?)(?:(?:{'|'.join(_PEOPLES.split())})族?){{1,5}}自治([州县旗])")
_REGIONS = {
    "内蒙古自治区": "内蒙古", "广西壮族自治区": "广西", "西藏自治区": "西藏", "宁夏回族自治区": "宁夏",
    "新疆维吾尔自治区": "新疆", "香港特别行政区": "香港", "澳门特别行政区": "澳门",
}  # fmt: skip
_LONGEST = 16
#: Characters that a short name has at most.
_LONGEST_SHORT = 8
#: What units are called by, which may be left out before the name of a zone or of a smaller unit.
_KIND = re.compile(r"(?:省|市|地区|盟|区|县)$")
#: A zone, which is no unit: 高新区 behind the short name of a city, 净月高新区 behind that of a large one.
_ZONE = re.compile(
    r"(?P<own>[\u4e00-\u9fff]{2,4}?)??(?:国家级?)?(?:高新(?:技术)?(?:产业)?(?:开发|园)?区|(?:经济)?(?:技术)?开发区|经开区|新区|港区|"
    r"(?:工业|产业|科技|农业)园区?|(?:综合)?保税港?区|自由?贸易?试?验?区|(?:示范|度假|合作|集聚|管理)区)"
)
#: A document may call a unit by the name that it had a year before, or would have a year later.
_NEAR_YEARS = 1


@dataclass(frozen=True, slots=True)
class Division:
    """A unit in the years in which it had one name, one code and one place.

    Attributes
    ----------
    code : str
        Six digits (GB/T 2260).
    name : str
        Its full name.
    parent : str
        Code of the unit above, ``""`` for a province.
    level : {'province', 'city', 'county'}
        Prefectures and leagues are cities, districts and banners are counties.
    first_year, last_year : int
        The years, within `FIRST_YEAR` and `LAST_YEAR`.
    successor : str
        For one that is no more, the code of what it became or went into, where that is known.
    """

    code: str
    name: str
    parent: str
    level: str
    first_year: int
    last_year: int
    successor: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document comes from.

    Attributes
    ----------
    province, city, county : str
        Full names as they were at the time, ``""`` for none.
    code : str
        The code today of the smallest of them, or of what it became; of one without a known successor its last.
    """

    province: str
    city: str
    county: str
    code: str


@dataclass(frozen=True, slots=True)
class _Table:
    by_code: dict[str, tuple[Division, ...]]
    by_name: dict[str, tuple[Division, ...]]
    by_short: dict[str, tuple[Division, ...]]


@lru_cache(maxsize=1)
def _table() -> _Table:
    by_code: dict[str, list[Division]] = {}
    by_name: dict[str, list[Division]] = {}
    by_short: dict[str, list[Division]] = {}
    with Path(__file__).with_name("divisions.csv").open(encoding="utf-8") as lines:
        for code, name, parent, level, first, last, successor in list(csv.reader(lines))[1:]:
            one = Division(code, name, parent, level, int(first), int(last), successor)
            by_code.setdefault(code, []).append(one)
            for called in (name, _short(name)):
                if called:
                    by_name.setdefault(called, []).append(one)
            parts = _AUTONOMOUS.fullmatch(name) if "自治" in name else None
            bare = parts[1] if parts else _KIND.sub("", name)
            if bare != name and len(bare) > 1:
                by_short.setdefault(bare, []).append(one)
    return _Table(*({k: tuple(v) for k, v in held.items()} for held in (by_code, by_name, by_short)))


def _short(name: str) -> str:
    """Return the other name that autonomous units go by, ``""`` for other units.

    Examples
    --------
    >>> _short("延边朝鲜族自治州"), _short("广西壮族自治区"), _short("杭州市")
    ('延边州', '广西', '')
    """
    parts = _AUTONOMOUS.fullmatch(name) if "自治" in name else None
    return f"{parts[1]}{parts[2]}" if parts else _REGIONS.get(name, "")


def divisions(code: str) -> tuple[Division, ...]:
    """Return what a code has stood for, oldest first; nothing for a code that never was.

    Examples
    --------
    >>> [(one.name, one.last_year) for one in divisions("420600") if one.name.endswith("市")]
    [('襄樊市', 2009), ('襄阳市', 2024)]
    """
    return _table().by_code.get(code, ())


def find_place(text: str, year: int | None = None) -> Place | None:
    """Return the place whose name a text begins with.

    The name of a smaller unit may follow that of the larger one: 浙江省杭州市余杭区. Before a smaller unit and before a
    zone the larger one may go by its short name: 苏州工业园区, 北京海淀区. A name that several units have at the time
    is given only as far as what stands before it, or what they have in common, decides.

    Parameters
    ----------
    text : str
        A name that begins with a place, such as 石城县人民政府办公室, in Simplified characters.
    year : int, optional
        When it was so called; today when not given.

    Returns
    -------
    Place or None
        None where the text begins with no known unit, or with a name that does not decide even a province.

    Examples
    --------
    >>> find_place("浙江省杭州市余杭区人民政府")
    Place(province='浙江省', city='杭州市', county='余杭区', code='330110')
    >>> find_place("襄樊市人民政府", 2005)
    Place(province='湖北省', city='襄樊市', county='', code='420600')
    >>> find_place("鼓楼区人民政府") is None
    True
    >>> find_place("苏州工业园区管理委员会")
    Place(province='江苏省', city='苏州市', county='', code='320500')
    """
    when = min(max(year or LAST_YEAR, FIRST_YEAR), LAST_YEAR)
    chains: list[tuple[Division, ...]] = [()]
    start = 0
    while True:
        name = _name_at(text, start)
        named = _called(name, when) if name else ()
        longer, end = (
            [(*chain, one) for chain in chains for one in named if _below(one, chain, when)],
            start + len(name),
        )
        if not longer:
            longer, end = _short_at(text, start, chains, when)
        if not longer:
            break
        chains, start = longer, end
    lines = [_upwards(chain[-1], when) for chain in chains if chain]
    return _in_common(lines)


def _name_at(text: str, start: int) -> str:
    names = _table().by_name
    lengths = range(min(_LONGEST, len(text) - start), 1, -1)
    return next((text[start : start + n] for n in lengths if text[start : start + n] in names), "")


def _short_at(
    text: str, start: int, chains: list[tuple[Division, ...]], year: int
) -> tuple[list[tuple[Division, ...]], int]:
    """Return chains with the units of a short name before a zone or a smaller unit, and the end of both.

    A city has it, or a province; districts and counties of the same short name make it undecided.
    """
    for length in range(min(_LONGEST_SHORT, len(text) - start), 1, -1):
        name = text[start : start + length]
        units = _in_year(_table().by_short.get(name, ()), year)
        if all(one.level == "county" and not one.name.endswith("市") for one in units):
            continue
        longer = [(*chain, one) for chain in chains for one in units if _below(one, chain, year)]
        end = start + length
        smaller = _in_year(_table().by_name.get(_name_at(text, end), ()), year)
        if held := [(*chain, one) for chain in longer for one in smaller if _below(one, chain, year)]:
            return held, end + len(_name_at(text, end))
        held, further = _short_at(text, end, longer, year)
        if held:
            return held, further
        zone = _ZONE.match(text, end)
        # A zone with a name of its own may begin like a county: 东方红开发区 lies in no 东方市.
        if zone is not None and (not zone["own"] or all(one.level != "county" for one in units)):
            return longer, zone.end()
    return [], start


def _in_year(every: tuple[Division, ...], year: int) -> tuple[Division, ...]:
    return tuple(one for one in every if one.first_year <= year <= one.last_year)


def _called(name: str, year: int) -> tuple[Division, ...]:
    """Return the units of a name: those of the year, else of the years beside it, else the latest."""
    every = _table().by_name[name]
    for near in range(_NEAR_YEARS + 1):
        found = tuple(one for one in every if one.first_year - near <= year <= one.last_year + near)
        if found:
            return found
    latest = max(one.last_year for one in every)
    return tuple(one for one in every if one.last_year == latest)


def _below(one: Division, chain: tuple[Division, ...], year: int) -> bool:
    """Tell whether a unit lies below those of a chain."""
    if not chain:
        return True
    above = {(unit.code, unit.level) for unit in _upwards(one, year)[:-1]}
    return all((unit.code, unit.level) in above for unit in chain)


def _upwards(one: Division, year: int) -> tuple[Division, ...]:
    """Return a unit and those above it, the province first, as they were in a year of its own."""
    when = min(max(year, one.first_year), one.last_year)
    line = [one]
    while line[0].parent:
        above = [unit for unit in divisions(line[0].parent) if unit.level != line[0].level]
        if not above:
            break
        line.insert(0, min(above, key=lambda unit: max(unit.first_year - when, when - unit.last_year, 0)))
    return tuple(line)


def _in_common(lines: list[tuple[Division, ...]]) -> Place | None:
    """Return the place that is common to all lines of units, each with its province first."""
    if not lines:
        return None
    shared = [units[0] for units in takewhile(lambda units: len(set(units)) == 1, zip(*lines, strict=False))]
    if not shared:
        return None
    names = {unit.level: unit.name for unit in shared}
    return Place(names.get("province", ""), names.get("city", ""), names.get("county", ""), code_today(shared[-1]))


def code_today(one: Division) -> str:
    """Return the code of what a unit is today, or became; its last code where that is not known."""
    seen = {one}
    while one.last_year < LAST_YEAR and one.successor:
        after = [unit for unit in divisions(one.successor) if unit.last_year > one.last_year]
        if not after or after[0] in seen:
            break
        one = after[0]
        seen.add(one)
    return one.code
