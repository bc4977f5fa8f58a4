"""The one table of column roles: which column of a user's table holds the text, the themes, the document and so on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zhengyu_corpus.errors import ZhengyuError
from zhengyu_corpus.normalise import normalise
from zhengyu_corpus.patterns import pattern

#: Role to the names that columns of it go by, most usual first. Case, width, Traditional characters and
#: blanks around a name do not count.
ROLES: dict[str, tuple[str, ...]] = {
    "text": ("text", "txt", "paragraph", "content", "正文", "文本", "段落", "内容", "全文", "body"),
    "themes": ("themes", "theme", "labels", "label", "主题", "标签", "类别"),
    "maybe": ("maybe", "存疑"),
    "id": ("id", "编号", "序号"),
    "doc": ("doc", "document", "file", "filename", "文档", "文件", "文件名", "篇名", "来源"),
    "coder": ("coder", "annotator", "编码员", "编码者", "标注人", "标注员"),
    "genre": ("genre", "体裁"),
    "level": ("level", "层级"),
    "era": ("era", "年代"),
    "slogans": ("slogans", "提法"),
    "title": ("title", "标题"),
    "time": ("date", "year", "time", "日期", "年份", "时间", "发布日期", "发布时间", "年"),
    "place": ("place", "region", "county", "city", "province", "地区", "地方", "县", "县区", "市", "省", "省份",
              "单位"),
}  # fmt: skip
#: Columns by which a tagged table is told: those that tagging has always added, before their prefix.
TAG_COLUMNS = ("themes", "uncertain", "model")
_NAME_TO_ROLE = {name: role for role, names in ROLES.items() for name in names}
_NUMBERED = pattern(r"^(.*[^\d _-])[ _-]?(\d+)$")


def plain_name(column: str) -> str:
    """Return a column's name as names are compared.

    Examples
    --------
    >>> plain_name("  Text "), plain_name("ＴＥＸＴ"), plain_name("編號")
    ('text', 'text', '编号')
    """
    return normalise(column.strip()).text.lower()


def role_of(column: str, columns: Iterable[str] = ()) -> str:
    """Return the role that a column's name stands for, ``""`` for none.

    Parameters
    ----------
    column : str
        The name.
    columns : iterable of str
        All names of the table: where they are those of a tagged document, ``paragraph`` is a number and no text.

    Examples
    --------
    >>> role_of("正文"), role_of("Label"), role_of("x")
    ('text', 'themes', '')
    >>> role_of("paragraph", ["paragraph", "start", "end", "kind", "text"])
    ''
    """
    name = plain_name(column)
    # Stata tables call the column _end, for end is no name there.
    if name == "paragraph" and {"start", "end", "kind"} <= {plain_name(one).lstrip("_") for one in columns}:
        return ""
    return _NAME_TO_ROLE.get(name, "")


def find_roles(columns: Sequence[str], where: str, wanted: Iterable[str], remedy: str = "") -> dict[str, str]:
    """Return the column of each role that a table has.

    Parameters
    ----------
    columns : sequence of str
        The table's columns.
    where : str
        How errors call the table.
    wanted : iterable of str
        The roles in question, keys of `ROLES`.
    remedy : str
        What to do about two columns for one role, beside renaming one.

    Raises
    ------
    ZhengyuError
        Two columns go by names of one role.
    """
    asked = tuple(wanted)
    found: dict[str, str] = {}
    for column in columns:
        role = role_of(column, columns)
        if role not in asked:
            continue
        if role in found:
            raise ZhengyuError(
                f"{where}: the columns {found[role]!r} and {column!r} both go by a name for {role}; "
                f"rename or remove one of the two{remedy}"
            )
        found[role] = column
    return found


def first_of(columns: Sequence[str], role: str) -> str | None:
    """Return the column that goes by the most usual name of a role, None where there is none."""
    names = {plain_name(column): column for column in reversed(columns)}
    return next((names[name] for name in ROLES[role] if name in names), None)


def numbered(columns: Sequence[str], role: str) -> tuple[str, ...]:
    """Return columns that are one role's by their numbers, such as ``theme_1`` and ``theme_2``, in their order.

    Examples
    --------
    >>> numbered(["id", "theme_1", "theme_2", "year2"], "themes")
    ('theme_1', 'theme_2')
    """
    found = [(column, _NUMBERED.fullmatch(plain_name(column))) for column in columns]
    return tuple(column for column, parts in found if parts and _NAME_TO_ROLE.get(parts[1]) == role)


def is_tagged(columns: Iterable[str]) -> bool:
    """Tell whether a table has a model's themes rather than a coder's."""
    return set(TAG_COLUMNS) <= set(columns)
