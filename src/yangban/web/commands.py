"""``yangban serve`` and ``yangban manage``: what the site adds to the command line."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from yangban.base.errors import UsageError

WorkspaceOption = Annotated[
    Path,
    typer.Option("--workspace", "-w", envvar="YANGBAN_HOME", help="工作区文件夹  The workspace folder.", show_default="./yangban-data"),
]
_SETTINGS: Final = "yangban.web.config.settings"
_RESTARTS: Final = 5
_CALM: Final = 30.0
_WORKER_WAITS: Final = 300


def prepare(workspace: Path) -> None:
    """Make the workspace and its key (mode 0600), and set Django up."""
    from yangban.readings.workspace import Workspace

    place = Workspace.open(workspace, create=True)
    os.environ["YANGBAN_HOME"] = str(place.path.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", _SETTINGS)
    file = place.path / "site.key"
    if not os.environ.get("YANGBAN_SECRET_KEY") and not file.exists():
        with contextlib.suppress(FileExistsError):
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as out:
                out.write(secrets.token_urlsafe(64) + "\n")
    import django

    django.setup()


def _ready() -> None:
    """Bring database, files and releases up to date."""
    from django.core.management import call_command

    from yangban.web.public.publishing import sync
    from yangban.web.workspace import site_workspace

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    made = sync(site_workspace())
    if made:
        typer.echo(f"新到网站的发布：{'、'.join(f'{n:04d}' for n in made)}  New releases on the site")


def _refuse_taken(host: str, port: int) -> None:
    """Refuse a port on which somebody listens: the server itself would quietly share it, and answer every second request."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise UsageError(
                f"{host}:{port} 不能使用（{problem.strerror}）：另一个网站可能正在运行，请停止它，或用 --port 换一个端口；the port is taken"
            ) from None


class _Kept:
    """A process that is started again when it dies, unless it dies at once and again."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name, self.command = name, command
        self.started = 0.0
        self.quick = 0
        self.process: subprocess.Popen[bytes] | None = None

    def look(self) -> bool:
        """Start or restart it where needed; False when it cannot be kept alive."""
        if self.process is not None and self.process.poll() is None:
            return True
        if self.process is not None:
            self.quick = self.quick + 1 if time.monotonic() - self.started < _CALM else 0
            typer.echo(f"{self.name} 已停止（{self.process.returncode}），重新启动  {self.name} ended and is started again", err=True)
            if self.quick >= _RESTARTS:
                typer.echo(f"{self.name} 连续 {_RESTARTS} 次启动失败  {self.name} cannot be kept alive", err=True)
                return False
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command)
        return True

    def stop(self) -> None:
        """End it, gently first."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve(
    workspace: WorkspaceOption = Path("yangban-data"),
    host: Annotated[str, typer.Option("--host", help="监听地址  Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", help="端口  Port.", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option("--workers", help="进程数  Processes that answer.", min=1, max=64)] = 2,
    demo: Annotated[bool, typer.Option("--demo", help="演示：示例账号，仅限本机  A demonstration, on this machine alone.")] = False,
) -> None:
    """启动网站：建库、收静态文件、写入新发布，并看管后台任务。

    Serve the site: migrate, collect, publish what is new, and keep the background worker alive.
    """
    if demo:
        if host not in {"127.0.0.1", "localhost", "::1"}:
            raise UsageError("演示只在本机提供：--demo 不能与 --host 同用；a demonstration serves this machine alone")
        os.environ["YANGBAN_DEMO"] = "1"
    if host not in {"127.0.0.1", "localhost", "::1"} and not os.environ.get("YANGBAN_HOSTS"):
        raise UsageError("对外提供前请设置 YANGBAN_HOSTS（允许的域名）；set YANGBAN_HOSTS to the names under which the site is reached")
    _refuse_taken(host, port)
    prepare(workspace)
    _ready()
    if demo:
        from yangban.web.demo import accounts_text, make_demo

        make_demo()
        typer.echo(accounts_text())
    server = _Kept(
        "网站",
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(workers),
            "--blocking-threads", "4", "--no-ws", "--workers-kill-timeout", "10", "yangban.web.config.wsgi:application",
        ],
    )  # fmt: skip
    worker = _Kept("后台任务", [sys.executable, "-m", "yangban.web.commands", "worker"])
    typer.echo(f"网站 http://{host}:{port}/  按 Ctrl+C 停止  Press Ctrl+C to stop")

    def stop(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        while server.look() and worker.look():
            time.sleep(0.5)
        raise typer.Exit(1)
    except KeyboardInterrupt:
        typer.echo("停止中  Stopping")
    finally:
        server.stop()
        worker.stop()


def manage(context: typer.Context, workspace: WorkspaceOption = Path("yangban-data")) -> None:
    """Django 管理命令，如 migrate、verify_audit、publish_releases。

    The management commands of Django: whatever stands behind ``manage`` is handed on.
    """
    prepare(workspace)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["yangban manage", *context.args])


def _await_database() -> None:
    """Wait for a database that is being started again; one that stays away for long is the caller's to see."""
    from django.db import OperationalError, connection

    until = time.monotonic() + _WORKER_WAITS
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(1)


def _worker() -> None:
    """The background worker: pick up what a killed one left, then wait for work. It gives way to those who answer pages."""
    os.nice(5)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    if connection.vendor == "sqlite":
        # Nobody waits for the worker, so it waits its turn however many write.
        connection.settings_dict["OPTIONS"]["timeout"] = _WORKER_WAITS
    from yangban.web.api.deliveries import tidy
    from yangban.web.jobs.daily import keep_ticking
    from yangban.web.jobs.work import resume

    _await_database()
    resume()
    tidy()
    threading.Thread(target=keep_ticking, args=(threading.Event(),), name="daily", daemon=True).start()
    call_command("db_worker", interval=0.5, startup_delay=False, verbosity=0)


serve_app = typer.Typer(add_completion=False)
serve_app.command()(serve)
manage_app = typer.Typer(add_completion=False)
manage_app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False})(manage)

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", _SETTINGS)
    _worker()
