//! Which column of a file says what: our own names, and those of other programs in the languages they speak.

use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a column can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The address.
    Email,
    /// The whole name.
    Name,
    /// The given name.
    FirstName,
    /// The family name.
    LastName,
    /// The language of the mails.
    Language,
    /// The reader's zone.
    Zone,
    /// A word for what the reader pays.
    Tier,
    /// When no mail is to come.
    QuietHours,
    /// The most mails a week.
    WeeklyBudget,
    /// Slugs of our newsletters.
    Newsletters,
    /// How often.
    Cadence,
    /// At what time of day.
    Hour,
    /// On which days.
    Days,
    /// Terms to follow.
    Follows,
    /// Terms to mute.
    Mutes,
    /// Yes or no: only what is followed.
    OnlyFollowed,
    /// When consent was given: a line whose day cannot be read is refused.
    ConsentAt,
    /// A word for whether the reader gets mail, or for what they pay.
    Status,
    /// Yes, no, or since when: gets mail.
    Subscribed,
    /// Yes, no, or since when: confirmed the sign-up.
    Confirmed,
    /// Yes, no, or since when: gets mail no more.
    Unsubscribed,
    /// Yes, no, or since when: must not be mailed.
    Blocked,
    /// Yes, no, or since when: mail comes back.
    Bounced,
    /// Yes, no, or since when: called a mail spam.
    Complained,
    /// Yes or no: pays, or is let in as if.
    Paid,
    /// Until when.
    PaidUntil,
    /// When the sign-up was confirmed.
    ConfirmedAt,
    /// When the reader signed up.
    JoinedAt,
    /// When the record was made, where nothing better is known.
    CreatedAt,
    /// What else shows the consent or its end: an IP address, a form, a reason.
    Evidence,
    /// Tags, labels, lists: what `--tag` gives a meaning to.
    Tags,
}

/// The columns of our own format, as `export` writes them; `email` a file must have. Several values in one field are
/// parted by `;`.
pub const COLUMNS: [&str; 15] = [
    "email",
    "name",
    "language",
    "zone",
    "tier",
    "quiet_hours",
    "weekly_budget",
    "newsletters",
    "cadence",
    "hour",
    "days",
    "follows",
    "mutes",
    "only_followed",
    "consent_at",
];

