//! What a handler knows besides the request: who asks, when, with what at hand.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use scheduling::intercept::{Door, Writing};
use store::{PrincipalId, Store};

use crate::error::Result;

/// Who was authenticated. The layer that does so puts it into the request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The principal.
    pub principal: PrincipalId,
    /// Its name.
    pub name: String,
    /// Whether it administers the server; gives no right to anybody's calendars.
    pub admin: bool,
}

impl Caller {
    /// Whether this is the name of the caller, in whatever case.
    pub fn is(&self, name: &str) -> bool {
        let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
        self.name == name || lower(&self.name) == lower(name)
    }
}

/// The id of a request, put into its extensions; it stands in logs, audit and error bodies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

/// The bounds and settings of the service.
#[derive(Clone, Debug)]
pub struct Config {
    /// Largest XML body, in octets.
    pub max_xml: usize,
    /// Bounds on calendar objects.
    pub calendar: calendar::Limits,
    /// The earliest date a calendar object may have: `CALDAV:min-date-time`.
    pub min_date_time: Timestamp,
    /// The latest: `CALDAV:max-date-time`.
    pub max_date_time: Timestamp,
    /// How many members one page of a listing reads.
    pub page: u32,
    /// How many hrefs one `calendar-multiget` may name, and how many matches one query may have.
    pub max_matches: usize,
    /// How long a request may take until its answer begins.
    pub deadline: Duration,
}

impl Default for Config {
    fn default() -> Self {
        const YEAR_1900: i64 = -2_208_988_800;
        const YEAR_2200: i64 = 7_258_118_400;
        let instant = |seconds| Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            max_xml: 1024 * 1024,
            calendar: calendar::Limits::default(),
            min_date_time: instant(YEAR_1900),
            max_date_time: instant(YEAR_2200),
            page: 500,
            max_matches: 100_000,
            deadline: Duration::from_secs(60),
        }
    }
}

/// One request's surroundings. Shared, since a multistatus is still written when the handler is done.
#[derive(Clone, Debug)]
pub struct Context {
    /// The database; calendar objects are written through the door.
    pub store: Store,
    /// The one way to write a calendar object.
    pub door: Arc<Door>,
    /// Bounds and settings.
    pub config: Arc<Config>,
    /// Who asks.
    pub caller: Caller,
    /// The time of the request.
    pub now: Timestamp,
    /// The request's `User-Agent`.
    pub client: String,
    /// The request's id.
    pub request_id: Arc<str>,
}

impl Context {
    /// What the door notes of a write in this request.
    pub(crate) fn writing(&self) -> Writing<'_> {
        Writing {
            principal: self.caller.principal,
            caller: &self.caller.name,
            client: &self.client,
            request_id: &self.request_id,
            now: self.now,
        }
    }

    /// Whether a principal of this name exists.
    pub(crate) async fn principal_exists(&self, name: &str) -> Result<bool> {
        Ok(self.store.read().await?.find_principal(name).await?.is_some())
    }
}

#[cfg(test)]
impl Caller {
    pub(crate) fn named(name: &str) -> Self {
        Self { principal: PrincipalId::new(1), name: name.to_owned(), admin: false }
    }
}
