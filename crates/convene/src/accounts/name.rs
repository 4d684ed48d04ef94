//! What people log in with.

use std::fmt;

/// The longest name: one path segment, and room for a mail address.
const LONGEST: usize = 100;

/// The name of an account: letters, digits and `. _ - + @`, compared without regard to case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(String);

/// Not a name for an account.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` cannot be the name of an account. Use letters, digits and . _ - + @, with at least one letter or digit and at most {LONGEST} characters."
)]
pub struct InvalidName(String);

impl AccountName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidName`] when it holds anything else, or nothing that could be told from `.` and `..` in a path.
    pub fn parse(name: &str) -> Result<Self, InvalidName> {
        let is_allowed = name.chars().all(|c| c.is_alphanumeric() || "._-+@".contains(c));
        let is_name = name.chars().any(char::is_alphanumeric);
        if is_allowed && is_name && name.chars().count() <= LONGEST {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidName(name.to_owned()))
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_letters_digits_and_a_few_signs() {
        let longest = "x".repeat(LONGEST);
        let too_long = "x".repeat(LONGEST + 1);
        for (name, is_valid) in [
            ("alice", true),
            ("Alice.Example+work@example.com", true),
            ("user_01-a", true),
            ("größe", true),
            (longest.as_str(), true),
            (too_long.as_str(), false),
            ("", false),
            (".", false),
            ("..", false),
            ("a b", false),
            ("a/b", false),
            ("a:b", false),
            ("a%20b", false),
            ("a\nb", false),
        ] {
            assert_eq!(AccountName::parse(name).is_ok(), is_valid, "{name:?}");
        }
    }
}
