"""Which detector looks at covers: what the setting says, else the best that is here.

    auto ─▶ yunet, where the user brings a model ─▶ network, where its wheel is installed ─▶ cascades, everywhere

Its name with its version is stored with every verdict, so that two of them are never compared unawares.
"""

from importlib.metadata import version
from pathlib import Path
from typing import Literal

from trend_assets.faces.network import NETWORK, NetworkDetector, is_installed
from trend_assets.faces.verdict import HAAR, Detector, haar_detector
from trend_assets.faces.yunet import YuNetDetector

Choice = Literal["auto", "network", "yunet", "cascades"]


def chosen(choice: str, yunet_model: Path | None) -> str:
    """The detector that a setting means here: network, yunet or cascades. Raises ValueError for one that cannot be."""
    if choice == "yunet" and yunet_model is None:
        raise ValueError("TREND_ASSETS_FACE_DETECTOR is yunet: set TREND_ASSETS_FACE_YUNET_MODEL to a model as well.")
    if choice != "auto":
        return choice
    if yunet_model is not None:
        return "yunet"
    return "network" if is_installed() else "cascades"


def detector_of(choice: str, yunet_model: Path | None) -> tuple[Detector, str]:
    """The detector and the name that is stored with what it sees. Raises ValueError where it cannot be used, naming the
    setting to mend."""
    what = chosen(choice, yunet_model)
    if what == "network":
        return NetworkDetector(), f"{NETWORK}-{version(NETWORK)}-closer"
    if what == "yunet":
        assert yunet_model is not None
        return YuNetDetector(yunet_model), f"yunet:{yunet_model.name}"
    return haar_detector(), HAAR
