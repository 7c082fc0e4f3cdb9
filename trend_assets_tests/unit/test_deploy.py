"""The files under deploy/ and the workflow say what is there: commands, variables, files, and the same limits as here.

No container is built and no chart is rendered here: the workflow does that where Docker is.
"""

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
import yaml
from packaging.specifiers import SpecifierSet

from trend_assets.cli import main
from trend_assets.commands.doctor import known_variables
from trend_assets.runtime.origin import unknown_host
from trend_assets.runtime.webserver import names
from trend_assets.settings import Settings

PROJECT = Path(__file__).parents[2]
DEPLOY = PROJECT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
VALUES = yaml.safe_load((DEPLOY / "values.yaml").read_text("utf-8"))
INSTANCE = yaml.safe_load((PROJECT / "dagster.yaml").read_text("utf-8"))
MANIFESTS = {each["kind"]: each for each in VALUES["extraManifests"]}
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "trend_assets"}
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
STEPS = [line.split(maxsplit=1) for line in DOCKERFILE.splitlines() if line.strip() and not line.startswith("#")]


def test_every_process_of_ours_has_a_service_and_no_right_that_it_does_not_need():
    assert set(OURS) == {"code", "web", "daemon", "api", "worker", "sandbox"}
    for name, service in OURS.items():
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"] and "privileged" not in service, name
        assert [volume.split(":")[1] for volume in service["volumes"]] == ["/state"], name
        assert {need.split(":")[0] for need in service["volumes"]} <= set(COMPOSE["volumes"])
        assert set(service["depends_on"]) <= set(COMPOSE["services"])
    optional = {name: service["profiles"] for name, service in COMPOSE["services"].items() if "profiles" in service}
    assert optional == {"sandbox": ["sandbox"], "worker": ["workers"], "rabbitmq": ["workers"]}


def test_only_this_machine_reaches_a_published_port_and_no_password_is_shipped():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)
    assert not any("ports" in COMPOSE["services"][name] for name in ("postgres", "rabbitmq"))
    passwords = re.findall(r"\$\{POSTGRES_PASSWORD([^}]*)\}", (DEPLOY / "compose.yaml").read_text("utf-8"))
    assert len(passwords) == 2 and all(said.startswith(":?") for said in passwords), "it is asked for, never made up"
    broker = COMPOSE["services"]["rabbitmq"]["environment"]["RABBITMQ_DEFAULT_PASS"]
    assert broker == "${RABBITMQ_PASSWORD:-}", "RabbitMQ lets nobody in with an empty one"


@pytest.mark.parametrize(
    ("schema", "file"),
    [("compose-spec", "deploy/compose.yaml"), ("github-workflows", ".github/workflows/ci.yml")],
)
def test_files_of_others_forms_keep_their_schema(schema, file, tmp_path):
    def judged(path):
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
        return subprocess.run(command, capture_output=True, text=True, timeout=240)

    assert judged(PROJECT / file).returncode == 0, judged(PROJECT / file).stdout
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text((PROJECT / file).read_text("utf-8") + "\nanything: else\n")
    assert judged(wrong).returncode == 1


def test_workers_take_their_steps_from_the_broker_that_runs_are_told_and_end_after_them():
    """The same variables in both forms; the chart's schema is in no package, so only what is ours is looked at."""
    worker = COMPOSE["services"]["worker"]
    assert worker["environment"] == OURS["code"]["environment"], "runs are processes of `code`"
    url = urlsplit(worker["environment"]["CELERY_BROKER_URL"].replace("${RABBITMQ_PASSWORD:-}", "x"))
    assert (url.scheme, url.username, url.hostname, url.port) == ("amqp", "trend_assets", "rabbitmq", 5672)
    assert worker["depends_on"]["rabbitmq"] == {"condition": "service_healthy"}
    longest = INSTANCE["run_monitoring"]["max_runtime_seconds"]
    assert int(worker["stop_grace_period"].removesuffix("m")) * 60 >= longest
    assert VALUES["rabbitmq"] == {"enabled": False}
    for name in ("Deployment", "StatefulSet"):
        spec = MANIFESTS[name]["spec"]
        assert spec["replicas"] == 0, "only for who wants workers"
        assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
        assert spec["template"]["spec"]["securityContext"]["runAsNonRoot"] is True
    pod, broker = MANIFESTS["Deployment"]["spec"]["template"]["spec"], MANIFESTS["StatefulSet"]
    (deployment,) = VALUES["dagster-user-deployments"]["deployments"]
    (container,) = pod["containers"]
    assert pod["terminationGracePeriodSeconds"] >= longest and container["args"] == worker["command"]
    assert container["securityContext"] == deployment["securityContext"]
    assert container["envFrom"] == [{"secretRef": deployment["envSecrets"][0]}]
    assert MANIFESTS["Service"]["spec"]["selector"] == broker["spec"]["template"]["metadata"]["labels"]
    assert MANIFESTS["Service"]["metadata"]["name"] == broker["spec"]["serviceName"]
    assert deployment["env"][0] == {"name": "TREND_ASSETS_EXECUTOR", "value": "k8s"}, "what --set replaces"


