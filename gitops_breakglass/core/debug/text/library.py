"""Every function that debug templates can call, and why the others are not there."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.debug.text.names import NAMES
from gitops_breakglass.core.go_template.functions import FUNCTIONS
from gitops_breakglass.core.go_template.library import Library
from gitops_breakglass.core.go_template.sprig_texts import TEXTS
from gitops_breakglass.core.go_template.sprig_values import VALUES
from gitops_breakglass.core.go_template.yaml_texts import YAML

_WHY: Mapping[str, str] = {
    "it depends on the time, and what is reviewed is what is made": (
        "ago date date_in_zone date_modify dateInZone dateModify durationRound htmlDate htmlDateInZone must_date_modify "
        "mustDateModify mustToDate now toDate unixEpoch"
    ),
    "it comes out differently each time, and what is reviewed is what is made": (
        "bcrypt buildCustomCert derivePassword encryptAES genCA genCAWithKey genPrivateKey genSelfSignedCert "
        "genSelfSignedCertWithKey genSignedCert genSignedCertWithKey htpasswd randAlpha randAlphaNum randAscii randBytes "
        "randInt randNumeric shuffle uuidv4"
    ),
    "it depends on the machine that renders the template": "env expandenv osBase osClean osDir osExt osIsAbs",
    "it asks the network": "getHostByName",
    "secrets have no place in what everybody reviews": "decryptAES",
    "it changes a value that others hold": "merge mergeOverwrite mustMerge mustMergeOverwrite set unset",
    "it is none of those that docs/debug-templates.md lists": (
        "abbrev abbrevboth add1 add1f addf adler32sum all any append atoi b32dec b32enc base biggest camelcase cat ceil "
        "chunk clean compact concat deepCopy deepEqual dig dir divf duration ext fail float64 floor fromJson has hello "
        "initial initials isAbs kebabcase kindOf maxf minf mulf mustAppend mustChunk mustCompact mustDeepCopy mustFirst "
        "mustFromJson mustHas mustInitial mustLast mustPrepend mustPush mustRegexFind mustRegexFindAll mustRegexMatch "
        "mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit mustRest mustReverse mustSlice mustToJson "
        "mustToPrettyJson mustToRawJson mustUniq mustWithout nospace omit pick pluck plural prepend push regexFind "
        "regexFindAll regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit repeat rest reverse "
        "round semver semverCompare seq sha1sum sha512sum snakecase sortAlpha splitn subf substr swapcase title toDecimal "
        "toPrettyJson toRawJson toStrings trimAll trimall tuple typeIs typeIsLike typeOf uniq untilStep untitle urlJoin "
        "urlParse values without wrap wrapWith"
    ),
}

LIBRARY = Library(
    {**FUNCTIONS, **TEXTS, **VALUES, **YAML, **NAMES},
    {name: why for why, names in _WHY.items() for name in names.split()},
    is_strict=True,
)
