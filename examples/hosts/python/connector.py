"""A component through the wasmtime wheel: compiled once, with a new instance for each call, so
that no call finds what a former one left in its memory."""

import hashlib
from dataclasses import dataclass
from typing import Any

from wasmtime import Config, Engine, Store, WasiConfig, WasmtimeError
from wasmtime.component import Component, Linker, Record, Variant

from http_client import HttpClient, Refused
from records import plain
from settings import Settings

PACKAGE = "governance:connector"
VERSION = "0.2.0"
HTTP_CLIENT = f"{PACKAGE}/http-client@{VERSION}"
# What one call may use: instructions (wasmtime's fuel) and bytes of memory.
FUEL = 20_000_000_000
MEMORY = 1 << 30


def load(path: str) -> "Loaded":
    """Loads a component: bare, with the contract's own import, or joined to the WASI adapter."""
    with open(path, "rb") as file:
        content = file.read()
    config = Config()
    config.consume_fuel = True
    engine = Engine(config)
    component = Component(engine, content)
    bare = HTTP_CLIENT in component.type.imports(engine)
    sha256 = hashlib.sha256(content).hexdigest()
    return Loaded(engine, component, bare, sha256)


class Loaded:
    """A compiled component and what it says of itself."""

    def __init__(self, engine: Engine, component: Component, bare: bool, sha256: str):
        self.engine, self.component, self.bare, self.sha256 = engine, component, bare, sha256
        nobody = Settings(base_url="", timeout=1, max_body=1)
        self.descriptor = plain(self.open(nobody).invoke("description", "describe"))

    def open(self, settings: Settings) -> "Connector":
        return Connector(self, settings)


@dataclass
class End:
    """How a call ended: an answer, or an outcome with its problem; and the requests it sent."""

    answer: dict | None = None
    outcome: str | None = None
    problem: dict | None = None
    requests: int | None = 0


class Connector:
    """The connector of one tenant."""

    def __init__(self, loaded: Loaded, settings: Settings):
        self._loaded, self._settings = loaded, settings
        self._client = HttpClient(settings)
        self._linker = self._over_http_client() if loaded.bare else self._over_wasi()

    @property
    def descriptor(self) -> dict:
        return self._loaded.descriptor

    @property
    def sha256(self) -> str:
        return self._loaded.sha256

    @property
    def base_url(self) -> str:
        return self._settings.base_url

    def has(self, credential: str) -> bool:
        return credential in self._settings.credentials

    def call(self, name: str, *args: Any) -> End:
        """One call of `inventory`."""
        before = self._client.requests
        try:
            answer = self.invoke("inventory", name, *args)
        except WasmtimeError as error:
            return End(None, "trapped", trapped(error), self._sent(before))
        if isinstance(answer, Variant):
            return End(None, answer.tag, plain(answer.payload), self._sent(before))
        return End(plain(answer), requests=self._sent(before))

    def invoke(self, interface: str, name: str, *args: Any) -> Any:
        """One call in a fresh instance, with limits of its own."""
        with Store(self._loaded.engine) as store:
            store.set_fuel(FUEL)
            store.set_limits(memory_size=MEMORY)
            if not self._loaded.bare:
                store.set_wasi(self._wasi())
                store.set_wasi_http()
            instance = self._linker.instantiate(store, self._loaded.component)
            place = instance.get_export_index(store, f"{PACKAGE}/{interface}@{VERSION}")
            function = instance.get_func(store, instance.get_export_index(store, name, place))
            return function(store, *args)

    def _sent(self, before: int) -> int | None:
        """The wheel's wasi:http counts nothing."""
        return self._client.requests - before if self._loaded.bare else None

    def _over_http_client(self) -> Linker:
        linker = Linker(self._loaded.engine)
        with linker.root() as root, root.add_instance(HTTP_CLIENT) as instance:
            instance.add_func("get", self._get)
        return linker

    def _over_wasi(self) -> Linker:
        linker = Linker(self._loaded.engine)
        linker.add_wasip2()
        linker.add_wasi_http()
        return linker

    def _wasi(self) -> WasiConfig:
        settings = self._settings
        variables = {
            "CONNECTOR_BASE_URL": settings.base_url,
            "CONNECTOR_MAX_BODY": str(settings.max_body),
        }
        for name, (header, value) in settings.credentials.items():
            variable = f"CONNECTOR_CREDENTIAL_{name.upper().replace('-', '_')}"
            variables[variable] = f"{header}: {value}"
        wasi = WasiConfig()
        wasi.env = variables.items()
        return wasi

    def _get(self, _store: Any, request: Record) -> Record | Variant:
        asked = vars(request)
        try:
            status, headers, body = self._client.get(
                asked["credential"], asked["path-with-query"], asked["headers"]
            )
        except Refused as refused:
            return Variant(refused.case, refused.payload)
        return record(status=status, headers=headers, body=body)


def record(**fields: Any) -> Record:
    made = Record()
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def resource_id(id: dict | None) -> Record | None:
    """An identity as the wheel takes it."""
    if id is None:
        return None
    made = record(id=id["id"])
    setattr(made, "resource-type", id["resource_type"])
    return made


def trapped(error: Exception) -> dict:
    return {
        "message": "The connector trapped. This is a fault of the connector: report it.",
        "detail": str(error).strip().splitlines()[-1],
        "credential": None,
        "status": None,
        "retry_after": None,
    }
