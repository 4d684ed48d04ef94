//! sync-collection (RFC 6578): what a client has after any number of syncs is what a full listing gives.

use std::collections::BTreeMap;

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::{Client, document};
use crate::harness::multistatus::Multistatus;
use crate::harness::random::Random;
use crate::harness::samples::{event, lines, meeting};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("an empty token lists everything and no removals", empty_token),
        case("a sync reports each change once, as it is now", changes_once),
        case("a sync without changes is empty and keeps the token", no_change),
        case("a deleted and re-created object is a change, not a removal", recreated),
        case("an object that came and went is reported as gone", came_and_went),
        case("a token that this calendar never gave is refused", invalid_tokens),
        case("a limit truncates with 507 and a token to go on from", limit),
        case("sync from any token agrees with a full listing", laws_of_sync),
        case(
            "the inbox can be synced, and scheduling moves the tokens of the others",
            scheduling_syncs,
        ),
        case("a body that asks for properties gets them", asked_properties),
    ]
}

type Listing = BTreeMap<String, String>;

/// What a PROPFIND of the collection says: path → ETag.
fn listing(client: &Client, collection: &str) -> Listing {
    let path = client.at(collection);
    let answer = client.propfind(&path, "1", &["D:getetag"]).multistatus();
    answer
        .responses
        .iter()
        .filter(|member| member.href != path)
        .map(|member| (member.href.clone(), member.text("D:getetag").to_owned()))
        .collect()
}

/// Carries a sync answer into what a client knows.
fn apply(known: &mut Listing, answer: &Multistatus) {
    for member in &answer.responses {
        match member.status {
            Some(404) => {
                known.remove(&member.href);
            }
            Some(507) => {}
            Some(status) => panic!("{} has status {status}", member.href),
            None => {
                known.insert(member.href.clone(), member.text("D:getetag").to_owned());
            }
        }
    }
}

fn token(answer: &Multistatus) -> String {
    answer.sync_token.clone().expect("RFC 6578 6.4: the answer holds a sync-token")
}

fn empty_token(world: &World) {
    let alice = world.user("alice");
    let calendar = alice.at("calendar/");
    assert!(alice.sync(&calendar, "").multistatus().responses.is_empty());
    for name in ["a", "b", "c"] {
        alice.put(&alice.at(&format!("calendar/{name}.ics")), &event(name, "E")).expect(201);
    }
    alice.delete(&alice.at("calendar/b.ics")).expect(204);
    let answer = alice.sync(&calendar, "").multistatus();
    let mut known = Listing::new();
    apply(&mut known, &answer);
    assert_eq!(known, listing(&alice, "calendar/"));
    assert_eq!(answer.responses.len(), 2, "RFC 6578 3.4: no removals in the first sync");
}

fn changes_once(world: &World) {
    let alice = world.user("alice");
    let calendar = alice.at("calendar/");
    let [a, b, c] = ["a", "b", "c"].map(|name| alice.at(&format!("calendar/{name}.ics")));
    alice.put(&a, &event("a", "1")).expect(201);
    alice.put(&b, &event("b", "1")).expect(201);
    let start = token(&alice.sync(&calendar, "").multistatus());
    alice.put(&a, &event("a", "2")).expect(204);
    alice.put(&a, &event("a", "3")).expect(204);
    alice.delete(&b).expect(204);
    alice.put(&c, &event("c", "1")).expect(201);
    let answer = alice.sync(&calendar, &start).multistatus();
    assert_eq!(answer.hrefs(), [a.as_str(), b.as_str(), c.as_str()]);
    assert_eq!(answer.member(&a).text("D:getetag"), alice.get(&a).etag());
    // RFC 6578 3.2: a removed member has a 404 and nothing else.
    assert_eq!(answer.member(&b).status, Some(404));
    assert!(answer.member(&b).found.is_empty());
    assert_eq!(answer.member(&c).text("D:getetag"), alice.get(&c).etag());
    let rest = alice.sync(&calendar, &token(&answer)).multistatus();
    assert!(rest.responses.is_empty(), "{:?}", rest.hrefs());
}

