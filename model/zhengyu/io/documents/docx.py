"""Word documents (DOCX)."""

from __future__ import annotations

import io

from zhengyu.io.documents.document import Document
from zhengyu_corpus.errors import ZhengyuError


def read(data: bytes, name: str, encoding: str | None) -> Document:
    """Read paragraphs, and tables row by row."""
    from zipfile import BadZipFile

    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table

    try:
        blocks = docx.Document(io.BytesIO(data)).iter_inner_content()
        lines: list[str] = []
        for block in blocks:
            if isinstance(block, Table):
                for row in block.rows:
                    cells = dict.fromkeys(cell.text.strip() for cell in row.cells)  # a merged cell stands once
                    lines.append("\t".join(cell.replace("\n", " ") for cell in cells if cell))
            else:
                lines.append(block.text)
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        raise ZhengyuError(f"{name}: expected a DOCX document, but it cannot be read: {error}; save it anew") from error
    return Document(name, "\n".join(lines), "")
