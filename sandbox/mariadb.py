"""Finds a MariaDB server on this machine, or puts one there.

Looked for on the PATH and where packages and Homebrew put it. Where there is none: as root (or with
sudo that asks nothing) apt installs the two core packages, which bring no service; without root apt
downloads them and they are unpacked under .local/mariadb. On macOS Homebrew installs it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import processes

LOCAL = Path(__file__).resolve().parent.parent / ".local"
PACKAGES = ("mariadb-server-core", "mariadb-client-core")
_FOLDERS = (
    "/usr/sbin",
    "/usr/bin",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/local/mariadb/bin",
    "/opt/homebrew/bin",
    "/opt/homebrew/opt/mariadb/bin",
    "/usr/local/opt/mariadb/bin",
)
_INSTALL_SECONDS = 600

Say = Callable[[str], None]


class MariadbMissingError(Exception):
    """There is no server that works, and none could be installed; the message says what to do."""


@dataclass(frozen=True)
class Mariadb:
    """A server that runs here: `server` is mariadbd, `root` the folder of an unpacked one."""

    server: Path
    root: Path | None = None

    @property
    def version(self) -> str:
        """What the server says of itself, for instance `10.11.19-MariaDB-0+deb12u1`."""
        text = self._output([self.server, "--no-defaults", "--version"])
        return text.partition("Ver ")[2].split()[0] if "Ver " in text else ""

    @property
    def initializer(self) -> Path:
        """mariadb-install-db, which makes an empty data folder."""
        prefix = self.server.resolve().parent.parent
        for folder in (self.server.parent, prefix / "bin", prefix / "scripts", Path("/usr/bin")):
            if (folder / "mariadb-install-db").is_file():
                return folder / "mariadb-install-db"
        raise MariadbMissingError(
            f"{self.server} has no mariadb-install-db beside it; reinstall MariaDB's server."
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment to start its programs in: ours, and its own libraries if unpacked."""
        if self.root is None:
            return dict(os.environ)
        libraries = sorted({str(file.parent) for file in self.root.glob("usr/lib/*/lib*.so*")})
        return {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}

    @property
    def place(self) -> list[str]:
        """Options that an unpacked server needs to find its own files."""
        if self.root is None:
            return []
        return [f"--basedir={self.root}/usr", f"--lc-messages-dir={self.root}/usr/share/mysql"]

    def runs(self) -> bool:
        """Whether it really starts: a file with the name proves nothing."""
        return "MariaDB" in self.version

    def _output(self, command: Sequence[str | Path]) -> str:
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                env=self.environment,
                timeout=20,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout


def obtain(say: Say) -> Mariadb:
    """Return a server that runs, installing one where there is none.

    :param say: told what is being done, when it takes time.
    :raises MariadbMissingError: none could be had.
    """
    found = find()
    if found is not None:
        return found
    for install in _ways():
        install(say)
        found = find()
        if found is not None:
            return found
    raise MariadbMissingError(
        "MariaDB was not found and could not be installed; install the package mariadb-server-core "
        "(macOS: brew install mariadb), or set DATABASE_URL to a database, and run this again "
        f"(details: {_log()})."
    )


def find() -> Mariadb | None:
    """Return the first server that really runs on this machine, or None."""
    return next((candidate for candidate in _candidates() if candidate.runs()), None)


