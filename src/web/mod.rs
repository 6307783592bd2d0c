//! Web: PLACEHOLDER until `web` lands.

pub mod hooks;
