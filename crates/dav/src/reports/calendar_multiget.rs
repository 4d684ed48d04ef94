//! CALDAV:calendar-multiget (RFC 4791 7.9): objects by their addresses.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::{Response, StatusCode};

use super::objects::{ObjectWriter, Wanted};
use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Precondition, Result};
use crate::multistatus::{self, Multistatus};
use crate::props::{self, Needs, Node};
use crate::target::{Target, object_href};
use crate::xml::{Element, names};

/// Objects that one statement reads with their data.
const BATCH: usize = 100;

/// The request body (RFC 4791 9.10).
#[derive(Clone, Debug)]
pub(crate) struct CalendarMultiget {
    wanted: Wanted,
    hrefs: Vec<String>,
}

impl CalendarMultiget {
    // <!ELEMENT calendar-multiget ((DAV:allprop | DAV:propname | DAV:prop)?, DAV:href+)>
    pub(super) fn parse(cx: &Context, body: &Element, minimal: bool) -> Result<Self> {
        let hrefs: Vec<String> =
            body.find_all(names::HREF).map(|href| href.text().trim().to_owned()).collect();
        if hrefs.is_empty() {
            return Err(Error::bad_request("calendar-multiget needs a DAV:href"));
        }
        if hrefs.len() > cx.config.max_matches {
            return Err(Error::unmet(
                Precondition::NumberOfMatchesWithinLimits,
                format!("calendar-multiget names at most {} resources", cx.config.max_matches),
            ));
        }
        Ok(Self { wanted: Wanted::of(cx, body, minimal)?, hrefs })
    }

    /// Answers about each of the addresses. `scope` is the resource of the request, `node` the same if
    /// it is no object.
    pub(super) async fn answer(
        self,
        cx: &Arc<Context>,
        scope: &Target,
        node: Option<Node>,
        authority: Option<&str>,
    ) -> Result<Response<Body>> {
        let lookup = Lookup::new(self.hrefs, scope, authority);
        let cx = Arc::clone(cx);
        multistatus::respond(move |out| lookup.write(cx, node, self.wanted, out)).await
    }
}

/// The addresses, sorted by what becomes of them.
#[derive(Debug, PartialEq, Eq)]
struct Lookup {
    home: String,
    /// The names of objects, by collection; each once, in order.
    names: BTreeMap<String, Vec<String>>,
    /// Addresses that no object below the resource of the request can have.
    refused: Vec<(String, StatusCode)>,
}

impl Lookup {
    fn new(hrefs: Vec<String>, scope: &Target, authority: Option<&str>) -> Self {
        let home = scope.home().unwrap_or_default().to_owned();
        let mut lookup = Self { home, names: BTreeMap::new(), refused: Vec::new() };
        for href in hrefs {
            match Target::from_reference(&href, authority) {
                Ok(Target::Object { home, collection, name })
                    if is_within(scope, &home, &collection, &name) =>
                {
                    lookup.names.entry(collection).or_default().push(name);
                }
                // RFC 4791 7.9: the addresses are those of objects below the Request-URI. Whether
                // something is at another is not looked up.
                Ok(Target::Nowhere) => lookup.refused.push((href, StatusCode::NOT_FOUND)),
                Ok(_) => lookup.refused.push((href, StatusCode::FORBIDDEN)),
                Err(error) => lookup.refused.push((href, error.status())),
            }
        }
        for names in lookup.names.values_mut() {
            names.sort_unstable();
            names.dedup();
        }
        lookup
    }

    async fn write(
        self,
        cx: Arc<Context>,
        mut scope: Option<Node>,
        wanted: Wanted,
        mut out: Multistatus,
    ) -> Result<Multistatus> {
        for (collection, names) in self.names {
            let target = Target::Collection { home: self.home.clone(), collection };
            let node = match scope.take_if(|node| node.target == target) {
                Some(node) => Some(node),
                None => {
                    let mut queries = cx.store.read().await?;
                    props::load(&mut queries, &target, Needs::default()).await?
                }
            };
            let writer = node.and_then(|node| ObjectWriter::new(&cx, node, &wanted, None));
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            for batch in names.chunks(BATCH) {
                let found = match &writer {
                    Some(writer) => writer.write_named(batch, &mut out).await?,
                    None => Vec::new(),
                };
                for name in missing(batch, &found) {
                    let href = member_href(&target, name);
                    out.status_response(&href, StatusCode::NOT_FOUND, None);
                }
                out.pause().await;
            }
        }
        for (href, status) in self.refused {
            out.status_response(&href, status, None);
        }
        Ok(out)
    }
}

