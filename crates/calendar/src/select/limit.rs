//! Fewer overrides and fewer periods (RFC 4791 §9.6.6, §9.6.7).

use std::ops::Range;

use jiff::Timestamp;

use crate::Limits;
use crate::freebusy::period;
use crate::instances::{Instance, InstanceId, Instances, Series, reaches_on};
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
    object: &'a CalendarObject,
    range: &'a Range<Timestamp>,
    floating: &'a Zone,
    limits: &'a Limits,
    whole: Series<'a>,
    /// Without the overrides of single instances.
    shifted: Series<'a>,
}

impl<'a> Overridden<'a> {
    fn new(
        object: &'a CalendarObject,
        range: &'a Range<Timestamp>,
        floating: &'a Zone,
        limits: &'a Limits,
    ) -> Self {
        let shifting = object.overrides().filter(|component| reaches_on(component));
        Self {
            object,
            range,
            floating,
            limits,
            whole: Series::new(object),
            shifted: Self::series(object, shifting),
        }
    }

    fn series(
        object: &'a CalendarObject,
        overrides: impl Iterator<Item = &'a Component>,
    ) -> Series<'a> {
        Series::of(object.kind(), object.zones(), true, object.master(), overrides)
    }

    /// Whether the override of one instance has to do with the range.
    fn impacts(&self, id: i64) -> bool {
        let places = [self.whole.find(id), self.shifted.place(id)];
        places.iter().flatten().any(|it| it.occurrence.overlaps(self.range, self.floating))
    }

    /// Whether an override with RANGE=THISANDFUTURE gives, or takes away, an instance in the range.
    /// Where a limit on work leaves that open, it is taken to.
    fn reaches(&self, id: i64) -> bool {
        let ids = self.object.overrides().filter(|c| reaches_on(c)).filter_map(|component| {
            match self.object.instance_id(component) {
                InstanceId::Recurrence(id) => Some(id.as_second()),
                InstanceId::Master => None,
            }
        });
        let next = ids.filter(|other| *other > id).min().unwrap_or(i64::MAX);
        let is_of = |instance: Instance<'_>, ids: Range<i64>| match instance.id {
            InstanceId::Recurrence(at) => ids.contains(&at.as_second()),
            InstanceId::Master => false,
        };
        let mut given = self.instances(Series::new(self.object));
        let mut without = self.instances(Self::series(self.object, std::iter::empty()));
        given.any(|it| reaches_on(it.component) && is_of(it, id..next))
            || without.any(|it| is_of(it, id..next))
            || given.is_truncated()
            || without.is_truncated()
    }

    fn instances(&self, series: Series<'a>) -> Instances<'a> {
        Instances::new(series, self.range.clone(), self.floating, self.limits)
    }
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
