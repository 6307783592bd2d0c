//! Postrider: the newsletter and notification dispatcher a newsroom runs itself.
//!
//! Data flows through the modules in this order, and none imports one to its right:
//! `clock`, `aside`, `config`, `db`, `dns`, `audience`, `collect`, `message`, `issue`, `render`, `offer`, `notice`, `dispatch`,
//! `feedback`, `web`;
//! `cli`, `daemon` and `demo` may import all.

pub mod app;
pub mod aside;
pub mod audience;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod config;
#[cfg(test)]
mod corpora;
pub mod daemon;
pub mod db;
pub mod demo;
pub mod dispatch;
pub mod dns;
pub mod feedback;
pub mod issue;
pub mod message;
pub mod notice;
pub mod offer;
pub mod render;
pub mod secret;
pub mod web;
