//! Whole mails, as a person reviews them and as a mailbox reads them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::piece::{Part, encode, value};
use super::template::Rendered;
use super::*;

mod clients;
mod mails;
mod reading;
mod speaking;
mod weighing;

const LINK: &str = "https://courier.example/p/8Jk2_a-b.c?x=1&y=2";

/// Our own, compiled once for all tests.
fn templates() -> &'static Templates {
    static OURS: LazyLock<Templates> =
        LazyLock::new(|| Templates::compile(&Templates::embedded()).unwrap());
    &OURS
}

fn story(url: &str, headline: &str, standfirst: &str, authors: &str, detail: &str) -> StoryView {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    StoryView {
        url: format!("https://courier.example/{url}"),
        headline: headline.to_owned(),
        standfirst: some(standfirst),
        authors: some(authors),
        detail: some(detail),
        ..StoryView::default()
    }
}

/// One stretch of a digest.
enum Stretch {
    Block(&'static str, bool),
    Story(Place, Box<StoryView>),
}

#[expect(
    clippy::too_many_lines,
    reason = "a whole digest, one story after the other"
)]
fn morning() -> Vec<Stretch> {
    let put = |place, view| Stretch::Story(place, Box::new(view));
    let picture = |name: &str, alt: &str| {
        Some(Picture {
            url: format!("https://courier.example/pictures/{name}.jpg"),
            alt: alt.to_owned(),
        })
    };
    let short = |place, url, headline| put(place, story(url, headline, "", "", ""));
    vec![
        put(
            Place::Lead,
            StoryView {
                premium: false,
                premium_note: None,
                ..sample::story()
            },
        ),
        Stretch::Block("Port and shipping", true),
        put(
            Place::Row,
            StoryView {
                image: picture("ferry", "A white car ferry crossing the bay."),
                ..story(
                    "ferry-fares",
                    "Ferry fares rise by 8 per cent in March, and the last boat stays at 23:40",
                    "The operator wanted 12 and a last boat at ten. Night-shift nurses wrote 600 letters.",
                    "Mirren Oake",
                    "Three minutes",
                )
            },
        ),
        put(
            Place::RowAfter,
            story(
                "pilots",
                "The pilots who practised on a bathtub of sand",
                "With the channel closed, they built it again in a shed, to the centimetre.",
                "Edda Thornquist",
                "Five minutes",
            ),
        ),
        Stretch::Block("City hall", false),
        put(
            Place::Row,
            StoryView {
                premium: true,
                premium_note: Some(
                    "For subscribers: your ten free stories do not open it".to_owned(),
                ),
                ..story(
                    "flood-wall",
                    "The flood wall goes to a vote tonight. What each plan would cost your street",
                    "Three plans, one river, and a bill between £19 and £44 a year for a house in Lower Ferry.",
                    "Jonah Pellwick",
                    "",
                )
            },
        ),
        Stretch::Block("Schools", true),
        put(
            Place::Row,
            story(
                "school-music",
                "The schools that kept music, and who paid for it",
                "Five heads, one choir, and the accounts that show what a violin costs a year.",
                "Odile Marrant",
                "Eight minutes",
            ),
        ),
        Stretch::Block("Also this morning", false),
        short(
            Place::Short,
            "rents",
            "Rents in Saltmarket fall for the first time in six years",
        ),
        short(
            Place::ShortAfter,
            "gale",
            "Gale warning from noon; two crossings are cancelled",
        ),
        short(
            Place::ShortAfter,
            "rovers",
            "Rovers lose at home again, and blame the wind",
        ),
        short(
            Place::ShortAfter,
            "mussels",
            "Mussels in cider, for a cold Tuesday",
        ),
        short(
            Place::ShortAfter,
            "library",
            "Library fines end on 1 December",
        ),
        Stretch::Block("You saved these", false),
        short(
            Place::Saved,
            "coxswain",
            "Thirty winters at the wheel: the lifeboat’s coxswain comes ashore",
        ),
        short(
            Place::Saved,
            "tide-table",
            "How to read a tide table, and why your grandmother could",
        ),
    ]
}

