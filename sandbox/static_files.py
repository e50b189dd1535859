"""Serves public/ as the platform's file system does: by exact path, index.html, clean URLs."""

import hashlib
import mimetypes
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

from sandbox.gateway_http import GatewayAnswer, GatewayRequest, Headers, problem


class StaticFiles:
    """The files below a folder, which may be missing.

    :param clean_urls: `/terms` is terms.html, and `/terms.html` redirects there.
    """

    def __init__(self, folder: Path, clean_urls: bool) -> None:  # noqa: FBT001  # a setting's value
        self._folder = folder.resolve()
        self._clean_urls = clean_urls

    def answer(self, path: str, request: GatewayRequest) -> GatewayAnswer | None:
        """The file at a raw path, or None where there is none."""
        name = unquote(path)
        if self._clean_urls and name.endswith(".html") and self._file(name):
            clean = path.removesuffix(".html").removesuffix("/index") or "/"
            return _empty(HTTPStatus.PERMANENT_REDIRECT, [("Location", clean)])
        file = self._file(name) or self._file(f"{name.rstrip('/')}/index.html")
        if file is None and self._clean_urls:
            file = self._file(f"{name}.html")
        if file is None:
            return None
        if request.method not in {"GET", "HEAD"}:
            detail = "a file can be read, and nothing else"
            return problem(HTTPStatus.METHOD_NOT_ALLOWED, "platform_method_not_allowed", detail)
        return _serve(file, request)

    def _file(self, name: str) -> Path | None:
        if "\0" in name:
            return None
        path = (self._folder / name.lstrip("/")).resolve()
        # Whatever dots the path held: outside the folder there is nothing.
        inside = path.is_relative_to(self._folder)
        return path if inside and path.is_file() else None


def _serve(file: Path, request: GatewayRequest) -> GatewayAnswer:
    content = file.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = [("ETag", tag), ("Cache-Control", "public, max-age=0, must-revalidate")]
    known = next((v for k, v in request.headers if k.lower() == "if-none-match"), None)
    if known == tag:
        return GatewayAnswer(HTTPStatus.NOT_MODIFIED, HTTPStatus.NOT_MODIFIED.phrase, headers)
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    headers += [("Content-Type", kind + charset), ("Content-Length", str(len(content)))]
    return GatewayAnswer(HTTPStatus.OK, HTTPStatus.OK.phrase, headers, [content])


def _empty(status: HTTPStatus, headers: Headers) -> GatewayAnswer:
    return GatewayAnswer(status, status.phrase, [*headers, ("Content-Length", "0")])
