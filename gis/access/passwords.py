"""Passwords: argon2id, and the refusal of those that are short, common or easily guessed."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

import argon2
from zxcvbn import zxcvbn

from gis.errors import WeakPassword
from gis.messages import Both

SHORTEST = 10
_STRONG = 3  # zxcvbn: withstands 10^8 guesses
_LOOKED_AT = 72  # zxcvbn's time grows fast with the length
_workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="password")  # each takes 19 MB and a core

# Words and numbers that people here like; zxcvbn knows the world's.
_LOCAL = (
    "gridtwin", "wangge", "wanggeyuan", "shequ", "jiedao", "zhongguo", "shandong", "jinan", "zibo", "linzi",
    "sibaoshan", "zhangdian", "gaoxinqu", "guanliyuan", "mima", "denglu", "woaini", "woaizhongguo", "nihao", "xuexi",
    "wodemima", "haoyun", "facai", "gongxifacai", "5201314", "1314520", "168168", "888888", "666666", "12345", "12319",
    "网格", "网格员", "社区", "街道", "淄博", "临淄", "密码", "我爱你", "你好", "中国",
)  # fmt: skip

_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's argon2id minimum
# An unknown account costs as much time as a wrong password.
_NOBODY = _hasher.hash("nobody has this password")


def hash_now(password: str) -> str:
    """An argon2id hash to store."""
    return _hasher.hash(password)


async def hashed(password: str) -> str:
    """`hash_now`, beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_workers, _hasher.hash, password)


async def fits(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one; None takes as long and is never right."""
    try:
        await asyncio.get_running_loop().run_in_executor(_workers, _hasher.verify, stored or _NOBODY, password)
    except argon2.exceptions.VerificationError:
        return False
    return stored is not None


def make_up() -> str:
    """A password that nobody chose: 90 bits."""
    return secrets.token_urlsafe(12).replace("-", "x").replace("_", "y")


def require_strong(password: str, *names: str) -> None:
    """Raises WeakPassword for one that is short, common, easily guessed, or made of the account's names."""
    if len(password) < SHORTEST:
        raise WeakPassword(why=Both(f"至少需要 {SHORTEST} 个字符。", f"use at least {SHORTEST} characters."))
    own = [word for name in names for word in (name, *name.split()) if word]
    judged = zxcvbn(password[:_LOOKED_AT], user_inputs=[*own, *_LOCAL], max_length=_LOOKED_AT)
    if judged["score"] < _STRONG:
        raise WeakPassword(
            why=Both(
                "太常见或容易被猜到，请使用几个不相关的词。",
                "it is common or easily guessed; take a few words that don't belong together.",
            )
        )
