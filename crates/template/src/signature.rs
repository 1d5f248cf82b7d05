//! What functions take. Go checks the number of arguments before it evaluates them and each one's type as soon as it is evaluated,
//! and points its errors there; what a literal stands for depends on the type that is asked for.

use crate::value::{ItemType, List, MapType, Value};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    Any,
    Text,
    Int,
    Unsigned,
    Float,
    Bool,
    Map,
    List,
    Time,
    Certificate,
}

/// The parameters of a function, one letter each; `*` says that the one before may come any number of times.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signature(&'static str);

/// Letters of parameters, and the functions that take them.
const TABLE: [(&str, &str); 48] = [
    ("", "hello now uuidv4"),
    (
        "s",
        "trim upper lower title untitle nospace swapcase initials snakecase camelcase kebabcase b64enc b64dec b32enc b32dec",
    ),
    (
        "s",
        "sha1sum sha256sum sha512sum adler32sum bcrypt regexQuoteMeta atoi fromYaml fromYamlArray fromJson fromJsonArray",
    ),
    (
        "s",
        "mustFromJson fromToml shuffle genPrivateKey semver urlParse getHostByName base dir clean ext isAbs osBase osDir",
    ),
    ("s", "osClean osExt osIsAbs fail"),
    ("ss", "contains hasPrefix hasSuffix trimAll trimall trimSuffix trimPrefix splitList split toDate mustToDate"),
    (
        "ss",
        "buildCustomCert encryptAES decryptAES htpasswd semverCompare regexMatch mustRegexMatch regexFind mustRegexFind",
    ),
    ("sss", "replace regexReplaceAll mustRegexReplaceAll regexReplaceAllLiteral mustRegexReplaceAllLiteral"),
    ("ssss", "lookup"),
    ("ssi", "plural regexFindAll mustRegexFindAll regexSplit mustRegexSplit"),
    ("sis", "splitn"),
    ("si", "genCA"),
    ("sis", "genCAWithKey"),
    ("slli", "genSelfSignedCert"),
    ("sllis", "genSelfSignedCertWithKey"),
    ("sllic", "genSignedCert"),
    ("sllics", "genSignedCertWithKey"),
    ("ussss", "derivePassword"),
    ("se", "join date required include tpl typeIs typeIsLike kindIs"),
    ("ses", "dateInZone date_in_zone"),
    ("st", "dateModify date_modify mustDateModify must_date_modify"),
    ("se*", "printf"),
    ("sm*", "pluck"),
    ("t", "unixEpoch"),
    ("is", "trunc repeat wrap indent nindent abbrev"),
    ("iss", "wrapWith"),
    ("iis", "substr abbrevboth"),
    ("ie", "chunk mustChunk"),
    ("i", "until randAlphaNum randAlpha randAscii randNumeric randBytes"),
    ("ii", "randInt"),
    ("iii", "untilStep"),
    ("i*", "seq"),
    (
        "e",
        "toStrings sortAlpha htmlDate ago duration durationRound int int64 float64 toDecimal toString add1 add1f ceil floor",
    ),
    (
        "e",
        "empty compact mustCompact toJson mustToJson toPrettyJson mustToPrettyJson toRawJson mustToRawJson toYaml mustToYaml",
    ),
    (
        "e",
        "toYamlPretty toToml mustToToml deepCopy mustDeepCopy typeOf kindOf first mustFirst last mustLast rest mustRest",
    ),
    ("e", "initial mustInitial reverse mustReverse uniq mustUniq not len"),
    ("es", "htmlDateInZone"),
    ("eif*", "round"),
    ("eeb", "ternary"),
    ("ee", "sub div mod deepEqual append mustAppend push mustPush prepend mustPrepend has mustHas ne lt le gt ge"),
    ("e*", "cat quote squote add addf coalesce all any list tuple dict concat dig print println html js urlquery"),
    ("ee*", "mul subf divf mulf max min biggest maxf minf default without mustWithout slice mustSlice index eq call"),
    ("m", "urlJoin values"),
    ("ms", "get unset hasKey"),
    ("mse", "set"),
    ("ms*", "pick omit"),
    ("m*", "keys"),
    ("mm*", "merge mustMerge mergeOverwrite mustMergeOverwrite"),
];

