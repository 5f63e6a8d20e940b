"""How what staff see is set: the words for what became of a transfer, tables with two languages in their heads."""

from rich.table import Table

FATES = {
    "open": "đang đi",
    "done": "đã duyệt",
    "refused": "bị từ chối",
    "held": "đang giữ",
    "dead": "hỏng",
    "superseded": "đã thay bằng bản mới",
}
"""what has become of a transfer, as staff say it"""


def table(*columns: str) -> Table:
    """A bare table; Vietnamese over English in its head, UUIDs unbroken."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column.replace(" · ", "\n"), overflow="fold", no_wrap=column == "UUID")
    return table