/// The fragments of a digest, and the same rendered and never encoded.
fn parts(templates: &Templates, stretches: &[Stretch]) -> (Vec<Fragment>, Vec<Rendered>) {
    let theme = sample::theme();
    let each = stretches.iter().map(|stretch| match stretch {
        Stretch::Block(title, followed) => {
            let block = BlockView {
                title: (*title).to_owned(),
                followed: *followed,
            };
            (
                templates.block(&theme, &block).unwrap(),
                templates.render_block(&theme, &block).unwrap(),
            )
        }
        Stretch::Story(place, view) => (
            templates.story(&theme, *place, view).unwrap(),
            templates.render_story(&theme, *place, view).unwrap(),
        ),
    });
    each.unzip()
}

fn mail<'a>(subject: &'a str, name: Option<&'a str>) -> MailView<'a> {
    MailView {
        from: ("The Harbour Courier", "tide@courier.example"),
        reply_to: Some("editors@courier.example"),
        to: (name, "asha@example.org"),
        subject,
        date: "2026-11-24T06:30:00Z".parse().unwrap(),
        message_id: "7k2p9.1@courier.example",
        boundary: "b7k2p91",
        list_id: Some(("Morning Tide", "morning-tide.courier.example")),
        list_unsubscribe: Some("https://courier.example/u/7k2p9"),
        unsubscribe_by_mail: None,
        feedback_id: Some("20261124:morning-tide:digest:courier"),
        automatic: false,
    }
}

/// `rendered` with its slots filled, as `part` would be read.
fn filled(rendered: &str, part: Part, slots: &Slots<'_>) -> String {
    Slot::ALL
        .iter()
        .fold(rendered.to_owned(), |text, (slot, name)| {
            text.replace(&fill::mark(name), &value(*slot, part, slots))
        })
}

/// What a mailbox reads: the text and the HTML.
fn read(message: &[u8]) -> (String, String) {
    let parsed = MessageParser::default().parse(message).unwrap();
    let part = |i: usize| parsed.part(u32::try_from(i).unwrap()).unwrap();
    assert!(parsed.parts[0].is_multipart());
    assert_eq!(parsed.parts.len(), 3);
    assert!(part(1).is_content_type("text", "plain"));
    assert!(part(2).is_content_type("text", "html"));
    let text = |i| part(i).text_contents().unwrap().replace("\r\n", "\n");
    (text(1), text(2))
}

/// What holds for every message on the wire.
fn assert_wire(message: &[u8]) {
    let mut lines = message.split(|b| *b == b'\n').collect::<Vec<_>>();
    assert_eq!(lines.pop(), Some(&b""[..]));
    for line in lines {
        let line = line.strip_suffix(b"\r").expect("every line ends with CRLF");
        assert!(line.len() <= 998 && !line.starts_with(b".") && !line.contains(&b'\r'));
        assert!(line.is_ascii() && !line.contains(&0));
    }
}

struct Personal {
    subject: String,
    greeting: String,
    why: String,
}

impl Personal {
    fn asha(templates: &Templates) -> Personal {
        let schedule = date::Schedule::At {
            days: 0x1f,
            minutes: 390,
            zone: "Europe/London",
        };
        let since = Some(jiff::civil::date(2025, 3, 3));
        Personal {
            subject: "The port reopens two days early, and the flood wall goes to a vote"
                .to_owned(),
            greeting: templates.words("en").greeting(Some("Asha"), 6),
            why: format!(
                "{} {}",
                templates.words("en").why("Morning Tide", since),
                templates.words("en").schedule(schedule)
            ),
        }
    }

    fn slots(&self) -> Slots<'_> {
        Slots::default()
            .with(Slot::Subject, &self.subject)
            .with(Slot::Preheader, "Tonight’s vote, street by street. Ferry fares rise in March. And mussels in cider.")
            .with(Slot::Greeting, &self.greeting)
            .with(Slot::Why, &self.why)
            .with(Slot::PreferencesLink, LINK)
            .with(Slot::PauseLink, "https://courier.example/p/pause")
            .with(Slot::LeaveLink, "https://courier.example/u")
            .with(Slot::BrowserLink, "https://courier.example/b/issue")
            .with(Slot::Code, "TIDE-7KQ4-MM2X")
    }
}

