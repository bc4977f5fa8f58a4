"""``python -m zhengyu`` is ``zhengyu``."""

from zhengyu.cli import main

main(prog_name="zhengyu")
