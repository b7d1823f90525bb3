"""``python -m cli`` is ``tungnha``."""

from cli import main

main()
