"""See: the staff web app. Server-rendered pages; JavaScript (htmx) only for live updates."""
