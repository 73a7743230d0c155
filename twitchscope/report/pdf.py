"""PDF rendering of a page: one sheet of A4 if a font size of `SIZES_PT` allows it, otherwise more."""

import io
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

import matplotlib
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TableCellFillMode, VAlign, XPos, YPos
from fpdf.fonts import TTFFont
from matplotlib.ft2font import FT2Font

from twitchscope.report.page import Facts, Heading, Page, Part, Picture, Table, Text

MARGIN_MM = 12.0
WIDTH_MM = 210.0 - 2.0 * MARGIN_MM
SIZES_PT = (8.5, 8.0, 7.5, 7.0, 6.3, 5.6, 4.8)
"""Font sizes in pt, tried in order until everything fits on one sheet; smaller letters would be illegible."""

FONT = "DejaVu"
MM_PER_PT = 25.4 / 72.0
LINE = 1.28
"""Height of a line as a multiple of the font size."""


def to_pdf(page: Page) -> bytes:
    """Return the page as the bytes of a PDF file, in the largest font size that fits one sheet, or the smallest."""
    drawn = b""
    for size_pt in SIZES_PT:
        with closing(_Sheet(page.title, size_pt)) as sheet:
            for part in page.parts:
                sheet.put(part)
            if sheet.n_sheets == 1 or size_pt == SIZES_PT[-1]:
                drawn = sheet.to_bytes()
                break
    return drawn


class _Sheet:
    """Page in one font size."""

    def __init__(self, title: str, size_pt: float) -> None:
        self._size_pt = size_pt
        self._line_mm = LINE * MM_PER_PT * size_pt
        self._pdf = pdf = FPDF(format="A4")
        pdf.set_margin(MARGIN_MM)
        pdf.set_auto_page_break(True, MARGIN_MM)
        fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        pdf.add_font(FONT, "", fonts / "DejaVuSans.ttf")
        pdf.add_font(FONT, "B", fonts / "DejaVuSans-Bold.ttf")
        self._letters = frozenset(FT2Font(str(fonts / "DejaVuSans.ttf")).get_charmap())
        pdf.set_title(title.encode("utf-8", "replace").decode("utf-8"))  # a folder's name may not be valid Unicode
        pdf.set_creator("TwitchScope")
        pdf.set_lang("en")
        pdf.add_page()
        self._say(title, 1.6 * size_pt, "B")

    @property
    def n_sheets(self) -> int:
        """Number of sheets."""
        return int(self._pdf.pages_count)

    def to_bytes(self) -> bytes:
        """Return the bytes of the file."""
        return bytes(self._pdf.output())

    def close(self) -> None:
        """Close the font files."""
        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def put(self, part: Part) -> None:
        """Append a part."""
        match part:
            case Heading(text):
                self._heading(text)
            case Text(text, is_strong):
                self._say(text, self._size_pt, "B" if is_strong else "")
            case Facts(rows):
                self._facts(rows)
            case Table():
                self._table(part)
                self._pdf.ln(0.3 * self._line_mm)
            case Picture(png, words):
                self._pdf.image(io.BytesIO(png), w=WIDTH_MM, alt_text=words)

    def _heading(self, text: str) -> None:
        self._pdf.ln(0.5 * self._line_mm)
        self._say(text, 1.15 * self._size_pt, "B")
        self._pdf.set_line_width(0.2)
        self._pdf.line(MARGIN_MM, self._pdf.get_y(), MARGIN_MM + WIDTH_MM, self._pdf.get_y())
        self._pdf.ln(0.15 * self._line_mm)

    def _say(self, text: str, size_pt: float, style: str) -> None:
        self._pdf.set_font(FONT, style, size_pt)
        self._pdf.multi_cell(
            WIDTH_MM,
            LINE * MM_PER_PT * size_pt,
            self._drawable(text),
            align="L",
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )

    def _facts(self, rows: tuple[tuple[str, str], ...]) -> None:
        """Lay out pairs in two columns, filling the first before the second."""
        texts = [f"{name}: {value}" for name, value in rows]
        half = (len(texts) + 1) // 2
        pairs = tuple(zip_longest(texts[:half], texts[half:], fillvalue=""))
        self._rows(pairs, (1, 1), TableBordersLayout.NONE)

    def _table(self, table: Table) -> None:
        self._rows((table.header, *table.rows), table.widths, TableBordersLayout.HORIZONTAL_LINES)

    def _rows(self, rows: tuple[tuple[str, ...], ...], widths: tuple[int, ...], borders: TableBordersLayout) -> None:
        self._pdf.set_font(FONT, "", self._size_pt)
        self._pdf.set_line_width(0.1)
        has_header = borders is not TableBordersLayout.NONE
        with self._pdf.table(
            width=WIDTH_MM,
            col_widths=widths,
            line_height=self._line_mm,
            text_align="LEFT",
            v_align=VAlign.T,
            borders_layout=borders,
            cell_fill_mode=TableCellFillMode.NONE,
            first_row_as_headings=has_header,
            padding=(0.05 * self._line_mm, 0.4, 0.05 * self._line_mm, 0.0),
        ) as table:
            for row in rows:
                table.row([self._drawable(text) for text in row])

    def _drawable(self, text: str) -> str:
        """Return the text with a question mark for every character missing in the font."""
        return "".join(letter if ord(letter) in self._letters else "?" for letter in text)
