"""What every part of the talk works with: one turn's input, the state it changes, what it says and records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.events import Event
from bot.state import Input, Scene, State
from bot.understanding import classify, normalise
from content.library import Step, Text, fields_of, library, message
from content.message import Message

MAIN = "asxh"
SURE = 0.7  # how sure the understanding must be before a typed line counts as said
MAX_NOTE_CHARS = 300  # of a citizen's words in a ticket
QUESTIONS = {"who", "check", "since"}  # a question of ours that waits for its answer
MOURNING = "mourning"

_RECALL = {"telegram": "Xóa", "web": ""}  # elsewhere, on Zalo, it is "Thu hồi"

_STEP_BUTTONS = ("guide.next", "guide.stuck", "guide.repeat", "help.human", "stop")


@dataclass
class Talk:
    """One turn. ``text``: redacted. ``do``: turn to another intent, as if it had been said."""

    state: State
    inp: Input
    now: datetime
    scene: Scene
    text: str
    do: Callable[[str], None]
    messages: list[Message] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def change(self, **values: str | int | bool) -> None:
        """Set fields of the state."""
        self.state = replace(self.state, **values)  # type: ignore[arg-type]

    # --- What is known --------------------------------------------------------------------------

    @property
    def typed(self) -> str:
        """The normalised words, "" when a button was pressed."""
        return normalise(self.text) if self.inp.kind == "text" and not self.text.startswith("#") else ""

    @property
    def surely(self) -> bool:
        """Pressed, or typed so that it can hardly be anything else."""
        return not self.typed or classify(self.text)[1] >= SURE

    @property
    def note(self) -> str:
        """The citizen's words for a ticket."""
        return self.text[:MAX_NOTE_CHARS] if self.inp.kind == "text" else ""

    @property
    def can_resume(self) -> bool:
        """Whether there is a step to go back to."""
        return self.state.guide != ""

    @property
    def step(self) -> Step:
        """The step in hand."""
        return library().guides[self.state.guide].steps[self.state.step]

    @property
    def place_in_main(self) -> int:
        """The step of the main guide that was reached, -1 when it was not begun."""
        return self.state.step if self.state.guide == MAIN else self.state.back

    # --- Saying ---------------------------------------------------------------------------------

    def send(self, text: Text, *buttons: str, **more: str) -> None:
        """One text of the content, with its own buttons or these."""
        addressee = self.scene.addressee if self.state.who else None
        recall = _RECALL.get(self.scene.channel, "Thu hồi")
        values = fields_of(addressee, self.scene.place, recall=recall, **more)
        wanted = [self._way_back(button) for button in buttons or text.buttons]
        if not self.scene.place.session:
            wanted = [button for button in wanted if button != "session.yes"]
        if text.key == "greeting" and self.scene.languages:
            wanted.append("language.which")
        said = message(text, values, helper=self.state.who == "helper", buttons=wanted)
        self.messages.append(replace(said, language=self.state.language))

    def say(self, name: str, *buttons: str, **more: str) -> None:
        """One of the bot's own sentences (content/talk.yaml)."""
        self.send(library().talk.texts[name], *buttons, **more)

    def _way_back(self, button: str) -> str:
        """With no step to go back to, the way on is to begin."""
        return "guide.start" if button == "guide.resume" and not self.can_resume else button

    # --- The guide in hand ----------------------------------------------------------------------

    def go(self, guide: str, step: int, *, back: int = -1) -> None:
        """Move to a step and show it."""
        self.change(at="guide", guide=guide, step=step, back=back)
        self.show()

    def show(self) -> None:
        """The step in hand."""
        last = self.state.step == len(library().guides[self.state.guide].steps) - 1
        buttons: tuple[str, ...] = self.step.buttons
        if not buttons and self.state.guide == MAIN:
            buttons = ("guide.done", *_STEP_BUTTONS[1:]) if last else _STEP_BUTTONS
        elif not buttons:
            way = "guide.resume" if last else "guide.next"
            buttons = (way, "guide.repeat", "help.human", "stop")
        self.send(self.step, *buttons)

    def ask_who(self, then: str) -> None:
        """Before any name: who holds the phone?"""
        self.change(at="who", then=then)
        self.say("who")
