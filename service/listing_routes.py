"""The routes that list records, and those of one certificate with every attempt at its steps."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify
from flask import request as http

from service import listing, listing_query
from service.errors import NotFound
from service.http_caller import caller
from service.installation import Installation

API = "/api/v1/certificates"


def add(routes: Blueprint, installation: Installation) -> None:
    """Add the routes to the approvals side."""

    @routes.get(API)
    def list_records() -> Response:
        query = listing_query.read(http.args.to_dict(flat=False))
        page = listing.find(installation.database, query, caller())
        response = jsonify(page.as_json())
        if page.after is not None:
            response.headers["Link"] = f'<{_next(page.after)}>; rel="next"'
        return response

    @routes.get(f"{API}/<license_id>/records")
    def records_of(license_id: str) -> Response:
        with installation.database.read() as connection:
            rows = listing.of_certificate(connection, license_id)
            if not rows or not caller().sees(rows[0].dataset):
                raise NotFound("未找到该证照标识 (no such certificate)")
            records = [
                listing.as_json(row) | {"steps": listing.attempts(connection, row.record_id)}
                for row in rows
            ]
        return jsonify({"license_id": license_id, "number": rows[0].number, "records": records})


def _next(after: int) -> str:
    """The next page's address: this one's, with another cursor."""
    asked = {name: value for name, value in http.args.items() if name != "cursor"}
    return f"{http.path}?{urlencode(asked | {'cursor': str(after)})}"
