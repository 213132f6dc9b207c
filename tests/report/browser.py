"""A page in headless Chromium, and axe-core from the npm registry; None where they are not had."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AXE = "axe-core@4.14.1"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
DARK = ("--blink-settings=preferredColorScheme=0", "--force-dark-mode")


def chromium() -> str | None:
    """A browser by its name, or one that playwright has installed."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        cache = Path(
            os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright")
        )
        found = next(
            (str(path) for path in sorted(cache.glob("chromium*/chrome-linux*/chrome"))), None
        )
    return found


def axe(folder: Path) -> str | None:
    """The text of axe-core."""
    if shutil.which("npm") is None:
        return None
    try:
        subprocess.run(
            ["npm", "pack", AXE, "--silent"],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=90,
        )
    except (subprocess.SubprocessError, OSError):
        return None
    (archive,) = folder.glob("axe-core-*.tgz")
    with tarfile.open(archive) as packed:
        inside = packed.extractfile("package/axe.min.js")
        assert inside is not None
        return inside.read().decode()


@dataclass(frozen=True)
class Seen:
    """The document as the browser has it at the end, and what its console said."""

    document: str
    console: tuple[str, ...]


def seen(path: Path, profile: Path, *options: str) -> Seen:
    """A page that was loaded, with 30 seconds of its own time."""
    browser = chromium()
    assert browser is not None
    done = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=30000",
            "--enable-logging=stderr",
            "--dump-dom",
            *options,
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Seen(done.stdout, tuple(console))


def asked(
    page: str,
    folder: Path,
    script: str,
    *options: str,
    library: str = "",
    guarded: bool = True,
) -> Any:
    """What a script finds on a page: the value that it returns, which is JSON's.

    The page's own policy allows no other script, so this is a copy whose policy allows these two;
    or, where it is not `guarded`, a copy without any.
    """
    asking = f"""
window.addEventListener("load", async () => {{
  const found = await (async () => {{ {script} }})();
  const shown = document.createElement("pre");
  shown.id = "found";
  shown.textContent = JSON.stringify(found);
  document.body.append(shown);
}});"""
    scripts = [library.replace("</script", "<\\/script"), asking]
    digests = [hashlib.sha256(text.encode()).digest() for text in scripts]
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    widened = page.replace("script-src ", f"script-src {allowed} ")
    if not guarded:
        widened = page.replace("Content-Security-Policy", "nothing")
    assert widened != page
    added = "".join(f"<script>{text}</script>" for text in scripts)
    path = folder / "asked.html"
    path.write_text(widened.replace("</body>", f"{added}</body>"), encoding="utf-8")
    document = seen(path, folder / "profile", *options).document
    (found,) = re.findall(r'<pre id="found">(.*?)</pre>', document, re.S)
    return json.loads(html.unescape(found))
