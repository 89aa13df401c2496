"""The hub's HTTP interface."""

import json
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

import psycopg

from harness.platforms.made_open.hub.configuration import HOST
from harness.platforms.made_open.hub.contacts import look_up
from harness.platforms.made_open.hub.services import Services


class HubServer(ThreadingTCPServer):
    """Listens from the moment it is made. Its own base leaves out a look-up of the host's name."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, services: Services) -> None:
        self.services = services
        super().__init__((HOST, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: HubServer

    def do_GET(self) -> None:
        """Answer `/health/detailed` and `/contacts/<number>`."""
        if self.path == "/health/detailed":
            health = self.server.services.health()
            self._answer(200 if health["status"] == "ok" else 503, health)
            return
        _, collection, number = (*self.path.split("/", 2), "", "")[:3]
        if collection != "contacts" or not number.isdecimal():
            self._answer(404, {"error": "there is nothing here"})
            return
        try:
            found = look_up(self.server.services, int(number))
        except psycopg.Error:
            self._answer(503, {"error": "postgres does not answer"})
            return
        self._answer(200 if found else 404, found or {"error": "there is no such contact"})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Print nothing: requests are the caller's to log."""

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
