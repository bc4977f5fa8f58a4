"""The version of zhengyu."""

__version__ = "0.1.0"
