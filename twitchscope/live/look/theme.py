"""Colours of the light and the dark theme; safe for the colour-blind, and never the only sign of anything."""

from collections.abc import Callable
from dataclasses import dataclass

from twitchscope.live.status import Condition

LETTER_PX = 13
"""Font size of a small window in logical pixels, to which all other sizes relate."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as ``#rrggbb``; `signs` holds those of the large sign (palette of Okabe and Ito)."""

    name: str
    background: str
    panel: str
    text: str
    faint_text: str
    trace: str
    line: str
    grid: str
    band: str
    twitch: str
    other: str
    hatch: str
    marker: str
    alarm: str
    alarm_text: str
    signs: dict[Condition, str]


LIGHT = Theme(
    name="light",
    background="#ffffff",
    panel="#eef1f4",
    text="#14181c",
    faint_text="#4d565e",
    trace="#1b3a57",
    line="#c5ccd3",
    grid="#e3e7ea",
    band="#cfe3f1",
    twitch="#e69f00",
    other="#8a949d",
    hatch="#a3261b",
    marker="#7a3f78",
    alarm="#a3261b",
    alarm_text="#ffffff",
    signs={
        Condition.LEARNING: "#5d6872",
        Condition.RESTING: "#0072b2",
        Condition.NEEDLE_IN: "#007a5a",
        Condition.CANDIDATE: "#5d6872",
        Condition.TWITCH: "#e69f00",
        Condition.NOT_A_TWITCH: "#5d6872",
        Condition.ELECTRODES: "#a3261b",
        Condition.STOPPED: "#a3261b",
    },
)

DARK = Theme(
    name="dark",
    background="#101418",
    panel="#1b2127",
    text="#f2f4f6",
    faint_text="#b3bcc4",
    trace="#a9d3f5",
    line="#3a434c",
    grid="#272e35",
    band="#1d3a50",
    twitch="#e69f00",
    other="#98a3ac",
    hatch="#ff8a75",
    marker="#d9a3d6",
    alarm="#ff8a75",
    alarm_text="#101418",
    signs={
        Condition.LEARNING: "#a8b2bb",
        Condition.RESTING: "#56b4e9",
        Condition.NEEDLE_IN: "#2cc79c",
        Condition.CANDIDATE: "#a8b2bb",
        Condition.TWITCH: "#ffb000",
        Condition.NOT_A_TWITCH: "#a8b2bb",
        Condition.ELECTRODES: "#ff8a75",
        Condition.STOPPED: "#ff8a75",
    },
)


def other_theme(theme: Theme) -> Theme:
    """Return the light theme for the dark one, and vice versa."""
    return LIGHT if theme is DARK else DARK


def style_sheet(theme: Theme, scale: float = 1.0) -> str:
    """Return the style sheet of a window; fonts and targets are `scale` times as large as in a small window."""

    def px(size: int) -> str:
        return f"{round(size * scale)}px"

    return (
        f"QWidget {{ background: {theme.background}; color: {theme.text}; font-size: {px(LETTER_PX)}; }}"
        f"QPushButton {{ background: {theme.panel}; border: 1px solid {theme.line}; border-radius: 6px; }}"
        f"QPushButton:pressed {{ background: {theme.line}; }}"
        f"QPushButton:focus, QLineEdit:focus, QComboBox:focus {{ border: 3px solid {theme.signs[Condition.RESTING]}; }}"
        f"QPushButton#next {{ border: 2px solid {theme.text}; font-weight: bold; }}"
        f"QPushButton#choice, QPushButton#next {{ font-size: {px(15)}; min-height: {px(52)}; }}"
        f"QPushButton#command {{ min-height: {px(56)}; }}"
        f"QPushButton#beside {{ font-size: {px(15)}; min-height: {px(40)}; border: 2px solid {theme.text}; "
        "font-weight: bold; }"
        f"QLineEdit {{ background: {theme.panel}; border: 1px solid {theme.line}; font-size: {px(15)}; padding: 4px; }}"
        f"QListWidget {{ border: 1px solid {theme.line}; font-size: {px(16)}; }}"
        f"QListWidget:focus {{ border: 2px solid {theme.signs[Condition.RESTING]}; }}"
        f"QListWidget::item {{ padding: {px(8)}; }}"
        f"QListWidget::item:selected {{ background: {theme.text}; color: {theme.background}; }}"
        f"QComboBox {{ background: {theme.panel}; border: 1px solid {theme.line}; padding: 2px 6px; "
        f"font-size: {px(15)}; }}"
        f"QComboBox QAbstractItemView::item {{ padding: {px(14)} 4px; }}"
        f"QCheckBox::indicator {{ width: {px(26)}; height: {px(26)}; border: 2px solid {theme.text}; "
        "border-radius: 3px; }"
        f"QCheckBox::indicator:checked {{ background: {theme.text}; }}"
        f"QCheckBox:focus {{ border: 2px solid {theme.signs[Condition.RESTING]}; }}"
        f"QScrollArea {{ border: 1px solid {theme.line}; }}"
        f"{_labels(theme, px)}{_tables(theme)}"
    )


def _labels(theme: Theme, px: Callable[[int], str]) -> str:
    """Return the style of labels with a special meaning."""
    return (
        f"QLabel#problem {{ color: {theme.alarm}; font-weight: bold; font-size: {px(16)}; }}"
        f"QLabel#notice {{ font-weight: bold; }}"
        f"QLabel#banner {{ background: {theme.text}; color: {theme.background}; padding: 4px 8px; }}"
        f"QLabel#sheet_title {{ font-size: {px(20)}; font-weight: bold; }}"
        f"QLabel#sheet_text {{ font-size: {px(16)}; }}"
        f"QLabel#item {{ background: {theme.panel}; padding: 4px; }}"
        f"QLabel#item_wrong {{ background: {theme.alarm}; color: {theme.alarm_text}; "
        "font-weight: bold; padding: 4px; }"
        f"Strip QLabel#standing {{ background: {theme.alarm}; color: {theme.alarm_text}; "
        f"font-size: {px(18)}; font-weight: bold; padding: 8px; }}"
        f"Strip QLabel#message {{ background: {theme.panel}; color: {theme.text}; "
        f"font-size: {px(16)}; padding: 8px; }}"
    )


def _tables(theme: Theme) -> str:
    """Return the style of tables and long texts."""
    return (
        f"QTableView, QPlainTextEdit {{ border: 1px solid {theme.line}; gridline-color: {theme.line}; }}"
        f"QTableView::item:selected {{ background: {theme.twitch}; color: #101418; }}"
        f"QHeaderView::section {{ background: {theme.panel}; border: 0; padding: 3px; }}"
    )
