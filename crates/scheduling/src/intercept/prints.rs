//! The objects of one write as they are stored, each once: whoever is told the same mostly has the same copy afterwards, also
//! where what he was told was merged into each copy by itself. A meeting of a thousand is not kept, printed and indexed a
//! thousand times.

use std::sync::Arc;

use calendar::CalendarObject;
use store::StoredIndex;

/// Those that were met until now.
#[derive(Debug, Default)]
pub(super) struct Prints(Vec<Printed>);

/// An object as it is stored.
#[derive(Debug)]
pub(super) struct Printed {
    object: Arc<CalendarObject>,
    pub(super) octets: Arc<[u8]>,
    pub(super) etag: String,
    pub(super) index: Option<Arc<StoredIndex>>,
    /// What it replaced last, and whether that had the same index.
    replaced: Option<(Arc<CalendarObject>, bool)>,
}

impl Prints {
    /// The object, or another one with the same octets.
    pub(super) fn share(&mut self, object: Arc<CalendarObject>) -> Arc<CalendarObject> {
        match self.of(&object) {
            Some(printed) => Arc::clone(&printed.object),
            None => object,
        }
    }

    pub(super) fn of(&mut self, object: &Arc<CalendarObject>) -> Option<&mut Printed> {
        let known = self.0.iter().position(|known| Arc::ptr_eq(&known.object, object));
        let at = known.unwrap_or_else(|| {
            let new = Printed::of(object);
            let is_same = |known: &Printed| known.etag == new.etag && known.octets == new.octets;
            self.0.iter().position(is_same).unwrap_or_else(|| {
                self.0.push(new);
                self.0.len() - 1
            })
        });
        self.0.get_mut(at)
    }
}

impl Printed {
    fn of(object: &Arc<CalendarObject>) -> Self {
        let octets: Arc<[u8]> = object.octets().into();
        let etag = store::etag_of(&octets);
        Self { object: Arc::clone(object), octets, etag, index: None, replaced: None }
    }

    /// Whether an object has the same index.
    pub(super) fn keeps_index_of(&mut self, before: &Arc<CalendarObject>) -> bool {
        match &self.replaced {
            Some((known, keeps)) if Arc::ptr_eq(known, before) => *keeps,
            _ => {
                let keeps = calendar::index::is_unchanged(before, &self.object);
                self.replaced = Some((Arc::clone(before), keeps));
                keeps
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(summary: &str) -> Arc<CalendarObject> {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:u\r\n\
             DTSTAMP:20260101T000000Z\r\nDTSTART:20260101T090000Z\r\nSUMMARY:{summary}\r\n\
             END:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        Arc::new(CalendarObject::parse_stored(text.as_bytes()).unwrap())
    }

    #[test]
    fn objects_with_the_same_octets_are_one() {
        let mut prints = Prints::default();
        let (lunch, again, dinner) = (object("Lunch"), object("Lunch"), object("Dinner"));
        let shared = prints.share(Arc::clone(&lunch));
        assert!(Arc::ptr_eq(&shared, &lunch));
        assert!(Arc::ptr_eq(&prints.share(again), &lunch), "made apart, and the same");
        assert!(Arc::ptr_eq(&prints.share(Arc::clone(&dinner)), &dinner));
        let octets = Arc::clone(&prints.of(&lunch).unwrap().octets);
        assert!(Arc::ptr_eq(&octets, &prints.of(&object("Lunch")).unwrap().octets));
        assert_eq!(prints.0.len(), 2);
    }
}
