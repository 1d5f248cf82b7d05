//! What functions are given: for each its kinds of arguments, one letter each, and in `pool.txt` for each kind what lies at its edges.

use crate::dice::Dice;

/// Go's own functions.
pub(crate) const GO: [&str; 19] = [
    "and", "or", "not", "len", "index", "slice", "print", "printf", "println", "html", "js", "urlquery", "eq", "ne",
    "lt", "le", "gt", "ge", "required",
];

/// Depend on chance, on the clock, on the machine, or take long; they have tests of their own.
pub(crate) const LEFT_OUT: [&str; 31] = [
    "now",
    "ago",
    "date",
    "htmlDate",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "shuffle",
    "uuidv4",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "buildCustomCert",
    "derivePassword",
    "bcrypt",
    "htpasswd",
    "encryptAES",
    "unixEpoch",
    "keys",
    "values",
    "getHostByName",
    "dateModify",
    "mustDateModify",
    "date_modify",
];

/// The kinds of a function's arguments: **s**tring, **i**nt, **f**loat, any number **n**, **b**ool, **l**ist, **m**ap, any **v**alue,
/// **r**egular expression, ve**R**sion, **c**onstraint, layout of **d**ates, **t**ime, **y**aml, **j**son, **u**rl, **p**ath,
/// **k**ey, **F**ormat, **T**ype; `*` says that the one before may come again.
pub(crate) fn kinds(name: &str) -> &'static str {
    let known = KINDS.iter().find(|(_, names)| names.split_whitespace().any(|known| known == name));
    known.map_or("v", |(kinds, _)| kinds)
}

const KINDS: [(&str, &str); 63] = [
    (
        "s",
        "trim upper lower title untitle nospace swapcase initials snakecase camelcase kebabcase b64enc b64dec b32enc b32dec",
    ),
    ("s", "sha1sum sha256sum sha512sum adler32sum urlquery html js fail atoi toDecimal regexQuoteMeta duration"),
    ("ss", "trimAll trimall trimPrefix trimSuffix contains hasPrefix hasSuffix splitList split decryptAES"),
    ("sss", "replace"),
    ("is", "trunc abbrev indent nindent repeat wrap"),
    ("iis", "substr abbrevboth"),
    ("iss", "wrapWith"),
    ("sis", "splitn"),
    ("ssi", "plural"),
    ("v*", "quote squote cat print println coalesce all any list tuple and or default"),
    ("nn", "sub div mod"),
    ("nn*", "add mul max min biggest"),
    ("ff*", "addf subf mulf divf maxf minf"),
    ("n", "add1 add1f floor ceil int int64 float64"),
    ("fi", "round"),
    ("fif", "round"),
    ("i", "until"),
    ("iii", "untilStep"),
    ("ii*", "seq"),
    (
        "v",
        "toString toStrings empty kindOf typeOf not toYaml mustToYaml toYamlPretty toJson mustToJson toPrettyJson toToml",
    ),
    ("v", "mustToPrettyJson toRawJson mustToRawJson mustToToml durationRound"),
    ("sv", "required"),
    ("vv", "deepEqual"),
    ("vvb", "ternary"),
    ("sl", "join"),
    (
        "l",
        "sortAlpha first last rest initial reverse uniq compact mustFirst mustLast mustRest mustInitial mustReverse mustUniq",
    ),
    ("l", "mustCompact len"),
    ("lv", "append push prepend mustAppend mustPush mustPrepend"),
    ("lv*", "without mustWithout"),
    ("vl", "has mustHas"),
    ("ll*", "concat"),
    ("li", "index"),
    ("lii", "slice mustSlice"),
    ("il", "chunk mustChunk"),
    ("kvkv", "dict"),
    ("mk", "get hasKey unset"),
    ("mkv", "set"),
    ("kmm*", "pluck"),
    ("kkvm", "dig"),
    ("kvm", "dig"),
    ("mk*", "pick omit"),
    ("mm*", "merge mergeOverwrite mustMerge mustMergeOverwrite"),
    ("v", "deepCopy mustDeepCopy"),
    ("Tv", "kindIs typeIs typeIsLike"),
    ("rs", "regexMatch mustRegexMatch regexFind mustRegexFind"),
    ("rsi", "regexFindAll mustRegexFindAll regexSplit mustRegexSplit"),
    ("rs$", "regexReplaceAll mustRegexReplaceAll regexReplaceAllLiteral mustRegexReplaceAllLiteral"),
    ("R", "semver"),
    ("cR", "semverCompare"),
    ("dt", "date"),
    ("dts", "dateInZone date_in_zone"),
    ("ts", "htmlDateInZone"),
    ("dd", "toDate mustToDate"),
    ("p", "base dir clean ext isAbs osBase osDir osClean osExt osIsAbs"),
    ("u", "urlParse"),
    ("m", "urlJoin"),
    ("y", "fromYaml fromYamlArray"),
    ("j", "fromJson fromJsonArray mustFromJson"),
    ("x", "fromToml"),
    ("Fv*", "printf"),
    ("vv", "eq ne"),
    ("nn", "lt le gt ge"),
    ("", "hello"),
];

/// A letter of a kind, then an argument of it.
const POOL: &str = include_str!("pool.txt");

const ALL: [char; 10] = ['s', 'i', 'n', 'l', 'm', 'w', 's', 'n', 'l', 'm'];

/// An argument of that kind, or, once in a while, of another one.
pub(crate) fn argument(kind: char, dice: &mut Dice, depth: u32) -> String {
    let kind = if dice.one_in(12) { 'v' } else { kind };
    let kind = match kind {
        'n' if dice.one_in(3) => 'i',
        'f' => 'n',
        'v' if depth == 0 => 'w',
        'v' => return argument(dice.pick(&ALL), dice, depth - 1),
        kind => kind,
    };
    let pool: Vec<&str> = POOL.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' ')).collect();
    dice.pick(&pool).to_owned()
}
