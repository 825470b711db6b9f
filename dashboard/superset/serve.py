"""Superset over the published copy: `serve.py COPY PORT`, in the environment of Superset.

Everything Superset keeps (users, the imported dashboard, sessions) lies in a temporary folder; the
key it signs with and the password of its user are made anew at each start.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import secrets
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path
from zipfile import ZipFile

import bundle

USER = "admin"


def main() -> None:
    """Command line: COPY PORT."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("copy", type=Path, help="the published copy")
    parser.add_argument("port", type=int, help="port on this machine")
    arguments = parser.parse_args()
    # So that the folder goes, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    started = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - started:4.0f} s  {text}", flush=True)

    with tempfile.TemporaryDirectory(prefix="bankmart-superset-") as folder:
        os.environ |= {
            "SUPERSET_HOME": folder,
            "SUPERSET_CONFIG_PATH": str(Path(__file__).with_name("superset_config.py")),
            "SUPERSET_SECRET_KEY": secrets.token_hex(32),
        }
        tell("Superset starts")
        # What it says of its own insides.
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        from superset.app import create_app

        app = create_app()
        with app.app_context():
            import flask_migrate
            from superset import appbuilder, security_manager

            tell("its own database")
            with contextlib.redirect_stdout(io.StringIO()):
                flask_migrate.upgrade()
            logging.disable(logging.WARNING)
            tell("its roles and user")
            appbuilder.add_permissions(update_perms=True)
            security_manager.sync_role_definitions()
            password = secrets.token_urlsafe(12)
            role = security_manager.find_role("Admin")
            security_manager.add_user(USER, "bank", "mart", "admin@localhost", role, password)
            tell("the dashboard")
            import_dashboard(arguments.copy, Path(folder))
        tell(f"open http://127.0.0.1:{arguments.port}/superset/dashboard/bankmart/")
        tell(f"user {USER}, password {password}; Ctrl+C ends it")
        app.run(host="127.0.0.1", port=arguments.port, threaded=True)


def import_dashboard(copy: Path, folder: Path) -> None:
    """What an administrator does with the ZIP on the page Import dashboards."""
    from superset import security_manager
    from superset.commands.dashboard.importers.dispatcher import ImportDashboardsCommand
    from superset.commands.importers.v1.utils import get_contents_from_bundle
    from superset.utils.core import override_user

    bundle.write(copy, folder / "bankmart.zip")
    with ZipFile(folder / "bankmart.zip") as archive:
        contents = get_contents_from_bundle(archive)
    with override_user(security_manager.find_user(USER)):
        ImportDashboardsCommand(contents, overwrite=True).run()


if __name__ == "__main__":
    main()
