"""How `make superset` runs Superset: for this machine alone, and asking nobody for anything."""

import logging
import os
from pathlib import Path

SQLALCHEMY_DATABASE_URI = f"sqlite:///{Path(os.environ['SUPERSET_HOME']) / 'superset.db'}"
# The published copy is a file, which Superset does not open unless told to.
PREVENT_UNSAFE_DB_CONNECTIONS = False
LOG_LEVEL = logging.ERROR
# Pages may load nothing from elsewhere: as shipped they report each view to scarf.sh.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    # No certificate: the address is this machine's own.
    "force_https": False,
    "session_cookie_secure": False,
}