/// Each role's name for `--map`, and the headers that mean it, folded, parted by blanks.
const NAMES: [(Role, &str, &str); 31] = [
    (
        Role::Email,
        "email",
        "email emailaddress mail mailaddress subscriberemail emailid primaryemail useremail contactemail \
         emailaddressother emailaddresshome emailaddresswork subscriber emailadresse mailadresse \
         emailanschrift adresseemail adressemail adresseelectronique courriel correo correoelectronico \
         correoelectrónico direcciondecorreo enderecodeemail endereçodeemail indirizzoemail indirizzomail \
         postaelettronica emailadres mailadres epost epostadress adresemail электроннаяпочта почта ईमेल ایمیل",
    ),
    (
        Role::Name,
        "name",
        "name fullname displayname subscribername contactname membername yourname vollständigername \
         nomcomplet nombre nombrecompleto nome nomecompleto naam volledigenaam имя नाम نام",
    ),
    (
        Role::FirstName,
        "first-name",
        "firstname fname givenname forename vorname prénom prenom primernombre primeironome voornaam förnamn \
         imię",
    ),
    (
        Role::LastName,
        "last-name",
        "lastname lname surname familyname nachname familienname nom nomdefamille apellido apellidos \
         sobrenome cognome achternaam efternamn nazwisko фамилия",
    ),
    (
        Role::Language,
        "language",
        "language lang locale preferredlanguage sprache langue idioma lingua taal",
    ),
    (
        Role::Zone,
        "zone",
        "zone timezone tz zeitzone fuseauhoraire zonahoraria",
    ),
    (
        Role::Tier,
        "tier",
        "tier tiers plan stripeplan membershiptier subscriptionplan membership",
    ),
    (Role::QuietHours, "quiet_hours", "quiethours"),
    (Role::WeeklyBudget, "weekly_budget", "weeklybudget"),
    (Role::Newsletters, "newsletters", "newsletters"),
    (Role::Cadence, "cadence", "cadence"),
    (Role::Hour, "hour", "hour"),
    (Role::Days, "days", "days"),
    (Role::Follows, "follows", "follows"),
    (Role::Mutes, "mutes", "mutes"),
    (Role::OnlyFollowed, "only_followed", "onlyfollowed"),
    (Role::ConsentAt, "consent_at", "consentat"),
    (
        Role::Status,
        "status",
        "status state subscriberstatus subscriberstate subscriptionstatus memberstatus emailstatus \
         emailstatusother emailpermissionstatus permissionstatus contactstatus marketingstatus optinstatus \
         emailmarketingstatus subscriberstatusglobal globalstatus liststatus type subscribertype \
         subscriptiontype membertype estado statut stato état situação статус स्थिति",
    ),
    (
        Role::Subscribed,
        "subscribed",
        "subscribed subscribedtoemails issubscribed newsletter newslettersubscribed subscribednewsletter \
         acceptsmarketing acceptsemailmarketing acceptsemail emailmarketingconsent marketingconsent \
         emailconsent optin optedin emailoptin isactive active enabled emailenabled aktiv angemeldet \
         abonniert abonné inscrit suscrito inscrito iscritto",
    ),
    (
        Role::Confirmed,
        "confirmed",
        "confirmed isconfirmed verified isverified emailverified doubleoptin bestätigt confirmé confirmado",
    ),
    (
        Role::Unsubscribed,
        "unsubscribed",
        "unsubscribed unsubscribedat unsubscribedon unsubscribedate unsubscribeddate unsubscriptiondate \
         unsubscribetime unsubtime unsubdate dateunsubscribed isunsubscribed unsubscribedfromallemail \
         optedout optout optedoutat optoutdate optouttime emailoptout hasoptedoutofemail confirmedoptoutdate \
         stoptime emaildisabled disabled deletedat removedat donotemail donotmail abgemeldet abgemeldetam \
         abmeldedatum désabonné desabonne datededésinscription datedesuscripcion fechadebaja",
    ),
    (
        Role::Blocked,
        "blocked",
        "blocked blocklisted blacklisted emailblacklisted emailblocklisted isblacklisted blacklist suppressed \
         issuppressed excluded isexcludedfromcampaigns gesperrt",
    ),
    (
        Role::Bounced,
        "bounced",
        "bounced hardbounced hardbounce isbounced bouncedat bouncedate bouncetime cleantime cleaned \
         undeliverable undeliverablefrom undeliverableat",
    ),
    (
        Role::Complained,
        "complained",
        "complained complainedat complaintdate complaint spamcomplaint markedasspam spamreport",
    ),
    (
        Role::Paid,
        "paid",
        "paid ispaid activesubscription complimentaryplan comped ispremium premium",
    ),
    (
        Role::PaidUntil,
        "paid-until",
        "expiry expirydate paiduntil premiumuntil subscriptionexpiry expiresat expires",
    ),
    (
        Role::ConfirmedAt,
        "confirmed-at",
        "confirmedat confirmtime confirmationtime confirmationdate confirmdate doubleoptinat verifiedat \
         activatedat bestätigtam dateconfirmed",
    ),
    (
        Role::JoinedAt,
        "joined-at",
        "joinedat datejoined optintime optindate optinat optedinat subscribedat subscribedon subscribedate \
         subscribeddate subscriptiondate datesubscribed signupdate signuptime signedupat signupat startdate \
         consentdate consenttime consenttimestamp angemeldetam anmeldedatum datedinscription fechadealta \
         subscriptiondatesubstack",
    ),
    (
        Role::CreatedAt,
        "created-at",
        "createdat created creationdate createdon datecreated dateadded addedtime addedat addtime addedon \
         registered registeredat registrationdate date erstelltam registriert datedecréation fechadecreacion",
    ),
    (
        Role::Evidence,
        "evidence",
        "evidence optinip confirmip ip ipaddress signupip signupipaddress optinipaddress confirmationip \
         source signupsource optinsource subscriptionsource acquisitionsource emailupdatesource referrerurl \
         signupurl optinurl form signupform consenttext consent gdpr unsubreason unsubreasonother \
         unsubcampaigntitle cleancampaigntitle unsubscriptionreason unsubscribereason confirmedoptoutreason \
         confirmedoptoutsource statusreason bouncereason",
    ),
    (
        Role::Tags,
        "tags",
        "tags tag labels label lists list emaillists mailinglists segments groups group interests categories \
         topics listen gruppen étiquettes etiquetas etichette",
    ),
];

