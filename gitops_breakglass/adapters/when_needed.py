"""What judges and explains, imported and read when the first document is judged or the first rule explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitops_breakglass.core.fields import Field
    from gitops_breakglass.core.rule_page import RulePage
    from gitops_breakglass.model.deny import DenyPolicy
    from gitops_breakglass.model.document import Document, Loaded
    from gitops_breakglass.model.finding import Finding


def load(text: bytes, path: str, *, blob: str | None = None, single: bool = False) -> Loaded:
    """Read every document of one file, as `yamlfile.load` does. Raises UsageError as that does."""
    from gitops_breakglass.adapters import yamlfile

    return yamlfile.load(text, path, blob=blob, single=single)


class Schemas:
    """The schemas of `bundled.schema_catalog`. Raises UsageError where they are missing."""

    def validate(self, document: Document) -> tuple[Finding, ...]:
        """Return everything in the document that its schema does not allow, in order of place."""
        from gitops_breakglass.adapters.bundled import schema_catalog

        return schema_catalog().validate(document)

    def asked(self, document: Document) -> tuple[Finding, ...]:
        """Return the same as warnings where it is plain what the document means."""
        from gitops_breakglass.adapters.bundled import schema_catalog

        return schema_catalog().asked(document)

    def told(self, document: Document) -> tuple[Field, ...]:
        """Return the fields of the document's kind that something is told about where they are set."""
        from gitops_breakglass.adapters.bundled import schema_catalog

        return schema_catalog().told(document)

    def shipped(self) -> tuple[DenyPolicy, ...]:
        """Return what `bundled.default_policies` does. Raises UsageError as that does."""
        from gitops_breakglass.adapters.bundled import default_policies

        return default_policies()


def rule_pages() -> Mapping[str, RulePage]:
    """Return what `bundled.rule_pages` does. Raises UsageError as that does."""
    from gitops_breakglass.adapters import bundled

    return bundled.rule_pages()
