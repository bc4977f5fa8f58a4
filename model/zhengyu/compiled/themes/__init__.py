"""The compiled twin of `zhengyu.themes`."""
