//! The journal as a table, written as it happens.

use std::io::{self, Write};

use queuescope_engine::Scenario;
use queuescope_engine::journal::{Fact, Observer};
use queuescope_engine::table::{HEADER, Line};

/// A table that is being written.
pub(crate) struct Table<'a, W> {
    out: &'a mut W,
    producers: Vec<String>,
    outcome: io::Result<()>,
}

impl<'a, W: Write> Table<'a, W> {
    /// A table that has its header.
    pub(crate) fn new(scenario: &Scenario, out: &'a mut W) -> io::Result<Table<'a, W>> {
        writeln!(out, "{HEADER}")?;
        let producers = scenario.producers.iter().map(|producer| producer.name.clone()).collect();
        Ok(Table { out, producers, outcome: Ok(()) })
    }

    /// Whether everything since the last time of asking could be written.
    pub(crate) fn written(&mut self) -> io::Result<()> {
        std::mem::replace(&mut self.outcome, Ok(()))
    }
}

impl<W: Write> Observer for Table<'_, W> {
    fn observe(&mut self, fact: &Fact) {
        if self.outcome.is_ok() {
            self.outcome = writeln!(self.out, "{}", Line { fact, producers: &self.producers });
        }
    }
}
