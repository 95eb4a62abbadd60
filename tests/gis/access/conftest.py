from tests.gis.access.town import town  # noqa: F401 - a fixture