/// The table by name: every call in every template of a chart asks for one.
static BY_NAME: LazyLock<HashMap<&'static str, Signature>> = LazyLock::new(|| {
    let rows =
        TABLE.iter().flat_map(|(letters, names)| names.split_whitespace().map(|name| (name, Signature(letters))));
    // of two rows with one name the first counts
    rows.rev().collect()
});

impl Signature {
    /// What the function or method of that name takes, where it is one of those that are known.
    pub(crate) fn of(name: &str) -> Option<Self> {
        BY_NAME.get(name).copied()
    }

    /// The parameters as letters.
    pub(crate) fn letters(letters: &'static str) -> Self {
        Self(letters)
    }

    /// What is wrong with a number of arguments: `written` ones, and one more where a pipeline brings it.
    pub(crate) fn problem_of_count(self, name: &str, written: usize, piped: bool) -> Option<String> {
        let given = written + usize::from(piped);
        match self.0.strip_suffix('*') {
            Some(fixed) if given < fixed.len() - 1 => {
                Some(format!("wrong number of args for {name}: want at least {} got {written}", fixed.len() - 1))
            }
            None if given != self.0.len() => {
                Some(format!("wrong number of args for {name}: want {} got {given}", self.0.len()))
            }
            _ => None,
        }
    }

    /// The type of an argument by its place.
    pub(crate) fn parameter(self, place: usize) -> Parameter {
        let letters = self.0.trim_end_matches('*').as_bytes();
        match letters.get(place).or(letters.last()) {
            Some(b's') => Parameter::Text,
            Some(b'i') => Parameter::Int,
            Some(b'u') => Parameter::Unsigned,
            Some(b'f') => Parameter::Float,
            Some(b'b') => Parameter::Bool,
            Some(b'm') => Parameter::Map,
            Some(b'l') => Parameter::List,
            Some(b't') => Parameter::Time,
            Some(b'c') => Parameter::Certificate,
            _ => Parameter::Any,
        }
    }
}

impl Parameter {
    /// Go's name of the type.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Text => "string",
            Self::Int => "int",
            Self::Unsigned => "uint32",
            Self::Float => "float64",
            Self::Bool => "bool",
            Self::Map => "map[string]interface {}",
            Self::List => "[]interface {}",
            Self::Time => "time.Time",
            Self::Certificate => "sprig.certificate",
        }
    }

    /// Whether nothing at all may stand for it.
    pub(crate) fn takes_nil(self) -> bool {
        matches!(self, Self::Any | Self::Map | Self::List)
    }

    /// What a literal of another kind is told.
    pub(crate) fn problem_of_literal(self, literal: &impl std::fmt::Display) -> String {
        let wanted = match self {
            Self::Text => "string",
            Self::Int | Self::Unsigned => "integer",
            Self::Float => "float",
            Self::Bool => "bool",
            other => return format!("can't handle {literal} for arg of type {}", other.name()),
        };
        format!("expected {wanted}; found {literal}")
    }

    /// Whether a value that is not nil is of the type.
    pub(crate) fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any, _)
            | (Self::Text, Value::Text(_))
            | (Self::Int, Value::Int(_))
            | (Self::Bool, Value::Bool(_)) => true,
            (Self::Float, Value::Float(_)) => true,
            (Self::Map, Value::Map(map)) => !matches!(map.map_type(), MapType::Texts | MapType::NilTexts),
            (Self::List, Value::List(List { of, .. })) => matches!(of, ItemType::Any | ItemType::NilAny),
            (Self::Time | Self::Certificate, value) => value.type_name() == self.name(),
            _ => false,
        }
    }
}