def _pods():
    """Every pod of ours, with its containers' security, mounts and the secrets that it names."""
    (deployment,) = VALUES["dagster-user-deployments"]["deployments"]
    yield "code", {**deployment, "securityContext": deployment["podSecurityContext"]}, [deployment]
    for each in VALUES["extraManifests"]:
        if pod := each["spec"].get("template", {}).get("spec"):
            made = each["spec"].get("volumeClaimTemplates", ())
            volumes = [*pod.get("volumes", ()), *({"name": claim["metadata"]["name"]} for claim in made)]
            yield each["metadata"]["name"], {**pod, "volumes": volumes}, pod["containers"]


def test_every_pod_finds_what_it_names_and_can_write_where_it_must():
    claims = {each["metadata"]["name"] for each in VALUES["extraManifests"] if each["kind"] == "PersistentVolumeClaim"}
    told = "".join(line for line in (DEPLOY / "values.yaml").read_text("utf-8").splitlines() if line[:1] == "#")
    secrets = set(re.findall(r"create secret generic ([\w-]+)", told))
    for name, pod, containers in _pods():
        volumes = {volume["name"] for volume in pod["volumes"]}
        named = (each["persistentVolumeClaim"] for each in pod["volumes"] if "persistentVolumeClaim" in each)
        assert {each["claimName"] for each in named} <= claims, name
        # else Kubernetes opens files to the group at every start that are the owner's only: RabbitMQ refuses its cookie
        assert pod["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch", name
        for container in containers:
            mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
            assert set(mounts.values()) <= volumes, name
            if container.get("securityContext", {}).get("readOnlyRootFilesystem"):
                assert {"/tmp", "/state"} <= mounts.keys(), name
            assert set(re.findall(r"secretKeyRef': {'name': '([\w-]+)", str(container))) <= secrets, name
    assert VALUES["global"]["postgresqlSecretName"] in secrets and VALUES["generatePostgresqlPasswordSecret"] is False
    assert VALUES["runLauncher"]["config"]["k8sRunLauncher"]["envSecrets"][0]["name"] in secrets
    (worker,) = MANIFESTS["Deployment"]["spec"]["template"]["spec"]["containers"]
    # runs tell their steps of the chart's instance, which names this variable
    assert "DAGSTER_PG_PASSWORD" in {each["name"] for each in worker["env"]}
    tables = MANIFESTS["Job"]["spec"]["template"]["spec"]["containers"][0]["args"]
    assert isinstance(main, click.Group) and tables[1] in main.commands
    assert "pre-install" in MANIFESTS["Job"]["metadata"]["annotations"]["helm.sh/hook"]


def test_the_image_has_what_the_platform_has_and_the_executors_and_object_storage():
    def pins(file):
        return set(re.findall(r"^([a-z0-9][^ ]*==\S+)", (PROJECT / file).read_text("utf-8"), re.MULTILINE))

    assert pins("requirements.lock") < pins("deploy/requirements.lock")
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    names = {pin.partition("==")[0] for pin in pins("deploy/requirements.lock")}
    wanted = {re.split(r"[<>=]", each)[0] for extra in extras.keys() - {"dev"} for each in extras[extra]}
    assert len(wanted) == 3 and wanted <= names


def test_every_command_is_there_and_every_variable_is_read():
    assert isinstance(main, click.Group)
    for name, service in OURS.items():
        program, *arguments = service["command"]
        if program == "trend-assets":
            options = {option for each in main.commands[arguments[0]].params for option in each.opts}
        elif arguments[:2] == ["api", "grpc"]:
            options = {"-m", "-h", "-p", "--location-name"}
        else:
            module = PROJECT / (arguments[1].replace(".", "/") + ".py")
            options = {"-m", *re.findall(r'"(--[a-z-]+)"', module.read_text("utf-8"))}
        assert {given for given in arguments if given.startswith("-")} <= options, name
        assert {key for key in service["environment"] if key.startswith("TREND_")} <= known_variables(), name
    assert (DEPLOY / "workspace.yaml").is_file()


def test_the_api_calls_the_webserver_by_a_name_that_it_answers_and_links_to_the_one_that_people_use():
    web, api = (Settings(_env_file=None, **_ours(OURS[name]["environment"])) for name in ("web", "api"))
    asked, shown = urlsplit(api.dagster_internal_url), urlsplit(api.dagster_url)
    assert OURS[asked.hostname]["command"][:3] == ["python", "-m", "trend_assets.runtime.webserver"]
    assert str(asked.port) in OURS[asked.hostname]["command"]
    assert not unknown_host([(b"host", asked.netloc.encode())], names(web))
    assert f"{shown.netloc}:{asked.port}" in OURS[asked.hostname]["ports"]


def _ours(environment):
    prefix = "TREND_ASSETS_"
    return {name.removeprefix(prefix).lower(): value for name, value in environment.items()
            if name.startswith(prefix) and "$" not in value}  # fmt: skip


def test_the_code_location_is_the_same_everywhere():
    (here,) = yaml.safe_load((PROJECT / "workspace.yaml").read_text("utf-8"))["load_from"]
    (there,) = yaml.safe_load((DEPLOY / "workspace.yaml").read_text("utf-8"))["load_from"]
    (chart,) = VALUES["dagster-user-deployments"]["deployments"]
    module, location = here["python_module"]["module_name"], here["python_module"]["location_name"]
    assert there["grpc_server"]["location_name"] == location and there["grpc_server"]["host"] in OURS
    for command in (OURS["code"]["command"], chart["dagsterApiGrpcArgs"]):
        assert command[command.index("-m") + 1] == module and command[command.index("--location-name") + 1] == location
    assert str(there["grpc_server"]["port"]) in OURS["code"]["command"] and chart["port"] == 4000


def test_the_charts_limits_are_the_instances():
    daemon = VALUES["dagsterDaemon"]
    queue = daemon["runCoordinator"]["config"]["queuedRunCoordinator"]
    runs = INSTANCE["concurrency"]["runs"]
    assert queue["maxConcurrentRuns"] == runs["max_concurrent_runs"]
    assert queue["tagConcurrencyLimits"] == runs["tag_concurrency_limits"]
    for section, own in (("runMonitoring", "run_monitoring"), ("runRetries", "run_retries")):
        snake = {re.sub(r"(?=[A-Z])", "_", key).lower(): value for key, value in daemon[section].items()}
        assert snake == INSTANCE[own]
    assert VALUES["retention"]["schedule"]["purgeAfterDays"] == INSTANCE["retention"]["schedule"]["purge_after_days"]
    assert VALUES["telemetry"] == INSTANCE["telemetry"]
    pools, own = VALUES["concurrency"]["pools"], INSTANCE["concurrency"]["pools"]
    assert (pools["defaultLimit"], pools["granularity"]) == (own["default_limit"], own["granularity"])
    (deployment,) = VALUES["dagster-user-deployments"]["deployments"]
    assert deployment["securityContext"]["readOnlyRootFilesystem"] is True
    assert {"requests", "limits"} <= deployment["resources"].keys()
    user = re.search(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    assert user and deployment["podSecurityContext"]["runAsUser"] == int(user[1]) > 0


def test_the_image_keeps_the_rules_of_images():
    words = [step[0] for step in STEPS]
    assert words.count("HEALTHCHECK") == 1 and words.count("USER") == 1 and "ADD" not in words
    assert words.index("USER") > max(index for index, word in enumerate(words) if word in ("RUN", "COPY"))
    images = [step[1].split()[0] for step in STEPS if step[0] == "FROM"]
    assert images and all(":" in image and not image.endswith(":latest") for image in images)
    for _, command in (step for step in STEPS if step[0] == "RUN"):
        assert "sudo" not in command and not re.search(r"(curl|wget)[^|]*\|", command)
        assert "pip install" not in command or "--no-cache-dir" in command
    assert not re.search(r"(TOKEN|PASSWORD|SECRET|API_KEY)=", DOCKERFILE)
    assert all(yaml.safe_load(step[1]) and step[1].startswith("[") for step in STEPS if step[0] == "CMD")


def test_what_the_image_copies_is_there_and_reaches_the_build():
    ignore = (PROJECT / ".dockerignore").read_text("utf-8").split()
    assert ignore[0] == "*", "nothing but what is named"
    let_in = [line[1:] for line in ignore if line.startswith("!")]
    for _, given in (step for step in STEPS if step[0] == "COPY" and "--from" not in step[1]):
        *sources, _ = given.split()
        for source in sources:
            assert (PROJECT / source).exists(), source
            assert any(fnmatch(source, pattern) for pattern in let_in), source
    assert ".env" in ignore
    build = yaml.safe_load((PROJECT / "build.yaml").read_text("utf-8"))
    assert (PROJECT / build["dockerfile"]).is_file() and (PROJECT / build["directory"]).is_dir()


def test_the_workflow_runs_our_own_targets_on_every_python_that_is_promised():
    workflow = yaml.safe_load((PROJECT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    promised = SpecifierSet(project["requires-python"])
    pythons = set(workflow["jobs"]["test"]["strategy"]["matrix"]["python"])
    assert pythons == {f"3.{minor}" for minor in range(8, 30) if f"3.{minor}" in promised}
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    runs = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    for command in runs:
        if command.startswith("make "):
            assert re.search(rf"^{command.split()[1]}:", makefile, re.MULTILINE), command
    assert {command.split()[1] for command in runs if command.startswith("make ")} >= {"test", "lint", "audit"}
    assert workflow["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


# --- the audit: it never passes by not having looked ---------------------------------------------------------------

PIP_AUDIT = """import json, sys
lock = open(sys.argv[sys.argv.index("--requirement") + 1]).read().split()
found = [{"name": line.split("==")[0], "version": line.split("==")[1], "vulns": []} for line in lock]
"""
WAYS = {
    "all were looked at": ("print(json.dumps({'dependencies': found}))", 0, "3 packages were looked at"),
    "one is vulnerable": (
        "found[1]['vulns'] = [{'id': 'PYSEC-1'}]; print(json.dumps({'dependencies': found})); sys.exit(1)",
        1, "b 2.0: PYSEC-1",
    ),
    "one is vulnerable and it says so with 0": (
        "found[1]['vulns'] = [{'id': 'PYSEC-1'}]; print(json.dumps({'dependencies': found}))", 1, "PYSEC-1",
    ),
    "one is left out": ("print(json.dumps({'dependencies': found[:2]}))", 2, "1 of 3 packages were not looked at (c-c"),
    "one is skipped": (
        "found[2] = {'name': 'c', 'skip_reason': 'not found'}; print(json.dumps({'dependencies': found}))", 2, "NOT",
    ),
    "nothing was looked at": ("print(json.dumps({'dependencies': []}))", 2, "3 of 3 packages"),
    "it says nothing and is content": ("pass", 2, "NOT audited"),
    "no network": ("sys.exit('ConnectionError: no network')", 2, "no network"),
    "all fine and it fails": ("print(json.dumps({'dependencies': found})); sys.exit(3)", 2, "ended with 3"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_the_audit_passes_only_when_every_package_was_looked_at(way, tmp_path, capsys):
    body, code, sentence = WAYS[way]
    (tmp_path / "requirements.lock").write_text("a==1.0\nb==2.0\nC_c==3.0\nw==1.0 ; sys_platform == 'nowhere'\n")
    fake = PIP_AUDIT.replace(".read().split()", ".read().split(chr(10))[:3]") + body
    sys.path.insert(0, str(PROJECT / "scripts"))
    try:
        from audit import main as audit
    finally:
        sys.path.pop(0)
    assert audit([sys.executable, "-c", fake], lock=tmp_path / "requirements.lock") == code
    said = capsys.readouterr()
    assert sentence in said.out + said.err


def test_an_audit_that_cannot_be_run_is_no_pass(tmp_path, capsys):
    sys.path.insert(0, str(PROJECT / "scripts"))
    try:
        from audit import main as audit
    finally:
        sys.path.pop(0)
    assert audit([str(tmp_path / "no such program")]) == 2
    assert "NOT audited" in capsys.readouterr().err
