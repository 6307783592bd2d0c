//! Addresses as they are shown to who may not be their owner.

/// `a…w@example.org`: enough for its owner to know it, and too little for anybody else to write to it.
pub fn masked(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return "…".to_owned();
    };
    let mut letters = local.chars();
    let (first, last) = (letters.next(), letters.next_back());
    let shown = |c: Option<char>| c.map(String::from).unwrap_or_default();
    // Of a short name even two letters would be too many.
    let last = if local.chars().count() < 4 {
        None
    } else {
        last
    };
    format!("{}…{}@{domain}", shown(first), shown(last))
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn little_is_shown() {
        for (address, shown) in [
            ("asha.verrow@example.org", "a…w@example.org"),
            ("asha@example.org", "a…a@example.org"),
            ("ash@example.org", "a…@example.org"),
            ("a@example.org", "a…@example.org"),
            ("äöüß@example.org", "ä…ß@example.org"),
            ("nobody", "…"),
        ] {
            assert_eq!(masked(address), shown);
        }
    }
}
