"""The manifests in `deploy/` as Kustomize would build them: plain resources, and images set by their names."""

import re
from pathlib import Path

import yaml

DEPLOY = Path(__file__).parents[1] / "deploy"


def documents(path):
    """The objects of one file."""
    return [each for each in yaml.safe_load_all(path.read_text()) if each]


def built(folder):
    """The objects of a kustomization; a field that this does not know fails, so that nothing is overlooked."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    unknown = set(kustomization) - {"apiVersion", "kind", "resources", "images"}
    assert not unknown, f"{folder}: {unknown} can't be resolved here"
    found = []
    for name in kustomization["resources"]:
        place = (folder / name).resolve()
        assert place.is_relative_to(DEPLOY), place
        found += built(place) if place.is_dir() else documents(place)
    for image in kustomization.get("images", ()):
        for spec in filter(None, map(pod_spec, found)):
            for container in (*spec.get("initContainers", ()), *spec["containers"]):
                if container["image"] == image["name"]:
                    container["image"] = f"{image.get('newName', image['name'])}:{image['newTag']}"
    return found


def pod_spec(manifest):
    """The pod's spec of something that makes pods, or None."""
    spec = manifest.get("spec") or {}
    if manifest["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec.get("template", {}).get("spec")


def with_variables(words, values):
    """Words with `$(NAME)` put in, as the kubelet does."""
    return [re.sub(r"\$\((\w+)\)", lambda match: values[match[1]], word) for word in words]


def environment(container, settings, secrets):
    """What the kubelet puts into a container's environment; an optional value that is not there is left out."""
    found = {}
    for each in container.get("env", ()):
        asked = each.get("valueFrom", {})
        if "configMapKeyRef" in asked:
            found[each["name"]] = settings[asked["configMapKeyRef"]["key"]]
        elif "secretKeyRef" in asked:
            name, key = asked["secretKeyRef"]["name"], asked["secretKeyRef"]["key"]
            if (name, key) in secrets:
                found[each["name"]] = secrets[name, key]
            else:
                assert asked["secretKeyRef"].get("optional"), f"{name} has no {key}"
        else:
            found[each["name"]] = each["value"]
    return found
