//! A mail is read in the browser.
