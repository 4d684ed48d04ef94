//! What a command prints on standard output: text, a table, or JSON.

use std::io::{self, Write};

use anyhow::Context;
use serde::Serialize;

/// Standard output. A reader that has gone away, such as `head`, is no failure.
#[derive(Debug)]
pub(super) struct Output(io::Stdout);

impl Output {
    pub(super) fn standard() -> Self {
        Self(io::stdout())
    }

    /// Prints text as it is.
    pub(super) fn text(&mut self, text: &str) -> anyhow::Result<()> {
        let written = self.0.write_all(text.as_bytes()).and_then(|()| self.0.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.context("Standard output cannot be written"),
        }
    }

    /// Prints a line.
    pub(super) fn line(&mut self, line: &str) -> anyhow::Result<()> {
        self.text(&format!("{line}\n"))
    }

    /// Prints a value as JSON.
    pub(super) fn json<T: Serialize>(&mut self, value: &T) -> anyhow::Result<()> {
        self.line(
            &serde_json::to_string_pretty(value).context("The answer cannot be put into JSON")?,
        )
    }

    /// Prints a list: as JSON, or as rows under headings, in columns as wide as they need.
    pub(super) fn listing<T: Serialize, const N: usize>(
        &mut self,
        json: bool,
        listed: &[T],
        headings: [&str; N],
        cells: impl Fn(&T) -> [String; N],
    ) -> anyhow::Result<()> {
        if json {
            return self.json(&listed);
        }
        let rows: Vec<[String; N]> = listed.iter().map(cells).collect();
        self.text(&table(headings, &rows))
    }
}

fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let headings = headings.map(str::to_owned);
    let mut widths = [0; N];
    for row in std::iter::once(&headings).chain(rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in std::iter::once(&headings).chain(rows) {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            ["ann".to_owned(), "Ann Ödegård".to_owned()],
            ["bartholomew".to_owned(), String::new()],
        ];
        assert_eq!(
            table(["NAME", "DISPLAY NAME"], &rows),
            "NAME         DISPLAY NAME\nann          Ann Ödegård\nbartholomew\n"
        );
    }
}
