"""Asking for apps over the API."""

from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Asked:
    """An accepted prompt."""

    project_id: str
    message_id: str
    stream: str


async def ask(api: httpx.AsyncClient, prompt: str, project_id: str | None = None) -> Asked:
    """Sends a prompt, to a new project unless one is given."""
    if project_id is None:
        project_id = (await api.post("/api/projects", json={})).raise_for_status().json()["id"]
    answer = await api.post(f"/api/projects/{project_id}/messages", json={"content": prompt})
    body = answer.raise_for_status().json()
    return Asked(str(project_id), body["message"]["id"], body["streamUrl"])
