"""What a patient offers who may be needled from the screen: simulated ones alone."""

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class NeedledByHand(Protocol):
    """A board whose patient whoever watches may needle."""

    @property
    def fat_mm(self) -> float:
        """Skin and fat above the muscle."""
        ...

    @property
    def locus_depth_mm(self) -> float:
        """Depth of the sensitive locus below the skin."""
        ...

    def needle(self, depth_mm: float, across_mm: float = 0.0) -> None:
        """Pass the needle as soon as the signal that is drawn already allows; may be called from any thread.

        Parameters
        ----------
        depth_mm : float
            Depth of the tip below the skin.
        across_mm : float
            Distance of the tip from the locus along the skin.
        """
        ...


@runtime_checkable
class ContractsByHand(Protocol):
    """A board whose patient contracts the muscle when told to."""

    def contract(self) -> None:
        """Contract for some seconds, as soon as the signal that is drawn already allows; any thread may call."""
        ...


@runtime_checkable
class TellsTruth(Protocol):
    """A board that knows what really happened."""

    def reveal(self) -> dict[str, Any]:
        """Return what really happened since the start.

        Returns
        -------
        dict
            ``twitches``, ``needle_contacts`` and ``confounders`` in order of time, as `simulate --record` writes them.
        """
        ...
