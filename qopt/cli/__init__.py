"""The command line: parse, call, print. A person's mistake is one line and exit code 2."""

from .commands import app as app
from .commands import main as main
