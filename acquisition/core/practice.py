"""Protocols of boards whose patient can be needled from the screen; only simulated ones are."""

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class NeedledByHand(Protocol):
    """Board whose patient the user can needle."""

    @property
    def fat_mm(self) -> float:
        """Thickness of skin and fat above the muscle in mm."""
        ...

    @property
    def locus_depth_mm(self) -> float:
        """Depth of the sensitive locus below the skin in mm."""
        ...

    def needle(self, depth_mm: float, across_mm: float = 0.0) -> None:
        """Make a needle pass, starting after the signal that is already generated. Thread-safe.

        Parameters
        ----------
        depth_mm : float
            Depth of the tip below the skin in mm.
        across_mm : float
            Distance of the tip from the locus along the skin in mm.
        """
        ...


@runtime_checkable
class ContractsByHand(Protocol):
    """Board whose patient contracts the muscle on request."""

    def contract(self) -> None:
        """Contract for some seconds, starting after the signal that is already generated. Thread-safe."""
        ...


@runtime_checkable
class KnowsTruth(Protocol):
    """Board that knows the ground truth."""

    def true_events(self) -> dict[str, Any]:
        """Return the ground truth since the start.

        Returns
        -------
        dict
            ``twitches``, ``needle_contacts`` and ``confounders`` in order of time, as written by `simulate --record`.
        """
        ...
