//! Principals (RFC 3744 2), their passwords and calendar user addresses (RFC 6638 2.4.1).

use jiff::Timestamp;

use crate::connection::{List, Queries, execute, ids, keys, run};
use crate::error::Error;
use crate::transaction::Tx;
use crate::values::{Flag, PrincipalId, Seconds, text_enum};

text_enum!(
    /// What a principal is (CUTYPE, RFC 5545 3.2.3, without UNKNOWN).
    PrincipalKind {
        /// A person.
        User = "user",
        /// Several principals under one address.
        Group = "group",
        /// A place.
        Room = "room",
        /// A thing.
        Resource = "resource",
    }
);

text_enum!(
    /// How a room or resource answers invitations.
    BookingMode {
        /// Accepts what does not collide, declines the rest.
        AcceptIfFree = "accept-if-free",
        /// Accepts everything.
        AcceptAlways = "accept-always",
        /// Declines everything.
        DeclineAlways = "decline-always",
        /// Declines what collides, leaves the rest tentative for somebody to decide.
        DeclineIfBusyElseTentative = "decline-if-busy-else-tentative",
        /// Accepts what does not collide, leaves the rest for somebody to decide.
        AcceptIfFreeElseManual = "accept-if-free-else-manual",
        /// Declines what collides, leaves the rest for somebody to decide.
        DeclineIfBusyElseManual = "decline-if-busy-else-manual",
        /// Answers nothing by itself, as every person.
        Manual = "manual",
    }
);

/// The booking settings of a room or resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Booking {
    /// How it answers.
    #[sqlx(rename = "booking_mode")]
    pub mode: BookingMode,
    /// How many bookings at one moment.
    #[sqlx(rename = "booking_capacity")]
    pub capacity: i32,
    /// How many days ahead; `None`: any.
    #[sqlx(rename = "booking_window_days")]
    pub window_days: Option<i32>,
    /// A series with one busy instance is declined as a whole.
    #[sqlx(rename = "booking_all_or_nothing", try_from = "Flag")]
    pub all_or_nothing: bool,
    /// The user or group who may book; `None`: everybody.
    #[sqlx(rename = "booking_by")]
    pub by: Option<PrincipalId>,
}

impl Booking {
    /// One booking at a time, any time ahead, by everybody.
    #[must_use]
    pub const fn new(mode: BookingMode) -> Self {
        Self { mode, capacity: 1, window_days: None, all_or_nothing: false, by: None }
    }
}

/// A principal as stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Principal {
    /// Its id.
    pub id: PrincipalId,
    /// What the person logs in with, in the spelling it was made with; compared without case.
    pub name: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// DAV:displayname.
    pub display_name: Option<String>,
    /// May administer the server.
    #[sqlx(try_from = "Flag")]
    pub admin: bool,
    /// Booking settings; of no meaning for people and groups.
    #[sqlx(flatten)]
    pub booking: Booking,
    /// When it was made.
    #[sqlx(try_from = "Seconds")]
    pub created_at: Timestamp,
}

/// A principal to be made.
#[derive(Clone, Debug)]
pub struct NewPrincipal<'a> {
    /// What the person will log in with.
    pub name: &'a str,
    /// What it is.
    pub kind: PrincipalKind,
    /// DAV:displayname.
    pub display_name: Option<&'a str>,
    /// May administer the server.
    pub admin: bool,
    /// Booking settings.
    pub booking: Booking,
}

/// What of a principal can be changed; all of it is replaced.
#[derive(Clone, Debug)]
pub struct PrincipalUpdate<'a> {
    /// DAV:displayname.
    pub display_name: Option<&'a str>,
    /// May administer the server.
    pub admin: bool,
    /// Booking settings.
    pub booking: Booking,
}

/// A principal with what proves to be it.
#[derive(Clone)]
pub struct Credentials {
    /// Who.
    pub principal: Principal,
    /// Password hashes: the account's own first, then application passwords.
    pub hashes: Vec<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("principal", &self.principal).finish_non_exhaustive()
    }
}

/// How a principal's name is compared.
pub(crate) fn name_key(name: &str) -> String {
    name.to_lowercase()
}

