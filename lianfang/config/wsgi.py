import gc
import os

import django
from django.core.handlers.wsgi import WSGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianfang.config.settings")
django.setup(set_prefix=False)

from lianfang.accounts.rules import require_known_permissions  # noqa: E402  after setup: it reads the routes
from lianfang.core.routes import require_declarations  # noqa: E402

require_declarations()
require_known_permissions()
application = WSGIHandler()

# Modules, models and routes, some 300,000 objects, are never garbage. Looked through with the rest, they make a full
# collection last 100 to 150 ms, which falls on whatever page is being made just then; set aside, a few.
gc.collect()
gc.freeze()
