"""A certificate authority for the tests, and certificates that are good, or bad in one way each."""
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]


def make(directory, *flags):
    command = [str(ROOT / "scripts" / "make-certificates"), *flags, str(directory), "localhost", "127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


class Certificates:
    """Paths of PEM files, as scripts/make-certificates names them: `expired_client` and `expired_client_key`."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        make(directory)
        shutil.copy(self.directory / "crl.pem", self.directory / "crl-empty.pem")
        shutil.copy(self.directory / "server.pem", self.directory / "server-old.pem")
        shutil.copy(self.directory / "server.key", self.directory / "server-old.key")
        for name in ("server.pem", "server.key"):
            (self.directory / name).unlink()
        make(directory, "--bad")

    def __getattr__(self, name):
        stem, kind = (name[: -len("_key")], "key") if name.endswith("_key") else (name, "pem")
        path = self.directory / f"{stem.replace('_', '-')}.{kind}"
        if not path.exists():
            raise AttributeError(f"no {path.name} in {sorted(entry.name for entry in self.directory.iterdir())}")
        return str(path)
