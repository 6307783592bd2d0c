//! Through what an act came, as records name it. Those of a sign-up are [`super::signup::Way`]s.

/// The page that a mail's link to leave opens.
pub const BY_PAGE: &str = "leaving page, by a link in a mail";

/// The preferences page as a mail's link opens it.
pub const BY_PREFERENCES: &str = "preferences page, by the link of a mail";

/// The preferences page as a fresh link opens it.
pub const BY_FRESH_LINK: &str = "preferences page, by a fresh link";

/// The button of a notice.
pub const BY_UNDO: &str = "undo link of a mail";

/// The button of a mail program.
pub const BY_ONE_CLICK: &str = "one click in a mail program (RFC 8058)";

/// A mail to the address in List-Unsubscribe. The way it came in stands behind it, in brackets.
pub const BY_MAIL: &str = "mail to leave";

/// A complaint; as before.
pub const BY_COMPLAINT: &str = "complaint";

/// Somebody at the paper.
pub const BY_COMMAND: &str = "command line";

/// A file that the paper took in, whose name stands behind it.
pub const BY_FILE: &str = "import";