/// Whether an object is the resource of the request, or below it.
fn is_within(scope: &Target, home: &str, collection: &str, name: &str) -> bool {
    match scope {
        Target::Home { home: h } => h == home,
        Target::Collection { home: h, collection: c } => h == home && c == collection,
        Target::Object { home: h, collection: c, name: n } => {
            h == home && c == collection && n == name
        }
        _ => false,
    }
}

/// The names of the batch that were not found; both are in order.
fn missing<'a>(batch: &[&'a str], found: &[String]) -> Vec<&'a str> {
    batch
        .iter()
        .filter(|name| found.binary_search_by(|n| n.as_str().cmp(name)).is_err())
        .copied()
        .collect()
}

fn member_href(collection: &Target, name: &str) -> String {
    match collection {
        Target::Collection { home, collection } => object_href(home, collection, name),
        target => target.href(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(scope: &str, hrefs: &[&str]) -> Lookup {
        let scope = Target::parse(scope).unwrap();
        let hrefs = hrefs.iter().map(|href| (*href).to_owned()).collect();
        Lookup::new(hrefs, &scope, Some("cal.example:8080"))
    }

    #[test]
    fn addresses_in_any_encoding_name_the_objects_of_the_collection() {
        let found = lookup(
            "/dav/calendars/alice/work/",
            &[
                "/dav/calendars/alice/work/b.ics",
                "/dav/calendars/Alice/work/%62.ics",
                "http://cal.example:8080/dav/calendars/alice/work/a%20a.ics",
            ],
        );
        assert_eq!(found.home, "alice");
        assert_eq!(found.refused, []);
        let names = found.names.into_iter().collect::<Vec<_>>();
        assert_eq!(names, [("work".to_owned(), vec!["a a.ics".to_owned(), "b.ics".to_owned()])]);
    }

    #[test]
    fn other_addresses_are_refused_one_by_one() {
        let calendar = "/dav/calendars/alice/work/";
        let home = "/dav/calendars/alice/";
        let object = "/dav/calendars/alice/work/a.ics";
        for (scope, href, expected) in [
            (calendar, "/dav/calendars/alice/other/a.ics", Some(403)),
            (calendar, "/dav/calendars/bob/work/a.ics", Some(403)),
            (calendar, calendar, Some(403)),
            (calendar, "/dav/calendars/alice/work/a/b.ics", Some(404)),
            (calendar, "/dav/calendars/alice/work/%2e%2e", Some(400)),
            (calendar, "work/a.ics", Some(400)),
            (calendar, "", Some(400)),
            (calendar, "https://elsewhere.example/dav/calendars/alice/work/a.ics", Some(502)),
            // RFC 4791 7.9: at any depth within the collection.
            (home, "/dav/calendars/alice/other/a.ics", None),
            (home, "/dav/calendars/bob/work/a.ics", Some(403)),
            // 7.9: a single address equivalent to the Request-URI.
            (object, "/dav/calendars/alice/work/%61.ics", None),
            (object, "/dav/calendars/alice/work/b.ics", Some(403)),
        ] {
            let found = lookup(scope, &[href]);
            let refused = found.refused.first().map(|(_, status)| status.as_u16());
            assert_eq!(refused, expected, "{scope} {href}");
            assert_eq!(found.names.is_empty(), expected.is_some(), "{scope} {href}");
        }
    }

    #[test]
    fn names_that_are_not_there_are_told() {
        let found = ["b".to_owned(), "d".to_owned()];
        assert_eq!(missing(&["a", "b", "c", "d", "e"], &found), ["a", "c", "e"]);
        assert_eq!(missing(&["b", "d"], &found), [""; 0]);
    }
}
