"""HTML rendering of a page: one file that loads nothing, with every value escaped."""

import base64
from html import escape

from twitchscope.report.page import Facts, Heading, Page, Part, Picture, Table, Text

STYLE = """
@page { size: A4; margin: 12mm }
body { font: 9pt/1.3 "DejaVu Sans", "Segoe UI", Helvetica, Arial, sans-serif; color: #000; background: #fff;
       max-width: 186mm; margin: 4mm auto; padding: 0 3mm; overflow-wrap: anywhere }
h1 { font-size: 14pt; margin: 0 0 1mm } h2 { font-size: 10pt; margin: 3mm 0 .5mm; border-bottom: 1px solid #000 }
p { margin: .7mm 0 } p.strong { font-weight: bold }
dl { columns: 2; column-gap: 6mm; margin: 0 } dl div { break-inside: avoid }
dt, dd { display: inline; margin: 0 } dt { color: #333 } dt::after { content: ": " }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
th, td { text-align: left; vertical-align: top; padding: .3mm 1mm; border-bottom: 1px solid #999 }
img { width: 100%; height: auto; display: block }
@media print { body { font-size: 7.8pt; margin: 0 auto; padding: 0 } h1 { font-size: 12pt } h2 { margin-top: 2mm } }
"""

SAFETY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Content security policy that keeps browsers from loading or running anything, even if escaping failed."""


def to_html(page: Page) -> str:
    """Return the page as the text of an HTML file."""
    body = "\n".join(_part(part) for part in page.parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{SAFETY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(page.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(page.title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def _part(part: Part) -> str:
    match part:
        case Heading(text):
            return f"<h2>{escape(text)}</h2>"
        case Text(text, is_strong):
            return f'<p class="strong">{escape(text)}</p>' if is_strong else f"<p>{escape(text)}</p>"
        case Facts(rows):
            pairs = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
            return f"<dl>{pairs}</dl>"
        case Table():
            return _table(part)
        case Picture(png, words):
            data = base64.b64encode(png).decode("ascii")
            return f'<img src="data:image/png;base64,{data}" alt="{escape(words)}">'


def _table(table: Table) -> str:
    whole = sum(table.widths)
    columns = "".join(f'<col style="width:{100.0 * width / whole:.1f}%">' for width in table.widths)
    header = "".join(f"<th>{escape(text)}</th>" for text in table.header)
    rows = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in table.rows)
    return f"<table><colgroup>{columns}</colgroup><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>"
