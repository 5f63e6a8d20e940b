"""How a signature looks on its page: a picture that is itself a PDF page, with the form's own type in it."""

import io
from dataclasses import dataclass

from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.stamp import StaticStampStyle

_RESOURCE = "/Picture"


@dataclass(frozen=True, slots=True)
class Appearance:
    """A visible signature."""

    page: int
    """0-based"""
    box: tuple[float, float, float, float]
    """left, bottom, right, top, in points from the page's lower left corner"""
    picture: bytes
    """a PDF file of one page as large as the box"""


class _Picture(PdfContent):
    """The first page of a PDF in memory."""

    def __init__(self, octets: bytes) -> None:
        super().__init__()
        self._octets = octets

    def render(self) -> bytes:
        """The operator that paints it."""
        writer = self.writer
        assert writer is not None
        page = writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self._octets)))
        self.resources.xobject[_RESOURCE] = page
        left, bottom, right, top = page.get_object()["/BBox"]
        self.box = BoxConstraints(width=abs(right - left), height=abs(top - bottom))
        return f"{_RESOURCE} Do".encode("ascii")


def field_of(name: str, label: str, appearance: Appearance | None) -> SigFieldSpec:
    """The signature's field: in its place on the page, or nowhere to be seen."""
    if appearance is None:
        return SigFieldSpec(sig_field_name=name, readable_field_name=label)
    # pyHanko says int, and writes whatever number it is given.
    box: tuple[int, int, int, int] = appearance.box  # type: ignore[assignment]
    return SigFieldSpec(sig_field_name=name, on_page=appearance.page, box=box, readable_field_name=label)


def style_of(appearance: Appearance | None) -> StaticStampStyle:
    """The picture and nothing around it."""
    picture = None if appearance is None else _Picture(appearance.picture)
    edge = SimpleBoxLayoutRule(AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, margins=Margins())
    return StaticStampStyle(border_width=0, background=picture, background_layout=edge, background_opacity=1.0)
