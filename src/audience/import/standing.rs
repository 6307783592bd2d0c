//! What other programs call the state of a reader, in the words of several languages.

use std::fmt;
use std::str::FromStr;

use super::column::folded;
use crate::audience::SuppressionReason;

/// What a line says of its reader's consent. Where two columns disagree the later one of this list holds: a stop is
/// never outvoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Gets the newsletter.
    Active,
    /// Asked, and never confirmed: there is no consent yet.
    Unconfirmed,
    /// Had it once, and wants it no more.
    Unsubscribed,
    /// Someone decided that this address must not be mailed.
    Blocked,
    /// Mail comes back for good.
    Bounced,
    /// Called a mail spam.
    Complained,
}

impl Standing {
    const ALL: [(Standing, &str); 6] = [
        (Standing::Active, "active"),
        (Standing::Unconfirmed, "unconfirmed"),
        (Standing::Unsubscribed, "unsubscribed"),
        (Standing::Blocked, "blocked"),
        (Standing::Bounced, "bounced"),
        (Standing::Complained, "complained"),
    ];

    /// Why such an address must not be mailed, if it must not.
    pub(super) fn suppression(self) -> Option<SuppressionReason> {
        match self {
            Standing::Active | Standing::Unconfirmed | Standing::Unsubscribed => None,
            Standing::Blocked => Some(SuppressionReason::Manual),
            Standing::Bounced => Some(SuppressionReason::HardBounce),
            Standing::Complained => Some(SuppressionReason::Complaint),
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Standing::ALL.into_iter().find(|(s, _)| s == self);
        f.write_str(word.expect("every standing has a word").1)
    }
}

impl FromStr for Standing {
    type Err = String;

    fn from_str(text: &str) -> Result<Standing, String> {
        let found = Standing::ALL.into_iter().find(|(_, word)| *word == text);
        found.map(|(standing, _)| standing).ok_or_else(|| {
            let words: Vec<&str> = Standing::ALL.iter().map(|(_, word)| *word).collect();
            format!("it must be one of {}", words.join(", "))
        })
    }
}

/// The words of status columns, folded, parted by blanks.
const WORDS: [(Standing, &str); 6] = [
    (
        Standing::Active,
        "active enabled subscribed subscriber confirmed regular valid verified optin optedin doubleoptin \
         singleoptin express explicit implied implicit accepted on aktiv angemeldet abonniert bestätigt \
         bestatigt actif abonné inscrit confirmé activo suscrito confirmado ativo inscrito attivo iscritto \
         confermato actief aangemeld ingeschreven aktywny активен подписан सक्रिय",
    ),
    (
        Standing::Unconfirmed,
        "unconfirmed notconfirmed pending unactivated unverified notverified unvalidated validating \
         awaitingconfirmation waitingconfirmation pendingconfirmation waiting optinpending doubleoptinpending \
         unbestätigt unbestatigt ausstehend nichtbestätigt enattente nonconfirmé pendiente sinconfirmar \
         pendente inattesa nonconfermato inafwachting onbevestigd niepotwierdzony",
    ),
    (
        Standing::Unsubscribed,
        "unsubscribed unsubscribe inactive disabled cancelled canceled optout optedout unsub deactivated \
         removed deleted archived notsubscribed nonsubscribed left globallyunsubscribed off abgemeldet \
         inaktiv ausgetragen gelöscht désabonné désinscrit desabonne desinscrit inactif baja dadodebaja \
         inactivo desuscrito cancelado inativo descadastrado disiscritto cancellato inattivo uitgeschreven \
         afgemeld inactief wypisany отписан",
    ),
    (
        Standing::Blocked,
        "blocklisted blacklisted blocked suppressed suppression banned spammy denylisted excluded gesperrt \
         blockiert bloqué bloqueado bloccato geblokkeerd",
    ),
    (
        Standing::Bounced,
        "bounced bounce hardbounce hardbounced cleaned undeliverable unreachable invalid undelivered \
         gebounced unzustellbar ungültig rebotado rebondi rimbalzato rejeté",
    ),
    (
        Standing::Complained,
        "complained complaint complaints spam spamcomplaint spamreport reportedspam markedasspam spammed \
         abuse abusecomplaint abusereport junk feedbackloop plainte beschwerde queja",
    ),
];

/// What a status word means; none where nobody but the paper can know.
pub(super) fn standing(word: &str) -> Option<Standing> {
    let word = folded(word);
    let found = WORDS
        .iter()
        .find(|(_, words)| words.split_whitespace().any(|w| w == word));
    found.map(|(standing, _)| *standing).or_else(|| {
        // "1" and "true" in a column called Status: what a number beyond them means differs from program to program.
        yes_or_no(&word).map(|yes| {
            if yes {
                Standing::Active
            } else {
                Standing::Unsubscribed
            }
        })
    })
}

/// Yes or no, as programs and spreadsheets write it.
pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    match folded(text).as_str() {
        "true" | "yes" | "y" | "t" | "1" | "x" | "on" | "wahr" | "ja" | "j" | "vrai" | "oui"
        | "verdadero" | "si" | "sí" | "sì" | "vero" | "sim" | "verdadeiro" | "waar" | "tak"
        | "да" | "हाँ" => Some(true),
        "false" | "no" | "n" | "f" | "0" | "off" | "falsch" | "nein" | "faux" | "non" | "falso"
        | "não" | "nao" | "onwaar" | "nee" | "nie" | "нет" | "नहीं" => Some(false),
        _ => None,
    }
}

