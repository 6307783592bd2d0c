//! Whether a domain takes mail, asked of DNS while somebody signs up.

use tokio::sync::Semaphore;

use crate::audience::EmailAddress;
use crate::config::Config;
use crate::dns::Dns;

/// How many questions are open at a time. Who comes beyond that is believed.
const AT_ONCE: usize = 32;

/// The DNS that is asked.
pub(super) struct MailDomains {
    dns: Dns,
    free: Semaphore,
}

impl MailDomains {
    /// None where `web.check_mx` is off, or where there is no DNS to ask.
    pub(super) fn of(config: &Config) -> Option<MailDomains> {
        if !config.web.check_mx {
            return None;
        }
        match Dns::new(config.dispatch.dns) {
            Ok(dns) => Some(MailDomains {
                dns,
                free: Semaphore::new(AT_ONCE),
            }),
            Err(error) => {
                tracing::warn!(%error, "web.check_mx is on, and there is no DNS to ask: sign-ups are taken without");
                None
            }
        }
    }

    pub(super) async fn take_no_mail(&self, email: &EmailAddress) -> bool {
        let Ok(_free) = self.free.try_acquire() else {
            return false;
        };
        match email.as_smtp().rsplit_once('@') {
            Some((_, domain)) => self.dns.takes_no_mail(domain).await,
            None => false,
        }
    }
}
