"""A local web page and a JSON API over a tagger (``zhengyu[web]``)."""