/// Whether a word of a tier column is one that pays, or is let in as if it did; none where nobody but the paper can know.
pub(super) fn pays(word: &str) -> Option<bool> {
    match folded(word).as_str() {
        "premium" | "paid" | "paying" | "comp" | "comped" | "complimentary" | "gift" | "gifted"
        | "founding" | "foundingmember" | "lifetime" | "trial" | "trialed" | "trialing"
        | "monthly" | "yearly" | "annual" | "subscriberpaid" | "plus" | "pro" | "vip"
        | "bezahlt" | "payant" | "pago" | "pagato" => Some(true),
        "free" | "none" | "default" | "basic" | "regular" | "churned" | "unpaid" | "0"
        | "kostenlos" | "gratuit" | "gratis" | "gratuito" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_many_programs() {
        for (word, want) in [
            ("Active", Some(Standing::Active)),
            ("enabled", Some(Standing::Active)),
            ("Opted-In", Some(Standing::Active)),
            ("TRUE", Some(Standing::Active)),
            ("Pending", Some(Standing::Unconfirmed)),
            ("awaiting confirmation", Some(Standing::Unconfirmed)),
            ("UNSUBSCRIBED", Some(Standing::Unsubscribed)),
            ("abgemeldet", Some(Standing::Unsubscribed)),
            ("0", Some(Standing::Unsubscribed)),
            ("blocklisted", Some(Standing::Blocked)),
            ("Hard-bounce", Some(Standing::Bounced)),
            ("cleaned", Some(Standing::Bounced)),
            ("Marked as spam", Some(Standing::Complained)),
            ("4", None),
            ("soft bounce", None),
            ("", None),
            ("whatever", None),
        ] {
            assert_eq!(standing(word), want, "{word}");
        }
        assert!(
            Standing::Complained > Standing::Bounced && Standing::Unsubscribed > Standing::Active
        );
        assert_eq!("bounced".parse(), Ok(Standing::Bounced));
        assert!("x".parse::<Standing>().unwrap_err().contains("unconfirmed"));
    }

    #[test]
    fn no_word_stands_in_two_lists() {
        let all: Vec<&str> = WORDS
            .iter()
            .flat_map(|(_, words)| words.split_whitespace())
            .collect();
        for (at, word) in all.iter().enumerate() {
            assert_eq!(*word, folded(word));
            assert!(!all[..at].contains(word), "{word}");
        }
    }
}