impl Role {
    /// The name `--map` and messages have for it.
    pub fn word(self) -> &'static str {
        let found = NAMES.iter().find(|(role, ..)| *role == self);
        found.map_or("", |(_, word, _)| word)
    }

    /// The role that a header means, if we know it.
    pub(in crate::audience) fn of_header(header: &str) -> Option<Role> {
        let header = folded(header);
        let found = NAMES
            .iter()
            .find(|(.., names)| names.split_whitespace().any(|n| n == header));
        found.map(|(role, ..)| *role)
    }

    /// Whether two columns cannot both say it.
    pub(super) fn is_single(self) -> bool {
        self <= Role::ConsentAt && self != Role::Tier
    }

    /// Whether it tells who may be mailed.
    pub(super) fn is_standing(self) -> bool {
        (Role::Status..=Role::Complained).contains(&self)
    }

    /// Whether what it says belongs into the record of consent.
    pub(super) fn is_evidence(self) -> bool {
        self.is_standing() || (Role::ConfirmedAt..=Role::Evidence).contains(&self)
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Role, String> {
        let wanted = folded(text);
        let found = NAMES.iter().find(|(_, word, _)| folded(word) == wanted);
        found.map(|(role, ..)| *role).ok_or_else(|| {
            let words: Vec<&str> = NAMES.iter().map(|(_, word, _)| *word).collect();
            format!(
                "{text:?} is nothing a column can be; these are: {}",
                words.join(", ")
            )
        })
    }
}

/// A header or a word without what differs from program to program: letters and digits in lower case.
pub(super) fn folded(text: &str) -> String {
    let letters = text
        .nfc()
        .filter(|c| c.is_alphanumeric() || is_combining_mark(*c));
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_many_programs() {
        for (header, want) in [
            ("Email Address", Some(Role::Email)),
            ("E-Mail-Adresse", Some(Role::Email)),
            ("Adresse e-mail", Some(Role::Email)),
            ("FIRST_NAME", Some(Role::FirstName)),
            ("OPTIN_TIME", Some(Role::JoinedAt)),
            ("UNSUB_TIME", Some(Role::Unsubscribed)),
            ("CLEAN_TIME", Some(Role::Bounced)),
            ("subscribed_to_emails", Some(Role::Subscribed)),
            ("email_disabled", Some(Role::Unsubscribed)),
            ("Blacklisted", Some(Role::Blocked)),
            ("consent_at", Some(Role::ConsentAt)),
            ("MEMBER_RATING", None),
            ("phone", None),
        ] {
            assert_eq!(Role::of_header(header), want, "{header}");
        }
        for ours in COLUMNS {
            let role = Role::of_header(ours).unwrap();
            assert_eq!(role.word(), ours);
            assert_eq!(ours.parse(), Ok(role));
        }
        assert_eq!("first_name".parse(), Ok(Role::FirstName));
        assert!(
            "shoe size"
                .parse::<Role>()
                .unwrap_err()
                .contains("first-name")
        );
    }

    #[test]
    fn no_header_means_two_things() {
        let mut all = Vec::new();
        for (role, _, names) in NAMES {
            for name in names.split_whitespace() {
                assert_eq!(name, folded(name));
                assert!(Role::of_header(name) == Some(role), "{name}");
            }
            all.push(role);
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), NAMES.len());
    }
}
