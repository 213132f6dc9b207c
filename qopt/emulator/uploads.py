"""Problems that come in parts, before a job names them."""

from __future__ import annotations

import base64
import hashlib
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

# more than any problem of this machine's solvers
LARGEST = 2**30


class WrongUpload(Exception):
    """An upload that is unknown, damaged or too large; the text is one line."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


@dataclass(frozen=True)
class _Upload:
    size: int
    parts: dict[int, bytes] = field(default_factory=dict)
    whole: bytes | None = None


class Uploads:
    """What was uploaded, by its id."""

    def __init__(self) -> None:
        self._uploads: dict[str, _Upload] = {}

    def begin(self, size: object) -> str:
        """An id for a problem of so many bytes."""
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise WrongUpload(400, "the size of an upload is a whole number, 0 or more")
        if size > LARGEST:
            raise WrongUpload(413, f"{size} bytes are more than the {LARGEST} that are taken")
        id = f"emulated-data-{uuid.uuid4()}"
        self._uploads[id] = _Upload(size)
        return id

    def take(self, id: str, number: int, part: bytes, digest: str | None) -> None:
        """A part, counted from 1; `digest` is its MD5 in base64, which has to agree."""
        upload = self._upload(id)
        if digest != base64.b64encode(hashlib.md5(part).digest()).decode("ascii"):
            raise WrongUpload(400, f"part {number} does not agree with its Content-MD5")
        others = sum(len(known) for place, known in upload.parts.items() if place != number)
        if others + len(part) > upload.size:
            raise WrongUpload(400, f"more bytes came than the {upload.size} that were announced")
        upload.parts[number] = part

    def status(self, id: str) -> dict[str, Any]:
        """What has arrived so far."""
        upload = self._upload(id)
        parts = [
            {"part_number": number, "checksum": hashlib.md5(part).hexdigest()}
            for number, part in sorted(upload.parts.items())
        ]
        ended = upload.whole is not None
        return {"status": "UPLOAD_COMPLETED" if ended else "UPLOAD_IN_PROGRESS", "parts": parts}

    def combine(self, id: str, checksum: object) -> None:
        """Put the parts together. `checksum` is the MD5 of the parts' MD5s, one after another."""
        upload = self._upload(id)
        parts = [part for _, part in sorted(upload.parts.items())]
        digests = b"".join(hashlib.md5(part).digest() for part in parts)
        if checksum != hashlib.md5(digests).hexdigest():
            raise WrongUpload(400, "the checksum of the whole does not agree with its parts'")
        whole = b"".join(parts)
        if len(whole) != upload.size:
            raise WrongUpload(400, f"{len(whole)} bytes came instead of {upload.size}")
        self._uploads[id] = replace(upload, whole=whole)

    def get(self, id: object) -> bytes:
        """The bytes of a complete upload."""
        upload = self._uploads.get(id) if isinstance(id, str) else None
        if upload is None or upload.whole is None:
            raise WrongUpload(404, f"no complete upload has the id {id!r}")
        return upload.whole

    def _upload(self, id: str) -> _Upload:
        if id not in self._uploads:
            raise WrongUpload(404, f"no upload has the id {id!r}")
        return self._uploads[id]
