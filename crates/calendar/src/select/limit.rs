//! Fewer overrides and fewer periods (RFC 4791 §9.6.6, §9.6.7).

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::Timestamp;

use crate::Limits;
use crate::freebusy::period;
use crate::instances::{InstanceId, Instances, Series, reaches_on};
use crate::object::CalendarObject;
use crate::source::Component;
use crate::zone::Zone;

/// The object with those overrides only that impact the range: by the times they have, or by those that
/// their instances would have without them.
pub(super) fn recurrence_set(
    object: &CalendarObject,
    range: &Range<Timestamp>,
    floating: &Zone,
    limits: &Limits,
) -> Component {
    let overridden = Overridden::new(object, range, floating, limits);
    let mut tree = object.tree().clone();
    tree.retain_components(|component| {
        component.name() != object.kind().as_str()
            || match object.instance_id(component) {
                InstanceId::Master => true,
                InstanceId::Recurrence(id) if reaches_on(component) => {
                    overridden.reaches(id.as_second())
                }
                InstanceId::Recurrence(id) => overridden.impacts(id.as_second()),
            }
    });
    tree
}

/// The object as it is, and as it would be without some of its overrides.
struct Overridden<'a> {
    range: &'a Range<Timestamp>,
    floating: &'a Zone,
    whole: Series<'a>,
    /// Without the overrides of single instances.
    shifted: Series<'a>,
    /// Without any override.
    bare: Series<'a>,
    /// The overrides with RANGE=THISANDFUTURE that have to do with the range; `None`: a limit on work left
    /// that open.
    reached: Option<BTreeSet<i64>>,
}

impl<'a> Overridden<'a> {
    fn new(
        object: &'a CalendarObject,
        range: &'a Range<Timestamp>,
        floating: &'a Zone,
        limits: &Limits,
    ) -> Self {
        let shifting = object.overrides().filter(|component| reaches_on(component));
        let shifted = series(object, shifting);
        let bare = series(object, std::iter::empty());
        let whole = Series::new(object);
        let reached = reached(object, &whole, range, floating, limits);
        Self { range, floating, whole, shifted, bare, reached }
    }

    /// Whether the override of one instance has to do with the range.
    fn impacts(&self, id: i64) -> bool {
        let places = [self.whole.find_named(id), self.shifted.place(id), self.bare.place(id)];
        places.iter().flatten().any(|it| it.occurrence.overlaps(self.range, self.floating))
    }

    /// Whether an override with RANGE=THISANDFUTURE does.
    fn reaches(&self, id: i64) -> bool {
        self.reached.as_ref().is_none_or(|reached| reached.contains(&id))
    }
}

/// The overrides with RANGE=THISANDFUTURE that give an instance in the range, or take one away.
fn reached(
    object: &CalendarObject,
    whole: &Series<'_>,
    range: &Range<Timestamp>,
    floating: &Zone,
    limits: &Limits,
) -> Option<BTreeSet<i64>> {
    let ids = object.overrides().filter(|c| reaches_on(c)).filter_map(|component| {
        match object.instance_id(component) {
            InstanceId::Recurrence(id) => Some(id.as_second()),
            InstanceId::Master => None,
        }
    });
    let ids: BTreeSet<i64> = ids.collect();
    let mut reached = BTreeSet::new();
    if ids.is_empty() {
        return Some(reached);
    }
    let in_range = |series| Instances::new(series, range.clone(), floating, limits);
    let mut given = in_range(Series::new(object));
    let mut without = in_range(series(object, std::iter::empty()));
    let given_so = given.by_ref().filter(|it| reaches_on(it.component));
    for instance in given_so.chain(without.by_ref()) {
        let InstanceId::Recurrence(at) = instance.id else {
            continue;
        };
        // An instance with an override of its own is not moved by another.
        let own = whole.find_named(at.as_second());
        if own.is_none_or(|own| reaches_on(own.component)) {
            reached.extend(ids.range(..=at.as_second()).next_back());
        }
    }
    (!given.is_truncated() && !without.is_truncated()).then_some(reached)
}

fn series<'a>(
    object: &'a CalendarObject,
    overrides: impl Iterator<Item = &'a Component>,
) -> Series<'a> {
    Series::of(object.kind(), object.zones(), true, object.master(), overrides)
}

/// Only those FREEBUSY periods that overlap the range. A line of which all remain keeps its octets.
pub(super) fn freebusy_set(tree: &mut Component, range: &Range<Timestamp>, floating: &Zone) {
    let overlaps = |value: &str| {
        period(value, floating).is_some_and(|own| range.start < own.end && range.end > own.start)
    };
    for component in tree.components_mut().filter(|c| c.name() == "VFREEBUSY") {
        component.retain_properties(|p| !p.is("FREEBUSY") || p.value().split(',').any(overlaps));
        for line in component.properties_mut().filter(|p| p.is("FREEBUSY")) {
            let kept: Vec<&str> = line.value().split(',').filter(|v| overlaps(v)).collect();
            let kept = kept.join(",");
            line.set_value(&kept);
        }
    }
}
