//! Substring matching by collation (RFC 4790 §9.2, §9.3; RFC 5051).

use unicode_normalization::char::decompose_compatible;

use super::{Collation, TextMatch};

impl TextMatch {
    /// Whether the test holds of a text.
    pub(super) fn holds(&self, text: &str) -> bool {
        self.collation.contains(text, &self.text) != self.negate
    }

    /// Whether the test holds of a list of texts: one of them matches; negated: none does.
    pub(super) fn holds_of_any<'a>(&self, mut texts: impl Iterator<Item = &'a str>) -> bool {
        texts.any(|text| self.collation.contains(text, &self.text)) != self.negate
    }
}

impl Collation {
    /// Whether a text holds another somewhere.
    pub fn contains(self, text: &str, part: &str) -> bool {
        match self {
            Self::Octet => text.contains(part),
            Self::AsciiCasemap => {
                part.len() <= text.len()
                    && text.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
            }
            Self::UnicodeCasemap => unicode_casemap(text).contains(&unicode_casemap(part)),
        }
    }
}

/// The "titlecased canonicalized" form of RFC 5051 §2.
fn unicode_casemap(text: &str) -> String {
    let mut mapped = String::with_capacity(text.len());
    for c in text.chars() {
        decompose_compatible(titlecase(c), |part| mapped.push(part));
    }
    mapped
}

/// The titlecase property of UnicodeData.txt, where a character has one: a single character, unlike the
/// full mapping that the standard library knows. The two differ for what is listed here, and for
/// characters without the property whose full mapping is longer than one character.
fn titlecase(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}', // DZ with caron, LJ, NJ, DZ: one letter is a capital
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10ff}' => c, // Georgian titles are written in small letters
        // Greek with iota subscript, eight letters and their capitals by turns
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            char::from_u32(u32::from(c) + 8).unwrap_or(c)
        }
        '\u{1fb3}' => '\u{1fbc}',
        '\u{1fc3}' => '\u{1fcc}',
        '\u{1ff3}' => '\u{1ffc}',
        _ => {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(upper), None) => upper,
                _ => c,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collations_find_what_their_rfcs_say() {
        use Collation::{AsciiCasemap, Octet, UnicodeCasemap};
        for (text, part, [octet, ascii, unicode]) in [
            ("Caf\u{e9} lunch", "lunch", [true, true, true]), // RFC 4790 9.2, 9.3
            ("Caf\u{e9} LUNCH", "lunch", [false, true, true]),
            ("Caf\u{e9} lunch", "CAF\u{e9}", [false, true, true]), // 9.2: ASCII letters only
            ("Caf\u{e9} lunch", "CAF\u{c9}", [false, false, true]),
            ("Caf\u{e9}", "Cafe\u{301}", [false, false, true]), // RFC 5051 2 (2)(b)
            ("Cafe\u{301}", "caf\u{c9}", [false, false, true]),
            ("Caf\u{e9}", "cafe", [false, false, true]), // the accent follows its letter
            ("Stra\u{df}e", "STRASSE", [false, false, false]), // 2 (2)(a): no titlecase property
            ("Stra\u{df}e", "STRA\u{df}E", [false, true, true]),
            ("\u{1c4}", "d\u{17e}", [false, false, false]), // 2: U+01C4 is D z caron there
            ("\u{1c4}", "\u{1c6}", [false, false, true]),
            ("\u{1c4}", "\u{1c5}", [false, false, true]),
            ("\u{fb01}", "fi", [false, false, false]), // decomposed, not titlecased again
            ("\u{ff21}bc", "Abc", [false, false, true]), // full width
            ("\u{3b1}\u{3c2}", "\u{391}\u{3a3}", [false, false, true]), // final sigma
            ("\u{1fb3}", "\u{1fbc}", [false, false, true]),
            ("\u{1f80}", "\u{1f88}", [false, false, true]),
            ("\u{10d0}", "\u{10d0}", [true, true, true]),
            ("abc", "", [true, true, true]),
            ("", "a", [false, false, false]),
            ("a%b", "%", [true, true, true]), // RFC 4791 7.5: no wildcards
            ("abc", "a*c", [false, false, false]),
        ] {
            for (collation, expected) in
                [(Octet, octet), (AsciiCasemap, ascii), (UnicodeCasemap, unicode)]
            {
                assert_eq!(collation.contains(text, part), expected, "{collation:?} {text} {part}");
            }
        }
    }

    #[test]
    fn negated_tests_hold_where_the_text_is_not_found() {
        // RFC 4791 9.7.5
        let negated =
            TextMatch { text: "a".into(), collation: Collation::AsciiCasemap, negate: true };
        assert!(!negated.holds("CAT"));
        assert!(negated.holds("dog"));
        assert!(!negated.holds_of_any(["dog", "cat"].into_iter()));
        assert!(negated.holds_of_any(["dog", "cow"].into_iter()));
    }
}
