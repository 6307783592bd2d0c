//! A digest, a weekly and an offer in each language we bring, as whole messages: what the other tests look at.

use jiff::civil::date;

use super::*;
use crate::render::date::Schedule;

/// A whole mail, and what it was made of.
pub(super) struct Mail {
    pub(super) name: String,
    pub(super) language: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) subject: &'static str,
    pub(super) message: Vec<u8>,
    pub(super) text: String,
    pub(super) html: String,
}

/// What one language's mails say, beside the catalog.
pub(super) struct Content {
    pub(super) language: &'static str,
    paper: &'static str,
    newsletter: &'static str,
    reader: &'static str,
    zone: &'static str,
    tagline: &'static str,
    note: &'static str,
    signed: &'static str,
    correction: &'static str,
    address: &'static str,
    block: &'static str,
    short_block: &'static str,
    /// Headline, standfirst, author.
    stories: [(&'static str, &'static str, &'static str); 4],
    offer: (&'static str, &'static str, &'static str),
    rows: [&'static str; 3],
    terms: &'static str,
}

pub(super) const CONTENTS: [Content; 4] = [
    Content {
        language: "en",
        paper: "The Harbour Courier",
        newsletter: "Morning Tide",
        reader: "Asha",
        zone: "Europe/London",
        tagline: "High water 11:52, 4.1 m. Gale warning from noon",
        note: "At ten past five the pilot boat went out through the east channel, and nobody had to hold their breath.",
        signed: "Mirren Oake, who edits this letter",
        correction: "On Monday we said here that the last ferry would leave at 22:00. It leaves at 23:40.",
        address: "4 Quay Street, Harbour",
        block: "Port and shipping",
        short_block: "Also this morning",
        stories: [
            (
                "Night crews clear the east channel, and the port reopens two days early",
                "Dredgers lifted 40,000 tonnes of storm silt in nine nights. The first ship in carried oranges.",
                "Mirren Oake",
            ),
            (
                "Ferry fares rise by 8 per cent in March, and the last boat stays at 23:40",
                "The operator wanted 12 and a last boat at ten. Night-shift nurses wrote 600 letters.",
                "Jonah Pellwick",
            ),
            (
                "The pilots who practised on a bathtub of sand",
                "With the channel closed, they built it again in a shed, to the centimetre.",
                "Edda Thornquist",
            ),
            (
                "Gale warning from noon; two crossings are cancelled",
                "",
                "",
            ),
        ],
        offer: (
            "The Courier Almanac 2027, for a third less than on Friday",
            "Every tide, every moon, every market day, and twelve walks that end at a pub.",
            "Get the Almanac",
        ),
        rows: [
            "£12 instead of £18, with your code",
            "Open to all, at £15",
            "Your code ends",
        ],
        terms: "5,000 codes in three waves, oldest members first. You can send the book back within 30 days.",
    },
    Content {
        language: "hi",
        paper: "सागर समाचार",
        newsletter: "सुबह की लहर",
        reader: "आशा",
        zone: "Asia/Kolkata",
        tagline: "ज्वार 11:52 बजे, 4.1 मीटर। दोपहर से तेज़ हवाओं की चेतावनी",
        note: "सुबह पाँच बजकर दस मिनट पर पायलट नाव पूर्वी चैनल से निकली और इस बार किसी को साँस नहीं रोकनी पड़ी। संतरे घाट पर पहुँच गए हैं।",
        signed: "मीरा ओक, इस न्यूज़लेटर की संपादक",
        correction: "सोमवार को हमने लिखा था कि आख़िरी फ़ेरी रात 10 बजे छूटेगी। सही समय रात 11:40 बजे है।",
        address: "4, घाट मार्ग, बंदरगाह",
        block: "बंदरगाह और जहाज़रानी",
        short_block: "आज सुबह और भी",
        stories: [
            (
                "रात की टीमों ने पूर्वी चैनल साफ़ किया, बंदरगाह तय समय से दो दिन पहले खुला",
                "नौ रातों में 40,000 टन गाद निकाली गई। सबसे पहले आए जहाज़ में संतरे थे और उसके पीछे ग्यारह जहाज़ क़तार में हैं।",
                "मीरा ओक",
            ),
            (
                "मार्च से फ़ेरी का किराया 8 फ़ीसदी बढ़ेगा, आख़िरी नाव का समय नहीं बदलेगा",
                "कंपनी 12 फ़ीसदी बढ़ोतरी चाहती थी। रात की पाली की नर्सों ने 600 चिट्ठियाँ लिखीं।",
                "जोना पेलविक",
            ),
            (
                "वे पायलट जिन्होंने रेत से भरे टब में अभ्यास किया",
                "चैनल बंद था, तो उन्होंने शेड में उसका हूबहू नमूना बना लिया।",
                "Edda Thornquist",
            ),
            ("दोपहर से तेज़ हवाओं की चेतावनी, दो फ़ेरियाँ रद्द", "", ""),
        ],
        offer: (
            "सागर पंचांग 2027: शुक्रवार की क़ीमत से एक तिहाई कम में",
            "हर ज्वार, हर पूर्णिमा, हर हाट का दिन और बारह पैदल सैरें।",
            "पंचांग ख़रीदें",
        ),
        rows: [
            "आपके कोड से ₹1,800 की जगह ₹1,200",
            "सबके लिए, ₹1,500 में",
            "आपका कोड समाप्त",
        ],
        terms: "तीन चरणों में 5,000 कोड, सबसे पुराने सदस्यों को पहले। किताब 30 दिन के भीतर लौटाई जा सकती है।",
    },
    Content {
        language: "ur",
        paper: "ساحل نیوز",
        newsletter: "صبح کی لہر",
        reader: "Asha",
        zone: "Asia/Karachi",
        tagline: "مد کا وقت 11:52، 4.1 میٹر۔ دوپہر سے تیز ہواؤں کی وارننگ",
        note: "صبح پانچ بج کر دس منٹ پر پائلٹ کشتی مشرقی چینل سے نکلی اور اس بار کسی کو سانس نہیں روکنی پڑی۔ مالٹے گھاٹ پر پہنچ گئے ہیں۔",
        signed: "میرا اوک، اس نیوز لیٹر کی مدیر",
        correction: "پیر کو ہم نے لکھا تھا کہ آخری فیری رات 10 بجے روانہ ہوگی۔ درست وقت رات 11:40 بجے ہے۔",
        address: "4 گھاٹ روڈ، بندرگاہ",
        block: "بندرگاہ اور جہاز رانی",
        short_block: "آج صبح مزید",
        stories: [
            (
                "رات کی ٹیموں نے مشرقی چینل صاف کر دیا، بندرگاہ دو دن پہلے کھل گئی",
                "نو راتوں میں 40,000 ٹن گاد نکالی گئی۔ سب سے پہلے آنے والے جہاز میں مالٹے تھے اور اس کے پیچھے گیارہ جہاز قطار میں ہیں۔",
                "میرا اوک",
            ),
            (
                "مارچ سے فیری کا کرایہ 8 فیصد بڑھے گا، آخری کشتی کا وقت نہیں بدلے گا",
                "کمپنی 12 فیصد اضافہ چاہتی تھی۔ رات کی شفٹ کی نرسوں نے 600 خط لکھے۔",
                "Jonah Pellwick",
            ),
            (
                "Who pays for the wall?",
                "Three plans, one river, and a bill between £19 and £44 a year.",
                "Edda Thornquist",
            ),
            ("دوپہر سے تیز ہواؤں کی وارننگ، دو فیریاں منسوخ", "", ""),
        ],
        offer: (
            "ساحل جنتری 2027: جمعے کی قیمت سے ایک تہائی کم میں",
            "ہر مد و جزر، ہر چاند، ہر بازار کا دن اور بارہ پیدل سیریں۔",
            "جنتری خریدیں",
        ),
        rows: [
            "آپ کے کوڈ سے 1,800 روپے کے بجائے 1,200 روپے",
            "سب کے لیے، 1,500 روپے میں",
            "آپ کا کوڈ ختم",
        ],
        terms: "تین مرحلوں میں 5,000 کوڈ، سب سے پرانے اراکین پہلے۔ کتاب 30 دن کے اندر واپس کی جا سکتی ہے۔",
    },
    Content {
        language: "de",
        paper: "Hafenkurier",
        newsletter: "Morgenflut",
        reader: "Jürgen",
        zone: "Europe/Berlin",
        tagline: "Hochwasser 11.52 Uhr, 4,1 m. Sturmwarnung ab Mittag",
        note: "Um zehn nach fünf lief das Lotsenboot durch die Ostrinne aus, und niemand musste die Luft anhalten.",
        signed: "Mirren Oake, Redaktion",
        correction: "Am Montag hieß es hier, die letzte Fähre fahre um 22 Uhr. Sie fährt um 23.40 Uhr.",
        address: "Kaistraße 4, Hafen",
        block: "Hafen und Schifffahrt",
        short_block: "Außerdem heute",
        stories: [
            (
                "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle schließt, Hafen öffnet zwei Tage früher",
                "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz hin oder her: Bagger hoben 40.000 Tonnen Schlick.",
                "Mirren Oake",
            ),
            (
                "Fährpreise steigen im März um 8 Prozent",
                "Die Reederei wollte 12 Prozent. Pflegekräfte schrieben 600 Briefe.",
                "Jonah Pellwick",
            ),
            (
                "Die Lotsen, die in einer Wanne voll Sand übten",
                "Die Rinne war gesperrt. Also bauten sie sie im Schuppen nach.",
                "Edda Thornquist",
            ),
            (
                "Sturmwarnung ab Mittag, zwei Überfahrten fallen aus",
                "",
                "",
            ),
        ],
        offer: (
            "Der Hafenkalender 2027, ein Drittel günstiger als am Freitag",
            "Jede Flut, jeder Mond, jeder Markttag und zwölf Spaziergänge.",
            "Kalender bestellen",
        ),
        rows: [
            "12 € statt 18 € mit Ihrem Code",
            "Für alle, 15 €",
            "Ihr Code endet",
        ],
        terms: "5.000 Codes in drei Wellen, die ältesten Mitglieder zuerst. Rückgabe innerhalb von 30 Tagen.",
    },
];

impl Content {
    pub(super) fn theme(&self) -> Theme {
        let accent = (
            sample::ACCENT_LIGHT.to_owned(),
            sample::ACCENT_DARK.to_owned(),
        );
        Theme::of(self.language, &accent)
    }

    pub(super) fn issue(&self) -> IssueView {
        let said = |text: &str| Some(text.to_owned());
        IssueView {
            theme: self.theme(),
            paper_name: self.paper.to_owned(),
            paper_url: "https://courier.example/".to_owned(),
            newsletter_title: self.newsletter.to_owned(),
            date: Some(date(2026, 11, 24)),
            tagline: said(self.tagline),
            note: said(self.note),
            signed: said(self.signed),
            correction: said(self.correction),
            postal_address: self.address.to_owned(),
            join: None,
        }
    }

    /// The story of this number, as a free reader sees it.
    pub(super) fn story(&self, templates: &Templates, i: usize) -> StoryView {
        let (headline, standfirst, author) = self.stories[i];
        let words = templates.words(self.language);
        let premium = i == 1;
        let picture = i < 2;
        StoryView {
            url: format!("https://courier.example/2026/11/24/story-{i}"),
            headline: headline.to_owned(),
            standfirst: Some(standfirst.to_owned()).filter(|s| !s.is_empty()),
            authors: words.list(&[author.to_owned()]).filter(|a| !a.is_empty()),
            detail: None,
            premium,
            premium_note: premium.then(|| words.say("premium_note", &[])),
            image: picture.then(|| Picture {
                url: format!("https://courier.example/pictures/{i}.jpg"),
                alt: headline.to_owned(),
            }),
            language: Some(
                if headline.starts_with("Who") {
                    "en"
                } else {
                    self.language
                }
                .to_owned(),
            ),
        }
    }

    fn digest(&self, templates: &Templates) -> Vec<Rendered> {
        let theme = self.theme();
        let story = |place, i| {
            templates
                .render_story(&theme, place, &self.story(templates, i))
                .unwrap()
        };
        let head = |title: &str, followed| {
            let title = title.to_owned();
            templates
                .render_block(&theme, &BlockView { title, followed })
                .unwrap()
        };
        vec![
            story(Place::Lead, 0),
            head(self.block, true),
            story(Place::Row, 1),
            story(Place::RowAfter, 2),
            head(self.short_block, false),
            story(Place::Short, 3),
            story(Place::ShortAfter, 2),
            story(Place::Saved, 3),
        ]
    }

    fn weekly(&self, templates: &Templates) -> Vec<Rendered> {
        let theme = self.theme();
        let block = BlockView {
            title: self.block.to_owned(),
            followed: true,
        };
        let mut parts = vec![templates.render_block(&theme, &block).unwrap()];
        for (place, i) in [
            (Place::LeadBelow, 1),
            (Place::RowAfter, 0),
            (Place::RowAfter, 3),
        ] {
            parts.push(
                templates
                    .render_story(&theme, place, &self.story(templates, i))
                    .unwrap(),
            );
        }
        parts.push(
            templates
                .render_more(&theme, 14, "https://courier.example/")
                .unwrap(),
        );
        parts
    }

    fn offer(&self, templates: &Templates) -> Rendered {
        let (title, text, label) = self.offer;
        let words = templates.words(self.language);
        let times = [
            words.say("from_now", &[]),
            words.moment(date(2026, 11, 27).at(10, 0, 0, 0)),
            words.moment(date(2026, 11, 29).at(23, 59, 0, 0)),
        ];
        let rows = times.into_iter().zip(self.rows);
        let view = OfferView {
            title: title.to_owned(),
            text: text.to_owned(),
            picture: None,
            link: "https://courier.example/shop/almanac".to_owned(),
            link_label: label.to_owned(),
            code: Code::Personal,
            rows: rows
                .map(|(when, what)| OfferRow {
                    when,
                    what: what.to_owned(),
                })
                .collect(),
            zone: Some(self.zone.to_owned()),
            terms: self.terms.to_owned(),
        };
        let issue = IssueView {
            date: None,
            ..self.issue()
        };
        templates.render_offer(&issue, &view).unwrap()
    }

    /// The mail of a reader who joined on 3 March 2025 and reads on weekdays at half past six: `body` as it was rendered,
    /// and the same encoded.
    fn message(
        &self,
        templates: &Templates,
        name: &str,
        body: &Rendered,
        encoded: &Fragment,
    ) -> Mail {
        let words = templates.words(self.language);
        let since = Some(date(2025, 3, 3));
        let schedule = Schedule::At {
            days: 0x1f,
            minutes: 390,
            zone: self.zone,
        };
        let (subject, why) = if name == "offer" {
            (self.offer.0, words.why_offer(since))
        } else {
            let why = words.why(self.newsletter, since) + " " + &words.schedule(schedule);
            (self.stories[0].0, why)
        };
        let greeting = words.greeting(Some(self.reader), 6);
        let token = "https://courier.example/leave/8Jk2_a-b.cDe3fGh4iJk5lMn6oPq7r";
        let slots = Slots::default()
            .with(Slot::Subject, subject)
            .with(Slot::Preheader, self.stories[1].0)
            .with(Slot::Greeting, &greeting)
            .with(Slot::Why, &why)
            .with(Slot::PreferencesLink, token)
            .with(Slot::PauseLink, token)
            .with(Slot::LeaveLink, token)
            .with(Slot::BrowserLink, token)
            .with(Slot::Code, "TIDE-7KQ4-MM2X");
        let view = MailView {
            from: (self.paper, "tide@courier.example"),
            reply_to: None,
            list_id: Some((self.newsletter, "morning-tide.courier.example")),
            list_unsubscribe: Some(token),
            unsubscribe_by_mail: None,
            ..super::mail(subject, Some(self.reader))
        };
        let mut message = Vec::new();
        mime::write(
            &view,
            &[&encoded.html],
            &[&encoded.text],
            &slots,
            &mut message,
        );
        assert_wire(&message);
        Mail {
            name: format!("{name}-{}", self.language),
            language: self.language,
            from: self.paper,
            to: self.reader,
            subject,
            message,
            text: filled(&body.text, Part::Text, &slots),
            html: filled(&body.html, Part::Html, &slots),
        }
    }

    /// `parts` in this language's frame.
    pub(super) fn framed(&self, templates: &Templates, name: &str, parts: &[Rendered]) -> Mail {
        let whole = templates.render_frame(&self.issue()).unwrap();
        let frame = templates.frame(&self.issue()).unwrap();
        let compiled: Vec<Fragment> = parts.iter().map(Rendered::compile).collect();
        let around = |top, bottom, part: fn(&Fragment) -> &[Piece]| -> Vec<Piece> {
            let parts = compiled.iter().map(|p| part(p).to_vec());
            [top]
                .into_iter()
                .chain(parts)
                .chain([bottom])
                .flatten()
                .collect()
        };
        let encoded = Fragment {
            html: around(frame.html_top, frame.html_bottom, |p| &p.html),
            text: around(frame.text_top, frame.text_bottom, |p| &p.text),
        };
        let join = |part: fn(&Rendered) -> &str| parts.iter().map(part).collect::<String>();
        let body = Rendered {
            html: whole.html.replace(fill::CUT, &join(|p| &p.html)),
            text: whole.text.replace(fill::CUT, &join(|p| &p.text)),
        };
        self.message(templates, name, &body, &encoded)
    }
}

/// Every mail in every language.
pub(super) fn all(templates: &Templates) -> Vec<Mail> {
    let each = CONTENTS.iter().flat_map(|content| {
        let offer = content.offer(templates);
        [
            content.framed(templates, "digest", &content.digest(templates)),
            content.framed(templates, "weekly", &content.weekly(templates)),
            content.message(templates, "offer", &offer, &offer.compile()),
        ]
    });
    each.collect()
}

#[test]
fn mails_are_said_in_their_language() {
    let templates = templates();
    for mail in all(templates) {
        let rtl = mail.language == "ur";
        let (dir, other) = if rtl { ("rtl", "ltr") } else { ("ltr", "rtl") };
        let opened = format!("<html lang=\"{}\" dir=\"{dir}\"", mail.language);
        assert!(mail.html.contains(&opened), "{}", mail.name);
        assert!(
            mail.html
                .contains(&format!("<body lang=\"{}\" dir=\"{dir}\"", mail.language))
        );
        assert!(mail.html.contains(if rtl {
            "text-align:right"
        } else {
            "text-align:left"
        }));
        assert!(
            !mail.html.contains(&format!("direction:{other}")),
            "{}",
            mail.name
        );
        assert!(!mail.text.contains(['\u{fdd3}', '{']), "{}", mail.text);
    }
    let foreign = &CONTENTS[2].digest(templates)[3].html;
    assert!(foreign.contains("lang=\"en\"") && foreign.contains("dir=\"auto\""));
}

#[test]
fn the_text_of_a_mail_is_said_in_its_language() {
    for mail in all(templates())
        .into_iter()
        .filter(|mail| mail.name != "digest-en")
    {
        insta::assert_snapshot!(format!("text_{}", mail.name), mail.text);
    }
}

/// Writes the mails to the folder in `POSTRIDER_LOOK`, for those who want to see them in a browser.
#[test]
fn mails_can_be_looked_at() {
    let Some(folder) = std::env::var_os("POSTRIDER_LOOK").map(std::path::PathBuf::from) else {
        return;
    };
    let templates = templates();
    let long = CONTENTS
        .iter()
        .map(|content| weighing::long(templates, content));
    for mail in all(templates).into_iter().chain(long) {
        std::fs::write(folder.join(format!("{}.html", mail.name)), &mail.html).unwrap();
        std::fs::write(folder.join(format!("{}.eml", mail.name)), &mail.message).unwrap();
    }
}
