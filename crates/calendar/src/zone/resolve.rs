//! From a name to a zone of the IANA database: the spellings of TZID that are met in practice.

use std::str::FromStr;
use std::sync::LazyLock;

use calcard::common::timezone::Tz;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

/// The zones that come with the program: the same answers on every machine, no file is read.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The zone that this name means, when it is one that is known.
pub(super) fn by_name(name: &str) -> Option<TimeZone> {
    let name = name.trim().trim_matches('"').trim_end();
    iana(name).or_else(|| fixed(name)).or_else(|| by_path(name)).or_else(|| alias(name))
}

fn iana(name: &str) -> Option<TimeZone> {
    DATABASE.get(name).ok().filter(|zone| !zone.is_unknown())
}

/// `Z`, `UTC`, `GMT+0500`, `UTC-03:30`, `+01:00`. The sign means east, other than in `Etc/GMT+5`.
fn fixed(name: &str) -> Option<TimeZone> {
    if name.eq_ignore_ascii_case("Z") {
        return Some(TimeZone::UTC);
    }
    let offset = ["UTC", "GMT", ""].iter().find_map(|prefix| {
        let (head, rest) = name.split_at_checked(prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then_some(rest)
    })?;
    let sign = match offset.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = offset.get(1..)?.chars().filter(|c| *c != ':').collect();
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) =
        if digits.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
    if hours > 14 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok().map(TimeZone::fixed)
}

/// `/mozilla.org/20070129_1/Europe/Berlin`, `tzone://Microsoft/Utc`: the longest tail that is an IANA
/// name.
fn by_path(name: &str) -> Option<TimeZone> {
    if !name.starts_with('/') && !name.contains("://") {
        return None;
    }
    name.match_indices('/').find_map(|(at, _)| iana(name.get(at + 1..)?))
}

/// Windows names, Outlook's display names and the like, as calcard lists them.
fn alias(name: &str) -> Option<TimeZone> {
    let known = Tz::from_str(name).ok()?;
    iana(&known.name()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_zones_are_understood_in_the_spellings_clients_use() {
        for (name, expected) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/paris", "Europe/Paris"),
            ("America/New_York  ", "America/New_York"),
            ("\"Europe/Vienna\"", "Europe/Vienna"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("W. Europe Standard Time ", "Europe/Berlin"),
            ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
            ("/mozilla.org/20070129_1/Europe/Berlin", "Europe/Berlin"),
            ("/freeassociation.sourceforge.net/Tzfile/Europe/Paris", "Europe/Paris"),
            ("/freeassociation.sourceforge.net/America/Argentina/Salta", "America/Argentina/Salta"),
            ("/softwarestudio.org/Olson_20011030_5/America/Chicago", "America/Chicago"),
            ("tzone://Microsoft/Utc", "UTC"),
            ("UTC", "UTC"),
            ("utc", "UTC"),
            ("Z", "UTC"),
            ("Etc/GMT+5", "Etc/GMT+5"),
        ] {
            let zone = by_name(name).unwrap_or_else(|| panic!("{name} is not known"));
            assert_eq!(zone.iana_name(), Some(expected), "{name}");
        }
    }

    #[test]
    fn offsets_as_names_count_east_of_greenwich() {
        for (name, seconds) in [
            ("GMT+0500", 18_000),
            ("UTC+1", 3_600),
            ("UTC-03:30", -12_600),
            ("+01:00", 3_600),
            ("GMT-5", -18_000),
        ] {
            let offset = by_name(name).and_then(|zone| zone.to_fixed_offset().ok());
            assert_eq!(offset.map(Offset::seconds), Some(seconds), "{name}");
        }
    }

    #[test]
    fn names_that_nobody_knows_are_no_zone() {
        for name in [
            "",
            " ",
            "Etc/Unknown",
            "Customized Time Zone",
            "UTC+",
            "UTC+99",
            "GMT+12345",
            "/",
            "é+1",
            "://",
        ] {
            assert!(by_name(name).is_none(), "{name}");
        }
    }
}
