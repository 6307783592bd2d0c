//! What a digest weighs: never more than was said of its parts, whatever they say.

use super::mails::{CONTENTS, Content, Mail};
use super::*;
use crate::config::{MAX_SIZE, Tier};
use crate::render::revision::StoryText;

/// The longest of everything that `collect` lets in, of one character or word again and again.
fn story_of(letters: &str, url: &str, authors: usize, pictured: bool) -> StoryText {
    let long = |chars: usize| letters.chars().cycle().take(chars).collect::<String>();
    let address = format!("https://courier.example/{}", url.repeat(2000 / url.len()));
    let detail = serde_json::json!({
        "standfirst": long(500),
        "authors": vec![long(100); authors],
        "section": null,
        "topics": [],
        "premium": true,
        "image": pictured.then(|| serde_json::json!({ "url": address, "alt": long(300) })),
        "updated_at": null,
        "link": address,
        "correction": long(300),
    });
    StoryText {
        headline: long(300),
        language: None,
        detail: serde_json::from_value(detail).unwrap(),
    }
}

/// A digest of what is hard to lay out: one word of 300 letters, an address, emoji, twenty authors, lost pictures.
pub(super) fn long(templates: &Templates, content: &Content) -> Mail {
    let theme = content.theme();
    let words = templates.words(content.language);
    let sentence = format!("{} ", content.story(templates, 0).headline);
    let texts = [
        (sentence.as_str(), 2, true),
        ("Donaudampfschifffahrtsgesellschaft", 1, true),
        (
            "https://courier.example/2026/11/24/the-port-reopens?from=mail&page=2#top",
            0,
            false,
        ),
        ("👩‍👩‍👧‍👦🌊🇮🇳⚓️ ", 20, false),
        ("समुद्रतटवर्ती", 3, true),
        ("بندرگاہ ", 4, false),
    ];
    let mut parts = Vec::new();
    for (i, (text, authors, pictured)) in texts.into_iter().enumerate() {
        let view = story_of(text, "a", authors, pictured).view(words, Tier::Free, false);
        let place = if i == 0 { Place::Lead } else { Place::RowAfter };
        parts.push(templates.render_story(&theme, place, &view).unwrap());
        if i < 4 {
            parts.push(
                templates
                    .render_story(&theme, Place::ShortAfter, &view)
                    .unwrap(),
            );
        }
    }
    let title = "Donaudampfschifffahrtsgesellschaft".repeat(4);
    let block = BlockView {
        title,
        followed: true,
    };
    parts.insert(1, templates.render_block(&theme, &block).unwrap());
    parts.push(
        templates
            .render_more(&theme, 1_234, "https://courier.example/")
            .unwrap(),
    );
    content.framed(templates, "long", &parts)
}

/// Octets of HTML, as a mailbox sees it.
fn weight_of(html: &[Piece], slots: &Slots<'_>) -> usize {
    let mut message = Vec::new();
    mime::write(&mail("News", None), &[html], &[], slots, &mut message);
    read(&message).1.len()
}

#[derive(Debug, Clone)]
struct Said {
    letters: String,
    url: String,
    authors: usize,
    pictured: bool,
    place: Place,
}