macro_rules! principal_columns {
    () => {
        "p.id, p.name, p.kind, p.display_name, p.admin, p.booking_mode, p.booking_capacity,
         p.booking_window_days, p.booking_all_or_nothing, p.booking_by, p.created_at"
    };
}

macro_rules! principal {
    ($($rest:expr),+ $(,)?) => {
        concat!("SELECT ", $crate::principals::principal_columns!(), $($rest),+)
    };
}
pub(crate) use principal;
pub(crate) use principal_columns;

pub(crate) const PRINCIPAL_BY_NAME: &str = principal!(" FROM principals p WHERE p.name_key = $1");
pub(crate) const PRINCIPAL_BY_ID: &str = principal!(" FROM principals p WHERE p.id = $1");
pub(crate) const PRINCIPALS: &str = principal!(
    " FROM principals p
     WHERE p.name_key > $1
     ORDER BY p.name_key
     LIMIT CAST($2 AS BIGINT)"
);
pub(crate) const PRINCIPALS_BY_ID: &str = principal!(
    " FROM principals p
     WHERE p.id IN (",
    ids!("$1"),
    ")
     ORDER BY p.id"
);
pub(crate) const ROOMS_FOR: &str = principal!(
    " FROM principals p
     WHERE p.booking_by = $1
     ORDER BY p.name_key"
);
pub(crate) const CREDENTIALS: &str = principal!(
    ", w.hash
      FROM principals p
      LEFT JOIN credentials w ON w.principal_id = p.id
     WHERE p.name_key = $1
     ORDER BY w.label"
);
pub(crate) const APPLICATION_PASSWORDS: &str = "
    SELECT label, created_at
      FROM credentials
     WHERE principal_id = $1 AND label <> ''
     ORDER BY label";
pub(crate) const PRINCIPALS_BY_ADDRESS: &str = concat!(
    "SELECT a.address, ",
    principal_columns!(),
    " FROM addresses a
      JOIN principals p ON p.id = a.principal_id
     WHERE a.address IN (",
    keys!("$1"),
    ")
     ORDER BY a.address"
);
pub(crate) const ADDRESSES: &str = "
    SELECT address
      FROM addresses
     WHERE principal_id = $1
     ORDER BY position";
pub(crate) const ADDRESSES_OF_MANY: &str = concat!(
    "
    SELECT principal_id, address
      FROM addresses
     WHERE principal_id IN (",
    ids!("$1"),
    ")
     ORDER BY principal_id, position"
);

#[derive(sqlx::FromRow)]
struct PrincipalHash {
    #[sqlx(flatten)]
    principal: Principal,
    hash: Option<String>,
}

#[derive(sqlx::FromRow)]
struct PrincipalAddress {
    #[sqlx(flatten)]
    principal: Principal,
    address: String,
}

/// A password of an account beside its own; the hash stays where it is.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ApplicationPassword {
    /// What it is for.
    pub label: String,
    /// When it was set.
    #[sqlx(try_from = "Seconds")]
    pub created_at: Timestamp,
}

impl Queries {
    /// The principal of this name, whatever its case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_principal(&mut self, name: &str) -> Result<Option<Principal>, Error> {
        let key = name_key(name);
        run!(self, c => sqlx::query_as(PRINCIPAL_BY_NAME).bind(key).fetch_optional(c))
    }

    /// The principal with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_principal_by_id(
        &mut self,
        id: PrincipalId,
    ) -> Result<Option<Principal>, Error> {
        run!(self, c => sqlx::query_as(PRINCIPAL_BY_ID).bind(id).fetch_optional(c))
    }

    /// The principals with these ids, those there are, in order of id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_principals_by_id(
        &mut self,
        ids: &[PrincipalId],
    ) -> Result<Vec<Principal>, Error> {
        let ids = List::of_keys(ids.iter().map(|id| id.get()))?;
        run!(self, c => sqlx::query_as(PRINCIPALS_BY_ID).bind(ids).fetch_all(c))
    }

    /// The rooms and resources that only this user or group may book, in order of name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_rooms_for(&mut self, booker: PrincipalId) -> Result<Vec<Principal>, Error> {
        run!(self, c => sqlx::query_as(ROOMS_FOR).bind(booker).fetch_all(c))
    }

    /// The principal of this name with its password hashes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_credentials(&mut self, name: &str) -> Result<Option<Credentials>, Error> {
        let key = name_key(name);
        let rows: Vec<PrincipalHash> =
            run!(self, c => sqlx::query_as(CREDENTIALS).bind(key).fetch_all(c))?;
        let mut credentials: Option<Credentials> = None;
        for row in rows {
            let found = credentials
                .get_or_insert(Credentials { principal: row.principal, hashes: Vec::new() });
            found.hashes.extend(row.hash);
        }
        Ok(credentials)
    }

    /// The application passwords of a principal, in order of label.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_application_passwords(
        &mut self,
        id: PrincipalId,
    ) -> Result<Vec<ApplicationPassword>, Error> {
        run!(self, c => sqlx::query_as(APPLICATION_PASSWORDS).bind(id).fetch_all(c))
    }

    /// Principals in order of their names in lower case, after that of `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_principals(
        &mut self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Principal>, Error> {
        let after = after.map(name_key).unwrap_or_default();
        let limit = i64::from(limit);
        run!(self, c => sqlx::query_as(PRINCIPALS).bind(after).bind(limit).fetch_all(c))
    }

    /// Whose these (normalised) addresses are, in order of address; nobody's are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resolve_addresses<A: AsRef<str>>(
        &mut self,
        addresses: &[A],
    ) -> Result<Vec<(String, Principal)>, Error> {
        let addresses = List::of_keys(addresses.iter().map(AsRef::as_ref))?;
        let rows: Vec<PrincipalAddress> =
            run!(self, c => sqlx::query_as(PRINCIPALS_BY_ADDRESS).bind(addresses).fetch_all(c))?;
        Ok(rows.into_iter().map(|row| (row.address, row.principal)).collect())
    }

    /// A principal's addresses, the preferred one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_addresses(&mut self, principal: PrincipalId) -> Result<Vec<String>, Error> {
        run!(self, c => sqlx::query_scalar(ADDRESSES).bind(principal).fetch_all(c))
    }

    /// The addresses of several principals, in order of principal, the preferred one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_addresses_of(
        &mut self,
        principals: &[PrincipalId],
    ) -> Result<Vec<(PrincipalId, String)>, Error> {
        let principals = List::of_keys(principals.iter().map(|id| id.get()))?;
        run!(self, c => sqlx::query_as(ADDRESSES_OF_MANY).bind(principals).fetch_all(c))
    }
}