def empty_data(server: Mariadb, say: Say) -> Path:
    """Return an empty data folder of this very version, made once and kept under .local.

    :raises MariadbMissingError: mariadb-install-db fails; the message has the end of its words.
    """
    version = re.sub(r"[^A-Za-z0-9.]+", "-", server.version)
    template = LOCAL / "mariadb" / f"empty-{version}"
    if template.is_dir():
        return template
    say(f"Preparing an empty database (MariaDB {server.version})")
    template.parent.mkdir(parents=True, exist_ok=True)
    making = processes.scratch_folder(template.parent)
    command = [
        str(server.initializer),
        "--no-defaults",
        *([f"--basedir={server.root}/usr"] if server.root else []),
        f"--datadir={making}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
        "--force",  # a container's host name often resolves to nothing
        "--innodb-log-file-size=10M",
        *as_user(),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, env=server.environment, check=False
    )
    if done.returncode != 0:
        processes.remove_folder(making)
        tail = (done.stdout + done.stderr).strip().splitlines()[-5:]
        raise MariadbMissingError("mariadb-install-db failed: " + " | ".join(tail))
    try:
        making.rename(template)
    except OSError:  # another session was quicker: its folder is as good
        processes.remove_folder(making)
    else:
        processes.forget_folder(making)
    return template


def as_user() -> list[str]:
    """The option that the server's programs want when root runs them."""
    # As root the server refuses to run unless it is told to.
    return ["--user=root"] if os.geteuid() == 0 else []


def _candidates() -> Iterator[Mariadb]:
    on_path = shutil.which("mariadbd")
    if on_path:
        yield Mariadb(Path(on_path))
    for folder in _FOLDERS:
        server = Path(folder) / "mariadbd"
        if server.is_file():
            yield Mariadb(server)
    root = _unpacked()
    if (root / "usr/sbin/mariadbd").is_file():
        yield Mariadb(root / "usr/sbin/mariadbd", root)


def _ways() -> Iterator[Callable[[Say], None]]:
    if shutil.which("apt-get"):
        if os.geteuid() == 0 or _run(["sudo", "-n", "true"]):
            yield _install_with_apt
        if shutil.which("dpkg"):
            yield _unpack_with_apt
    if shutil.which("brew"):
        yield _install_with_brew


def _install_with_apt(say: Say) -> None:
    say("Installing MariaDB's server (apt-get install mariadb-server-core)")
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    # Another apt may be at work, as on a machine that has just come up: wait for it.
    apt = [
        *sudo,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-o",
        "DPkg::Lock::Timeout=120",
    ]
    _run([*apt, "update"])
    _run([*apt, "install", "-y", "--no-install-recommends", *PACKAGES])


def _install_with_brew(say: Say) -> None:
    say("Installing MariaDB (brew install mariadb)")
    _run(["brew", "install", "mariadb"])


def _unpack_with_apt(say: Say) -> None:
    say("Unpacking MariaDB's server under .local/mariadb (no root needed)")
    base = LOCAL / "mariadb"
    debs = base / "debs"
    shutil.rmtree(debs, ignore_errors=True)
    for folder in (debs, base / "lists/partial", base / "archives/partial", _unpacked()):
        folder.mkdir(parents=True, exist_ok=True)
    # Lists of its own: an ordinary user may not refresh the machine's, which may also be empty.
    private = [f"-oDir::State::lists={base}/lists", f"-oDir::Cache={base}"]
    _run(["apt-get", *private, "update"])
    # Asking apt what it would install gives the libraries that this very machine lacks.
    plan = _output(
        ["apt-get", *private, "--simulate", "--no-install-recommends", "install", *PACKAGES]
    )
    wanted = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
    _run(["apt-get", *private, "download", *(wanted or PACKAGES)], folder=debs)
    for deb in sorted(debs.glob("*.deb")):
        _run(["dpkg", "-x", str(deb), str(_unpacked())])
    for folder in (debs, base / "lists", base / "archives"):
        shutil.rmtree(folder, ignore_errors=True)


def _unpacked() -> Path:
    return LOCAL / "mariadb/root"


def _log() -> Path:
    return LOCAL / "logs/setup.log"


def _run(command: Sequence[str], folder: Path | None = None) -> bool:
    """Run a command with its output in the log; False where it fails."""
    _log().parent.mkdir(parents=True, exist_ok=True)
    with _log().open("ab") as log:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                timeout=_INSTALL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            log.write(f"{error}\n".encode())
            return False
    return done.returncode == 0


def _output(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
