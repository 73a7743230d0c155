"""Start of a session with the options of the command line, or with choices made in a window first."""

from dataclasses import dataclass, replace

from PySide6.QtGui import QKeySequence

from acquisition.core import BoardConfigError, Setup
from twitchscope.found_boards import SIMULATED_URL
from twitchscope.live.app import Showing, desktop_theme, gui_application, run_live
from twitchscope.live.flow.choosing_window import Beginning, choose
from twitchscope.live.flow.steps import ON_OR_NEEDLE, Step
from twitchscope.live.flow.view import FlowOptions
from twitchscope.live.settings import Settings, is_pedal
from twitchscope.session.plan import SessionPlan

NO_PEDAL = "none"


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """Options of the command line.

    Attributes
    ----------
    board_url : str or None
        URL of the board; None to choose it in a window.
    setup : Setup
        Description of the channels from a setup file.
    plan : SessionPlan
        Plan of the session.
    showing : Showing
        How the window is shown.
    masked : bool
        Whether verdicts are hidden until a site is closed.
    pedals : tuple of str
        ``KEY=KEY`` for this and later starts; empty to use those given before.
    """

    board_url: str | None
    setup: Setup
    plan: SessionPlan
    showing: Showing
    masked: bool
    pedals: tuple[str, ...]


def begin(options: LiveOptions) -> int:
    """Let the user make the open choices, run the session and return the exit status.

    Raises
    ------
    AcquisitionError
        As in `run_live`, and if a pedal's key does not exist.
    """
    pedals = pedal_keys(options.pedals)
    if options.showing.exit_after_s is not None:  # no questions are asked, and stored choices are ignored
        flow_options = FlowOptions(Step.NEEDLE, options.masked, pedals)
        return run_live(options.board_url or SIMULATED_URL, options.setup, options.plan, options.showing, flow_options)
    gui_application()
    settings = Settings()
    if options.pedals:
        settings.keep("pedals", " ".join(f"{key}={meant}" for key, meant in pedals))
    flow_options = FlowOptions(Step.ELECTRODES, options.masked, pedals or settings.pedals)
    showing = replace(options.showing, theme=options.showing.theme or settings.theme)
    if options.board_url is not None:
        return run_live(options.board_url, options.setup, options.plan, showing, flow_options)
    plan = options.plan
    beginning = Beginning(options.setup, plan.visit, plan.pseudonym, options.masked, flow_options.pedals)
    first_theme = showing.theme or desktop_theme()
    chosen = choose(beginning, first_theme, showing.size)
    if chosen is None:
        return 0
    if chosen.theme is not first_theme:
        settings.keep("theme", chosen.theme.name)
    plan = replace(
        plan,
        pseudonym=chosen.pseudonym,
        visit=chosen.visit,
        needle_is_isolated=plan.needle_is_isolated or chosen.is_isolated,
    )
    flow_options = replace(flow_options, masked=chosen.masked)
    showing = replace(showing, theme=options.showing.theme or settings.theme)
    return run_live(chosen.url, chosen.setup, plan, showing, flow_options)


def pedal_keys(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return pairs of a pedal's key and the key that it stands for.

    Raises
    ------
    BoardConfigError
        If a key does not exist.
    """
    found = []
    for text in texts:
        if text == NO_PEDAL:
            continue
        key, _, meant = text.partition("=")
        if not is_pedal(key, meant):
            raise BoardConfigError(
                f"--pedal {text}: expected KEY=KEY with keys as they stand on the screen, such as F13=G, F14=N or "
                f"PgDown={ON_OR_NEEDLE} (on, and at the needle in and out)"
            )
        found.append((QKeySequence(key).toString(), meant if meant == ON_OR_NEEDLE else QKeySequence(meant).toString()))
    return tuple(found)
