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
