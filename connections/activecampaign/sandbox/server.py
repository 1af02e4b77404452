"""HTTP for the sandbox: keep-alive connections, each in a thread, each answer in one write."""

import ipaddress
import logging
import os
import socket
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connections.activecampaign.sandbox.account import Account
from connections.activecampaign.sandbox.messages import Call, Cut, Reply, message
from connections.activecampaign.sandbox.routes import answer

LARGEST_BODY = 16 * 1024 * 1024

logger = logging.getLogger("facteur.sandbox")


class SandboxServer(ThreadingHTTPServer):
    """Serves one account; closing it also closes the connections that are open."""

    # Threads are waited for in server_close(), after their connections were closed.
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], account: Account) -> None:
        self.account = account
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        with self._open_lock:
            for connection in self._open:
                _hang_up(connection)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            logger.exception("A request could not be answered")


class _Handler(BaseHTTPRequestHandler):
    server: SandboxServer
    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024  # headers and body leave together, when the request is done

    def _answer(self) -> None:
        body = self._read_body()
        if body is None:
            return
        address = ipaddress.ip_address(self.client_address[0].partition("%")[0])
        call = Call(self.command, self.path, self.headers, body, address.is_loopback)
        try:
            self._write(answer(self.server.account, call))
        except Cut:
            self._cut()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer

    def _read_body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif not (length.isascii() and length.isdigit()):
            self._refuse(HTTPStatus.BAD_REQUEST)
        elif int(length) > LARGEST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            return self.rfile.read(int(length))
        return None

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._write(message(status, status.phrase))

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def _cut(self) -> None:
        """End the connection so that the other side sees a reset."""
        self.close_connection = True
        self.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
        )  # on, for no time
        os.close(self.connection.detach())

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: the account keeps its own log, and URLs hold addresses."""


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        logger.debug("A connection had ended already")
