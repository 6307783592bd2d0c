//! Samples that every template is tried on as it is compiled: all there can be, and as little as there can be.

use jiff::civil::date;

use super::view::{Code, Direction, IssueView, OfferRow, OfferView, Picture, StoryView, Theme};

/// The accent of a paper that has none of its own: harbour blue.
pub(super) const ACCENT_LIGHT: &str = "#00566a";
/// The same on dark paper.
pub(super) const ACCENT_DARK: &str = "#83cbdb";

pub(super) fn theme() -> Theme {
    Theme {
        language: "en".to_owned(),
        direction: Direction::LeftToRight,
        accent_light: ACCENT_LIGHT.to_owned(),
        accent_dark: ACCENT_DARK.to_owned(),
    }
}

pub(super) fn issue() -> IssueView {
    IssueView {
        theme: theme(),
        paper_name: "The Harbour Courier".to_owned(),
        paper_url: "https://courier.example/".to_owned(),
        newsletter_title: "Morning Tide".to_owned(),
        date: Some(date(2026, 11, 24)),
        tagline: Some("High water 11:52, 4.1 m. Gale warning from noon".to_owned()),
        note: Some(
            "At ten past five the pilot boat went out through the east channel, and nobody had to hold their breath. \
             Oranges are on the quay. The harder question, who pays for the wall, comes tonight at seven."
                .to_owned(),
        ),
        signed: Some("Mirren Oake, who edits this letter".to_owned()),
        correction: Some(
            "On Monday we said here that the last ferry would leave at 22:00. It leaves at 23:40, and will go on doing \
             so. We are sorry."
                .to_owned(),
        ),
        postal_address: "4 Quay Street, Harbour".to_owned(),
        join: None,
    }
}

pub(super) fn bare_issue() -> IssueView {
    IssueView {
        date: None,
        tagline: None,
        note: None,
        signed: None,
        correction: None,
        ..issue()
    }
}

pub(super) fn story() -> StoryView {
    StoryView {
        url: "https://courier.example/port-reopens".to_owned(),
        headline: "Night crews clear the east channel, and the port reopens two days early".to_owned(),
        standfirst: Some(
            "Dredgers lifted 40,000 tonnes of storm silt in nine nights. The first ship in carried oranges, and a queue \
             of eleven waits behind it."
                .to_owned(),
        ),
        authors: Some("Mirren Oake".to_owned()),
        detail: Some("Six minutes".to_owned()),
        premium: true,
        premium_note: Some("For subscribers: your ten free stories do not open it".to_owned()),
        image: Some(Picture {
            url: "https://courier.example/pictures/port.jpg".to_owned(),
            alt: "A container ship comes in under the raised cranes as the sun rises behind it.".to_owned(),
        }),
        language: Some("en-GB".to_owned()),
    }
}

pub(super) fn bare_story() -> StoryView {
    StoryView {
        headline: "Gale warning from noon".to_owned(),
        ..StoryView::default()
    }
}

pub(super) fn offer() -> OfferView {
    let row = |when: &str, what: &str| OfferRow {
        when: when.to_owned(),
        what: what.to_owned(),
    };
    OfferView {
        title: "The Courier Almanac 2027, for a third less than on Friday".to_owned(),
        text: "Every tide, every moon, every market day, and twelve walks that end at a pub. 208 pages, sewn, printed \
               across the river."
            .to_owned(),
        picture: Some(Picture {
            url: "https://courier.example/pictures/almanac.png".to_owned(),
            alt: "The Courier Almanac 2027, a dark book with a white lighthouse on its cover.".to_owned(),
        }),
        link: "https://courier.example/shop/almanac".to_owned(),
        link_label: "Get the Almanac".to_owned(),
        code: Code::Personal,
        rows: vec![
            row("From now", "£12 instead of £18, with your code"),
            row("Fri 27, 10:00", "Open to all, at £15"),
            row("Sun 29, 23:59", "Your code ends"),
        ],
        zone: Some("Europe/London".to_owned()),
        terms: "5,000 codes in three waves, oldest members first. When they are gone, they are gone, and this page says so \
                before you pay. Postage is £3 in the city and £5 elsewhere. You can send the book back within 30 days."
            .to_owned(),
    }
}

pub(super) fn bare_offer() -> OfferView {
    OfferView {
        text: String::new(),
        picture: None,
        code: Code::None,
        rows: Vec::new(),
        zone: None,
        terms: String::new(),
        ..offer()
    }
}
