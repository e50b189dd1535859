"""Vipps' published API descriptions as judges of what is sent to Vipps and what comes from it.

They are read from the folder named by PROVIDER_SPECS. What is known to be wrong in them is
corrected here, each correction with its reason; nothing else is changed.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import requests
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIResponse
from openapi_core.datatypes import RequestParameters
from openapi_schema_validator import OAS30Validator
from werkzeug.datastructures import Headers, ImmutableMultiDict

FOLDER = os.environ.get("PROVIDER_SPECS", "")
HOST = "https://apitest.vipps.no"
_CONFIG = Config(extra_media_type_deserializers={"application/problem+json": json.loads})
_NAMES = {
    "/epayment/": "epayment",
    "/webhooks/": "webhooks",
    "/accesstoken/": "access-token",
    "/access-management-1.0/": "login",
    "/vipps-userinfo-api/": "userinfo",
    "/settlement/": "report",
    "/report/": "report",
}
_MAY_LACK = {"report"}
"""Descriptions that not every folder holds; what they would judge is skipped there."""


@dataclass
class Sent:
    """A request as openapi-core wants it, made from one that a simulator recorded."""

    record: dict[str, Any]
    parameters: RequestParameters = field(init=False)
    host_url: str = HOST

    def __post_init__(self) -> None:
        """Read query and headers."""
        query = parse_qsl(self.record["query"], keep_blank_values=True)
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(query), header=Headers(list(self.record["headers"].items()))
        )

    @property
    def path(self) -> str:
        return str(self.record["path"])

    @property
    def method(self) -> str:
        return str(self.record["method"]).lower()

    @property
    def body(self) -> bytes | None:
        return self.record["body"].encode() or None

    @property
    def content_type(self) -> str:
        return str(self.record["headers"].get("content-type", "")).lower()


class VippsSpecs:
    """All descriptions that the folder holds."""

    def __init__(self, folder: Path) -> None:
        self._documents: dict[str, dict[str, Any]] = {}
        for name in dict.fromkeys(_NAMES.values()):
            if name in _MAY_LACK and not (folder / f"vipps-{name}.yaml").exists():
                continue
            text = (folder / f"vipps-{name}.yaml").read_text(encoding="utf-8")
            self._documents[name] = yaml.safe_load(text)
        _correct(self._documents)
        self._apis = {
            name: OpenAPI.from_dict(document, config=_CONFIG)
            for name, document in self._documents.items()
        }

    def has(self, name: str) -> bool:
        """Whether the folder holds this description."""
        return name in self._documents

    def describes(self, path: str) -> bool:
        """Whether the folder holds the description of what is asked for here."""
        return any(path.startswith(prefix) and self.has(_NAMES[prefix]) for prefix in _NAMES)

    def check_request(self, record: dict[str, Any]) -> None:
        """Judge a request that a simulator recorded. :raises OpenAPIError: it does not fit."""
        self._api(record["path"]).validate_request(Sent(record))

    def check_response(self, answer: requests.Response) -> None:
        """Judge an answer. :raises OpenAPIError: it does not fit."""
        parts = urlsplit(str(answer.request.url))
        sent = Sent(
            {
                "method": answer.request.method,
                "path": parts.path,
                "query": parts.query,
                "headers": {name.lower(): text for name, text in answer.request.headers.items()},
                "body": "",
            }
        )
        self._api(parts.path).validate_response(sent, RequestsOpenAPIResponse(answer))

    def check_schema(self, name: str, schema: str, content: object) -> None:
        """Judge a value by a named schema. :raises ValidationError: it does not fit."""
        document = self._documents[name]
        reference = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
        OAS30Validator(reference, format_checker=jsonschema.FormatChecker()).validate(content)

    def _api(self, path: str) -> OpenAPI:
        name = next(name for prefix, name in _NAMES.items() if path.startswith(prefix))
        return self._apis[name]


def _correct(documents: dict[str, dict[str, Any]]) -> None:
    login, userinfo, epayment = documents["login"], documents["userinfo"], documents["epayment"]
    _add_what_is_newer(epayment["components"]["schemas"])
    if "report" in documents:
        _correct_report(documents["report"])
    # "Exactly one of" three objects whose only property is optional fits none: each is required.
    customers = (
        ("CustomerPhoneNumber", "phoneNumber"),
        ("PersonalQrCode", "personalQr"),
        ("CustomerToken", "customerToken"),
    )
    for schema, name in customers:
        epayment["components"]["schemas"][schema]["required"] = [name]
    # An id_token is a JWT, not a number.
    token = login["components"]["schemas"]["OauthTokenResponse"]["properties"]
    token["id_token"] = {"type": "string"}
    # An MSISDN has up to 15 digits, not always 15.
    person = userinfo["components"]["schemas"]["Userinfo"]["properties"]
    person["phone_number"]["pattern"] = r"^\d{9,15}$"
    # Login's userinfo answers 401 to the header that this description of 2023 demands, and
    # discovery names its address without the last slash.
    paths = userinfo["paths"]
    operation = paths.pop("/vipps-userinfo-api/userinfo/")
    paths["/vipps-userinfo-api/userinfo"] = operation
    operation["get"]["parameters"] = [
        item
        for item in operation["get"]["parameters"]
        if not item["$ref"].endswith("Ocp-Apim-Subscription-Key")
    ]


def _add_what_is_newer(schemas: dict[str, Any]) -> None:
    """Add to ePayment 1.8.1 what Vipps has added since and the product uses (1.8.5)."""
    url = {"type": "string", "pattern": "^https://", "maxLength": 2500}
    schemas["CreatePaymentRequest"]["properties"]["merchantLegalLinks"] = {
        "type": "object",
        "properties": {"termsOfSaleUrl": url, "privacyPolicyUrl": url},
        "required": ["termsOfSaleUrl", "privacyPolicyUrl"],
        "additionalProperties": False,
    }
    moment = {"type": "string", "format": "date-time"}
    for name in ("GetPaymentResponse", "WebhookEvent"):
        schemas[name]["properties"]["captureGuaranteedUntil"] = moment
    # Vipps refuses fields that it does not know; the description does not say so.
    for name in (
        *("CreatePaymentRequest", "Receipt", "OrderLine", "BottomLine", "UnitInfo"),
        *("CaptureModificationRequest", "RefundModificationRequest", "CancelModificationRequest"),
    ):
        schemas[name]["additionalProperties"] = False


def _correct_report(report: dict[str, Any]) -> None:
    """Mend the Report API's description of December 2023."""
    report["servers"] = [{"url": HOST}]  # it has no test environment, and the host is a name here
    responses = report["components"]["responses"]
    report["components"]["responses"] = {str(status): said for status, said in responses.items()}
    for operations in report["paths"].values():
        for operation in operations.values():
            found = operation["responses"]
            operation["responses"] = {str(status): said for status, said in found.items()}
    entry = report["components"]["schemas"]["Transaction"]["properties"]
    # Payouts have another name since 2024, and an entry about no payment has no sales unit.
    entry["entryType"]["enum"] += ["payout-scheduled", "credit-note"]
    entry["recipientHandle"]["nullable"] = True
