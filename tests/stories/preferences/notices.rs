//! What the paper's site sends beside newsletters, and readers may do without.

use super::strangers::{by_mail, mails};
use super::{ASHA, PAGE, fully};
use crate::support::pages::{Answer, Pages};
use crate::support::{World, program};

/// From now on the page offers these.
async fn offers(world: &mut World, notices: &str) -> Pages {
    let file = world.config().join("postrider.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let without = text.lines().filter(|line| !line.starts_with("notices ="));
    std::fs::write(&file, without.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    world.configure_web(&format!("notices = [{notices}]"));
    world.restart().await;
    Pages::of(world).await
}

/// The notices that the page shows, and those of them that are ticked.
fn boxes(page: &Answer) -> (Vec<&str>, Vec<&str>) {
    let all = page.body.split("name=\"wanted\" value=\"").skip(1);
    let all = all.map(|rest| rest.split_once('"').unwrap());
    let (mut shown, mut ticked) = (Vec::new(), Vec::new());
    for (word, rest) in all {
        shown.push(word);
        if rest.starts_with(" checked>") {
            ticked.push(word);
        }
    }
    (shown, ticked)
}

/// The form as the page shows it, with only these ticked.
async fn tick(pages: &Pages, page: &Answer, wanted: &[&str]) -> Answer {
    let shown = page.body.split("name=\"shown\" value=\"").skip(1);
    let shown = shown.map(|rest| ("shown", rest.split_once('"').unwrap().0));
    let mut form = vec![("do", "notices")];
    form.extend(shown);
    form.extend(wanted.iter().map(|word| ("wanted", *word)));
    pages.press(PAGE, &form).await
}

/// What an operator is shown of the notices that this reader does without.
fn off(world: &World) -> Vec<String> {
    let shown = program::json(world, &["subscriber", "show", ASHA]);
    let off = shown["preferences"]["notices_off"].as_array().cloned();
    let words = off.unwrap_or_default();
    words
        .iter()
        .map(|word| word.as_str().unwrap().to_owned())
        .collect()
}

story!(
    the_notices_that_are_ticked_come_and_the_others_do_not,
    async |world: &mut World| {
        mails(world).await;
        let pages = offers(world, "\"saved\", \"replies\", \"meter\"").await;
        by_mail(world, &pages, ASHA)
            .await
            .hides(&["name=\"wanted\"", "My saved stories"]);
        let page = fully(world, &pages, ASHA).await;
        page.says(&[
            "Notices you want",
            "Replies to my comments",
            "At most once a month.",
        ]);
        page.hides(&["My comment was published"]);
        let all = vec!["replies", "saved", "meter"];
        assert_eq!(boxes(&page), (all.clone(), all.clone()));

        let saved = tick(&pages, &page, &["saved"]).await;
        saved.says(&["You get the notices that are ticked.", "Saved at 06:30"]);
        assert_eq!(boxes(&saved), (all.clone(), vec!["saved"]));
        assert_eq!(off(world), ["replies", "meter"]);
        let told = program::ok(world, &["subscriber", "show", ASHA]);
        assert!(told.contains("notices off: replies, meter"), "{told}");
        world.later(24 * 60);
        let page = fully(world, &pages, ASHA).await;
        page.says(&["Saved on 24 November 2026"]);
        let back = tick(&pages, &page, &["saved", "meter"]).await;
        assert_eq!(boxes(&back), (all.clone(), vec!["saved", "meter"]));
        let undo = [("do", "undo"), ("of", back.hidden("of"))];
        let undone = pages.press(PAGE, &undo).await;
        undone.says(&["It is as it was before."]);
        assert_eq!(boxes(&undone), (all.clone(), vec!["saved"]));
        assert_eq!(off(world), ["replies", "meter"]);
        let same = tick(&pages, &undone, &["saved"]).await;
        same.says(&["Nothing to change: it is so already."]);
        let none = tick(&pages, &same, &[]).await;
        assert_eq!(boxes(&none), (all.clone(), vec![]));
        let page = tick(&pages, &none, &all).await;
        assert_eq!(boxes(&page), (all.clone(), all));
        assert_eq!(off(world), Vec::<String>::new());
    }
);

story!(
    a_notice_that_the_form_did_not_show_stays_as_it_was,
    async |world: &mut World| {
        mails(world).await;
        let pages = offers(world, "\"replies\", \"moderation\", \"saved\", \"meter\"").await;
        let page = fully(world, &pages, ASHA).await;
        tick(&pages, &page, &["replies", "saved", "meter"]).await;
        assert_eq!(off(world), ["moderation"]);

        let pages = offers(world, "\"replies\", \"saved\"").await;
        let page = fully(world, &pages, ASHA).await;
        assert_eq!(boxes(&page).0, ["replies", "saved"]);
        tick(&pages, &page, &["replies"]).await;
        assert_eq!(off(world), ["moderation", "saved"]);
        // What is ticked and was not shown is no page's form.
        let form = [
            ("do", "notices"),
            ("shown", "saved"),
            ("wanted", "saved"),
            ("wanted", "moderation"),
        ];
        pages.press(PAGE, &form).await;
        assert_eq!(off(world), ["moderation"]);

        let pages = offers(world, "\"moderation\", \"meter\"").await;
        let page = fully(world, &pages, ASHA).await;
        assert_eq!(boxes(&page), (vec!["moderation", "meter"], vec!["meter"]));
        let left = pages.press(PAGE, &[("do", "leave-all")]).await;
        assert_eq!(boxes(&left).1, Vec::<&str>::new());
        let undo = [("do", "undo"), ("of", left.hidden("of"))];
        let back = pages.press(PAGE, &undo).await;
        assert_eq!(boxes(&back).1, ["meter"]);
        assert_eq!(off(world), ["moderation"]);
    }
);
