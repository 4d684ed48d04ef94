//! What the store costs: `cargo bench -p store`. SQLite in a temporary folder; with `CONVENE_BENCH_DATABASE` another.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that fails ends")]

use std::cell::Cell;
use std::sync::{Arc, LazyLock};

use divan::Bencher;
use jiff::Timestamp;
use store::{
    Booking, BookingMode, Collection, CollectionKind, ComponentKind, ComponentSet, IndexQuery,
    IndexSpan, LockKey, NewCollection, NewPrincipal, ObjectChange, ObjectWrite, ObjectWriter,
    OpenOptions, PrincipalKind, Provenance, PutObject, Reindex, Store, StoredIndex, StoredIndexRow,
};
use tokio::runtime::Runtime;

const USERS: usize = 50;
const OBJECTS: usize = 10_000;

fn main() {
    divan::main();
}

struct World {
    runtime: Runtime,
    store: Store,
    writer: ObjectWriter,
    calendars: Vec<Collection>,
    inboxes: Vec<Collection>,
    _folder: tempfile::TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = std::env::var("CONVENE_BENCH_DATABASE")
        .unwrap_or_else(|_| format!("sqlite:{}", folder.path().join("store.db").display()));
    let (store, calendars, inboxes) = runtime.block_on(populate(&url));
    let writer = store.object_writer().unwrap();
    let world = World { runtime, store, writer, calendars, inboxes, _folder: folder };
    let writes: Vec<_> = (0..OBJECTS)
        .map(|number| {
            put(&world.calendars[0], &format!("{number:05}.ics"), number, indexed(number))
        })
        .collect();
    for batch in writes.chunks(500) {
        write(&world, &[], batch);
    }
    world
});

async fn populate(url: &str) -> (Store, Vec<Collection>, Vec<Collection>) {
    let store = Store::open(url, OpenOptions::default()).await.unwrap();
    let (mut calendars, mut inboxes) = (Vec::new(), Vec::new());
    let mut tx = store.write(&[]).await.unwrap();
    for number in 0..USERS {
        let name = format!("user{number}");
        let new = NewPrincipal {
            name: &name,
            kind: PrincipalKind::User,
            display_name: None,
            admin: false,
            booking: Booking::new(BookingMode::Manual),
        };
        let owner = tx.add_principal(&new, Timestamp::UNIX_EPOCH).await.unwrap().id;
        for (name, kind, list) in [
            ("calendar", CollectionKind::Calendar, &mut calendars),
            ("inbox", CollectionKind::Inbox, &mut inboxes),
        ] {
            let components = ComponentSet::all();
            let new =
                NewCollection { owner, name, kind, components, timezone: None, transparent: false };
            list.push(tx.add_collection(&new, Timestamp::UNIX_EPOCH).await.unwrap());
        }
    }
    tx.commit().await.unwrap();
    (store, calendars, inboxes)
}

#[divan::bench]
fn get(bencher: Bencher) {
    let world = &*WORLD;
    bencher.bench_local(|| {
        world.runtime.block_on(async {
            let mut read = world.store.read().await.unwrap();
            read.find_content("user0", "calendar", "00500.ics").await.unwrap()
        })
    });
}

