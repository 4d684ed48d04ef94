//! Which parts of an object a `CALDAV:calendar-data` asks for, and in what form (RFC 4791 §7.6, §9.6).
//!
//! Invariants: nothing comes out that is not in the object or in one of its instances; lines that are
//! neither converted nor emptied keep their octets; the size of what comes out is bounded.

mod expand;
mod limit;
mod partial;

use std::ops::Range;

use jiff::Timestamp;

pub use expand::ExpandError;

use crate::Limits;
use crate::object::CalendarObject;
use crate::zone::Zone;

/// Which parts of an object are wanted, and in what form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CalendarDataRequest {
    /// The components and properties; `None` is the whole object.
    pub comp: Option<CompSelection>,
    /// What happens to recurring components.
    pub recurrence: Recurrence,
    /// Only FREEBUSY periods that touch this range (RFC 4791 §9.6.7).
    pub limit_freebusy_set: Option<Range<Timestamp>>,
}

/// What happens to recurring components (RFC 4791 §9.6.5, §9.6.6).
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Recurrence {
    /// They are returned as stored.
    #[default]
    Whole,
    /// Each instance in the range as a component of its own, times in UTC.
    Expand(Range<Timestamp>),
    /// The master, and the overrides that touch the range.
    LimitSet(Range<Timestamp>),
}

/// A component to return, and what of it (RFC 4791 §9.6.1).
#[derive(Clone, Debug, PartialEq)]
pub struct CompSelection {
    /// The component's name, in upper case.
    pub name: String,
    /// Which properties.
    pub props: Selection<PropSelection>,
    /// Which sub-components.
    pub comps: Selection<Self>,
}

/// All of a kind, or those named.
#[derive(Clone, Debug, PartialEq)]
pub enum Selection<T> {
    /// `allprop` or `allcomp`.
    All,
    /// These; none, when the list is empty.
    Named(Vec<T>),
}

/// A property to return (RFC 4791 §9.6.4).
#[derive(Clone, Debug, PartialEq)]
pub struct PropSelection {
    /// The property's name, in upper case.
    pub name: String,
    /// Whether its value is left out.
    pub novalue: bool,
}

impl CalendarDataRequest {
    /// Whether the stored octets answer the request as they are, so that nobody needs to parse them.
    pub fn is_whole(&self) -> bool {
        self.comp.is_none()
            && self.recurrence == Recurrence::Whole
            && self.limit_freebusy_set.is_none()
    }

    /// What it asks for of an object, as octets. Times without a zone are placed by `floating` when a
    /// range is compared with them; they come out as they are.
    ///
    /// # Errors
    /// When an expansion is beyond the limits.
    pub fn select(
        &self,
        object: &CalendarObject,
        floating: &Zone,
        limits: &Limits,
    ) -> Result<Vec<u8>, ExpandError> {
        let mut tree = match &self.recurrence {
            Recurrence::Whole => object.tree().clone(),
            Recurrence::Expand(range) => expand::expand(object, range, floating, limits)?,
            Recurrence::LimitSet(range) => limit::recurrence_set(object, range, floating, limits),
        };
        if let Some(range) = &self.limit_freebusy_set {
            limit::freebusy_set(&mut tree, range, floating);
        }
        if let Some(selection) = &self.comp {
            partial::retain(&mut tree, selection);
        }
        Ok(tree.to_octets())
    }
}