/// Pitfall Y2. The token is the one that the calendar shows as a property (RFC 6578 4).
fn no_change(world: &World) {
    let alice = world.user("alice");
    let calendar = alice.at("calendar/");
    alice.put(&alice.at("calendar/a.ics"), &event("a", "A")).expect(201);
    let start = token(&alice.sync(&calendar, "").multistatus());
    for _ in 0..3 {
        let answer = alice.sync(&calendar, &start).multistatus();
        assert!(answer.responses.is_empty());
        assert_eq!(token(&answer), start);
    }
    let property = alice.propfind(&calendar, "0", &["D:sync-token"]).multistatus();
    assert_eq!(property.only().text("D:sync-token"), start);
    assert!(start.contains(':'), "RFC 6578 3.2: a sync-token is a URI: {start}");
}

fn recreated(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    alice.put(&path, &event("a", "A")).expect(201);
    let start = token(&alice.sync(&alice.at("calendar/"), "").multistatus());
    alice.delete(&path).expect(204);
    alice.put(&path, &event("a", "B")).expect(201);
    let answer = alice.sync(&alice.at("calendar/"), &start).multistatus();
    assert_eq!(answer.only().text("D:getetag"), alice.get(&path).etag());
}

/// Pitfall Y5: a client with a copy from another route must learn that it is gone.
fn came_and_went(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let start = token(&alice.sync(&alice.at("calendar/"), "").multistatus());
    alice.put(&path, &event("a", "A")).expect(201);
    alice.delete(&path).expect(204);
    let answer = alice.sync(&alice.at("calendar/"), &start).multistatus();
    assert_eq!(answer.only().href, path);
    assert_eq!(answer.only().status, Some(404));
}

/// RFC 6578 3.2: (DAV:valid-sync-token).
fn invalid_tokens(world: &World) {
    let alice = world.user("alice");
    let bob = world.user("bob");
    let real = token(&alice.sync(&alice.at("calendar/"), "").multistatus());
    let tasks = token(&alice.sync(&alice.at("tasks/"), "").multistatus());
    let foreign = token(&bob.sync(&bob.at("calendar/"), "").multistatus());
    for bad in [
        "x",
        "http://example.com/sync/1",
        &format!("{real}0000"),
        &format!("x{real}"),
        &tasks,
        &foreign,
    ] {
        alice.sync(&alice.at("calendar/"), bad).expect_error(403, "D:valid-sync-token");
    }
    // A calendar of the same name is another calendar.
    alice.mkcalendar(&alice.at("work/")).expect(201);
    alice.put(&alice.at("work/a.ics"), &event("a", "A")).expect(201);
    let old = token(&alice.sync(&alice.at("work/"), "").multistatus());
    alice.delete(&alice.at("work/")).expect(204);
    alice.mkcalendar(&alice.at("work/")).expect(201);
    alice.sync(&alice.at("work/"), &old).expect_error(403, "D:valid-sync-token");
}

fn sync_page(client: &Client, token: &str, limit: usize) -> Multistatus {
    let body = document(
        "D:sync-collection",
        &format!(
            "<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>\
             <D:limit><D:nresults>{limit}</D:nresults></D:limit><D:prop><D:getetag/></D:prop>"
        ),
    );
    client.request("REPORT", &client.at("calendar/")).xml(&body).send().multistatus()
}

/// RFC 6578 3.6 and 3.7; pitfall Y4.
fn limit(world: &World) {
    let alice = world.user("alice");
    let calendar = alice.at("calendar/");
    for number in 0..7 {
        let name = format!("e{number}");
        alice.put(&alice.at(&format!("calendar/{name}.ics")), &event(&name, "E")).expect(201);
    }
    let start = token(&alice.sync(&calendar, "").multistatus());
    for number in 0..7 {
        let path = alice.at(&format!("calendar/e{number}.ics"));
        if number % 3 == 0 {
            alice.delete(&path).expect(204);
        } else {
            alice.put(&path, &event(&format!("e{number}"), "F")).expect(204);
        }
    }
    // From nothing, and from a token with changes and removals behind it.
    for (from, mut known) in
        [(String::new(), Listing::new()), (start.clone(), listing(&alice, "calendar/"))]
    {
        if !from.is_empty() {
            known.clear();
            known.extend(
                (0..7).map(|number| (alice.at(&format!("calendar/e{number}.ics")), String::new())),
            );
        }
        let mut at = from;
        let mut pages = 0;
        loop {
            let page = sync_page(&alice, &at, 2);
            pages += 1;
            assert!(pages < 10, "the pages do not end");
            let truncated = page.find(&calendar);
            let members = page.responses.len() - usize::from(truncated.is_some());
            assert!(members <= 2, "RFC 6578 3.7: at most the limit, not {members}");
            apply(&mut known, &page);
            assert_ne!(token(&page), at, "each page goes on");
            at = token(&page);
            match truncated {
                Some(collection) => {
                    assert_eq!(collection.status, Some(507));
                    assert!(
                        collection.error.as_ref().is_some_and(
                            |error| error.contains("D:number-of-matches-within-limits")
                        ),
                        "RFC 6578 3.6"
                    );
                }
                None => break,
            }
        }
        assert!(pages > 1, "two fit on a page");
        assert_eq!(known, listing(&alice, "calendar/"));
        assert_eq!(at, token(&alice.sync(&calendar, "").multistatus()));
    }
}

