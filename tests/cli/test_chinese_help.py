"""Help in Chinese: every command and option has it, by the locale or by --language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from zhengyu.cli import main
from zhengyu.cli.chinese import CHINESE, in_chinese, is_chinese, paragraphs

_CLICK_S_OWN = {"Show this message and exit."}


def commands(
    command: click.Command = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from commands(one, (*path, name))


def help_texts() -> Iterator[tuple[str, str]]:
    for path, command in commands():
        where = " ".join(("zhengyu", *path))
        yield from ((where, part) for part in paragraphs(command.help or ""))
        for one in command.params:
            if isinstance(one, click.Option):
                yield from ((f"{where} {one.opts[0]}", part) for part in paragraphs(one.help or ""))


def ask(*words: str, **environment: str | None) -> Result:
    unset = dict.fromkeys(("LC_ALL", "LC_MESSAGES", "LANG", "ZHENGYU_LANGUAGE"))
    return CliRunner().invoke(main, list(words), env={**unset, **environment}, prog_name="zhengyu")


def test_every_command_and_option_has_its_chinese() -> None:
    english = list(help_texts())
    missing = [f"{where}: {part!r}" for where, part in english if part not in CHINESE]
    assert not missing, "write their Chinese into zhengyu/cli/chinese.py:\n" + "\n".join(missing)
    stale = CHINESE.keys() - {part for _, part in english} - _CLICK_S_OWN
    assert not stale, f"no help says so any more; take it out of zhengyu/cli/chinese.py: {sorted(stale)}"


@pytest.mark.parametrize("english", CHINESE)
def test_chinese_names_the_options_that_english_names(english: str) -> None:
    chinese = CHINESE[english]
    assert re.search("[一-鿿]", chinese)
    assert not re.search(r"[一-鿿][,;:?]|[.。]{2}", chinese), "punctuation is Chinese"
    options = re.findall(r"--[a-z-]+", english)
    assert sorted(re.findall(r"--[a-z-]+", chinese)) == sorted(options)


@pytest.mark.parametrize(("path", "command"), list(commands()), ids=lambda value: "-".join(value) or "zhengyu"
                         if isinstance(value, tuple) else "")  # fmt: skip
def test_chinese_help_is_laid_out_by_columns(path: tuple[str, ...], command: click.Command) -> None:
    told = ask(*path, "--help", LANG="zh_CN.UTF-8")
    assert told.exit_code == 0
    assert told.output.startswith(f"用法：{' '.join(('zhengyu', *path))} [选项]")
    assert "显示本说明。" in told.output
    assert not re.search(r"Usage|Options|default:|required|Show ", told.output)
    assert max(map(cell_len, told.output.splitlines())) <= 84
    assert not re.search(r"^\s*[，。、；：）]", told.output, re.MULTILINE)
    for option in command.params:
        assert not isinstance(option, click.Option) or option.opts[0] in told.output


def test_the_language_is_asked_for_or_the_locale_s() -> None:
    english, chinese = ask("tag", "--help").output, ask("tag", "--help", LANG="zh_CN.UTF-8").output
    assert english.startswith("Usage: zhengyu tag")
    assert chinese.startswith("用法：zhengyu tag")
    assert ask("--language", "zh", "tag", "--help").output == chinese
    assert ask("tag", "--help", ZHENGYU_LANGUAGE="zh").output == chinese
    assert ask("--language", "en", "tag", "--help", LANG="zh_CN.UTF-8").output == english
    assert ask("tag", "--help", LC_ALL="C", LANG="zh_CN.UTF-8").output == english
    assert ask("--language", "zh", "--help").output == ask("--help", LANG="zh_CN.UTF-8").output


@pytest.mark.parametrize(
    ("environment", "chinese"),
    [({"LANG": "zh_CN.UTF-8"}, True), ({"LANG": "zh_TW"}, True), ({"LC_MESSAGES": "en_GB", "LANG": "zh_CN"}, False),
     ({"LC_ALL": "", "LANG": "zh_SG.UTF-8"}, True), ({"LANG": "de_DE.UTF-8"}, False), ({}, False)],
)  # fmt: skip
def test_locales(environment: dict[str, str], chinese: bool) -> None:
    assert is_chinese(environment) is chinese


def test_commands_stay_english_themselves() -> None:
    before = [command.help for _, command in commands()]
    assert all(re.search("[一-鿿]", command.help or "") for _, command in commands(in_chinese(main)))
    assert [command.help for _, command in commands()] == before
