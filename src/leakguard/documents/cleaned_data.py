"""Reader of what a manifest of a clean says about its data, for dataset cards and metadata."""

from hashlib import sha256

from leakguard.core.cleaned_data import CleanedData, CleanedFile
from leakguard.core.errors import UsageError
from leakguard.core.fields import Field
from leakguard.core.results import Ignored
from leakguard.documents.manifest import ENVELOPE, parse_manifest
from leakguard.documents.tally import read_tally
from leakguard.readers.files.safe_paths import MANIFEST


def read_content(content: bytes, name: str) -> CleanedData:
    """Return what the manifest in the bytes of a file says. Raises UsageError, also for one that was changed after it was written."""
    said = parse_manifest(content, name)
    field = ENVELOPE.open(said)
    if not ENVELOPE.is_intact(field):
        raise UsageError(f"{name}: it was changed after it was written (its digest differs); clean the data again")
    try:
        files = [
            CleanedFile(one["path"], one["sha256"], one["bytes"], one["fate"], one["rows"])
            for one in sorted(said["outputs"], key=lambda one: str(one["path"]))
        ]
        settings = field.at("settings")
        return CleanedData(
            files=(*files, CleanedFile(MANIFEST, sha256(content).hexdigest(), len(content), "manifest")),
            inputs=tuple(CleanedFile(one["name"], one["sha256"], one["bytes"], "input") for one in said["inputs"]),
            tally=read_tally(said["tally"]),
            version=said["tool"]["version"],
            packs=tuple((pack["id"], pack["version"]) for pack in said["packs"]),
            detectors=tuple(one.at("name").text() for one in field.at("detectors").each()),
            roles=settings.at("roles").texts(),
            policy={key: value.text() for key, value in settings.at("policy").members().items()},
            ignored=tuple(map(_read_ignored, field.at("ignored").each())) if field.has("ignored") else (),
        )
    except ValueError as error:
        raise UsageError(f"{name}: this manifest is not one that leakguard wrote: {error}; clean the data again") from error


def _read_ignored(field: Field) -> Ignored:
    return Ignored(field.at("pattern").expect(str), field.at("files").count(), field.at("first").texts())
