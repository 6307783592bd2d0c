//! Vocabulary: how words of English, German, Hindi and Urdu are compared. What another language has in its place is taken
//! as a plain word, which folds less, never more.

/// A word in the form in which two spellings of it are one.
pub(super) fn plain(word: &str) -> String {
    let lower = word.to_lowercase();
    let lower = lower
        .strip_suffix("'s")
        .or_else(|| lower.strip_suffix("’s"))
        .unwrap_or(&lower);
    let mut out = String::with_capacity(lower.len());
    for c in lower.chars() {
        match c {
            // Digits of Devanagari, Arabic and Urdu.
            '०'..='९' => out.push(digit(c, '०')),
            '٠'..='٩' => out.push(digit(c, '٠')),
            '۰'..='۹' => out.push(digit(c, '۰')),
            'ي' | 'ى' => out.push('ی'),
            'ك' => out.push('ک'),
            'ه' | 'ة' | 'ۃ' => out.push('ہ'),
            'ँ' => out.push('ं'),
            // Letters with a dot below, written as one.
            '\u{958}' => out.push('क'),
            '\u{959}' => out.push('ख'),
            '\u{95a}' => out.push('ग'),
            '\u{95b}' => out.push('ज'),
            '\u{95c}' => out.push('ड'),
            '\u{95d}' => out.push('ढ'),
            '\u{95e}' => out.push('फ'),
            'ß' => out.push_str("ss"),
            '’' => out.push('\''),
            // Dots below, vowel signs of Arabic, joiners.
            '\u{93c}' | '\u{64b}'..='\u{652}' | '\u{670}' | '\u{200c}' | '\u{200d}' => {}
            c => out.push(c),
        }
    }
    out
}

fn digit(c: char, zero: char) -> char {
    char::from(b'0' + (c as u32 - zero as u32) as u8)
}

/// What every negation stands for.
pub(super) const NOT: &str = "not";

/// What a word stands for if two tellings of one story cannot differ in it: a number, a day, a month, a negation.
pub(super) fn mark_of(word: &str) -> Option<String> {
    if word.chars().any(char::is_numeric) {
        return Some(word.to_owned());
    }
    if is_in(NEGATIONS, word) || word.ends_with("n't") {
        return Some(NOT.to_owned());
    }
    for (number, names) in (2..).zip(NUMBERS) {
        if is_in(names, word) {
            return Some(number.to_string());
        }
    }
    is_in(DATES, word).then(|| word.to_owned())
}

/// Whether a word only holds others together.
pub(super) fn is_filler(word: &str) -> bool {
    is_in(FILLERS, word)
}

fn is_in(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|w| w == word)
}

/// From two on; the word for one is an article, too.
const NUMBERS: [&str; 11] = [
    "two second twice zwei zweite zweiter zweites zweiten दो दूसरा दूसरी दूसरे دو دوسرا دوسری دوسرے",
    "three third drei dritte dritter drittes dritten तीन तीसरा तीसरी तीसरे تین تیسرا تیسری تیسرے",
    "four fourth vier vierte vierter viertes vierten चार चौथा चौथी चौथे چار چوتھا چوتھی چوتھے",
    "five fifth fünf fünfte fünfter fünftes fünften पांच पांचवां पांचवीं پانچ پانچواں پانچویں",
    "six sixth sechs sechste sechster sechstes sechsten छह छः छठा छठी چھ چھٹا چھٹی",
    "seven seventh sieben siebte siebter siebtes siebten सात सातवां सातवीं سات ساتواں ساتویں",
    "eight eighth acht achte achter achtes achten आठ आठवां आठवीं آٹھ آٹھواں آٹھویں",
    "nine ninth neun neunte neunter neuntes neunten नौ नौवां नौवीं نو نواں نویں",
    "ten tenth zehn zehnte zehnter zehntes zehnten दस दसवां दसवीं دس دسواں دسویں",
    "eleven eleventh elf elfte elfter elftes elften ग्यारह گیارہ",
    "twelve twelfth zwölf zwölfte zwölfter zwölftes zwölften बारह بارہ",
];

const NEGATIONS: &str = "not no never nor cannot nicht kein keine keinen keiner keinem nie \
    नहीं न نہیں نہ";

const DATES: &str = "monday tuesday wednesday thursday friday saturday sunday weekend today tomorrow yesterday tonight \
    morning evening afternoon january february march april june july august september october november december \
    hundred thousand million billion dozen first last half \
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag wochenende heute morgen gestern abend \
    januar februar märz mai juni juli oktober dezember hundert tausend million millionen milliarde milliarden erste \
    erster erstes ersten letzte letzter letztes letzten halb halbe \
    सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार आज कल परसों सुबह शाम \
    जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर सौ हजार लाख करोड पहला पहली पहले \
    پیر منگل بدھ جمعرات جمعہ ہفتہ اتوار آج کل صبح شام جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر \
    دسمبر سو ہزار لاکھ کروڑ پہلا پہلی پہلے";

const FILLERS: &str = "a an the and or but of in on at to for from by with as is are was were be been being has have had \
    will would shall should can could may might must do does did it its this that these those he she they them his her \
    their we our you your i my me who which what when where how why than then so if into over under after before up \
    down out off about more most all any some says say said also just now live video \
    der die das den dem des ein eine einen einem einer eines und oder aber von vom im in am an auf zu zum zur für mit \
    aus bei beim nach über unter vor ist sind war waren wird werden wurde wurden hat haben hatte hatten kann können \
    soll sollen will wollen es sie er wir ihr ich sich auch noch nur als wie was wer wo wann warum dass so durch um \
    का के की को में से पर ने और या है हैं था थी थे हो होगा होगी होंगे गया गई गए कर करने किया की एक यह वह ये वे इस उस \
    भी तो ही जो कि लिए साथ बाद तक \
    کا کے کی کو میں سے پر نے اور یا ہے ہیں تھا تھی تھے ہو ہوگا ہوگی ہوں گے گی گا گیا گئی گئے کر کرنے کیا ایک یہ وہ اس ان \
    بھی تو ہی جو کہ لیے ساتھ بعد تک";
