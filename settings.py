"""Every setting, in one place. Names are environment variables with the prefix ``TUNGNHA_``.

A ``.env`` file in the working directory is read too. Nothing here opens a file or a socket.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"  # what time.fromisoformat takes
ROLE = "(owner|approver|officer|province|volunteer|radio|auditor)"  # register.staff.ROLES


class Settings(BaseSettings):
    """All settings. An empty token or secret means: this channel is off."""

    model_config = SettingsConfigDict(env_prefix="TUNGNHA_", env_file=".env", extra="ignore", hide_input_in_errors=True)

    home: Path = Field(Path.home() / ".tungnha", description="Folder of data, database, keys and audio.")
    database_url: str = Field("", repr=False, description="PostgreSQL URL; empty: SQLite in the home.")
    secret_key: SecretStr = Field(SecretStr(""), description="Seals the key file; empty: the file's mode 0600 alone.")
    public_url: str = Field("", description="https address that Zalo and Telegram call, without a final slash.")
    host: str = Field("127.0.0.1", description="Address on which `serve` listens.")
    port: int = Field(8000, ge=0, le=65535, description="Port on which `serve` listens; 0: a free one.")
    proxies: str = Field("127.0.0.1", description="Reverse proxies whose X-Forwarded-For and -Proto are believed.")
    second_step_roles: str = Field(
        "owner,approver,officer,province",
        pattern=f"^({ROLE}(,{ROLE})*)?$",
        description="Roles that must sign in with a second step (TOTP); the others may.",
    )
    idle_minutes: int = Field(30, ge=5, le=720, description="Minutes without use after which a sign-in ends.")
    lanes_at_once: int = Field(
        8, ge=1, le=100, description="Lanes that one process drains side by side (PostgreSQL; SQLite: all of them)."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_format: Literal["text", "json"] = Field(
        "text", description="Log of serve and worker: for people, or JSON lines."
    )

    telegram_token: SecretStr = Field(SecretStr(""), description="Token of the citizens' bot.")
    telegram_api_base: str = Field("https://api.telegram.org", description="Telegram Bot API server.")
    telegram_webhook_secret: SecretStr = Field(SecretStr(""), description="Secret header of the Telegram webhook.")
    staff_telegram_token: SecretStr = Field(SecretStr(""), description="Token of the staff bot.")

    zalo_app_id: str = Field("", description="Zalo app id.")
    zalo_app_secret: SecretStr = Field(SecretStr(""), description="Zalo app secret (OAuth, appsecret_proof).")
    zalo_oa_secret: SecretStr = Field(SecretStr(""), description="OA secret key: signs the webhooks.")
    zalo_oa_id: str = Field("", description="Id of the Official Account.")
    zalo_refresh_token: SecretStr = Field(SecretStr(""), description="First refresh token; later ones are kept sealed.")
    zalo_openapi_base: str = Field("https://openapi.zalo.me", description="OA Open API server.")
    zalo_business_base: str = Field("https://business.openapi.zalo.me", description="ZBS template server.")
    zalo_oauth_base: str = Field("https://oauth.zaloapp.com", description="OAuth v4 server.")
    zalo_template_id: str = Field("", description="ZBS template for the first message (with the name).")
    zalo_template_id_unnamed: str = Field("", description="Its twin without a name, for phones of unknown owner.")
    zalo_mac_first_term: Literal["app_id", "oa_id"] = Field("app_id", description="First term of the webhook MAC.")
    zalo_bot_token: SecretStr = Field(SecretStr(""), description="Zalo Bot Platform token.")
    zalo_bot_base: str = Field("https://bot-api.zaloplatforms.com", description="Zalo Bot Platform server.")
    zalo_bot_webhook_secret: SecretStr = Field(SecretStr(""), description="Secret header of the Zalo Bot webhook.")

    web_chat: bool = Field(False, description="Web chat at /hoi-dap, to which a commune's portal may link.")
    sandbox_base: str = Field("", description="Address of `tungnha sandbox`; set: the console shows its phones.")
    voice: Literal["auto", "phrases", "piper", "gtts", "espeak"] = Field("auto", description="Voice of bulletins.")
    piper_folder: Path | None = Field(None, description="Folder of a local neural voice: one .onnx and its .onnx.json.")
    loudness: Literal["-16", "-18", "-23"] = Field("-16", description="LUFS of recordings: horns −16, EBU R128 −23.")
    gtts_base: str = Field("", description="Stand-in server for gTTS; empty: Google.")
    keep_people_days: int = Field(
        180, ge=31, le=3650, description="Days after a campaign's end or after leaving the lists that identity is kept."
    )
    keep_chats_days: int = Field(90, ge=7, le=3650, description="Days that chat states and closed tickets are kept.")
    elder_age: int = Field(60, ge=40, le=90, description="From this age a person is addressed as ông/bà.")
    inquiry_days: int = Field(90, ge=7, le=365, description="Days after which the row codes of an inquiry end.")
    send_from: str = Field("07:00", pattern=CLOCK, description="Start of the hours for messages (VN time).")
    send_until: str = Field("21:00", pattern=CLOCK, description="End of the hours for messages (VN time).")


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
