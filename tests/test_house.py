"""The house keeps its own rules: which way imports run, how large things grow, who may see what."""

import ast
import re
import statistics
from functools import cache

import pytest
from flask import Flask

from fundsite.app import create_app
from fundsite.paths import PACKAGE, shipped
from support.site import TestSite

ROOT = PACKAGE.parent

# Rule 1, from the ground up. A module may import from its own floor and from those below.
FLOORS = (
    (
        "errors paths clock db money text fields rows i18n settings holder logs labels limits access audit retries web "
        "security migrate orphans pagecache csv_file csv_upload charts sealed postal"
    ),
    "mail markup media payments captcha pdf",
    "pictures site letters",
    "books",
    "campaigns",
    "rewards",
    "pledges",
    "updates fulfilment receipts accounting",
    "supporters",
    "pages",
    "content staff",
    "models error_pages work ping checking",
    "app",
    "demo",
    "serve wsgi cli __main__",
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names.split()}
# Within a feature: what is stored, what is typed, what is done, what is shown.
LAYERS = ("models", "forms", "service", "views")
OWNERS = {
    "flask_mail": {"fundsite.mail"},
    "stripe": {"fundsite.payments.stripe_gateway", "fundsite.payments.stripe_monthly"},
    "markdown": {"fundsite.markup"},
    "markdown_it": {"fundsite.markup"},
    "nh3": {"fundsite.markup"},
    "PIL": {"fundsite.media"},
    "fpdf": {"fundsite.pdf"},
    "fontTools": {"fundsite.pdf"},
    "webauthn": {"fundsite.staff.ceremony"},
}
LONGEST_MODULE, LONGEST_FUNCTION, USUAL_FUNCTION = 250, 50, 25


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules():
    return {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def imported(module, tree):
    """Yield each module that a tree imports, and the statement."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports say the whole name"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in modules() else node.module, node


def ours():
    """Yield every import of one of our modules by another, the sandbox apart."""
    for module, tree in modules().items():
        if not module.startswith("fundsite.sandbox"):
            for name, _node in imported(module, tree):
                if name.startswith("fundsite."):
                    yield module, name


def floor_of(module):
    part = module.split(".")[1]
    assert part in FLOOR, f"{module}: give it a floor in this test"
    return FLOOR[part]


def test_imports_run_one_way():
    upstairs = [
        f"{module} imports {name}"
        for module, name in ours()
        if module != "fundsite" and not name.startswith("fundsite.sandbox") and floor_of(module) < floor_of(name)
    ]
    assert not upstairs


def test_within_a_feature_models_know_no_forms_and_services_no_views():
    wrong = []
    for module, name in ours():
        (*home, one), (*away, other) = module.split("."), name.split(".")
        if home == away and one in LAYERS and other in LAYERS and LAYERS.index(one) < LAYERS.index(other):
            wrong.append(f"{module} imports {name}")
    assert not wrong


def test_no_import_hides_in_a_function():
    hidden = []
    for module, tree in modules().items():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                hidden += [
                    f"{module}:{node.lineno}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.Import | ast.ImportFrom)
                ]
    assert not hidden


def test_modules_import_each_other_in_no_circle():
    graph = {}
    for module, tree in modules().items():
        needed = {name for name, _node in imported(module, tree) if name in modules()}
        graph[module] = needed - {module}
    done, path = set(), []

    def visit(module):
        assert module not in path, f"circle: {' → '.join([*path[path.index(module) :], module])}"
        if module not in done:
            path.append(module)
            for name in sorted(graph[module]):
                visit(name)
            path.pop()
            done.add(module)

    for module in graph:
        visit(module)


def test_each_vendor_is_known_to_one_place():
    wrong = [
        f"{module} imports {name}"
        for module, tree in modules().items()
        for name, _node in imported(module, tree)
        if (owners := OWNERS.get(name.split(".")[0]))
        and not module.startswith("fundsite.sandbox")
        and not any(module == owner or module.startswith(f"{owner}.") for owner in owners)
    ]
    assert not wrong


def test_the_sandbox_knows_nothing_of_the_product_and_the_product_starts_it_only_in_the_demo():
    for module, tree in modules().items():
        for name, _node in imported(module, tree):
            if module.startswith("fundsite.sandbox"):
                assert not name.startswith("fundsite.") or name.startswith("fundsite.sandbox"), f"{module}: {name}"
            elif name.startswith("fundsite.sandbox"):
                assert module.startswith("fundsite.demo"), f"{module}: {name}"


def test_no_service_takes_a_request():
    for module, tree in modules().items():
        if module.rpartition(".")[2] in {"service", "models", "settlement", "sweep", "lifecycle"}:
            names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
            assert "request" not in names, module


def functions():
    """Yield each function's place and length, its decorators and docstring counted."""
    for module, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_no_module_grows_beyond_what_one_reads_in_one_go():
    long = {
        name_of(path): length
        for path in PACKAGE.rglob("*.py")
        if (length := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    }
    assert not long


def test_functions_stay_short():
    lengths = dict(functions())
    assert not {place: length for place, length in lengths.items() if length > LONGEST_FUNCTION}
    assert statistics.quantiles(lengths.values(), n=20)[-1] <= USUAL_FUNCTION


@pytest.fixture(scope="module")
def app(tmp_path_factory) -> Flask:
    folder = tmp_path_factory.mktemp("house")
    return create_app(TestSite.settings(f"sqlite:///{folder / 'none.sqlite3'}", "http://127.0.0.1:9", 9, folder))


def test_every_route_says_for_whom_it_is(app):
    undeclared = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and getattr(app.view_functions[rule.endpoint], "access", None) is None
    ]
    assert not undeclared


def test_every_template_parses_and_is_used(app):
    names = app.jinja_env.list_templates()
    assert len(names) > 25
    for name in names:
        app.jinja_env.get_template(name)
    said = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    said += "\n".join(path.read_text(encoding="utf-8") for path in shipped("templates").rglob("*.*"))
    by_computed_name = re.compile(r"mail/|.*/skeletons/")  # the next test holds the mails; skeletons are listed
    unused = [name for name in names if name not in said and not by_computed_name.match(name)]
    assert not unused


def test_every_mail_has_its_three_templates_and_every_template_its_mail(app):
    folders = {path.name for path in (shipped("templates") / "mail").iterdir()}
    assert folders == {*app.extensions["fundsite.writers"], *app.extensions["fundsite.sheets"]}
    for folder in folders:
        files = {path.name for path in (shipped("templates") / "mail" / folder).iterdir()}
        assert files == {"subject.txt", "body.txt", "body.html"}


def test_no_template_holds_a_script_or_a_style_of_its_own():
    """The Content-Security-Policy forbids both; mails are another matter."""
    for path in shipped("templates").rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        if "mail" in path.relative_to(shipped("templates")).as_posix():
            continue
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", html), path
        for tag in re.findall(r"<script[^>]*>", html):
            assert "src=" in tag or "application/ld+json" in tag, f"{path}: {tag}"


def test_migrations_are_numbered_chapters_with_readable_names():
    paths = sorted((shipped("migrations") / "versions").glob("*.py"))
    assert paths
    for number, path in enumerate(paths, 1):
        assert re.fullmatch(rf"{number:04}_[a-z0-9_]+\.py", path.name), path.name
        source = path.read_text(encoding="utf-8")
        assert re.search(rf"^revision = ['\"]{number:04}['\"]$", source, re.MULTILINE), path.name
        before = rf"['\"]{number - 1:04}['\"]" if number > 1 else "None"
        assert re.search(rf"^down_revision = {before}$", source, re.MULTILINE), path.name
