//! The sender of a mail's envelope: an address of its own for each message, so that a bounce names what it is about.
//!
//! (Variable envelope return paths.) In the local part stand the message and a seal that only we can make; so nobody can
//! have a bounce counted for a mail that we did not send.

use lettre::Address;

use super::MessageId;
use crate::secret::Keys;

/// What the local part begins with.
const MARK: &str = "b-";

/// The address at `domain` to which a bounce of this message comes. `key_number` is the issue's, so it stays the same
/// across tries, and when a key is added. At most 64 octets stand before the `@` (RFC 5321, section 4.5.3.1.1).
///
/// `None` if `domain` is none, which the configuration refuses.
pub fn sender(keys: &Keys, key_number: i16, id: &MessageId, domain: &str) -> Option<Address> {
    let token = keys.return_token(key_number, id.issue_id, id.subscriber_id, id.n);
    Address::new(format!("{MARK}{token}"), domain).ok()
}

/// The message that an address of ours names, in whatever case it came back; `None` if we did not make it. The domain is
/// not looked at: it may be another by now than the one the mail left with.
pub fn read(keys: &Keys, address: &str) -> Option<MessageId> {
    let (local, _) = address.rsplit_once('@')?;
    let mark = local.get(..MARK.len())?;
    if !mark.eq_ignore_ascii_case(MARK) {
        return None;
    }
    let (issue_id, subscriber_id, n) = keys.open_return(&local[MARK.len()..])?;
    Some(MessageId {
        issue_id,
        subscriber_id,
        n,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: MessageId = MessageId {
        issue_id: (20_781 << 20) + 96,
        subscriber_id: 1_234_567,
        n: 390,
    };

    fn keys(names: &[&str]) -> Keys {
        Keys::new(
            &names
                .iter()
                .map(|n| format!("{n:0>40}"))
                .collect::<Vec<_>>(),
        )
    }

    fn sent(keys: &Keys, number: i16, id: &MessageId) -> String {
        sender(keys, number, id, "bounces.courier.example")
            .unwrap()
            .to_string()
    }

    #[test]
    fn an_address_names_its_message_in_any_case_and_after_a_new_key() {
        let address = sent(&keys(&["a"]), 1, &ID);
        assert!(address.starts_with("b-") && address.ends_with("@bounces.courier.example"));
        assert_eq!(address, address.to_lowercase());
        for keys in [keys(&["a"]), keys(&["a", "b"])] {
            assert_eq!(read(&keys, &address), Some(ID));
            assert_eq!(read(&keys, &address.to_uppercase()), Some(ID));
            assert_eq!(
                read(&keys, &address.replace("@bounces.", "@old.")),
                Some(ID)
            );
        }
        let newer = sent(&keys(&["a", "b"]), 2, &ID);
        assert_ne!(newer, address);
        assert_eq!(read(&keys(&["a", "b"]), &newer), Some(ID));
        assert_eq!(
            read(&keys(&["a"]), &newer),
            None,
            "a key that is not there yet"
        );
        assert_eq!(read(&keys(&["c"]), &address), None, "another paper's");
    }

    #[test]
    fn the_longest_local_part_is_short_enough() {
        let keys = keys(&["a"]);
        for id in [
            ID,
            MessageId {
                issue_id: i64::MAX,
                subscriber_id: i64::MAX,
                n: i16::MAX,
            },
            MessageId {
                issue_id: 0,
                subscriber_id: 0,
                n: 0,
            },
        ] {
            let address = sent(&keys, 1, &id);
            assert!(address.find('@').unwrap() <= 64, "{address}");
            assert_eq!(read(&keys, &address), Some(id));
        }
    }

    #[test]
    fn what_is_forged_or_cut_names_nothing() {
        let keys = keys(&["a"]);
        let address = sent(&keys, 1, &ID);
        let (local, domain) = address.split_once('@').unwrap();
        for at in MARK.len()..local.len() {
            for other in ["a", "b", "z", "2", "7", "1", "-", "é"] {
                if !local[at..].starts_with(other) {
                    let forged = format!("{}{other}{}@{domain}", &local[..at], &local[at + 1..]);
                    assert_eq!(read(&keys, &forged), None, "{forged}");
                }
            }
            assert_eq!(read(&keys, &format!("{}@{domain}", &local[..at])), None);
        }
        let link = keys.token(
            1,
            &crate::secret::Token {
                purpose: crate::secret::Purpose::Leave,
                newsletter_id: 3,
                issue_id: ID.issue_id,
                subscriber_id: ID.subscriber_id,
                n: 0,
            },
        );
        for other in [
            "",
            "@",
            "b-@x",
            "tide@courier.example",
            "b-",
            &address[2..],
            &format!("é-{}", &address[2..]),
            &link,
        ] {
            assert_eq!(read(&keys, other), None, "{other}");
        }
    }
}
