//! DAV:sync-collection (RFC 6578), as clients run it.

use super::{Answer, Server};
use crate::xml::names;

const CALENDAR: &str = "/dav/calendars/alice/calendar/";

impl Server {
    async fn sync(&self, path: &str, token: &str, more: &str) -> Answer {
        let body = format!(
            "<sync-collection xmlns='DAV:'><sync-token>{token}</sync-token>\
             <sync-level>1</sync-level>{more}<prop><getcontenttype/><getetag/></prop></sync-collection>"
        );
        self.send("alice", &format!("REPORT {path}"), "Depth: 1", &body).await
    }

    async fn put_event(&self, name: &str, day: u32) {
        let body = super::event_on(name, day);
        let answer = self.send("alice", &format!("PUT {CALENDAR}{name}"), "", &body).await;
        assert!(answer.status.is_success(), "{}", answer.body);
    }

    async fn remove(&self, name: &str) {
        let answer = self.send("alice", &format!("DELETE {CALENDAR}{name}"), "", "").await;
        assert_eq!(answer.status, 204);
    }
}

impl Answer {
    fn sync_token(&self) -> String {
        self.xml().find(names::SYNC_TOKEN).expect("a sync-token").text().into_owned()
    }

    /// Each response as its last path segment and its status: of the propstat, or its own.
    fn changes(&self) -> Vec<(String, u16)> {
        assert_eq!(self.status, 207, "{}", self.body);
        let body = self.xml();
        let changes = body.find_all(names::RESPONSE).map(|response| {
            let href = response.find(names::HREF).unwrap().text().into_owned();
            let propstat = response.find(names::PROPSTAT);
            assert_ne!(propstat.is_some(), response.find(names::STATUS).is_some());
            let status = propstat.unwrap_or(response).find(names::STATUS).unwrap().text();
            let code = status.split(' ').nth(1).unwrap().parse().unwrap();
            (href.trim_end_matches('/').rsplit('/').next().unwrap().to_owned(), code)
        });
        let mut changes: Vec<_> = changes.collect();
        changes.sort();
        changes
    }
}

fn changed(names: &[&str]) -> Vec<(String, u16)> {
    names.iter().map(|name| ((*name).to_owned(), 200)).collect()
}

#[tokio::test]
async fn each_report_tells_what_changed_since_the_one_before() {
    let server = Server::start().await;
    let empty = server.sync(CALENDAR, "", "").await;
    assert_eq!(empty.changes(), []);
    server.put_event("a.ics", 4).await;
    server.put_event("b.ics", 5).await;
    let first = server.sync(CALENDAR, "", "").await;
    assert_eq!(first.changes(), changed(&["a.ics", "b.ics"]));
    let etag = first.property(&format!("{CALENDAR}a.ics"), names::GETETAG).unwrap().1;
    assert!(etag.text().starts_with('"'));
    assert_eq!(server.sync(CALENDAR, &empty.sync_token(), "").await.changes(), first.changes());

    // RFC 6578 3.5.1 and 3.5.2
    server.put_event("b.ics", 6).await;
    server.put_event("c.ics", 7).await;
    server.remove("a.ics").await;
    server.put_event("d.ics", 8).await;
    server.remove("d.ics").await;
    let second = server.sync(CALENDAR, &first.sync_token(), "").await;
    let expected = [("a.ics", 404), ("b.ics", 200), ("c.ics", 200), ("d.ics", 404)];
    assert_eq!(second.changes(), expected.map(|(name, status)| (name.to_owned(), status)));
    // Removed and mapped again: changed, not removed.
    server.remove("b.ics").await;
    server.put_event("b.ics", 9).await;
    assert_eq!(
        server.sync(CALENDAR, &second.sync_token(), "").await.changes(),
        changed(&["b.ics"])
    );
    // 3.4: no removed members in the first report.
    assert_eq!(server.sync(CALENDAR, "", "").await.changes(), changed(&["b.ics", "c.ics"]));
}

#[tokio::test]
async fn an_unchanged_collection_keeps_its_token() {
    let server = Server::start().await;
    server.put_event("a.ics", 4).await;
    let token = server.sync(CALENDAR, "", "").await.sync_token();
    let again = server.sync(CALENDAR, &token, "").await;
    assert_eq!((again.changes(), again.sync_token()), (vec![], token.clone()));
    let found = server.propfind(CALENDAR, "0", "<sync-token/>").await;
    assert_eq!(found.property(CALENDAR, names::SYNC_TOKEN).unwrap().1.text(), token);
}

