"""A program that calls the sandbox without our adapter, and what it sends."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode

from platform_world import PREVIEW, Sandbox, case

from service.platform import entries
from service.platform.vocabulary import of_type

WORDS = of_type("crane-use-registration")
PROVINCE = "450000"


class Client:
    """A program that calls the sandbox, without our adapter."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        status, found = self.form(secret=self.secret)
        assert status == 200
        self.token = found["access_token"]

    @property
    def secret(self) -> str:
        return self.sandbox.settings.client_secret_file.read_text("ascii").strip()

    def form(
        self, secret: str, client: str = "sealpress", grant: str = "client_credentials"
    ) -> Any:
        """The status and the answer to asking for a token."""
        fields = {"client_id": client, "client_secret": secret, "grant_type": grant}
        return self.send(
            "/oauth/token", urlencode(fields).encode(), "application/x-www-form-urlencoded"
        )

    def send(self, path: str, body: bytes, media: str = "application/json") -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.sandbox.port, timeout=10)
        try:
            connection.request("POST", path, body, {"Content-Type": media})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def call(self, step: str, *told: dict[str, Any]) -> dict[str, Any]:
        """The answer to a call."""
        body = json.dumps({"AcceptData": told}).encode()
        path = f"/{WORDS.methods[step]}?access_token={self.token}"
        status, found = self.send(path, body)
        assert status == 200
        assert set(found) == {"ReturnCode", "ReturnMsg", "ReturnData"}
        assert set(found["ReturnData"]) == {"SuccessData", "WarnData", "ErrorData"}
        return dict(found)

    def taken(self, step: str, told: dict[str, Any]) -> dict[str, str]:
        """What is handed out where a call is taken."""
        found = self.call(step, told)
        assert found["ReturnCode"] == "1"
        (row,) = found["ReturnData"]["SuccessData"]
        return dict(row)

    def refused(self, step: str, told: dict[str, Any]) -> str:
        """The words with which a call is refused."""
        found = self.call(step, told)
        assert found["ReturnCode"] == "0"
        assert found["ReturnData"]["SuccessData"] == []
        (row,) = found["ReturnData"]["ErrorData"]
        assert row["ErrorGuid"] == told.get("eCertID", "")
        return str(row["ErrorMsg"])


def coding(**changes: Any) -> dict[str, Any]:
    """What is sent for 赋码."""
    return entries.code(case(**changes), WORDS, PROVINCE)


def check(**changes: Any) -> dict[str, Any]:
    """What is sent for 校验."""
    return entries.check(case(**changes), WORDS, PROVINCE)


def persons(add: bool = True, **changes: Any) -> dict[str, Any]:
    """What is sent for 持证人员信息归集或注销."""
    return entries.persons(case(**changes), WORDS, PROVINCE, add)


def status(**changes: Any) -> dict[str, Any]:
    """What is sent for 证书状态变更."""
    return entries.status(case(**changes), WORDS, PROVINCE, "拆卸")


def collection(sandbox: Sandbox, **changes: Any) -> dict[str, Any]:
    """What is sent for 归集."""
    code_id = sandbox.state()["certificates"][-1]["code_id"]
    return entries.collect(case(**changes), WORDS, code_id, PREVIEW)


def collect(client: Client) -> None:
    """Bring a certificate to its end."""
    client.taken("coding", coding())
    client.taken("persons", persons())
    client.taken("collection", collection(client.sandbox))
