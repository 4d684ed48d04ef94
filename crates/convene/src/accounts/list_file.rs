//! Many accounts in one file: `name,email,display name,password,kind`.

use std::{fs, io, path::Path};

use serde::Deserialize;
use store::PrincipalKind;

use super::{AccountName, InvalidName};

/// One row of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What the person logs in with.
    pub name: AccountName,
    /// Mail addresses, the preferred one first.
    pub emails: Vec<String>,
    /// What others see.
    pub display_name: Option<String>,
    /// The password, if the file has one.
    pub password: Option<String>,
    /// Whose account it is.
    pub kind: PrincipalKind,
}

/// A file of accounts that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListFileError {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(io::Error),
    /// It is not CSV with these columns.
    #[error(
        "{0}. The columns are name,email,display name,password,kind, with these headings in the first line."
    )]
    Form(#[from] csv::Error),
    /// A row holds something that no account can have.
    #[error("Line {line}: {detail}")]
    Row {
        /// Counted from 1, headings included.
        line: u64,
        /// What is wrong.
        detail: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default, rename = "display name", alias = "display_name")]
    display_name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    kind: String,
}

/// Reads a file of accounts.
///
/// # Errors
/// [`ListFileError`] for the first thing that cannot be used, with its line.
pub fn read_list_file(path: &Path) -> Result<Vec<Row>, ListFileError> {
    let file = fs::File::open(path).map_err(ListFileError::Unreadable)?;
    read(csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file))
}

fn read<R: io::Read>(mut reader: csv::Reader<R>) -> Result<Vec<Row>, ListFileError> {
    let headings = reader.headers()?.clone();
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        let raw: RawRow = record.deserialize(Some(&headings))?;
        rows.push(to_row(raw).map_err(|detail| ListFileError::Row { line, detail })?);
    }
    Ok(rows)
}

fn to_row(raw: RawRow) -> Result<Row, String> {
    let kind = if raw.kind.is_empty() { "user" } else { &raw.kind };
    let kind = PrincipalKind::parse(kind)
        .filter(|kind| *kind != PrincipalKind::Group)
        .ok_or_else(|| format!("`{kind}` is no kind of account: write user, room or resource."))?;
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(Row {
        name: AccountName::parse(&raw.name).map_err(|error: InvalidName| error.to_string())?,
        emails: raw.email.split_whitespace().map(str::to_owned).collect(),
        display_name: filled(raw.display_name),
        password: filled(raw.password),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Row>, ListFileError> {
        read(csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes()))
    }

    #[test]
    fn columns_may_be_left_out_or_empty() {
        let rows = read_text(
            "name,email,display name,password,kind\n\
             alice,alice@example.com a@example.com,\"Example, Alice\",s3cret,user\n\
             blue,blue@example.com,,,room\n",
        )
        .unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].emails, ["alice@example.com", "a@example.com"]);
        assert_eq!(rows[0].display_name.as_deref(), Some("Example, Alice"));
        assert_eq!((rows[1].kind, rows[1].password.as_deref()), (PrincipalKind::Room, None));
        assert_eq!(read_text("name\nbob\n").unwrap()[0].kind, PrincipalKind::User);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, parts) in [
            ("name,email\nalice,a@example.com\nb/b,b@example.com\n", ["Line 3", "b/b"]),
            ("name,kind\nalice,robot\n", ["Line 2", "robot"]),
            ("name,mail\nalice,a@example.com\n", ["mail", "columns are"]),
            ("name,email\nalice\n", ["line: 2", "columns are"]),
        ] {
            let message = read_text(text).unwrap_err().to_string();
            for part in parts {
                assert!(message.contains(part), "{part:?} is not in {message:?}");
            }
        }
    }
}
