"""A tagged table as one HTML page with charts, each with its table (``zhengyu[report]``)."""
