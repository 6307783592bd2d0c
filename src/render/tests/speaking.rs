//! Dates, times, numbers and plurals, as each language writes them.

use jiff::civil::date;

use super::*;
use crate::render::date::Schedule;

fn at(language: &str, days: u8, minutes: u16, zone: &str) -> String {
    templates().words(language).schedule(Schedule::At {
        days,
        minutes,
        zone,
    })
}

#[test]
fn dates_are_written_out() {
    let table = [
        (
            "en",
            "Tuesday 24 November 2026",
            "3 March 2025",
            "Fri 27, 10:00",
        ),
        (
            "hi",
            "मंगलवार, 24 नवंबर 2026",
            "3 मार्च 2025",
            "शुक्र 27, सुबह 10\u{a0}बजे",
        ),
        (
            "ur",
            "منگل، 24 نومبر 2026",
            "3 مارچ 2025",
            "جمعہ 27، صبح 10\u{a0}بجے",
        ),
        (
            "de",
            "Dienstag, 24. November 2026",
            "3. März 2025",
            "Fr, 27., 10.00\u{a0}Uhr",
        ),
        (
            "nb-NO",
            "Tuesday 24 November 2026",
            "3 March 2025",
            "Fri 27, 10:00",
        ),
    ];
    for (language, long, short, moment) in table {
        let words = templates().words(language);
        assert_eq!(words.date_long(date(2026, 11, 24)), long);
        assert_eq!(words.date_short(date(2025, 3, 3)), short);
        assert_eq!(words.moment(date(2026, 11, 27).at(10, 0, 0, 0)), moment);
    }
}

#[test]
fn hours_have_the_names_of_their_part_of_the_day() {
    let hours = [
        (0, 0),
        (3, 59),
        (4, 0),
        (11, 5),
        (12, 0),
        (15, 30),
        (16, 0),
        (20, 0),
        (23, 59),
    ];
    let said = |language: &str| {
        let words = templates().words(language);
        let said = hours.map(|(hour, minute)| words.time(hour, minute).replace('\u{a0}', " "));
        said.join(" | ")
    };
    assert_eq!(
        said("en"),
        "00:00 | 03:59 | 04:00 | 11:05 | 12:00 | 15:30 | 16:00 | 20:00 | 23:59"
    );
    assert_eq!(
        said("hi"),
        "रात 12 बजे | रात 3:59 बजे | सुबह 4 बजे | सुबह 11:05 बजे | दोपहर 12 बजे | दोपहर 3:30 बजे | शाम 4 बजे | \
         रात 8 बजे | रात 11:59 बजे"
    );
    assert_eq!(
        said("ur"),
        "رات 12 بجے | رات 3:59 بجے | صبح 4 بجے | صبح 11:05 بجے | دوپہر 12 بجے | دوپہر 3:30 بجے | شام 4 بجے | \
         رات 8 بجے | رات 11:59 بجے"
    );
}

#[test]
fn schedules_are_sentences() {
    let table = [
        (
            at("en", 0x1f, 390, "Europe/London"),
            "You asked for it on weekdays at 06:30, London time.",
        ),
        (
            at("en", 0x7f, 0, "America/Argentina/Buenos_Aires"),
            "You asked for it every day at 00:00, Buenos Aires time.",
        ),
        (
            at("en", 0x60, 540, "Etc/UTC"),
            "You asked for it at weekends at 09:00, UTC.",
        ),
        (
            at("en", 0x10, 1020, "UTC"),
            "You asked for it on Fridays at 17:00, UTC.",
        ),
        (
            at("en", 0x15, 1439, "Asia/Kolkata"),
            "You asked for it on Mondays, Wednesdays and Fridays at 23:59, Kolkata time.",
        ),
        (
            at("hi", 0x1f, 390, "Asia/Kolkata"),
            "आपने इसके लिए सोमवार से शुक्रवार सुबह 6:30\u{a0}बजे का समय चुना है (भारतीय समय)।",
        ),
        (
            at("ur", 0x41, 1140, "Asia/Tashkent"),
            "آپ نے اس کے لیے ہر پیر اور اتوار شام 7\u{a0}بجے کا وقت چنا ہے (\u{2068}Tashkent\u{2069} کے وقت)۔",
        ),
        (
            at("de", 0x60, 545, "Europe/Berlin"),
            "Gewünschter Versand: am Wochenende um 9.05\u{a0}Uhr (deutsche Zeit).",
        ),
    ];
    for (said, expected) in table {
        assert_eq!(said, expected);
    }
    let words = templates().words("en");
    assert_eq!(
        words.schedule(Schedule::Instant),
        "You asked for it as soon as there is news."
    );
    assert_eq!(
        words.schedule(Schedule::WhenItComesOut),
        "You asked for it whenever it comes out."
    );
}