/// The message of a digest, and what its text and HTML should read as.
fn digest(stretches: &[Stretch]) -> (Vec<u8>, String, String) {
    let templates = templates();
    let personal = Personal::asha(templates);
    let slots = personal.slots();
    let frame = templates.frame(&sample::issue()).unwrap();
    let (fragments, rendered) = parts(templates, stretches);
    let mut html: Vec<&[Piece]> = vec![&frame.html_top];
    html.extend(fragments.iter().map(|fragment| fragment.html.as_slice()));
    html.push(&frame.html_bottom);
    let mut text: Vec<&[Piece]> = vec![&frame.text_top];
    text.extend(fragments.iter().map(|fragment| fragment.text.as_slice()));
    text.push(&frame.text_bottom);
    let mut message = Vec::new();
    mime::write(
        &mail(&personal.subject, Some("Asha")),
        &html,
        &text,
        &slots,
        &mut message,
    );

    let whole = templates.render_frame(&sample::issue()).unwrap();
    let join = |frame: &str, part: Part, pick: fn(&Rendered) -> &str| {
        let blocks: String = rendered.iter().map(pick).collect();
        filled(&frame.replace(fill::CUT, &blocks), part, &slots)
    };
    let text = join(&whole.text, Part::Text, |rendered| &rendered.text);
    let html = join(&whole.html, Part::Html, |rendered| &rendered.html);
    (message, text, html)
}

