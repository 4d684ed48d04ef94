//! Every method on every kind of resource, for its owner, for another user and for nobody: who may do what, and what a
//! resource has (RFC 3744 appendix B, RFC 4918 9, RFC 4791 5.3, RFC 6638 2 and 6; design section 6).

use std::cell::Cell;

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::{Client, Response, document, propfind_body};
use crate::harness::samples::{event, meeting};

pub(crate) fn cases() -> Vec<Case> {
    vec![case("each method does what it may on each kind of resource", matrix)]
}

const METHODS: &str = "OPTIONS GET HEAD PROPFIND REPORT PUT PROPPATCH MKCALENDAR MKCOL POST COPY MOVE DELETE LOCK ACL";

/// Kind of resource; what the owner gets; what another user gets. Nobody gets 401 everywhere but for the redirect.
///
/// The 403 of PUT over an object and of COPY beside one are CALDAV:no-uid-conflict.
const CELLS: [(&str, &str, &str); 17] = [
    (
        "site",
        "200 200 200 207 207 405 405 403 403 405 403 403 403 501 501",
        "200 200 200 207 207 405 405 403 403 405 403 403 403 501 501",
    ),
    (
        "well-known",
        "301 301 301 301 301 301 301 301 301 301 301 301 301 301 301",
        "301 301 301 301 301 301 301 301 301 301 301 301 301 301 301",
    ),
    (
        "root",
        "200 200 200 207 207 405 405 403 403 405 403 403 403 501 501",
        "200 200 200 207 207 405 405 403 403 405 403 403 403 501 501",
    ),
    (
        "principals",
        "200 200 200 207 207 405 405 403 403 405 403 403 403 501 501",
        "200 200 200 207 207 405 405 403 403 405 403 403 403 501 501",
    ),
    (
        "principal",
        "200 200 200 207 207 405 405 403 403 405 403 403 403 501 501",
        "200 200 200 207 207 405 405 403 403 405 403 403 403 501 501",
    ),
    (
        "homes",
        "200 200 200 207 207 405 405 403 403 405 403 403 403 501 501",
        "200 200 200 207 207 405 405 403 403 405 403 403 403 501 501",
    ),
    (
        "home",
        "200 200 200 207 207 405 207 403 403 405 403 403 403 501 501",
        "200 403 403 403 403 405 403 403 403 405 403 403 403 501 501",
    ),
    (
        "calendar",
        "200 200 200 207 207 405 207 403 405 405 403 403 204 501 501",
        "200 403 403 403 403 405 403 403 403 405 403 403 403 501 501",
    ),
    (
        "object",
        "200 200 200 207 403 403 207 403 403 405 403 201 204 501 501",
        "200 403 403 403 403 403 403 403 403 405 403 403 403 501 501",
    ),
    (
        "meeting",
        "200 200 200 207 403 403 207 403 403 405 403 201 204 501 501",
        "200 403 403 403 403 403 403 403 403 405 403 403 403 501 501",
    ),
    (
        "no object",
        "200 404 404 404 404 201 404 403 403 405 404 404 404 501 501",
        "200 403 403 403 403 403 403 403 403 405 403 403 403 501 501",
    ),
    (
        "no calendar",
        "200 404 404 404 404 405 404 201 403 405 403 403 404 501 501",
        "200 403 403 403 403 405 403 403 403 405 403 403 403 501 501",
    ),
    (
        "inbox",
        "200 200 200 207 207 405 207 403 405 405 403 403 403 501 501",
        "200 403 403 403 403 405 403 403 403 405 403 403 403 501 501",
    ),
    (
        "inbox item",
        "200 200 200 207 403 403 207 403 403 405 403 403 204 501 501",
        "200 403 403 403 403 403 403 403 403 405 403 403 403 501 501",
    ),
    (
        "outbox",
        "200 200 200 207 207 405 207 403 405 400 403 403 403 501 501",
        "200 403 403 403 403 405 403 403 403 403 403 403 403 501 501",
    ),
    (
        "below an object",
        "200 404 404 404 404 409 404 403 403 404 404 404 404 501 501",
        "200 404 404 404 404 409 404 403 403 404 404 404 404 501 501",
    ),
    (
        "nowhere",
        "200 404 404 404 404 409 404 403 403 404 404 404 404 501 501",
        "200 404 404 404 404 409 404 403 403 404 404 404 404 501 501",
    ),
];