const ADD_PRINCIPAL: &str = "
    INSERT INTO principals (name, name_key, kind, display_name, admin, booking_mode, booking_capacity,
                            booking_window_days, booking_all_or_nothing, booking_by, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    RETURNING id, name, kind, display_name, admin, booking_mode, booking_capacity, booking_window_days,
              booking_all_or_nothing, booking_by, created_at";
const UPDATE_PRINCIPAL: &str = "
    UPDATE principals
       SET display_name = $2, admin = $3, booking_mode = $4, booking_capacity = $5, booking_window_days = $6,
           booking_all_or_nothing = $7, booking_by = $8, change = change + 1
     WHERE id = $1";
const REMOVE_PROPERTIES: &str = "
    DELETE FROM properties
     WHERE (target_kind = 'principal' AND target_id = $1)
        OR (target_kind = 'collection' AND target_id IN (SELECT id FROM collections WHERE owner_id = $1))";
const REMOVE_PRINCIPAL: &str = "DELETE FROM principals WHERE id = $1";
const ADD_ADDRESS: &str = "
    INSERT INTO addresses (address, principal_id, position)
    SELECT $2, $1, COALESCE(MAX(position), -1) + 1 FROM addresses WHERE principal_id = $1";
const REMOVE_ADDRESS: &str = "DELETE FROM addresses WHERE principal_id = $1 AND address = $2";
const SET_CREDENTIAL: &str = "
    INSERT INTO credentials (principal_id, label, hash, created_at)
    VALUES ($1, $2, $3, $4)
        ON CONFLICT (principal_id, label) DO UPDATE
       SET hash = excluded.hash, created_at = excluded.created_at";
const REMOVE_CREDENTIAL: &str = "DELETE FROM credentials WHERE principal_id = $1 AND label = $2";

impl Tx {
    /// Makes a principal and nothing else: collections and addresses are the caller's to add.
    ///
    /// # Errors
    /// [`Error::Taken`] when the name is.
    pub async fn add_principal(
        &mut self,
        new: &NewPrincipal<'_>,
        now: Timestamp,
    ) -> Result<Principal, Error> {
        let added = run!(self, c => sqlx::query_as(ADD_PRINCIPAL)
            .bind(new.name)
            .bind(name_key(new.name))
            .bind(new.kind)
            .bind(new.display_name)
            .bind(Flag::from(new.admin))
            .bind(new.booking.mode)
            .bind(new.booking.capacity)
            .bind(new.booking.window_days)
            .bind(Flag::from(new.booking.all_or_nothing))
            .bind(new.booking.by.map(PrincipalId::get))
            .bind(Seconds::from(now))
            .fetch_one(c));
        added.map_err(|error| error.taken("name"))
    }

    /// Replaces what of a principal can be changed. Says whether it was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_principal(
        &mut self,
        id: PrincipalId,
        update: &PrincipalUpdate<'_>,
    ) -> Result<bool, Error> {
        let done = execute!(
            self,
            sqlx::query(UPDATE_PRINCIPAL)
                .bind(id)
                .bind(update.display_name)
                .bind(Flag::from(update.admin))
                .bind(update.booking.mode)
                .bind(update.booking.capacity)
                .bind(update.booking.window_days)
                .bind(Flag::from(update.booking.all_or_nothing))
                .bind(update.booking.by.map(PrincipalId::get))
        )?;
        Ok(done > 0)
    }

    /// Removes a principal with its empty collections, addresses, passwords and answers. Says whether it was there.
    ///
    /// # Errors
    /// [`Error::NotEmpty`] while a collection of his holds calendar objects: these leave through the door.
    pub async fn remove_principal(&mut self, id: PrincipalId) -> Result<bool, Error> {
        execute!(self, sqlx::query(REMOVE_PROPERTIES).bind(id))?;
        let done = execute!(self, sqlx::query(REMOVE_PRINCIPAL).bind(id));
        Ok(done.map_err(Error::not_empty)? > 0)
    }

    /// Gives a principal one more address, after those it has. The address is normalised by the caller.
    ///
    /// # Errors
    /// [`Error::Taken`] when it is somebody's already, [`Error::Gone`] when there is no such principal.
    pub async fn add_address(&mut self, id: PrincipalId, address: &str) -> Result<(), Error> {
        let added = execute!(self, sqlx::query(ADD_ADDRESS).bind(id).bind(address));
        added.map(drop).map_err(|error: Error| error.taken("address").gone("principal"))
    }

    /// Takes an address from a principal. Says whether it had it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_address(&mut self, id: PrincipalId, address: &str) -> Result<bool, Error> {
        let done = execute!(self, sqlx::query(REMOVE_ADDRESS).bind(id).bind(address))?;
        Ok(done > 0)
    }

    /// Sets the hash of a principal's own password.
    ///
    /// # Errors
    /// [`Error::Gone`] when there is no such principal.
    pub async fn set_password(
        &mut self,
        id: PrincipalId,
        hash: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.set_application_password(id, "", hash, now).await
    }

    /// Sets the hash of the application password with this label.
    ///
    /// # Errors
    /// [`Error::Gone`] when there is no such principal.
    pub async fn set_application_password(
        &mut self,
        id: PrincipalId,
        label: &str,
        hash: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let set = execute!(
            self,
            sqlx::query(SET_CREDENTIAL).bind(id).bind(label).bind(hash).bind(Seconds::from(now))
        );
        set.map(drop).map_err(|error: Error| error.gone("principal"))
    }

    /// Removes the application password with this label. Says whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_application_password(
        &mut self,
        id: PrincipalId,
        label: &str,
    ) -> Result<bool, Error> {
        let done = execute!(self, sqlx::query(REMOVE_CREDENTIAL).bind(id).bind(label))?;
        Ok(done > 0)
    }
}
