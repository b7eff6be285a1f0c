"""``samepath check --aws``, the whole way: against a mock of EC2 on this machine, and no account.

The mock answers over HTTP in EC2's own XML. AWS's client is the real one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from tests.aws.descriptions import CGW, KEY, VGW, VPN, Sketch, configuration

from samepath.aws.configuration import render
from samepath.cli import main
from samepath.drivers.ec2 import CALLS

EMPTY = '<{0}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"></{0}Response>'
CONNECTIONS = f"""\
<DescribeVpnConnectionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>0</requestId>
  <vpnConnectionSet>
    <item>
      <vpnConnectionId>{VPN}</vpnConnectionId>
      <state>available</state>
      <customerGatewayConfiguration>{escape(render(configuration()))}</customerGatewayConfiguration>
      <type>ipsec.1</type>
      <customerGatewayId>{CGW}</customerGatewayId>
      <vpnGatewayId>{VGW}</vpnGatewayId>
      <options><staticRoutesOnly>false</staticRoutesOnly></options>
      <vgwTelemetry>
        <item>
          <outsideIpAddress>{Sketch().outsides[1]}</outsideIpAddress>
          <status>UP</status>
          <lastStatusChange>2026-01-02T03:04:05.000Z</lastStatusChange>
          <statusMessage>4 BGP ROUTES</statusMessage>
          <acceptedRouteCount>4</acceptedRouteCount>
        </item>
      </vgwTelemetry>
    </item>
  </vpnConnectionSet>
</DescribeVpnConnectionsResponse>"""
NOT_ALLOWED = """\
<Response><Errors><Error><Code>UnauthorizedOperation</Code>
<Message>You are not authorized to perform this operation.</Message></Error></Errors>
<RequestID>0</RequestID></Response>"""


@dataclass(kw_only=True)
class Mock:
    """A mock of EC2: what was asked, and what it does not tell."""

    asked: list[str] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)

    def answer(self, action: str) -> tuple[int, str]:
        self.asked.append(action)
        if action in self.forbidden:
            return 403, NOT_ALLOWED
        return 200, CONNECTIONS if action == "DescribeVpnConnections" else EMPTY.format(action)


@pytest.fixture
def mock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mock]:
    mock = Mock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, text = mock.answer(parse_qs(body)["Action"][0])
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        for name, value in {
            "AWS_ENDPOINT_URL_EC2": f"http://127.0.0.1:{server.server_port}",
            "AWS_ACCESS_KEY_ID": "planted",
            "AWS_SECRET_ACCESS_KEY": "planted-secret",
            "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        }.items():
            monkeypatch.setenv(name, value)
        try:
            yield mock
        finally:
            server.shutdown()
            thread.join()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str, str]:
    """The exit code, and what was said."""
    with pytest.raises(SystemExit) as ended:
        main(["check", *words])
    said = capsys.readouterr()
    assert KEY not in said.out + said.err
    assert "planted-secret" not in said.out + said.err
    return ended.value.code, said.out, said.err


def test_an_account_is_asked_and_judged(capsys: pytest.CaptureFixture[str], mock: Mock) -> None:
    code, out, err = run(capsys, "--aws", "--region", "eu-west-1")

    assert (code, err.count("\n")) == (0, 1)
    assert err.startswith("samepath: warning: AWS eu-west-1: vpn-0a0a0a0a: AWS agrees to weak")
    assert out.startswith(f"{VPN}: {VGW} - {CGW} at 198.51.100.1, BGP, AS 64512 - AS")
    assert "tunnel 2  203.0.113.9  169.254.11.0/30  UP (4 BGP ROUTES)" in out
    assert sorted(mock.asked) == sorted(call.action.removeprefix("ec2:") for call in CALLS)


def test_what_it_may_not_tell_is_said(capsys: pytest.CaptureFixture[str], mock: Mock) -> None:
    mock.forbidden = {"DescribeRouteTables"}
    _, out, _ = run(capsys, "--aws", "--region", "eu-west-1")
    assert "skipped: AWS eu-west-1: ec2:DescribeRouteTables: it is not allowed to be" in out

    mock.forbidden = {"DescribeVpnConnections"}
    code, out, err = run(capsys, "--aws", "--region", "eu-west-1")
    assert (code, out) == (3, "")
    assert "AWS says no in eu-west-1" in err


def test_nobody_is_asked_while_a_file_cannot_be_used(
    capsys: pytest.CaptureFixture[str], mock: Mock
) -> None:
    code, _, err = run(capsys, "--aws", "--region", "eu-west-1", "nowhere.yaml")
    assert code == 2
    assert "nowhere.yaml" in err
    assert mock.asked == []


def test_without_a_region_or_without_aws_it_says_so(
    capsys: pytest.CaptureFixture[str], mock: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    code, _, err = run(capsys, "--aws")
    assert code == 3
    assert "region" in err
    code, _, err = run(capsys, "--vpn", "vpn.json", "--region", "eu-west-1")
    assert code == 2
    assert "--aws" in err
    assert mock.asked == []