#[divan::bench]
fn multiget_100(bencher: Bencher) {
    let world = &*WORLD;
    let names: Vec<String> = (0..100).map(|number| format!("{:05}.ics", number * 90)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    bencher.bench_local(|| {
        world.runtime.block_on(async {
            let mut read = world.store.read().await.unwrap();
            read.list_objects_by_names(world.calendars[0].id, &names).await.unwrap()
        })
    });
}

#[divan::bench]
fn list_1000_members(bencher: Bencher) {
    let world = &*WORLD;
    bencher.bench_local(|| {
        world.runtime.block_on(async {
            let mut read = world.store.read().await.unwrap();
            read.list_members(world.calendars[0].id, None, 1000).await.unwrap()
        })
    });
}

#[divan::bench]
fn sync_when_nothing_changed(bencher: Bencher) {
    let world = &*WORLD;
    bencher.bench_local(|| {
        world.runtime.block_on(async {
            let mut read = world.store.read().await.unwrap();
            let collection = read.find_collection("user0", "calendar").await.unwrap().unwrap();
            read.list_changes_since(collection.id, Some(collection.change), 1000).await.unwrap()
        })
    });
}

#[divan::bench]
fn hits_of_a_month(bencher: Bencher) {
    let world = &*WORLD;
    bencher.bench_local(|| {
        world.runtime.block_on(async {
            let mut read = world.store.read().await.unwrap();
            let (seconds, end) = (0..=i64::MAX, Timestamp::UNIX_EPOCH);
            let query = IndexQuery {
                span: &IndexSpan { buckets: 3..=4, seconds, end },
                kinds: &[],
                after: None,
                limit: 1000,
            };
            read.list_hits(world.calendars[0].id, &query).await.unwrap()
        })
    });
}

#[divan::bench]
fn replace_keeping_the_index(bencher: Bencher) {
    let world = &*WORLD;
    let number = Cell::new(0);
    bencher.bench_local(|| {
        number.set(number.get() + 1);
        let put = put(&world.calendars[0], "00500.ics", number.get(), Reindex::Keep);
        write(world, &[LockKey::Uid("uid")], &[put]);
    });
}

#[divan::bench]
fn replace_with_index(bencher: Bencher) {
    let world = &*WORLD;
    let number = Cell::new(0);
    bencher.bench_local(|| {
        number.set(number.get() + 1);
        let put = put(&world.calendars[0], "00500.ics", number.get(), indexed(number.get()));
        write(world, &[LockKey::Uid("uid")], &[put]);
    });
}

#[divan::bench]
fn deliver_to_50(bencher: Bencher) {
    let world = &*WORLD;
    let number = Cell::new(0);
    bencher.bench_local(|| {
        number.set(number.get() + 1);
        let name = format!("delivered-{}.ics", number.get());
        let calendars = world.calendars.iter().chain(&world.inboxes);
        let writes: Vec<_> = calendars
            .map(|collection| put(collection, &name, number.get(), indexed(number.get())))
            .collect();
        write(world, &[LockKey::Uid("uid")], &writes);
    });
}

/// Ten at once, as ten clients do: the time of all of them.
#[divan::bench]
fn ten_writers_at_once(bencher: Bencher) {
    let world = &*WORLD;
    let number = Cell::new(0);
    bencher.bench_local(|| {
        number.set(number.get() + 1);
        let writers = (0..10).map(|user| {
            let write = put(&world.calendars[user], "own.ics", number.get(), indexed(user));
            tokio::spawn(async move {
                let mut tx = world.writer.begin(&[LockKey::Uid("uid")]).await.unwrap();
                tx.write_objects(&provenance(), &[write]).await.unwrap();
                tx.commit().await.unwrap();
            })
        });
        world.runtime.block_on(async { futures_util::future::join_all(writers).await });
    });
}

fn write(world: &World, locks: &[LockKey<'_>], writes: &[ObjectWrite]) {
    world.runtime.block_on(async {
        let mut tx = world.writer.begin(locks).await.unwrap();
        tx.write_objects(&provenance(), writes).await.unwrap();
        tx.commit().await.unwrap();
    });
}

fn provenance() -> Provenance<'static> {
    Provenance { at: Timestamp::UNIX_EPOCH, actor: "user0", client: "bench", request_id: "1" }
}

fn put(collection: &Collection, name: &str, number: usize, index: Reindex) -> ObjectWrite {
    let octets = format!("BEGIN:VCALENDAR\r\n{:1000}{number}\r\nEND:VCALENDAR\r\n", "");
    let object = PutObject {
        uid: format!("{name}@example.com"),
        kind: ComponentKind::Event,
        etag: store::etag_of(octets.as_bytes()),
        octets: Arc::from(octets.into_bytes()),
        schedule_tag: Some(format!("tag-{number}")),
        scheduled: true,
        index,
        participation: "A".to_owned(),
    };
    let change = ObjectChange::Put(object);
    ObjectWrite { collection: collection.id, name: name.to_owned(), change }
}

fn indexed(number: usize) -> Reindex {
    let bucket = i32::try_from(number % 130).unwrap();
    let rows =
        vec![StoredIndexRow { bucket, starts: i64::MIN, ends: i64::MAX, packed: vec![1; 24] }];
    Reindex::Replace(Arc::new(StoredIndex { rows, indexed_until: None }))
}
