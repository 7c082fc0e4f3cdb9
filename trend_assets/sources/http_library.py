"""The HTTP client library, imported here and nowhere else, so that its continuation can take its place by one line.

    from trend_assets.sources.http_library import httpx

What a request of ours may do (time limits, retries, whom it may reach) is in `http.py`, `fetch.py`, `network.py`.
"""

import httpcore as httpcore  # httpx's sockets: where a connection is guarded
import httpx as httpx
