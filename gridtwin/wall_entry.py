"""The page that a wall's link opens: it hands the secret over and goes on to the map.

The secret stands behind the `#`, which browsers send to nobody, so that no log, proxy or link preview sees it.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>gridtwin</title><script src="/enter/wall.js" type="module"></script></head>
<body><p id="says" role="status">正在登录大屏… Signing this wall in …</p></body></html>
"""
_SCRIPT = """const says = document.getElementById('says');
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
const answer = await fetch('/api/session/link', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ token }),
}).catch(() => null);
if (answer?.ok) location.replace('/wall');
else if (answer === null)
  says.textContent = '无法连接服务器，请重新打开链接。 The server can’t be reached: open the link again.';
else
  says.textContent = "链接已使用或已过期，请索取新的链接。 This link was used or is too old: ask for a new one.";
"""


@router.get("/enter/wall")
async def wall_entry() -> HTMLResponse:
    """The page behind a wall's link."""
    return HTMLResponse(_PAGE, headers={"Cache-Control": "no-store"})


@router.get("/enter/wall.js")
async def wall_entry_script() -> Response:
    """Its script: a file, because the policy forbids inline ones."""
    return Response(_SCRIPT, media_type="text/javascript")
