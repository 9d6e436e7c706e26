"""The command line. Parsing only; each command is a module in `service.commands`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from service import (
    access_arguments,
    care_arguments,
    key_arguments,
    log_arguments,
    seal_arguments,
    settings,
    webhook_arguments,
)
from service.report import EXIT_BROKEN_PIPE, EXIT_USAGE, logged_to, report

COMMANDS = {
    "issue": "issue certificates from request files",
    "import": "issue and cancel what stands in a file of JSON lines, with a report",
    "render": "draw an unsigned preview, marked 样本",
    "verify": "say whether a file, a code's address or a number is genuine and valid",
    "receipt": "check the receipt of an inspector's check",
    "layout": "check a layout's folder, or draw it with its sample",
    "continue": "continue a record that stopped (继续流程)",
    "replace": "issue the next version in a certificate's place (照面信息变更)",
    "cancel": "cancel a certificate (注销)",
    "list": "list records (办理记录), newest first",
    "show": "show a certificate: files, records with every attempt, history",
    "abandon": "give up a record that cannot be issued (放弃办理)",
    "reconcile": "compare what was sent, what we issued and what the platform has",
    "backup": "copy register, documents and settings while the service runs",
    "restore": "make a new home from a backup",
    "access": "make, list and revoke access keys of the approvals interface",
    "keys": "list, make, bring in, rotate, retire and revoke keys",
    "seal": "make the seal of an authority, or show one",
    "webhooks": "list notifications, send one again, write a key's webhook secret",
    "log": "check the log of all changes, sign and show its checkpoints",
    "trust": "export what others need to check our files",
    "serve": "run the HTTP service",
    "public-role": "let the public side's role on PostgreSQL read what it needs",
    "worker": "do the work that waits: batches, records that stopped, notifications",
    "seal-service": "hold keys, and sign with them for others over mutual TLS",
    "sandbox-platform": "run a national platform to practise against, on this machine",
    "bench": "measure this machine",
}

MODULES = {"continue": "continuing", "import": "importing"}
"""The modules that cannot be named like their commands, which are words of Python's."""


class Parser(argparse.ArgumentParser):
    """A parser whose exit status for wrong usage is sysexits' EX_USAGE: 2 means `cancelled`."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the mistake, and exit with 64."""
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    options = _parser().parse_args(arguments)
    with logged_to(settings.home_folder() / "error.log"):
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    try:
        module = MODULES.get(options.command, options.command.replace("-", "_"))
        command = importlib.import_module(f"service.commands.{module}")
        return int(command.run(options))
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing else may be written there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        return report(error)


def _parser() -> Parser:
    parser = Parser(prog="sealpress", description="Certificates as signed PDF and sealed OFD.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = {name: commands.add_parser(name, help=text) for name, text in COMMANDS.items()}
    _issue(made["issue"])
    _import(made["import"])
    _render(made["render"])
    _verify(made["verify"])
    _receipt(made["receipt"])
    _layout(made["layout"])
    _continue(made["continue"])
    _replace(made["replace"])
    _cancel(made["cancel"])
    _list(made["list"])
    care_arguments.add(made)
    access_arguments.add(made["access"])
    key_arguments.add(made["keys"])
    seal_arguments.add(made["seal"])
    webhook_arguments.add(made["webhooks"])
    log_arguments.add(made["log"])
    _trust(made["trust"])
    _serve(made["serve"])
    _worker(made["worker"])
    _seal_service(made["seal-service"])
    _sandbox_platform(made["sandbox-platform"])
    _bench(made["bench"])
    return parser


def _issue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("requests", nargs="+", type=Path, metavar="REQUEST.json")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where files go")


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.jsonl", help="a request in each line")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where files and report go")