fn matrix(world: &World) {
    let resources =
        Resources { alice: world.user("alice"), bob: world.user("bob"), made: Cell::new(0) };
    let nobody = world.nobody();
    let mut wrong = Vec::new();
    for (kind, owner, stranger) in CELLS {
        let everywhere = if kind == "well-known" { "301" } else { "401" };
        let refused = [everywhere; 15].join(" ");
        for (who, row) in
            [(&resources.alice, owner), (&resources.bob, stranger), (&nobody, refused.as_str())]
        {
            assert_eq!(row.split(' ').count(), METHODS.split(' ').count(), "{kind}");
            for (method, expected) in METHODS.split(' ').zip(row.split(' ')) {
                let answer = resources.ask(who, method, &resources.any(kind));
                if answer.status().to_string() != expected {
                    wrong.push(format!("{kind}: expected {expected}\n{answer}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells\n{}", wrong.len(), wrong.join("\n"));
}

struct Resources {
    alice: Client,
    bob: Client,
    made: Cell<usize>,
}

impl Resources {
    fn number(&self) -> usize {
        self.made.set(self.made.get() + 1);
        self.made.get()
    }

    /// The address of a resource of this kind, Alice's where it can be somebody's; a new one where it can be made.
    fn any(&self, kind: &str) -> String {
        let (alice, number) = (&self.alice, self.number());
        let home = alice.at("");
        match kind {
            "site" => "/".to_owned(),
            "well-known" => "/.well-known/caldav".to_owned(),
            "root" => "/dav/".to_owned(),
            "principals" => "/dav/principals/".to_owned(),
            "principal" => "/dav/principals/alice/".to_owned(),
            "homes" => "/dav/calendars/".to_owned(),
            "home" => home,
            "calendar" => {
                let path = format!("{home}calendar{number}/");
                alice.mkcalendar(&path).expect(201);
                path
            }
            "object" | "meeting" => {
                let path = format!("{home}calendar/{number}.ics");
                let guests = if kind == "meeting" { &["bob"][..] } else { &[] };
                let body = match kind {
                    "meeting" => meeting(&number.to_string(), "Meeting", "alice", guests),
                    _ => event(&number.to_string(), "Event"),
                };
                alice.put(&path, &body).expect(201);
                path
            }
            "no object" => format!("{home}calendar/none{number}.ics"),
            "no calendar" => format!("{home}none{number}/"),
            "inbox" => format!("{home}inbox/"),
            "inbox item" => {
                let body = meeting(&number.to_string(), "Meeting", "bob", &["alice"]);
                self.bob.put(&self.bob.at(&format!("calendar/{number}.ics")), &body).expect(201);
                let inbox = format!("{home}inbox/");
                let listing = alice.propfind(&inbox, "1", &["D:getetag"]).multistatus();
                let item = listing.hrefs().into_iter().find(|href| *href != inbox);
                item.expect("an item").to_owned()
            }
            "outbox" => format!("{home}outbox/"),
            "below an object" => format!("{home}calendar/a.ics/b"),
            _ => "/nowhere".to_owned(),
        }
    }

    /// A well-formed request of each method.
    fn ask(&self, who: &Client, method: &str, path: &str) -> Response {
        let number = self.number();
        let request = who.request(method, path);
        let request = match method {
            "PROPFIND" => request.header("Depth", "0").xml(&propfind_body(&["D:resourcetype"])),
            "PROPPATCH" => request.xml(&document(
                "D:propertyupdate",
                "<D:set><D:prop><X:note>n</X:note></D:prop></D:set>",
            )),
            "REPORT" => request.header("Depth", "0").xml(&document("D:expand-property", "")),
            "PUT" | "POST" => request.calendar(&event(&format!("new{number}"), "New")),
            "COPY" | "MOVE" => {
                let home = if who.name() == "nobody" { &self.alice } else { who };
                request.header("Destination", &home.at(&format!("calendar/copy{number}.ics")))
            }
            _ => request,
        };
        request.send()
    }
}
