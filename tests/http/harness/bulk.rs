//! Many events at once, put into the database of a server that does not run just then.

use std::sync::Arc;

use calendar::{CalendarObject, Limits};
use jiff::Timestamp;
use store::{
    CollectionId, ComponentKind, ObjectChange, ObjectWrite, OpenOptions, Provenance, PutObject,
    Reindex, Store, StoredIndex, StoredIndexRow, etag_of,
};
use tokio::runtime::Runtime;

/// Writes the events, calendar objects whose names are their numbers, into a calendar of a home.
pub(crate) fn fill(
    database: &str,
    home: &str,
    calendar: &str,
    events: impl Iterator<Item = String>,
) {
    const BATCH: usize = 1_000;
    let runtime = Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let options = OpenOptions::default();
        let store = Store::open(database, options).await.expect("the database can be opened");
        let writer = store.object_writer().expect("nobody else writes");
        let mut read = store.read().await.expect("the store can be read");
        let found = read.find_collection(home, calendar).await.expect("the store can be read");
        let collection = found.expect("the calendar is there").id;
        drop(read);
        let mut writes =
            events.enumerate().map(|(number, event)| write(collection, number, &event));
        let now = Timestamp::from_second(1_767_225_600).expect("a moment");
        let provenance = Provenance { at: now, actor: home, client: "tests", request_id: "bulk" };
        loop {
            let batch: Vec<ObjectWrite> = writes.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let mut tx = writer.begin(&[]).await.expect("a transaction begins");
            tx.write_objects(&provenance, &batch).await.expect("the events are written");
            tx.commit().await.expect("the events are committed");
        }
        store.close().await.expect("the database can be closed");
    });
}

fn write(collection: CollectionId, number: usize, event: &str) -> ObjectWrite {
    let horizon = Timestamp::from_second(1_830_297_600).expect("a moment"); // in 2028
    let object = CalendarObject::parse_stored(event.as_bytes()).expect("an event");
    let index = calendar::index::index(&object, horizon, &Limits::default());
    let row = |row: &calendar::IndexRow| StoredIndexRow {
        bucket: row.bucket,
        starts: *row.seconds().start(),
        ends: *row.seconds().end(),
        packed: row.pack(),
    };
    let index = StoredIndex {
        rows: index.rows.iter().map(row).collect(),
        indexed_until: index.indexed_until,
    };
    let object = PutObject {
        uid: object.uid().as_str().to_owned(),
        kind: ComponentKind::Event,
        octets: event.as_bytes().into(),
        etag: etag_of(event.as_bytes()),
        schedule_tag: None,
        scheduled: false,
        index: Reindex::Replace(Arc::new(index)),
        participation: "-".to_owned(),
    };
    ObjectWrite { collection, name: format!("{number}.ics"), change: ObjectChange::Put(object) }
}