#[test]
fn numbers_choose_their_plural_and_their_groups() {
    let more = |language: &str, count: u32| {
        let words = templates().words(language);
        words.say("more", &[("count", count.into())])
    };
    let table = [
        (more("en", 1), "And one more on the site"),
        (more("en", 1_234_567), "And 1,234,567 more on the site"),
        (more("hi", 1), "वेबसाइट पर एक ख़बर और"),
        (more("hi", 1_234_567), "वेबसाइट पर 12,34,567 ख़बरें और"),
        (more("ur", 2), "ویب سائٹ پر مزید 2 خبریں"),
        (more("de", 1_234), "1.234 weitere Beiträge auf der Website"),
    ];
    for (said, expected) in table {
        assert_eq!(said, expected);
    }
}

#[test]
fn a_paper_writes_its_own_digits_and_groups() {
    let mut files = Templates::embedded();
    let own = "number_digits = ०१२३४५६७८९\nnumber_groups = 3 2\ntime = { $hh }.{ $mm }\nmore = { $count }\n\
               date_short = { $day } { $month } { $year }";
    files.insert("mr.ftl".to_owned(), own.to_owned());
    let catalogs = Catalogs::read(&files).unwrap();
    let words = catalogs.of("mr-IN");
    assert_eq!(
        words.say("more", &[("count", 1_234_567.into())]),
        "१२,३४,५६७"
    );
    assert_eq!(words.time(6, 5), "०६.०५");
    assert_eq!(words.number(0), "०");
    assert_eq!(words.date_short(date(2026, 11, 24)), "२४ November २०२६");
    assert!(catalogs.languages().any(|language| language == "mr"));
}

#[test]
fn names_are_listed_and_isolated_where_they_turn() {
    let names: Vec<String> = ["Asha", "Ben", "Cleo", "Dov", "Edda"]
        .map(str::to_owned)
        .into();
    let list = |language: &str, names: &[String]| templates().words(language).list(names);
    assert_eq!(list("en", &names[..0]), None);
    assert_eq!(list("en", &names[..1]).unwrap(), "Asha");
    assert_eq!(list("en", &names[..4]).unwrap(), "Asha, Ben, Cleo and Dov");
    assert_eq!(list("en", &names).unwrap(), "Asha, Ben, Cleo and 2 others");
    assert_eq!(list("de", &names[..2]).unwrap(), "Asha und Ben");
    assert_eq!(
        list("ur", &["میرا".to_owned(), "Ben".to_owned()]).unwrap(),
        "میرا اور \u{2068}Ben\u{2069}"
    );
    let greeting = |language: &str, name| templates().words(language).greeting(Some(name), 6);
    assert_eq!(greeting("ur", "Asha"), "صبح بخیر، \u{2068}Asha\u{2069}۔");
    assert_eq!(greeting("ur", "آشا"), "صبح بخیر، آشا۔");
    assert_eq!(greeting("en", "آشا"), "Good morning, \u{2068}آشا\u{2069}.");
    assert_eq!(greeting("hi", "Asha"), "सुप्रभात, Asha।");
}
