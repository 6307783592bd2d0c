//! Calendar: the names of months and zones as feeds write them, in lower case.

use jiff::tz::Offset;

/// How each month begins in English, French, German, Italian, Spanish, Portuguese, Dutch, the Scandinavian languages,
/// Polish, Turkish, Romanian, Hungarian, Russian, Ukrainian, Greek (with and without its accents), Indonesian, Hindi and Urdu.
const MONTHS: [&[&str]; 12] = [
    &[
        "jan", "ene", "gen", "sty", "oca", "ian", "янв", "січ", "ιαν", "जन", "جنور",
    ],
    &[
        "feb",
        "fév",
        "fev",
        "lut",
        "şub",
        "фев",
        "лют",
        "φεβ",
        "फ़र",
        "फर",
        "فرور",
    ],
    &[
        "mar",
        "mär",
        "maa",
        "mrt",
        "már",
        "мар",
        "берез",
        "μάρ",
        "μαρ",
        "μάώ",
        "μαώ",
        "मार्च",
        "مارچ",
    ],
    &[
        "apr",
        "avr",
        "abr",
        "kwi",
        "nis",
        "ápr",
        "апр",
        "квіт",
        "απρ",
        "अप्र",
        "اپریل",
    ],
    &[
        "may", "mai", "mei", "maj", "mag", "máj", "май", "трав", "мая", "μάι", "μάϊ", "μαϊ", "μαι",
        "मई", "مئی",
    ],
    &[
        "juin",
        "jun",
        "giu",
        "cze",
        "haz",
        "iun",
        "jún",
        "июн",
        "черв",
        "ιούν",
        "ιουν",
        "ιον",
        "जून",
        "جون",
    ],
    &[
        "juil",
        "jul",
        "lug",
        "lip",
        "tem",
        "iul",
        "júl",
        "июл",
        "лип",
        "ιούλ",
        "ιουλ",
        "ιολ",
        "जुल",
        "جولائ",
    ],
    &[
        "aug", "aoû", "ago", "agu", "sie", "ağu", "авг", "серп", "αύγ", "αυγ", "अग", "اگست",
    ],
    &[
        "sep",
        "set",
        "wrz",
        "eyl",
        "szep",
        "сен",
        "верес",
        "σεπ",
        "सित",
        "ستمبر",
    ],
    &[
        "oct",
        "okt",
        "ott",
        "out",
        "paź",
        "eki",
        "окт",
        "жовт",
        "οκτ",
        "अक्",
        "اکتوبر",
    ],
    &[
        "nov",
        "lis",
        "kas",
        "noi",
        "ноя",
        "лист",
        "νοέ",
        "νοε",
        "नव",
        "نومبر",
    ],
    &[
        "dec",
        "déc",
        "dez",
        "dic",
        "des",
        "gru",
        "ara",
        "дек",
        "груд",
        "δεκ",
        "दिस",
        "دسمبر",
    ],
];

/// Zones that feeds name, with minutes east of Greenwich. Where a name is used in several places, the one that
/// RFC 822 or most papers mean.
const ZONES: [(&str, i32); 63] = [
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("mez", 60),
    ("met", 60),
    ("cest", 120),
    ("mest", 120),
    ("mesz", 120),
    ("eet", 120),
    ("sast", 120),
    ("eest", 180),
    ("msk", 180),
    ("eat", 180),
    ("gst", 240),
    ("pkt", 300),
    ("ist", 330),
    ("wib", 420),
    ("ict", 420),
    ("hkt", 480),
    ("sgt", 480),
    ("awst", 480),
    ("jst", 540),
    ("kst", 540),
    ("acst", 570),
    ("aest", 600),
    ("acdt", 630),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
    ("wat", 60),
    ("cat", 120),
    ("trt", 180),
    ("irst", 210),
    ("npt", 345),
    ("wita", 480),
    ("pht", 480),
    ("nzt", 720),
    ("art", -180),
    ("brt", -180),
    ("ndt", -150),
    ("nst", -210),
    ("adt", -180),
    ("ast", -240),
    ("at", -240),
    ("edt", -240),
    ("est", -300),
    ("et", -300),
    ("cdt", -300),
    ("cst", -360),
    ("ct", -360),
    ("mdt", -360),
    ("mst", -420),
    ("mt", -420),
    ("pdt", -420),
    ("pst", -480),
    ("pt", -480),
    ("akdt", -480),
    ("akst", -540),
    ("hst", -600),
];

/// The number of the month whose name `word` is, or begins.
pub(super) fn month(word: &str) -> Option<i8> {
    let begins = |names: &[&str]| names.iter().any(|name| word.starts_with(name));
    let at = MONTHS.iter().position(|names| begins(names))?;
    i8::try_from(at + 1).ok()
}

/// `+0100`, `-00:20`, `+1`, `cest`, `gmt+2`, or nothing at all.
pub(super) fn offset(zone: &str) -> Option<Offset> {
    let zone = zone.trim_matches(['(', ')']);
    let zone = zone.strip_prefix("etc/").unwrap_or(zone);
    // Nobody knows what the military letters of RFC 822 mean: RFC 2822, section 4.3.
    if zone.is_empty() || (zone.len() == 1 && zone.bytes().all(|byte| byte.is_ascii_lowercase())) {
        return Some(Offset::UTC);
    }
    if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == zone) {
        return Offset::from_seconds(minutes * 60).ok();
    }
    let figure = ["utc", "gmt", "ut"]
        .iter()
        .find_map(|name| zone.strip_prefix(name))
        .unwrap_or(zone);
    let sign = match figure.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = match figure[1..].split_once(':') {
        Some(pair) => pair,
        None if figure.len() == 5 => figure[1..].split_at(2),
        None => (&figure[1..], "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    // Nobody lives further east than Kiritimati.
    let plausible = (0..=14).contains(&hours) && (0..60).contains(&minutes);
    plausible.then(|| Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok())?
}
