import re

from django.conf import settings


def test_the_example_environment_names_every_variable_that_settings_read():
    source = (settings.BASE_DIR / "backoffice" / "settings.py").read_text()
    example = (settings.BASE_DIR / ".env.example").read_text()

    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    documented = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))

    assert documented - {"POSTGRES_PASSWORD"} == read
