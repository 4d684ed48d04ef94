//! Finding people, and following the addresses in their properties (RFC 3253 3.8, RFC 3744 9.4 and 9.5).

use super::{Answer, NAMESPACES, Server};

impl Server {
    async fn report_on(&self, path: &str, headers: &str, root: &str, inside: &str) -> Answer {
        let name = root.split_whitespace().next().unwrap();
        let body = format!("<{root} {NAMESPACES}>{inside}</{name}>");
        self.send("alice", &format!("REPORT {path}"), headers, &body).await
    }

    async fn search(&self, attributes: &str, inside: &str) -> Answer {
        let root = format!("principal-property-search {attributes}");
        let inside = format!("{inside}<prop><displayname/><CS:email-address-set/></prop>");
        self.report_on("/dav/principals/", "Depth: 0", &root, &inside).await
    }
}

const ALICE: &str = "/dav/principals/alice/";
const BOB: &str = "/dav/principals/bob/";

#[tokio::test]
async fn people_are_found_by_name_and_address() {
    let server = Server::start().await;
    let by = |property: &str, text: &str| {
        format!(
            "<property-search><prop><{property}/></prop><match>{text}</match></property-search>"
        )
    };
    let by_how = |text: &str, how: &str| {
        by("displayname", text).replace("<match>", &format!("<match match-type='{how}'>"))
    };
    for (attributes, inside, expected) in [
        ("", by("displayname", "BOB"), &[BOB][..]),
        ("", by("displayname", "family"), &[ALICE, BOB]),
        ("", by("CS:email-address-set", "ob@exam"), &[BOB]),
        ("", by("C:calendar-user-address-set", "mailto:bob@"), &[BOB]),
        ("", by("C:calendar-user-type", "individual"), &[ALICE, BOB]),
        // RFC 3744 9.4: "and", of properties and of searches
        ("", by("displayname", "family") + &by("CS:email-address-set", "alice@"), &[ALICE]),
        (
            "",
            by("displayname", "bob")
                .replace("<displayname/>", "<displayname/><CS:email-address-set/>"),
            &[BOB],
        ),
        ("", by("CS:first-name", "bob"), &[]),
        ("", by("displayname", "nobody"), &[]),
        ("", String::new(), &[ALICE, BOB]),
        // calendarserver.org's attributes
        ("test='anyof'", by("CS:first-name", "bob") + &by("displayname", "bob"), &[BOB]),
        ("", by_how("fam", "starts-with"), &[ALICE, BOB]),
        ("", by_how("amily", "starts-with"), &[]),
        ("", by_how("bob &amp; family", "equals"), &[BOB]),
        ("type='ROOM'", by("displayname", "bob"), &[]),
    ] {
        let answer = server.search(attributes, &inside).await;
        assert_eq!(answer.status, 207, "{inside}: {}", answer.body);
        assert_eq!(answer.hrefs(), expected, "{inside}");
    }
    let answer = server.search("", &by("displayname", "bob")).await;
    assert!(
        answer.body.contains("<CS:email-address>bob@example.com</CS:email-address>"),
        "{}",
        answer.body
    );

    for (headers, inside) in [
        ("Depth: 1", by("displayname", "bob")),
        ("", "<property-search><prop/><match>bob</match></property-search>".to_owned()),
        ("", "<property-search><prop><displayname/></prop></property-search>".to_owned()),
        ("", by("displayname", "bob").repeat(33)),
    ] {
        let answer = server
            .report_on("/dav/principals/", headers, "principal-property-search", &inside)
            .await;
        assert_eq!(answer.status, 400, "{headers} {inside}");
    }
    let few = Server::start_with(|config| config.max_matches = 1).await;
    let answer = few.search("", &by("displayname", "family")).await;
    assert!(
        answer.body.contains("507") && answer.body.contains("number-of-matches"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn people_are_found_by_what_somebody_types() {
    let server = Server::start().await;
    for (attributes, inside, expected) in [
        ("context='attendee'", "<CS:search-token>BOB</CS:search-token>", &[BOB][..]),
        (
            "",
            "<CS:search-token>fam</CS:search-token><CS:search-token>ali</CS:search-token>",
            &[ALICE],
        ),
        ("context='location'", "<CS:search-token>bob</CS:search-token>", &[]),
        ("context='user'", "<CS:search-token>example</CS:search-token>", &[ALICE, BOB]),
        (
            "",
            "<CS:search-token>example</CS:search-token><CS:limit><CS:nresults>1</CS:nresults></CS:limit>",
            &[ALICE],
        ),
    ] {
        let root = format!("CS:calendarserver-principal-search {attributes}");
        let inside = format!("<prop><displayname/></prop>{inside}");
        for path in ["/dav/principals/", "/dav/", "/"] {
            let answer = server.report_on(path, "Depth: 0", &root, &inside).await;
            assert_eq!(answer.status, 207, "{inside}: {}", answer.body);
            assert_eq!(answer.hrefs(), expected, "{path} {inside}");
        }
    }
}

#[tokio::test]
async fn what_can_be_searched_is_told() {
    let server = Server::start().await;
    let report = "principal-search-property-set";
    let answer = server.report_on("/dav/principals/", "Depth: 0", report, "").await;
    assert_eq!(answer.status, 200);
    for name in ["<D:displayname/>", "<CS:email-address-set/>", "<C:calendar-user-address-set/>"] {
        assert!(answer.body.contains(name), "{name} in {}", answer.body);
    }
    let calendar = "/dav/calendars/alice/calendar/";
    let answer = server.report_on(calendar, "Depth: 0", report, "").await;
    assert_eq!(answer.status, 403, "{}", answer.body);
}

#[tokio::test]
async fn properties_are_expanded() {
    let server = Server::start().await;
    let property = |name: &str, namespace: &str, inside: &str| {
        format!("<property name='{name}' namespace='{namespace}'>{inside}</property>")
    };
    const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
    let name = property("displayname", "DAV:", "");
    let home =
        property("calendar-home-set", CALDAV, &(name.clone() + &property("owner", "DAV:", &name)));
    let addresses = property("calendar-user-address-set", CALDAV, &name);
    let unknown = property("calendar-proxy-read-for", "http://calendarserver.org/ns/", &name);
    let inside = format!("{name}{home}{addresses}{unknown}");
    let answer = server.report_on(ALICE, "Depth: 0", "expand-property", &inside).await;
    assert_eq!(answer.status, 207, "{}", answer.body);
    let body = &answer.body;
    // The home, and within it its owner.
    assert!(
        body.contains("<C:calendar-home-set><D:response><D:href>/dav/calendars/alice/</D:href>"),
        "{body}"
    );
    assert!(
        body.contains("<D:owner><D:response><D:href>/dav/principals/alice/</D:href>"),
        "{body}"
    );
    assert!(
        body.contains("<D:href>mailto:alice@example.com</D:href>"),
        "what is no resource stays: {body}"
    );
    assert_eq!(body.matches("alice &amp; family").count(), 3, "{body}");
    let absent = &body[body.find("calendar-proxy-read-for").unwrap()..];
    assert!(absent.contains("404 Not Found"), "{body}");

    // Nobody sees more by it than he may.
    let inside = property("calendar-home-set", CALDAV, &name);
    let answer = server.report_on(BOB, "", "expand-property", &inside).await;
    assert!(
        answer
            .body
            .contains("<D:href>/dav/calendars/bob/</D:href><D:status>HTTP/1.1 403 Forbidden"),
        "{}",
        answer.body
    );

    let deep = (0..5).fold(name.clone(), |inside, _| property("owner", "DAV:", &inside));
    for inside in [deep, name.repeat(257), "<property/>".to_owned()] {
        let answer = server.report_on(ALICE, "", "expand-property", &inside).await;
        assert_eq!(answer.status, 400, "{inside}");
    }
    let few = Server::start_with(|config| config.max_matches = 1).await;
    let answer = few.report_on(ALICE, "", "expand-property", &home).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert!(answer.body.contains("number-of-matches-within-limits"), "{}", answer.body);
}