def _render(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("request", type=Path, metavar="REQUEST.json")
    parser.add_argument("--format", choices=("pdf", "ofd", "svg", "png"), help="needs --out")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the preview goes")
    parser.add_argument("--explain", action="store_true", help="tell which font drew what")
    parser.add_argument("--json", action="store_true", help="explain as JSON")


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subject", metavar="FILE|URL|NUMBER")
    parser.add_argument("--at", metavar="TIME", help="ask for the status at that time")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    parser.add_argument(
        "--offline", action="store_true", help="use exported trust only, not the register"
    )
    parser.add_argument(
        "--trust", type=Path, metavar="DIR", help="exported trust (default: the home's own)"
    )
    parser.add_argument("--plate", metavar="NUMBER", help="the factory number on the machine")
    receipt = parser.add_argument_group("a receipt of the check")
    receipt.add_argument("--receipt", type=Path, metavar="FILE", help="a new file for it")
    receipt.add_argument("--inspector", metavar="NAME", help="who checks; with --receipt")
    receipt.add_argument("--place", metavar="TEXT", help="where")
    receipt.add_argument(
        "--receipt-key", metavar="URI", help="a device's key (default: the installation's)"
    )


def _receipt(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("verify", help="say whether it is genuine, and what it says")
    check.add_argument("file", type=Path, metavar="FILE")
    check.add_argument(
        "--trust", type=Path, metavar="DIR", help="exported trust (default: the home's own)"
    )
    check.add_argument("--key", type=Path, metavar="FILE.pem", help="a device's public key")
    check.add_argument("--of", type=Path, metavar="FILE", help="it must be of that very file")
    check.add_argument("--json", action="store_true", help="print its claims as JSON")


def _layout(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="name every mistake by file, key and reason")
    check.add_argument("folder", type=Path, metavar="DIR")
    show = actions.add_parser("show", help="draw it with its sample and a millimetre grid")
    show.add_argument("folder", type=Path, metavar="DIR")
    show.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")


def _continue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", metavar="RECORD|NUMBER", help="its number, or a certificate's")
    parser.add_argument(
        "--data", type=Path, metavar="FILE.json", help="corrected face, holder or persons"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the files go")


def _replace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FILE.json",
        help="what changes: face, holder, persons, issued_on; and the reason",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the files go")


def _cancel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER")
    parser.add_argument("--reason", required=True, metavar="TEXT")
    parser.add_argument("--effective", metavar="TIME", help="from when on (default: now)")


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--status", metavar="WORD", help="valid, cancelled, failed; or in Chinese")
    parser.add_argument("--process", metavar="WORD", help="check_failed, collected…")
    parser.add_argument("--type", metavar="TYPE", help="such as crane-use-registration")
    parser.add_argument("--authority", metavar="USCC")
    parser.add_argument("--number", metavar="NUMBER")
    parser.add_argument("--applied-from", metavar="TIME")
    parser.add_argument("--applied-to", metavar="TIME", help="a day means all of it")
    parser.add_argument("--limit", metavar="N", help="rows of a page (default: 50, at most 200)")
    parser.add_argument("--cursor", metavar="CURSOR", help="what the page before ended with")
    parser.add_argument("--json", action="store_true", help="the page as one JSON object")


def _trust(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    export = actions.add_parser("export", help="write roots, keys, CRLs and the status list")
    export.add_argument("folder", type=Path, metavar="DIR")


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bind", default="127.0.0.1:8000", metavar="HOST:PORT")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    parser.add_argument(
        "--side",
        choices=("all", "approvals", "public"),
        default="all",
        help="which routes to serve, so that the two sides can run apart",
    )


def _worker(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threads", type=int, metavar="N", help="jobs at once (default: config.toml [work])"
    )


def _seal_service(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE.toml",
        help="its settings (default: seal-service.toml in the home)",
    )


def _sandbox_platform(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, metavar="N", help="default: a free one")
    parser.add_argument(
        "--state",
        type=Path,
        required=True,
        metavar="FILE",
        help="what it was told, SQLite; the client's secret and key are made beside it",
    )


def _bench(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    pair = what.add_parser("pair", help="one signed PDF and one sealed OFD, again and again")
    pair.add_argument("--count", type=int, default=200, metavar="N")
    pair.add_argument("--json", action="store_true", help="print one JSON line")
    render = what.add_parser("render", help="composing, PDF and OFD, unsigned; others beside it")
    render.add_argument("--count", type=int, default=200, metavar="N")
    render.add_argument("--json", action="store_true", help="print one JSON line")
    render.add_argument("--soak", type=float, metavar="SECONDS", help="then watch the memory")
    render.add_argument("--no-peers", action="store_true", help="leave out other renderers")
    render.add_argument("--write", type=Path, metavar="FILE.md", help="write the report there too")
    _bench_load(render, "--load-seconds", 0.0)
    _bench_rows(render)
    sign = what.add_parser("sign", help="signatures alone: PDF, OFD, code; others beside them")
    sign.add_argument("--count", type=int, default=200, metavar="N")
    sign.add_argument("--json", action="store_true", help="print one JSON line")
    sign.add_argument("--no-peers", action="store_true", help="leave out other programs")
    load = what.add_parser("load", help="a real server over HTTP, everything on the disk")
    _bench_load(load, "--seconds", 20.0)
    load.add_argument("--json", action="store_true", help="print one JSON line")
    verify = what.add_parser("verify", help="verdicts: in one process, and from a real server")
    verify.add_argument("--count", type=int, default=200, metavar="N")
    _bench_load(verify, "--seconds", 10.0)
    _bench_rows(verify)
    verify.add_argument("--json", action="store_true", help="print one JSON line")
    verify.add_argument("--no-peers", action="store_true", help="leave out other programs")


def _bench_load(parser: argparse.ArgumentParser, name: str, seconds: float) -> None:
    parser.add_argument(
        name,
        dest="load_seconds",
        type=float,
        default=seconds,
        metavar="N",
        help="how long a server is asked for each figure; 0: not at all",
    )
    parser.add_argument(
        "--database", metavar="URL", help="a PostgreSQL server's, to be measured beside SQLite"
    )


def _bench_rows(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rows",
        type=int,
        default=1_000_000,
        metavar="N",
        help="of the large register; 0: no verdicts over HTTP",
    )


if __name__ == "__main__":
    raise SystemExit(main())
