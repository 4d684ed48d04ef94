//! What is done with an object, piece by piece: for the bench of time, and the test of memory.

use std::hint::black_box;

use calendar::diff::diff;
use calendar::freebusy::FreeBusy;
use calendar::index::index;
use calendar::select::{CalendarDataRequest, Recurrence};
use calendar::{CalendarObject, Message, Zone};

use crate::{hostile, targets};

/// Hands each piece of work to `measure`, with its name.
pub(crate) fn each(octets: &[u8], measure: &mut dyn FnMut(&str, &mut dyn FnMut())) {
    let limits = targets::limits();
    measure("parse", &mut || give(CalendarObject::parse(octets, &limits)));
    measure("parse a message", &mut || give(Message::parse(octets, &limits)));
    let Ok(object) = CalendarObject::parse_stored(octets) else {
        return;
    };
    let utc = Zone::utc();
    let year = targets::year();
    measure("all instances", &mut || give(object.all_instances(&utc, &limits).count()));
    measure("a year", &mut || give(object.instances(year.clone(), &utc, &limits).count()));
    measure("index", &mut || give(index(&object, year.end, &limits)));
    for (work, recurrence) in [
        ("expand", Recurrence::Expand(year.clone())),
        ("limit", Recurrence::LimitSet(year.clone())),
    ] {
        let request = CalendarDataRequest { recurrence, ..CalendarDataRequest::default() };
        measure(work, &mut || give(request.select(&object, &utc, &limits)));
    }
    measure("busy", &mut || {
        let mut busy = FreeBusy::new(year.clone());
        busy.add_object(&object, "-", &utc, &limits);
        give(busy.periods());
    });
    measure("diff", &mut || give(diff(&object, &object)));
    measure("edit", &mut || targets::edit(octets));
    for (name, filter) in hostile::filters() {
        let work = format!("filter: {name}");
        measure(&work, &mut || give(filter.matches(&object, &utc, &limits)));
    }
}

/// Takes a result, so that it has to be worked out.
fn give<T>(result: T) {
    drop(black_box(result));
}
