//! Identifiers, and how Rust values stand in columns: instants as UTC seconds, flags as 0 and 1, enums as text.

use jiff::Timestamp;
use sqlx::{Database, Decode, Encode, Type, encode::IsNull, error::BoxDynError};

/// A row id as a type of its own.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type, serde::Deserialize)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// The id with this number; whether it exists, the database knows.
            #[must_use]
            pub const fn new(number: i64) -> Self {
                Self(number)
            }

            /// The number itself, for messages and tokens.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A user, group, room or resource (RFC 3744 2).
    PrincipalId
);
id!(
    /// A collection in somebody's calendar home. Never used again after the collection is gone.
    CollectionId
);
id!(
    /// A calendar object resource. Never used again after the object is gone.
    ObjectId
);

/// An enum of ours that is stored by its name.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every variant, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name as it is stored and written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The variant of this name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<DB: sqlx::Database> sqlx::Type<DB> for $name
        where
            str: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <str as sqlx::Type<DB>>::type_info()
            }

            fn compatible(ty: &DB::TypeInfo) -> bool {
                <str as sqlx::Type<DB>>::compatible(ty)
            }
        }

        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name
        where
            &'r str: sqlx::Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                let text = <&str as sqlx::Decode<DB>>::decode(value)?;
                Self::parse(text)
                    .ok_or_else(|| format!("{text:?} is no {}", stringify!($name)).into())
            }
        }

        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name
        where
            &'q str: sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buffer: &mut DB::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                self.as_str().encode_by_ref(buffer)
            }
        }
    };
}
pub(crate) use text_enum;

/// A boolean column: 0 or 1, since SQLite has no boolean and Postgres compares none with integers.
#[derive(Clone, Copy, Debug, sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct Flag(i32);

impl From<bool> for Flag {
    fn from(flag: bool) -> Self {
        Self(i32::from(flag))
    }
}

impl From<Flag> for bool {
    fn from(flag: Flag) -> Self {
        flag.0 != 0
    }
}

/// An instant column: UTC seconds.
#[derive(Clone, Copy, Debug, sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct Seconds(i64);

impl From<Timestamp> for Seconds {
    fn from(instant: Timestamp) -> Self {
        Self(instant.as_second())
    }
}

impl TryFrom<Seconds> for Timestamp {
    type Error = jiff::Error;

    fn try_from(seconds: Seconds) -> Result<Self, jiff::Error> {
        Self::from_second(seconds.0)
    }
}

/// An instant column that may be NULL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaybeSeconds(Option<i64>);

impl From<Option<Timestamp>> for MaybeSeconds {
    fn from(instant: Option<Timestamp>) -> Self {
        Self(instant.map(Timestamp::as_second))
    }
}

impl TryFrom<MaybeSeconds> for Option<Timestamp> {
    type Error = jiff::Error;

    fn try_from(seconds: MaybeSeconds) -> Result<Self, jiff::Error> {
        seconds.0.map(Timestamp::from_second).transpose()
    }
}

impl<DB: Database> Type<DB> for MaybeSeconds
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <i64 as Type<DB>>::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        <i64 as Type<DB>>::compatible(ty)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for MaybeSeconds
where
    Option<i64>: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Option::<i64>::decode(value).map(Self)
    }
}

impl<'q, DB: Database> Encode<'q, DB> for MaybeSeconds
where
    Option<i64>: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.encode_by_ref(buffer)
    }
}