fn said() -> impl Strategy<Value = Said> {
    let letters = prop_oneof![
        Just("समुद्र तट ".to_owned()),
        Just("👩‍👩‍👧‍👦🌊".to_owned()),
        Just("\"&<>'".to_owned()),
        Just("a".to_owned()),
        "\\PC{1,8}",
    ];
    let url = prop_oneof![
        Just("&".to_owned()),
        Just("'".to_owned()),
        Just("\"".to_owned()),
        Just("ख".to_owned()),
        Just("a".to_owned()),
    ];
    let place = prop_oneof![
        Just(Place::Lead),
        Just(Place::LeadBelow),
        Just(Place::Row),
        Just(Place::RowAfter),
        Just(Place::Short),
        Just(Place::ShortAfter),
        Just(Place::Saved),
    ];
    (letters, url, 0usize..20, any::<bool>(), place).prop_map(
        |(letters, url, authors, pictured, place)| Said {
            letters,
            url,
            authors,
            pictured,
            place,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_digest_weighs_no_more_than_its_parts(
        stories in prop::collection::vec(said(), 1..6),
        content in 0..CONTENTS.len(),
        more in any::<u32>(),
        letter in prop_oneof![Just('"'), Just('👩'), Just('न'), Just('x')],
        tier in prop_oneof![Just(Tier::Free), Just(Tier::Premium)],
    ) {
        let templates = templates();
        let content = &CONTENTS[content];
        let (theme, words) = (content.theme(), templates.words(content.language));
        let issue = IssueView { newsletter_title: letter.to_string().repeat(80), ..content.issue() };
        let frame = templates.frame(&issue).unwrap();
        let block = BlockView { title: letter.to_string().repeat(100), followed: true };
        let mut html = frame.html_top.clone();
        let mut most = templates.frame_weight(&issue).unwrap();
        for said in &stories {
            let view = story_of(&said.letters, &said.url, said.authors, said.pictured).view(words, tier, false);
            html.extend(templates.block(&theme, &block).unwrap().html);
            html.extend(templates.story(&theme, said.place, &view).unwrap().html);
            most += templates.head_weight(&theme, &block).unwrap();
            most += templates.weight(&theme, said.place, &view).unwrap();
        }
        html.extend(templates.more(&theme, more, &issue.paper_url).unwrap().html);
        html.extend(frame.html_bottom);

        let said = |chars: usize| letter.to_string().repeat(chars);
        let subject = said(300);
        let preheader = fill::preheader(&said(2000));
        let greeting = words.greeting(Some(&said(60)), 6);
        let schedule = date::Schedule::At { days: 0x55, minutes: 1439, zone: "America/Argentina/Buenos_Aires" };
        let since = Some(jiff::civil::date(2026, 9, 30));
        let why = words.why(&issue.newsletter_title, since) + " " + &words.schedule(schedule);
        let link = format!("https://courier.example/{}", "a".repeat(500));
        let slots = Slots::default()
            .with(Slot::Subject, &subject)
            .with(Slot::Preheader, &preheader)
            .with(Slot::Greeting, &greeting)
            .with(Slot::Why, &why)
            .with(Slot::PreferencesLink, &link)
            .with(Slot::PauseLink, &link)
            .with(Slot::LeaveLink, &link)
            .with(Slot::BrowserLink, &link);
        let weight = weight_of(&html, &slots);
        prop_assert!(weight <= most, "{weight} octets, {most} at most");
    }
}

#[test]
fn even_the_worst_story_leaves_room_for_its_frame() {
    let templates = templates();
    for content in &CONTENTS {
        let words = templates.words(content.language);
        let worst = story_of("\"", "'", 20, true).view(words, Tier::Free, false);
        let theme = content.theme();
        let story = templates.weight(&theme, Place::Lead, &worst).unwrap();
        let frame = templates.frame_weight(&content.issue()).unwrap();
        assert!(
            story + frame < MAX_HTML,
            "{}: {story} and {frame}",
            content.language
        );
        // What is usual is light.
        let usual = content.story(templates, 0);
        let story = templates.weight(&theme, Place::Row, &usual).unwrap();
        assert!(
            story < 4_096 && frame < 26_000,
            "{}: {story} and {frame}",
            content.language
        );
    }
}

/// An offer's words have a limit in the configuration; with the longest, most broken text that it lets in, the mail stays
/// whole.
#[test]
fn the_longest_offer_is_whole() {
    let templates = templates();
    for content in &CONTENTS {
        for text in ["x\n\n".repeat(MAX_SIZE / 403), "\"".repeat(MAX_SIZE / 6)] {
            let offer = OfferView {
                text,
                ..sample::offer()
            };
            let html = templates
                .render_offer(&content.issue(), &offer)
                .unwrap()
                .html;
            // Slots: a subject twice, four links, why, and the like.
            let most = html.len() + 12_000;
            assert!(most < MAX_HTML, "{}: {most}", content.language);
        }
    }
}

#[test]
fn a_name_that_is_none_is_not_greeted_by() {
    let words = templates();
    let words = words.words("en");
    assert_eq!(words.greeting(Some(&"x".repeat(61)), 6), "Good morning.");
    assert_eq!(
        words.greeting(Some(&"x".repeat(60)), 20),
        format!("Good evening, {}.", "x".repeat(60))
    );
}
