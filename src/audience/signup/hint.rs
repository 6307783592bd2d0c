//! Slips of the pen in an address: a hint, never a refusal, since every one of these may be somebody's own.

use crate::audience::EmailAddress;

/// What may be wrong with an address that is well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The domain is one letter or two away from a large provider's: the address with that one.
    Typo(EmailAddress),
    /// Several people read such a mailbox: the part before the `@`.
    Role(String),
    /// Nobody reads such a mailbox: the part before the `@`.
    Nobody(String),
}

/// Mail domains of large providers. None of them is a slip for another one.
const PROVIDERS: &str = "gmail.com googlemail.com yahoo.com ymail.com rocketmail.com yahoo.co.uk yahoo.co.in yahoo.de \
    yahoo.fr yahoo.it yahoo.es outlook.com outlook.de hotmail.com hotmail.co.uk hotmail.de hotmail.fr hotmail.it live.com \
    live.co.uk live.de msn.com icloud.com me.com mac.com aol.com mail.com email.com mailo.com fastmail.com proton.me \
    protonmail.com pm.me tutanota.com tuta.io gmx.de gmx.net gmx.at gmx.ch gmx.com web.de freenet.de t-online.de \
    mailbox.org posteo.de arcor.de online.de orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it \
    btinternet.com sky.com virginmedia.com talktalk.net comcast.net verizon.net att.net cox.net rediffmail.com zoho.com \
    zohomail.in qq.com 163.com 126.com mail.ru yandex.ru yandex.com bigpond.com xtra.co.nz seznam.cz wp.pl o2.pl onet.pl";

/// Last labels that no domain has, and what was meant.
const ENDS: [(&str, &str); 12] = [
    ("con", "com"),
    ("cmo", "com"),
    ("ocm", "com"),
    ("comm", "com"),
    ("vom", "com"),
    ("xom", "com"),
    ("cpm", "com"),
    ("coom", "com"),
    ("nett", "net"),
    ("ner", "net"),
    ("ogr", "org"),
    ("orgg", "org"),
];

const ROLES: &str = "info office admin administrator sales support contact kontakt service hello mail post team press \
    presse redaktion newsroom editor webmaster hostmaster postmaster abuse billing accounts hr jobs marketing news \
    newsletter list lists all everyone staff verwaltung sekretariat buchhaltung";
const NOBODY: &str = "noreply no-reply no_reply no.reply donotreply do-not-reply do_not_reply nobody null devnull \
    mailer-daemon bounce bounces example test";

/// What may be wrong with this address.
pub fn hint(email: &EmailAddress) -> Option<Hint> {
    let (local, domain) = email.as_smtp().rsplit_once('@')?;
    if let Some(meant) = meant(domain) {
        let fixed = EmailAddress::parse(&format!("{local}@{meant}")).ok()?;
        return Some(Hint::Typo(fixed));
    }
    let bare = local.split('+').next().unwrap_or(local).to_lowercase();
    let is_one_of = |words: &str| words.split_whitespace().any(|word| word == bare);
    if is_one_of(NOBODY) {
        Some(Hint::Nobody(local.to_owned()))
    } else if is_one_of(ROLES) {
        Some(Hint::Role(local.to_owned()))
    } else {
        None
    }
}

/// The domain that was probably meant.
fn meant(domain: &str) -> Option<String> {
    let providers = || PROVIDERS.split_whitespace();
    if providers().any(|provider| provider == domain) {
        return None;
    }
    let (name, end) = domain.rsplit_once('.')?;
    let mended = ENDS.iter().find(|(slip, _)| *slip == end);
    let mended = mended.map(|(_, end)| format!("{name}.{end}"));
    let near = mended.as_deref().unwrap_or(domain);
    if providers().any(|provider| provider == near) {
        return mended;
    }
    let nearest = providers()
        .filter(|provider| is_near(near, provider))
        .min_by_key(|provider| strsim::osa_distance(near, provider));
    nearest.map(str::to_owned).or(mended)
}

/// Short domains have too many neighbours that exist; so have those of a provider in another country.
fn is_near(domain: &str, provider: &str) -> bool {
    const SHORTEST: usize = 8;
    let first = |domain: &str| domain.split('.').next().unwrap_or_default().to_owned();
    let end = domain.rsplit('.').next().unwrap_or_default();
    let abroad = first(domain) == first(provider) && !["co", "cm", "om"].contains(&end);
    let most = if provider.len() < 10 { 1 } else { 2 };
    provider.len() >= SHORTEST && !abroad && strsim::osa_distance(domain, provider) <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(address: &str) -> Option<String> {
        hint(&EmailAddress::parse(address).unwrap()).map(|hint| match hint {
            Hint::Typo(fixed) => fixed.as_smtp().to_owned(),
            Hint::Role(local) => format!("role {local}"),
            Hint::Nobody(local) => format!("nobody {local}"),
        })
    }

    #[test]
    fn slips_of_the_pen() {
        for (typed, meant) in [
            ("asha@gmial.com", "asha@gmail.com"),
            ("Asha.Verrow@gmai.com", "Asha.Verrow@gmail.com"),
            ("asha@gmail.con", "asha@gmail.com"),
            ("asha@gmail.co", "asha@gmail.com"),
            ("asha@gmal.cmo", "asha@gmail.com"),
            ("asha@hotmial.com", "asha@hotmail.com"),
            ("asha@hotmal.co.uk", "asha@hotmail.co.uk"),
            ("asha@yaho.com", "asha@yahoo.com"),
            ("asha@outlok.com", "asha@outlook.com"),
            ("asha@rediffmial.com", "asha@rediffmail.com"),
            ("asha@t-onlin.de", "asha@t-online.de"),
            ("asha@courier.con", "asha@courier.com"),
            ("info@gmial.com", "info@gmail.com"),
        ] {
            assert_eq!(told(typed).as_deref(), Some(meant), "{typed}");
        }
    }

    #[test]
    fn what_is_right_or_somebodys_own_is_left_alone() {
        for address in [
            "asha@gmail.com",
            "asha@ymail.com",
            "asha@mail.com",
            "asha@outlook.be",
            "asha@yahoo.com.au",
            "asha@gmx.dk",
            "asha@web.dev",
            "asha@example.org",
            "asha@xn--mnchen-3ya.example",
            "information@example.org",
            "आशा@example.org",
        ] {
            assert_eq!(told(address), None, "{address}");
        }
    }

    #[test]
    fn mailboxes_of_many_and_of_nobody() {
        assert_eq!(told("Info@example.org").as_deref(), Some("role Info"));
        assert_eq!(
            told("sales+tide@example.org").as_deref(),
            Some("role sales+tide")
        );
        assert_eq!(
            told("no-reply@example.org").as_deref(),
            Some("nobody no-reply")
        );
    }

    #[test]
    fn no_provider_is_a_slip_for_another() {
        for provider in PROVIDERS.split_whitespace() {
            assert_eq!(meant(provider), None, "{provider}");
        }
    }
}
