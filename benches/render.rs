//! What one message costs: pieces joined, slots spliced, headers written. And what a story costs, once per place.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::civil::date;
use postrider::render::{
    BlockView, Direction, Fragment, IssueView, MailView, Piece, Place, Slot, Slots, StoryView,
    Templates, Theme, mime,
};

fn theme() -> Theme {
    Theme {
        language: "en".to_owned(),
        direction: Direction::LeftToRight,
        accent_light: "#00566a".to_owned(),
        accent_dark: "#83cbdb".to_owned(),
    }
}

fn issue() -> IssueView {
    IssueView {
        theme: theme(),
        paper_name: "The Harbour Courier".to_owned(),
        paper_url: "https://courier.example/".to_owned(),
        newsletter_title: "Morning Tide".to_owned(),
        date: Some(date(2026, 11, 24)),
        tagline: Some("High water 11:52, 4.1 m".to_owned()),
        note: Some("At ten past five the pilot boat went out through the east channel.".to_owned()),
        signed: Some("Mirren Oake, who edits this letter".to_owned()),
        correction: None,
        postal_address: "4 Quay Street, Harbour".to_owned(),
        join: None,
    }
}

fn story() -> StoryView {
    StoryView {
        url: "https://courier.example/port-reopens".to_owned(),
        headline: "Night crews clear the east channel, and the port reopens two days early"
            .to_owned(),
        standfirst: Some("Dredgers lifted 40,000 tonnes of storm silt in nine nights.".to_owned()),
        authors: Some("Mirren Oake".to_owned()),
        detail: Some("Six minutes".to_owned()),
        ..StoryView::default()
    }
}

fn bench(criterion: &mut Criterion) {
    let templates = Templates::compile(&Templates::embedded()).expect("our own templates");
    let frame = templates.frame(&issue()).expect("a frame");
    let head = BlockView {
        title: "Port and shipping".to_owned(),
        followed: true,
    };
    let mut fragments = vec![templates.block(&theme(), &head).expect("a block")];
    let places = [Place::Lead, Place::Row]
        .into_iter()
        .chain([Place::RowAfter; 10]);
    fragments
        .extend(places.map(|place| templates.story(&theme(), place, &story()).expect("a story")));

    let pick = |top, bottom, part: fn(&Fragment) -> &[Piece]| -> Vec<&[Piece]> {
        [top]
            .into_iter()
            .chain(fragments.iter().map(part))
            .chain([bottom])
            .collect()
    };
    let html = pick(&frame.html_top[..], &frame.html_bottom[..], |fragment| {
        &fragment.html
    });
    let text = pick(&frame.text_top[..], &frame.text_bottom[..], |fragment| {
        &fragment.text
    });
    let why = templates
        .words("en")
        .why("Morning Tide", Some(date(2025, 3, 3)));
    let slots = Slots::default()
        .with(Slot::Subject, "The port reopens two days early")
        .with(Slot::Preheader, "Tonight’s vote, street by street.")
        .with(Slot::Greeting, "Good morning, Asha.")
        .with(Slot::Why, &why)
        .with(
            Slot::PreferencesLink,
            "https://courier.example/p/8Jk2_a-b.cDe3fGh4iJk5lMn6oPq7r",
        )
        .with(
            Slot::PauseLink,
            "https://courier.example/p/pause/8Jk2_a-b.cDe3fGh4iJk5lMn6oPq7r",
        )
        .with(
            Slot::LeaveLink,
            "https://courier.example/u/8Jk2_a-b.cDe3fGh4iJk5lMn6oPq7r",
        )
        .with(
            Slot::BrowserLink,
            "https://courier.example/b/8Jk2_a-b.cDe3fGh4iJk5lMn6oPq7r",
        );
    let mail = MailView {
        from: ("The Harbour Courier", "tide@courier.example"),
        reply_to: None,
        to: (Some("Asha"), "asha@example.org"),
        subject: "The port reopens two days early",
        date: "2026-11-24T06:30:00Z".parse().expect("an instant"),
        message_id: "7k2p9.1@courier.example",
        boundary: "b7k2p91",
        list_id: Some(("Morning Tide", "morning-tide.courier.example")),
        list_unsubscribe: Some("https://courier.example/u/8Jk2_a-b.cDe3fGh4iJk5lMn6oPq7r"),
        unsubscribe_by_mail: None,
        feedback_id: Some("20261124:morning-tide:digest:courier"),
        automatic: false,
    };

    let mut out = Vec::new();
    mime::write(&mail, &html, &text, &slots, &mut out);
    let mut group = criterion.benchmark_group("render");
    group.throughput(Throughput::Bytes(out.len() as u64));
    group.bench_function("a message of twelve stories", |bencher| {
        bencher.iter(|| {
            out.clear();
            mime::write(black_box(&mail), &html, &text, &slots, &mut out);
        });
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("a story in a row", |bencher| {
        bencher.iter(|| templates.story(&theme(), Place::Row, black_box(&story())));
    });
    let words = templates.words("en");
    group.bench_function("a greeting", |bencher| {
        bencher.iter(|| words.greeting(black_box(Some("Asha")), 6));
    });
    group.bench_function("a story weighed", |bencher| {
        bencher.iter(|| templates.weight(&theme(), Place::Row, black_box(&story())));
    });
    group.bench_function("a frame", |bencher| {
        bencher.iter(|| templates.frame(black_box(&issue())));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
