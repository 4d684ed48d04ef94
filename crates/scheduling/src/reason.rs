//! Why the engine did what it did: a line per attendee and instance, kept in the audit.

use std::fmt;

use calendar::{CalendarAddress, InstanceId};
use serde::{Deserialize, Serialize};

/// One thing that a decision or a merge did or left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Whom it concerns; none when it concerns the object as such.
    #[serde(with = "wire::address", default, skip_serializing_if = "Option::is_none")]
    pub attendee: Option<CalendarAddress>,
    /// Which instance it concerns.
    #[serde(with = "wire::instance")]
    pub instance: InstanceId,
    /// What was done.
    pub verdict: Verdict,
    /// Why, as a sentence.
    pub text: String,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A REQUEST goes out.
    Request,
    /// A CANCEL goes out.
    Cancel,
    /// A REPLY goes out.
    Reply,
    /// The copy is brought up to date without telling its owner.
    Quiet,
    /// Nothing goes out.
    NotTold,
    /// It waits for somebody to let it go.
    Held,
    /// The PARTSTAT that the client wrote was replaced.
    Participation,
    /// A change that is not the writer's to make was undone.
    PutBack,
    /// An arriving message was merged.
    Merged,
    /// An arriving message changed nothing.
    Ignored,
}

impl Reason {
    pub(crate) fn of(
        attendee: &CalendarAddress,
        instance: InstanceId,
        verdict: Verdict,
        text: impl Into<String>,
    ) -> Self {
        Self { attendee: Some(attendee.clone()), instance, verdict, text: text.into() }
    }

    pub(crate) fn general(instance: InstanceId, verdict: Verdict, text: impl Into<String>) -> Self {
        Self { attendee: None, instance, verdict, text: text.into() }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::Cancel => "cancel",
            Self::Reply => "reply",
            Self::Quiet => "quiet",
            Self::NotTold => "not told",
            Self::Held => "held",
            Self::Participation => "participation",
            Self::PutBack => "put back",
            Self::Merged => "merged",
            Self::Ignored => "ignored",
        })
    }
}

/// How addresses and instances are spelled in stored reasons.
pub(crate) mod wire {
    pub(crate) mod address {
        use calendar::CalendarAddress;
        use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

        pub(crate) fn serialize<S: Serializer>(
            address: &Option<CalendarAddress>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            address.as_ref().map(CalendarAddress::as_str).serialize(to)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<CalendarAddress>, D::Error> {
            let written: Option<String> = Option::deserialize(from)?;
            written.map(|text| CalendarAddress::parse(&text).map_err(D::Error::custom)).transpose()
        }
    }

    pub(crate) mod instant {
        use jiff::Timestamp;
        use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

        pub(crate) fn serialize<S: Serializer>(
            instant: &Timestamp,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            instant.to_string().serialize(to)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Timestamp, D::Error> {
            String::deserialize(from)?.parse().map_err(D::Error::custom)
        }
    }

    pub(crate) mod instance {
        use calendar::InstanceId;
        use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

        pub(crate) fn serialize<S: Serializer>(
            instance: &InstanceId,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            match instance {
                InstanceId::Master => None,
                InstanceId::Recurrence(start) => Some(start.to_string()),
            }
            .serialize(to)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<InstanceId, D::Error> {
            match Option::<String>::deserialize(from)? {
                None => Ok(InstanceId::Master),
                Some(text) => text.parse().map(InstanceId::Recurrence).map_err(D::Error::custom),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_reason_reads_back() {
        let bob = CalendarAddress::parse("mailto:bob@example.com").unwrap();
        let instance = InstanceId::Recurrence("2026-03-03T09:00:00Z".parse().unwrap());
        for reason in [
            Reason::of(&bob, instance, Verdict::NotTold, "nothing changed for him"),
            Reason::general(InstanceId::Master, Verdict::PutBack, "SUMMARY is the organizer's"),
        ] {
            let text = serde_json::to_string(&reason).unwrap();
            assert_eq!(serde_json::from_str::<Reason>(&text).unwrap(), reason, "{text}");
        }
    }
}