/// HTML with each tag on a line, for those who review it.
fn readable(html: &str) -> String {
    let lines = html.replace("><", ">\n<");
    lines
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_digest_reads_as_it_was_written() {
    let (message, text, html) = digest(&morning());
    assert_wire(&message);
    assert_eq!(read(&message), (text.clone(), html.clone()));
    insta::assert_snapshot!("digest_text", text);
    insta::assert_snapshot!("digest_html", readable(&html));
    insta::assert_snapshot!(
        "digest_headers",
        String::from_utf8_lossy(&message[..message_head(&message)])
    );
}

fn message_head(message: &[u8]) -> usize {
    message
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap()
}

#[test]
fn an_offer_reads_as_it_was_written() {
    let templates = templates();
    let issue = IssueView {
        newsletter_title: "Early access".to_owned(),
        date: None,
        tagline: Some("For members since 2023 or before".to_owned()),
        ..sample::issue()
    };
    let why = templates
        .words("en")
        .why_offer(Some(jiff::civil::date(2025, 3, 3)));
    let personal = Personal::asha(templates);
    let slots = personal
        .slots()
        .with(
            Slot::Subject,
            "Yours before Friday: the Almanac for a third less",
        )
        .with(
            Slot::Preheader,
            "Your own code, good from now until Sunday night. There are 5,000.",
        )
        .with(Slot::Why, &why);
    let body = templates.offer(&issue, &sample::offer()).unwrap();
    let mut message = Vec::new();
    let view = mail("Yours before Friday: the Almanac for a third less", None);
    mime::write(&view, &[&body.html], &[&body.text], &slots, &mut message);
    assert_wire(&message);
    let whole = templates.render_offer(&issue, &sample::offer()).unwrap();
    let (text, html) = (
        filled(&whole.text, Part::Text, &slots),
        filled(&whole.html, Part::Html, &slots),
    );
    assert_eq!(read(&message), (text.clone(), html.clone()));
    insta::assert_snapshot!("offer_text", text);
    insta::assert_snapshot!("offer_html", readable(&html));
}

#[test]
fn a_digest_of_twelve_stories_is_small() {
    let rows = (0..11).map(|i| {
        let place = if i == 0 { Place::Row } else { Place::RowAfter };
        Stretch::Story(place, Box::new(sample::story()))
    });
    let mut stretches = vec![
        Stretch::Story(Place::Lead, Box::new(sample::story())),
        Stretch::Block("Port", true),
    ];
    stretches.extend(rows);
    let (message, _, html) = digest(&stretches);
    assert!(
        !html.contains("width:600px;\"><![endif]--><div class=\"mj-outlook"),
        "Outlook must know the gutters"
    );
    assert!(
        message.len() < 60 * 1024,
        "the message has {} octets",
        message.len()
    );
    assert!(html.len() < 50 * 1024, "the HTML has {} octets", html.len());
}

#[test]
fn a_mail_without_anything_optional_is_whole() {
    let templates = templates();
    let frame = templates.frame(&sample::bare_issue()).unwrap();
    let story = templates
        .story(&sample::theme(), Place::Lead, &sample::bare_story())
        .unwrap();
    let mut message = Vec::new();
    let html: [&[Piece]; 3] = [&frame.html_top, &story.html, &frame.html_bottom];
    let text: [&[Piece]; 3] = [&frame.text_top, &story.text, &frame.text_bottom];
    mime::write(
        &mail("News", None),
        &html,
        &text,
        &Slots::default(),
        &mut message,
    );
    assert_wire(&message);
    let (text, html) = read(&message);
    assert!(!html.contains("<img") && !html.contains("href=\"\"") && !html.contains("src=\"\""));
    insta::assert_snapshot!("bare_text", text);
}

#[test]
fn a_digest_without_a_note_greets_and_begins_close_to_its_head() {
    let templates = templates();
    let frame = templates.frame(&sample::bare_issue()).unwrap();
    for top in [&frame.html_top, &frame.text_top] {
        let greetings = top.iter().filter(|p| **p == Piece::Slot(Slot::Greeting));
        assert_eq!(greetings.count(), 1);
    }
    let text = |place| {
        let story = sample::bare_story();
        let lead = templates.render_story(&sample::theme(), place, &story);
        lead.unwrap().text
    };
    assert_eq!(text(Place::Lead), format!("\n\n{}", text(Place::LeadBelow)));
    assert!(text(Place::LeadBelow).starts_with("GALE WARNING"));
}

#[test]
fn hostile_values_stay_text() {
    let templates = templates();
    let evil = StoryView {
        url: "java\nscript:alert(1)".to_owned(),
        headline: "\u{fdd0}leave_link\u{fdd1}<script>\"'&\u{fdd2}{{slot 'code'}}".to_owned(),
        authors: Some("\u{fdd0}code\u{fdd1}".to_owned()),
        image: Some(Picture {
            url: "data:text/html,x".to_owned(),
            alt: "\"onerror=\"x".to_owned(),
        }),
        ..StoryView::default()
    };
    for place in [
        Place::Lead,
        Place::LeadBelow,
        Place::Row,
        Place::RowAfter,
        Place::Short,
        Place::ShortAfter,
        Place::Saved,
    ] {
        let fragment = templates.story(&sample::theme(), place, &evil).unwrap();
        assert!(
            fragment
                .html
                .iter()
                .chain(&fragment.text)
                .all(|piece| matches!(piece, Piece::Fixed(_)))
        );
        let html = templates
            .render_story(&sample::theme(), place, &evil)
            .unwrap()
            .html;
        assert!(!html.contains("<script>") && !html.contains("script:") && !html.contains("<img"));
        assert!(html.contains("leave_link&lt;script&gt;&quot;&#39;&amp;{{slot &#39;code&#39;}}"));
    }
    let slots = Slots::default()
        .with(Slot::LeaveLink, "javascript:alert(1)")
        .with(Slot::Greeting, "a\r\n<b>\u{fdd0}");
    assert_eq!(value(Slot::LeaveLink, Part::Html, &slots), "#");
    assert_eq!(value(Slot::LeaveLink, Part::Text, &slots), "");
    assert_eq!(value(Slot::Greeting, Part::Html, &slots), "a  &lt;b&gt;");
    let issue = IssueView {
        newsletter_title: "\u{fdd2}\u{fdd0}code\u{fdd1}".to_owned(),
        ..sample::issue()
    };
    assert!(
        !templates
            .frame(&issue)
            .unwrap()
            .html_top
            .contains(&Piece::Slot(Slot::Code))
    );
}

#[test]
fn right_to_left_turns_the_page() {
    let theme = Theme {
        direction: Direction::RightToLeft,
        language: "he".to_owned(),
        ..sample::theme()
    };
    let html = templates()
        .render_frame(&IssueView {
            theme,
            ..sample::issue()
        })
        .unwrap()
        .html;
    assert!(html.contains("lang=\"he\" dir=\"rtl\"") && html.contains("align=\"right\""));
}

/// What `compile` says of our templates with one change.
fn told(file: &str, from: &str, to: &str) -> String {
    let mut files: BTreeMap<String, String> = Templates::embedded();
    let text = files.get_mut(file).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    *text = text.replacen(from, to, 1);
    Templates::compile(&files)
        .err()
        .unwrap_or_else(|| panic!("{file} may say {to}"))
        .to_string()
}

#[test]
fn a_slip_is_told_with_its_place() {
    let table = [
        told("row.mjml", "{{story.headline}}", "{{story.hedline}}"),
        told("row.mjml", "<mj-column>", "<mj-colum>"),
        told("row.mjml", "padding-top=", "pading-top="),
        told("row.mjml", "padding=\"0px 32px\"", "padding=\"0 32px\""),
        told("row.mjml", "</mj-raw>", ""),
        told("row.mjml", "{{/if}}", ""),
        told("foot.mjml", "{{slot 'leave_link'}}", "{{slot 'leave_lnk'}}"),
        told("foot.mjml", "{{slot 'leave_link'}}", "#"),
        told("foot.mjml", "<mj-text>", "<mj-text><mj-image />"),
        told(
            "digest.mjml",
            "<mj-include path=\"foot.mjml\" />",
            "<mj-include path=\"fot.mjml\" />",
        ),
        told(
            "foot.mjml",
            "<mj-section",
            "<mj-include path=\"foot.mjml\" />\n<mj-section",
        ),
        told(
            "foot.mjml",
            "<mj-section",
            "<mj-include href='foot.mjml' />\n<mj-section",
        ),
        told("digest.mjml", "{{blocks}}", ""),
        told("digest.txt", "{{upper ", "{{uper "),
        told("digest.txt", "{{slot 'why'}}", "{{> why}}"),
        told("en.ftl", "pause =", "paus ="),
        told("en.ftl", "pause = Pause it\n", ""),
        told("en.ftl", "Leave { $newsletter }", "Leave { $newsleter }"),
        told("en.ftl", "Leave { $newsletter }", "Leave"),
        told("hi.ftl", "zone_asia_kolkata", "zone_asia_kolkatta"),
        told("ur.ftl", "{ $hour12 }", "{ $hour13 }"),
        told("ur.ftl", "   *[night]", "    [night]"),
        told("ur.ftl", "\npause =", "\nchange = x\npause ="),
        told("de.ftl", "= Januar", ""),
        told("de.ftl", "= Januar", "= { monat }"),
        told("de.ftl", "0123456789", "012345678"),
        told("de.ftl", "number_groups = 3", "number_groups = three"),
        told("look.toml", "hyphens = \"auto\"", "hypens = \"auto\""),
        told("look.toml", "[font]", "[font"),
    ];
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn an_older_set_is_made_whole() {
    let mut files = Templates::embedded();
    files.retain(|name, _| words::language_of(name).is_none() && !name.starts_with("more."));
    files.insert("words.en.toml".to_owned(), "pause = \"Wait\"".to_owned());
    let old = Templates::compile(&files).unwrap();
    let more = |templates: &Templates| templates.render_more(&sample::theme(), 2, "").unwrap();
    assert_eq!(more(&old).text, more(templates()).text);
    assert_eq!(old.words("hi").say("pause", &[]), "कुछ समय के लिए रोकें");
}

#[test]
fn a_folder_replaces_single_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("row.txt"), "{{story.headline}}").unwrap();
    let french = "leave = Quitter { $newsletter }\nmore = { $count ->\n    [one] un article\n   *[other] { $count } articles\n} de plus";
    std::fs::write(folder.path().join("fr.ftl"), french).unwrap();
    let files = Templates::load(Some(folder.path())).unwrap();
    assert_eq!(files["row.txt"], "{{story.headline}}");
    assert_eq!(files.len(), Templates::embedded().len() + 1);
    let templates = Templates::compile(&files).unwrap();
    let more = |count: u32| {
        templates
            .words("fr-CA")
            .say("more", &[("count", count.into())])
    };
    assert_eq!(more(0), "un article de plus", "French has one nought");
    assert_eq!(more(14), "14 articles de plus");
    assert_eq!(templates.words("fr").say("pause", &[]), "Pause it");
    std::fs::write(folder.path().join("rwo.mjml"), "").unwrap();
    let error = Templates::load(Some(folder.path()))
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("rwo.mjml: no template has this name; did you mean row.mjml?"),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn quoted_printable_gives_the_text_back(text in "(?s).{0,300}") {
        let text = text.replace('\r', "");
        let mut message = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".to_vec();
        encode(text.as_bytes(), &mut message);
        assert_wire(&message);
        let parsed = MessageParser::default().parse(&message).unwrap();
        let back = parsed.body_text(0).unwrap_or_default().replace("\r\n", "\n");
        // Without any text there is no part to ask.
        prop_assert_eq!(back, text);
    }

    #[test]
    fn no_value_adds_a_header(
        subject in "(?s).{0,200}",
        name in "(?s).{0,120}",
        title in "(?s).{0,120}",
        id in "(?s).{0,80}",
    ) {
        let mut view = mail(&subject, Some(&name));
        view.from.0 = &name;
        view.list_id = Some((&title, "tide.courier.example"));
        view.message_id = &id;
        view.feedback_id = Some(&id);
        let mut message = Vec::new();
        mime::write(&view, &[], &[], &Slots::default(), &mut message);
        assert_wire(&message);
        let head = String::from_utf8(message[..message_head(&message)].to_vec()).unwrap();
        let names: Vec<&str> =
            head.split("\r\n").filter(|line| !line.starts_with(' ')).map(|line| line.split(':').next().unwrap()).collect();
        prop_assert_eq!(names, [
            "From", "Reply-To", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe",
            "List-Unsubscribe-Post", "Feedback-ID", "MIME-Version", "Content-Type",
        ]);
        prop_assert!(head.split("\r\n").all(|line| line.len() <= 76 || !line.trim().contains(' ')));
        let parsed = MessageParser::default().parse(&message).unwrap();
        prop_assert_eq!(parsed.subject().unwrap_or_default(), header::clean(&subject));
        let to = parsed.to().unwrap().first().unwrap();
        prop_assert_eq!(to.address(), Some("asha@example.org"));
        prop_assert_eq!(to.name().unwrap_or_default(), header::clean(&name));
    }

    #[test]
    fn pieces_joined_are_what_was_rendered(headline in "(?s).{0,120}", standfirst in "(?s).{0,200}", greeting in "(?s).{0,60}") {
        let templates = templates();
        let view = StoryView { headline, standfirst: Some(standfirst.clone()), ..sample::story() };
        let issue = IssueView { note: Some(standfirst), ..sample::issue() };
        let slots = Slots::default().with(Slot::Greeting, &greeting);
        let story = templates.story(&sample::theme(), Place::Row, &view).unwrap();
        let frame = templates.frame(&issue).unwrap();
        let mut message = Vec::new();
        let html: [&[Piece]; 3] = [&frame.html_top, &story.html, &frame.html_bottom];
        let text: [&[Piece]; 3] = [&frame.text_top, &story.text, &frame.text_bottom];
        mime::write(&mail("News", None), &html, &text, &slots, &mut message);
        assert_wire(&message);
        let (whole, story) = (templates.render_frame(&issue).unwrap(), templates.render_story(&sample::theme(), Place::Row, &view).unwrap());
        let text = filled(&whole.text.replace(fill::CUT, &story.text), Part::Text, &slots);
        let html = filled(&whole.html.replace(fill::CUT, &story.html), Part::Html, &slots);
        prop_assert_eq!(read(&message), (text, html));
    }
}
