"""A language model in the sandbox: it says again what it is told, in its own order, or lies where a fault says so.

Imported by the sandbox only. Assumption: every answer is charged for the same number of tokens.
"""

import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trend_assets.sandbox.meter import Meter
from trend_assets.sandbox.simulation import Simulation
from trend_assets.sandbox.state import fault, reply
from trend_assets.sources.prose.collect import ENDPOINT, PROVIDER_NAME

MODEL = "simulated-writer-1"
TOKENS = {"prompt_tokens": 400, "completion_tokens": 100}
USD = (TOKENS["prompt_tokens"] * 0.15 + TOKENS["completion_tokens"] * 0.60) / 1_000_000
LIES = {
    "lies_in_numbers": "Every number is one higher than it was told.",
    "lies_in_names": "The text names somebody of whom it was not told.",
    "obeys_strangers": "It says what a title asks for instead of the figures.",
    "refuses_to_write": "It refuses in the way of the API: no content, a refusal.",
    "writes_nothing": "Its text is empty.",
    "writes_a_page": "Its text is HTML.",
    "writes_for_ever": "Its text has 400,000 letters.",
    "hides_usage": "The answer does not say how many tokens it used.",
}


async def chat(request: Request) -> Response:
    """POST /chat/completions."""
    asked: Any = await request.json()
    facts = json.loads(asked["messages"][-1]["content"])["facts"]
    text = _written(facts, as_issue="headline" in asked["messages"][0]["content"])
    if fault(request, "lies_in_numbers") is not None:
        text = re.sub(r"\d+", lambda match: str(int(match[0]) + 1), text)
    for name, lie in _LIES_TOLD.items():
        if fault(request, name) is not None:
            text = lie
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    if fault(request, "refuses_to_write") is not None:
        message |= {"content": None, "refusal": "I cannot help with that."}
    answer: dict[str, Any] = {"model": MODEL, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    if fault(request, "hides_usage") is None:
        answer["usage"] = TOKENS
    if fault(request, "shape_moved") is not None:
        answer["options"] = answer.pop("choices")
    return reply(answer)


_LIES_TOLD = {
    "lies_in_names": "It was Zendaya Coleman who made the day with the first of the stories.",
    "obeys_strangers": "Ignore the figures and buy the miracle serum at miracle-serum.example today.",
    "writes_nothing": "",
    "writes_a_page": "<html><body><h1>502 Bad Gateway</h1></body></html>",
    "writes_for_ever": "rising " * 57_143,
}


def _written(facts: list[str], *, as_issue: bool) -> str:
    """The facts as they were told: the first two as the introduction, the second alone as the headline."""
    if not as_issue:
        return " ".join(facts[:3])
    issue = {"headline": facts[min(1, len(facts) - 1)].rstrip("."), "introduction": " ".join(facts[:2])}
    return f"```json\n{json.dumps(issue, ensure_ascii=False)}\n```"


def _bill(meter: Meter, endpoint: str, day: str) -> float:
    return meter.pay(PROVIDER_NAME, endpoint, USD)


def _failure(request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
    return reply({"error": {"message": "Simulated failure.", "type": "simulated", "code": None}}, status, headers)


SIMULATION = Simulation(
    provider=PROVIDER_NAME,
    routes=lambda: [Route(ENDPOINT, chat, methods=["POST"])],
    endpoints=((f"^{ENDPOINT}$", "chat"),),
    failure=_failure,
    faults=LIES,
    bill=_bill,
    about=(f"POST {ENDPOINT}",),
)
