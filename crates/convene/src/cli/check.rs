//! `convene check`: contradictions in the database.

use anyhow::bail;
use calendar::CalendarObject;
use clap::Args;
use serde::Serialize;
use store::{
    Collection, ObjectRow, Octets, Principal, Store, StoredIndex, StoredIndexRow, etag_of,
};

use super::{output::Output, with_store};
use crate::config::Config;

/// Rows read at a time.
const PAGE: u32 = 200;

#[derive(Debug, Args)]
pub(super) struct Check {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Something that must not be.
#[derive(Serialize)]
struct Finding {
    place: String,
    rule: String,
}

impl Check {
    pub(super) fn run(self, config: &Config, mut out: Output) -> anyhow::Result<()> {
        with_store(config, async |store| {
            let violations = store.check().await?;
            let mut findings: Vec<Finding> = violations
                .into_iter()
                .map(|violation| Finding {
                    place: violation.place,
                    rule: violation.rule.to_owned(),
                })
                .collect();
            let objects = check_objects(&store, &config.limits.calendar(), &mut findings).await?;
            if self.json {
                out.json(&findings)?;
            } else {
                for Finding { place, rule } in &findings {
                    out.line(&format!("{place}: {rule}"))?;
                }
            }
            match findings.len() {
                0 if self.json => Ok(()),
                0 => out.line(&format!("{}, nothing wrong.", count(objects, "object"))),
                wrong => {
                    bail!("{} in {}.", count(wrong, "contradiction"), count(objects, "object"))
                }
            }
        })
    }
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Reads every object as a client would get it; how many there are.
async fn check_objects(
    store: &Store,
    limits: &calendar::Limits,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<usize> {
    let mut snapshot = store.read_consistently().await?;
    let mut objects = 0;
    let mut after: Option<String> = None;
    loop {
        let principals = snapshot.list_principals(after.as_deref(), PAGE).await?;
        let Some(last) = principals.last() else { return Ok(objects) };
        after = Some(last.name.clone());
        for principal in &principals {
            for collection in snapshot.list_collections(principal.id).await? {
                objects +=
                    check_collection(&mut snapshot, principal, &collection, limits, findings)
                        .await?;
            }
        }
    }
}

async fn check_collection(
    snapshot: &mut store::Snapshot,
    principal: &Principal,
    collection: &Collection,
    limits: &calendar::Limits,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<usize> {
    let mut objects = 0;
    let mut after: Option<String> = None;
    loop {
        let rows = snapshot.list_members(collection.id, after.as_deref(), PAGE).await?;
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        let Some(last) = names.last() else { return Ok(objects) };
        after = Some((*last).to_owned());
        for (row, octets) in snapshot.list_objects_by_names(collection.id, &names).await? {
            objects += 1;
            let index = snapshot.load_index(&row).await?;
            if let Some(rule) = contradiction(&row, &octets, &index, collection, limits) {
                let place = format!("{}/{}/{}", principal.name, collection.name, row.name);
                findings.push(Finding { place, rule });
            }
        }
    }
}

/// What the octets of an object say against its row.
fn contradiction(
    row: &ObjectRow,
    octets: &Octets,
    index: &StoredIndex,
    collection: &Collection,
    limits: &calendar::Limits,
) -> Option<String> {
    if etag_of(octets) != row.etag {
        return Some("the ETag is that of the octets".to_owned());
    }
    if collection.kind == store::CollectionKind::Inbox {
        let message = calendar::Message::parse(octets, limits);
        return match message {
            Err(error) => Some(format!("an inbox item is an iTIP message ({error})")),
            Ok(message) if message.uid().as_str() != row.uid => {
                Some("the UID is that in the octets".to_owned())
            }
            Ok(_) => None,
        };
    }
    match CalendarObject::parse_stored(octets) {
        Err(error) => Some(format!("a calendar object can be read ({error})")),
        Ok(object) if object.uid().as_str() != row.uid => {
            Some("the UID is that in the octets".to_owned())
        }
        Ok(object) if object.kind().as_str() != row.kind.as_str() => {
            Some("the kind of component is that in the octets".to_owned())
        }
        Ok(object) if !is_index_of(index, &object, limits) => {
            Some("the index has the instances of the octets, up to where it ends".to_owned())
        }
        Ok(_) => None,
    }
}

/// Wherever the horizon is just now: an index that ends early is no contradiction.
fn is_index_of(stored: &StoredIndex, object: &CalendarObject, limits: &calendar::Limits) -> bool {
    let made = calendar::index::index_until(object, stored.indexed_until, limits);
    stored.indexed_until == made.indexed_until
        && stored.rows.len() == made.rows.len()
        && stored.rows.iter().zip(&made.rows).all(|(stored, made)| is_row_of(stored, made))
}

/// Rows from before bounds were kept have the widest.
fn is_row_of(stored: &StoredIndexRow, made: &calendar::IndexRow) -> bool {
    let seconds = made.seconds();
    stored.bucket == made.bucket
        && stored.starts <= *seconds.start()
        && stored.ends >= *seconds.end()
        && stored.packed == made.pack()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_held_against_the_octets() {
        let octets = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n\
            DTSTART:20260105T090000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY\r\n\
            END:VEVENT\r\nEND:VCALENDAR\r\n";
        let limits = calendar::Limits::default();
        let object = CalendarObject::parse(octets, &limits).unwrap();
        let stored_up_to = |horizon: &str| {
            let made = calendar::index::index(&object, horizon.parse().unwrap(), &limits);
            let row = |row: &calendar::IndexRow| StoredIndexRow {
                bucket: row.bucket,
                starts: *row.seconds().start(),
                ends: *row.seconds().end(),
                packed: row.pack(),
            };
            let rows = made.rows.iter().map(row).collect();
            StoredIndex { rows, indexed_until: made.indexed_until }
        };
        let [short, long] = ["2026-06-01T00:00:00Z", "2028-01-01T00:00:00Z"].map(stored_up_to);
        assert!(is_index_of(&short, &object, &limits), "wherever the horizon is");
        assert!(is_index_of(&long, &object, &limits));

        let mixed = StoredIndex { indexed_until: long.indexed_until, ..short.clone() };
        let complete = StoredIndex { indexed_until: None, ..long.clone() };
        let mut moved = long.clone();
        moved.rows[0].bucket -= 1;
        let mut late = long.clone();
        late.rows[1].starts += 1;
        let mut damaged = long;
        damaged.rows[1].packed.pop();
        for wrong in [mixed, complete, moved, late, damaged] {
            assert!(!is_index_of(&wrong, &object, &limits), "{wrong:?}");
        }
    }
}
