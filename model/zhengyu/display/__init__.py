"""Tagged tables as HTML and on the terminal."""
