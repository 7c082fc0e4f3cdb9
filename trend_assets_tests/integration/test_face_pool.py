"""Pictures are looked at in child processes: one that kills its decoder costs itself and nothing else."""

import io
import os
import signal
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from trend_assets.faces import worker
from trend_assets.faces.worker import FacePool


def plain() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (540, 960), (90, 120, 30)).save(target, "JPEG")
    return target.getvalue()


def bomb(width: int = 20_000, height: int = 20_000) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compressobj()
    body = b"".join(rows.compress(b"\0" * (width * 3 + 1)) for _ in range(height)) + rows.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


def test_bombs_are_not_judged_and_the_largest_legal_picture_stays_under_300_mb():
    with FacePool(workers=1) as pool:
        found = dict(
            pool.look_at_all([("bomb", bomb(20_000, 20_000)), ("large", bomb(6_300, 6_300)), ("fine", plain())])
        )
        peak = peak_mb(pool._children[0]._process.pid)
    assert "not decoded" in found["bomb"].reason
    assert found["large"].reason is None or "MB" in found["large"].reason or "decode" in found["large"].reason
    assert found["fine"].reason is None
    assert peak < 300


def test_a_decoder_that_dies_costs_one_picture():
    with FacePool(workers=1) as pool:
        ((_, before),) = pool.look_at_all([("a", plain())])
        os.kill(pool._children[0]._process.pid, signal.SIGKILL)
        found = dict(pool.look_at_all([("b", plain()), ("c", plain())]))
    assert before.reason is None
    assert "ended" in found["b"].reason
    assert found["c"].reason is None


def test_memory_beyond_the_limit_is_a_reason(monkeypatch):
    import subprocess

    started = subprocess.Popen
    code = (
        "import sys, runpy; import trend_assets.faces.worker as w; w.MEMORY_BYTES = 30_000_000; "
        "w.serve(sys.stdin.buffer, sys.stdout.buffer, min_share=0.02, choice='auto', yunet_model=None)"
    )
    monkeypatch.setattr(
        worker.subprocess, "Popen", lambda command, **options: started([command[0], "-c", code], **options)
    )
    with FacePool(workers=1) as pool:
        found = dict(pool.look_at_all([("large", bomb(6_000, 6_000)), ("fine", plain())]))
    assert found["large"].reason is not None
    assert found["fine"].reason is None


def test_the_child_has_no_secret_in_its_environment(monkeypatch):
    monkeypatch.setenv("TIKHUB_API_KEY", "canary-123")
    with FacePool(workers=1) as pool:
        list(pool.look_at_all([("a", plain())]))
        environment = Path(f"/proc/{pool._children[0]._process.pid}/environ").read_bytes()
    assert b"canary-123" not in environment


def test_a_model_that_is_none_is_a_setting_to_mend(tmp_path):
    wrong = tmp_path / "model.onnx"
    wrong.write_bytes(b"no model")
    with pytest.raises(ValueError, match="YUNET"), FacePool(yunet_model=tmp_path / "missing.onnx"):
        pass
    with pytest.raises(ValueError, match="no YuNet model"), FacePool(yunet_model=wrong):
        pass
