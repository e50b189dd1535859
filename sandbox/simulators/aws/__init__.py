"""Amazon S3, as a process of its own: moto's server behind a guard (__main__.py)."""

import sys
import time
from contextlib import ExitStack

import requests

from sandbox import processes
from sandbox.clock import Clock
from sandbox.database import free_port

KEY_ID = "AKIALOCALWORLD"
SECRET = "secret-of-the-local-world"
BUCKET = "minmentor-exports"
_REGION = "eu-north-1"
_PATIENCE = 60
_CONFIGURATION = (
    '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    f"<LocationConstraint>{_REGION}</LocationConstraint></CreateBucketConfiguration>"
)


class AwsError(Exception):
    """The simulator does not come up."""


class AwsSimulator:
    """S3 on a loopback port, with one private bucket."""

    def __init__(self, clock: Clock) -> None:
        """Prepare; nothing listens before `start`."""
        self._clock = clock
        self._touched = clock.path.with_name("s3-touched")
        self._port = free_port()
        self.base_url = f"http://127.0.0.1:{self._port}"

    def start(self, stack: ExitStack) -> None:
        """Start it, to be stopped by `stack`; `prepare` waits until it is up."""
        process = processes.spawn(
            [
                *(sys.executable, "-m", "sandbox.simulators.aws"),
                *(str(self._port), str(self._clock.path), SECRET, str(self._touched)),
            ]
        )
        stack.callback(lambda: processes.end([process]))

    def prepare(self) -> dict[str, str]:
        """Wait until it is up and make the bucket; return the functions' variables."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self._make_anew()
            except requests.ConnectionError as error:
                if time.monotonic() > end:
                    raise AwsError("the simulator of S3 does not come up") from error
                time.sleep(0.05)
            else:
                break
        return {
            "AWS_ENDPOINT_URL": self.base_url,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "EXPORT_BUCKET": BUCKET,
        }

    def reset(self) -> None:
        """Forget every object; the bucket stays. Where nobody came near it nothing is done."""
        if self._touched.exists():
            self._touched.unlink()
            self._make_anew()

    def _make_anew(self) -> None:
        for method, path, body in (
            ("POST", "/moto-api/reset", None),
            ("PUT", f"/{BUCKET}", _CONFIGURATION),
        ):
            answer = requests.request(method, f"{self.base_url}{path}", data=body, timeout=10)
            answer.raise_for_status()

    def keys(self) -> list[str]:
        """Return the key of every object that is there."""
        found: list[str] = requests.get(f"{self.base_url}/_sandbox/keys", timeout=10).json()
        return found

    def uploads(self) -> int:
        """Return how many uploads in parts are neither completed nor aborted."""
        number: int = requests.get(f"{self.base_url}/_sandbox/uploads", timeout=10).json()
        return number
