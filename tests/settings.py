"""The project's settings with a data folder and a key file of their own, gone after the run."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="anlan-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["ANLAN_DATA"] = os.path.join(_folder, "data")
os.environ["ANLAN_KEY_FILE"] = os.path.join(_folder, "tests.key")

from anlan.project.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests sign in often

# Pages are rendered in tests whether or not the front end was built.
if not DJANGO_VITE["default"]["manifest_path"].exists():  # noqa: F405
    DJANGO_VITE["default"]["dev_mode"] = True  # noqa: F405

# A test's rows need to outlive no cut of power: what is acknowledged is synced in an installation.
if "sqlite" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"  # noqa: F405
