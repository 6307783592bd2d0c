//! The stories that Postrider's users would tell, each on SQLite and on PostgreSQL.
//!
//! A story comes in by the front door (a feed, a command, the clock) and looks at what came out (a mail, an answer).
//! Every one ends with the invariants.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the message")]

#[macro_use]
mod support;

mod breaking;
mod cadences;
mod clocks;
mod copies;
mod corrections;
mod crashes;
mod daemon;
mod damaged;
mod demo;
mod digests;
mod faults;
mod feedback;
mod fence;
mod fleet;
mod holds;
mod hostile;
mod identity;
mod importing;
mod inlets;
mod kills;
mod leaving;
mod lengths;
mod manners;
mod nodes;
mod notices;
mod offers;
mod pages;
mod preferences;
mod relay_check;
mod relays;
mod retrying;
mod routes;
mod schema;
mod securing;
mod signing;
mod signing_up;
mod slow;
mod sources;
mod staging;
mod storage;
mod subscribers;
mod telling;
mod verdicts;
