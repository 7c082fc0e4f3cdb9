"""What a language model is told: a task and statements, nothing else. What it may say is judged by who asks."""

from dataclasses import dataclass
from typing import Literal

Task = Literal["issue", "report"]


@dataclass(frozen=True, slots=True)
class Brief:
    """One text to be written. `about` names it for people; foreign words stand in “ ” in the `facts`."""

    about: str
    task: Task
    facts: tuple[str, ...]
