"""See: the staff web app and the citizens' web chat. Pages are drawn by the server and work without a script.

Scripts only spare page loads, keep a volunteer's doors for a day without a line, and play on the radio page.
"""