#[tokio::test]
async fn members_made_and_removed_after_the_first_empty_report_are_told() {
    let server = Server::start().await;
    let token = server.sync(CALENDAR, "", "").await.sync_token();
    server.put_event("a.ics", 4).await;
    server.remove("a.ics").await;
    // RFC 6578 3.5.2
    let changes = server.sync(CALENDAR, &token, "").await.changes();
    assert_eq!(changes, [("a.ics".to_owned(), 404)]);
}

#[tokio::test]
async fn a_limit_cuts_the_answer_and_its_token_goes_on() {
    let server = Server::start().await;
    let names: Vec<String> = (0..20).map(|number| format!("{number:02}.ics")).collect();
    for name in &names {
        server.put_event(name, 4).await;
    }
    for limit in [1, 6, 7, 8, 19, 20, 21] {
        let limited = format!("<limit><nresults>{limit}</nresults></limit>");
        let mut token = String::new();
        let mut seen = Vec::new();
        loop {
            let page = server.sync(CALENDAR, &token, &limited).await;
            token = page.sync_token();
            // RFC 6578 3.6: 507 for the collection itself.
            let (members, truncation): (Vec<_>, Vec<_>) =
                page.changes().into_iter().partition(|(name, _)| name.ends_with(".ics"));
            assert!(members.len() <= limit, "{limit}");
            seen.extend(members.into_iter().map(|(name, _)| name));
            if truncation.is_empty() {
                break;
            }
            assert_eq!(truncation, [("calendar".to_owned(), 507)]);
            assert!(page.body.contains("<D:number-of-matches-within-limits/>"));
        }
        assert_eq!(seen, names, "{limit}");
    }
}

#[tokio::test]
async fn tokens_of_elsewhere_are_refused() {
    let server = Server::start().await;
    server.put_event("a.ics", 4).await;
    let token = server.sync(CALENDAR, "", "").await.sync_token();
    let tasks = server.sync("/dav/calendars/alice/tasks/", "", "").await.sync_token();
    let (state, change) = token.rsplit_once(':').unwrap();
    let future = format!("{state}:{}", change.parse::<u64>().unwrap() + 1);
    for token in ["0", "null", "data:,x", "urn:convene:sync:other:1:1", &tasks, &future] {
        let answer = server.sync(CALENDAR, token, "").await;
        assert_eq!(answer.status, 403, "{token}");
        assert_eq!(answer.precondition(), "DAV:valid-sync-token", "{token}");
    }
}

#[tokio::test]
async fn the_body_follows_the_grammar() {
    let server = Server::start().await;
    let token = "<sync-token/>";
    let level = "<sync-level>1</sync-level>";
    for (path, depth, inside, status) in [
        (CALENDAR, "0", format!("{token}{level}<prop/>"), 207),
        (CALENDAR, "", format!("{token}{level}<prop/>"), 207),
        (CALENDAR, "1", format!("{token}<sync-level>infinite</sync-level><prop/>"), 207),
        // RFC 6578 appendix A
        (CALENDAR, "1", format!("{token}<prop/>"), 207),
        (CALENDAR, "0", format!("{token}<prop/>"), 400),
        (CALENDAR, "", format!("{token}<prop/>"), 400),
        (CALENDAR, "1", format!("{level}<prop/>"), 400),
        (CALENDAR, "1", format!("{token}<sync-level>bogus</sync-level><prop/>"), 400),
        (CALENDAR, "1", format!("{token}{level}<limit/><prop/>"), 400),
        (CALENDAR, "1", format!("{token}{level}<limit><nresults>0</nresults></limit><prop/>"), 400),
        ("/dav/calendars/alice/inbox/", "1", format!("{token}{level}<prop/>"), 207),
        // 3.2: DAV:supported-report-set says where
        ("/dav/calendars/alice/", "1", format!("{token}{level}<prop/>"), 403),
        ("/dav/calendars/alice/gone/", "1", format!("{token}{level}<prop/>"), 404),
    ] {
        let body = format!("<sync-collection xmlns='DAV:'>{inside}</sync-collection>");
        let headers = if depth.is_empty() { String::new() } else { format!("Depth: {depth}") };
        let answer = server.send("alice", &format!("REPORT {path}"), &headers, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {inside}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_property_change_moves_the_token_but_lists_no_member() {
    let server = Server::start().await;
    server.put_event("a.ics", 4).await;
    let token = server.sync(CALENDAR, "", "").await.sync_token();
    server.proppatch(CALENDAR, "<set><prop><displayname>New</displayname></prop></set>").await;
    let after = server.sync(CALENDAR, &token, "").await;
    assert_eq!(after.changes(), []);
    assert_ne!(after.sync_token(), token);
}
