"""The compiled twin of `zhengyu.slogans`."""