/// Random writes; clients that synced at any earlier time, in pages of any size, end up with the full listing.
fn laws_of_sync(world: &World) {
    let alice = world.user("alice");
    for seed in 1..=3 {
        let mut random = Random::from_seed(seed);
        let mut clients: Vec<(String, Listing)> = vec![(String::new(), Listing::new())];
        for step in 0..60 {
            let name = format!("s{seed}-{}", random.below(8));
            let path = alice.at(&format!("calendar/{name}.ics"));
            if random.below(3) == 0 {
                alice.delete(&path).expect_any(&[204, 404]);
            } else {
                alice.put(&path, &event(&name, &format!("Step {step}"))).expect_any(&[201, 204]);
            }
            if random.below(5) == 0 {
                let answer = alice.sync(&alice.at("calendar/"), "").multistatus();
                let mut known = Listing::new();
                apply(&mut known, &answer);
                assert_eq!(known, listing(&alice, "calendar/"), "seed {seed}, step {step}");
                clients.push((token(&answer), known));
            }
            if random.below(4) == 0 {
                let last = clients.len();
                let (at, known) = &mut clients[random.below(last)];
                let answer = alice.sync(&alice.at("calendar/"), at).multistatus();
                apply(known, &answer);
                *at = token(&answer);
                assert_eq!(*known, listing(&alice, "calendar/"), "seed {seed}, step {step}");
            }
        }
        let full = listing(&alice, "calendar/");
        for (mut at, mut known) in clients {
            let size = 1 + random.below(4);
            for _ in 0..100 {
                let page = sync_page(&alice, &at, size);
                apply(&mut known, &page);
                at = token(&page);
                if page.find(&alice.at("calendar/")).is_none() {
                    break;
                }
            }
            assert_eq!(known, full, "seed {seed}, pages of {size}");
        }
    }
}

/// Design section 2.2: the sync log of every touched collection.
fn scheduling_syncs(world: &World) {
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    let [inbox, calendar] = ["inbox/", "calendar/"].map(|path| {
        let answer = bob.sync(&bob.at(path), "").multistatus();
        assert!(answer.responses.is_empty());
        token(&answer)
    });
    alice.put(&alice.at("calendar/m.ics"), &meeting("m", "M", "alice", &["bob"])).expect(201);
    let came = bob.sync(&bob.at("inbox/"), &inbox).multistatus();
    assert!(came.only().found.contains_key("D:getetag"));
    let came = bob.sync(&bob.at("calendar/"), &calendar).multistatus();
    assert!(came.only().found.contains_key("D:getetag"));
    // Deleting the inbox item is a change there, and tells nobody.
    let alices = token(&alice.sync(&alice.at("inbox/"), "").multistatus());
    let item = bob.sync(&bob.at("inbox/"), &inbox).multistatus().only().href.clone();
    bob.delete(&item).expect(204);
    assert_eq!(bob.sync(&bob.at("inbox/"), &inbox).multistatus().only().status, Some(404));
    assert!(alice.sync(&alice.at("inbox/"), &alices).multistatus().responses.is_empty());
}

/// tsdav asks so, without a Depth; Thunderbird with Depth 1.
fn asked_properties(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    alice.put(&path, &event("a", "A")).expect(201);
    let body = document(
        "D:sync-collection",
        "<D:sync-token/><D:sync-level>1</D:sync-level>\
         <D:prop><D:getetag/><D:getcontenttype/><C:calendar-data/><D:displayname/></D:prop>",
    );
    for depth in [None, Some("0"), Some("1")] {
        let mut request = alice.request("REPORT", &alice.at("calendar/")).xml(&body);
        if let Some(depth) = depth {
            request = request.header("Depth", depth);
        }
        let answer = request.send().multistatus();
        let member = answer.member(&path);
        assert!(member.text("D:getcontenttype").starts_with("text/calendar"));
        assert_eq!(lines(member.text("C:calendar-data")), lines(&event("a", "A")));
    }
}
