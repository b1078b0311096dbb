"""Metadata of cleaned data in the Croissant format 1.1 (MLCommons): JSON-LD with files by hash, provenance (PROV-O) and limitations.

Source: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html and the vocabulary for responsible AI, RAI 1.0.
"""

import json
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from leakguard.core.cleaned_data import CleanedData, CleanedFile
from leakguard.core.suggest import spell
from leakguard.reports.cleaned.conclusion import describe_work, list_limits, name_data, name_input
from leakguard.reports.kit.style import Style
from leakguard.reports.kit.wording import format_rows

VERSION = "http://mlcommons.org/croissant/1.1"
RAI = "http://mlcommons.org/croissant/RAI/1.0"
_TERMS = (
    *("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet"),
    *("format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references"),
    *("regex", "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform"),
)
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{name: f"cr:{name}" for name in _TERMS},
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    "prov": "http://www.w3.org/ns/prov#",
    "sc": "https://schema.org/",
}
"""The standard context of Croissant 1.1, with the prefix of the provenance ontology."""
FORMATS = {
    ".jsonl": "application/jsonlines",
    ".json": "application/json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".parquet": "application/vnd.apache.parquet",
    ".arrow": "application/vnd.apache.arrow.file",
    ".feather": "application/vnd.apache.arrow.file",
    ".gz": "application/gzip",
    ".zst": "application/zstd",
}
UNKNOWN = "application/octet-stream"
NOT_FOR_TRAINING = {
    "quarantine": "Quarantined rows, which are not for training",
    "removed": "Removed rows, which are not for training",
    "undetermined": "Rows that a detector could not check, which are not for training",
    "unreadable": "Rows that could not be read",
    "reasons": "The reason for each row with a finding",
    "manifest": "Manifest: hashes, counts, settings and rule packs",
}


def render(result: CleanedData, style: Style) -> str:
    """Return the JSON-LD document. Equal manifests give equal bytes: there is no time stamp."""
    activity = {
        "@type": "prov:Activity",
        "prov:label": "leakguard clean",
        "prov:wasAssociatedWith": {"@type": "prov:SoftwareAgent", "prov:label": f"leakguard {result.version}"},
    }
    document = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [VERSION, RAI],
        "name": name_data(result),
        "description": " ".join([*describe_work(result), "The files in kept/ and redacted/ are for training."]),
        "distribution": [_describe_file(one) for one in result.files],
        "prov:wasDerivedFrom": [_describe_input(one) for one in result.inputs],
        "prov:wasGeneratedBy": activity,
        **({"prov:wasAttributedTo": {"@type": "prov:SoftwareAgent", "prov:label": spell(result.writer)}} if result.writer else {}),
        "rai:dataManipulationProtocol": " ".join(describe_work(result)),
        "rai:dataLimitations": list_limits(result),
        "rai:machineAnnotationTools": [f"leakguard {result.version}", *(f"rule pack {name} {version}" for name, version in result.packs)],
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _describe_file(file: CleanedFile) -> dict[str, Any]:
    """Return a file as a FileObject; its address is relative to the document."""
    place = quote(file.path, errors="surrogateescape")
    what = NOT_FOR_TRAINING.get(file.fate, f"{file.fate.capitalize()} rows")
    rows = f" ({format_rows(file.rows)})" if file.fate != "manifest" else ""
    return {
        "@type": "cr:FileObject",
        "@id": place,
        "name": spell(file.path),
        "description": f"{what}{rows}.",
        "contentUrl": place,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": FORMATS.get(PurePosixPath(file.path).suffix.lower(), UNKNOWN),
        "sha256": file.sha256,
    }


def _describe_input(file: CleanedFile) -> dict[str, Any]:
    """Return an input as an entity, by its name and its hash."""
    return {"@type": "prov:Entity", "prov:label": name_input(file.path), "sha256": file.sha256}
