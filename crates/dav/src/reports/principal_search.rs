//! DAV:principal-property-search and DAV:principal-search-property-set (RFC 3744 9.4, 9.5), and
//! calendarserver.org's calendarserver-principal-search: how clients find whom to invite.

use std::sync::Arc;

use http::{Response, StatusCode, header};
use store::PrincipalKind;

use crate::body::Body;
use crate::context::Context;
use crate::error::{Error, Precondition, Result};
use crate::headers::Depth;
use crate::multistatus::{self, Multistatus};
use crate::props::{self, Facts, Kind, Needs, Node, Plan, PropRequest, View};
use crate::xml::{Element, QName, Writer, names};

/// More search terms than any client sends.
const MAX_TERMS: usize = 32;

/// The properties that can be searched, with what they are called in a client's form.
const SEARCHABLE: &[(QName<'static>, &str)] = &[
    (names::DISPLAYNAME, "Full name"),
    (names::EMAIL_ADDRESS_SET, "Mail address"),
    (names::CALENDAR_USER_ADDRESS_SET, "Calendar user address"),
    (names::CALENDAR_USER_TYPE, "Calendar user type"),
];

/// The request body, whichever of the two reports it is.
#[derive(Clone, Debug)]
pub(crate) struct PrincipalSearch {
    terms: Vec<Term>,
    any: bool,
    kinds: &'static [PrincipalKind],
    limit: Option<usize>,
    wanted: PropRequest,
    minimal: bool,
}

/// What one property, or any, must hold.
#[derive(Clone, Debug)]
struct Term {
    /// All of these; none stands for any that can be searched.
    properties: Vec<Option<QName<'static>>>,
    /// In lower case.
    text: String,
    how: How,
}

/// calendarserver.org's `match-type`; RFC 3744 knows only the first.
#[derive(Clone, Copy, Debug)]
enum How {
    Contains,
    StartsWith,
    Equals,
}

const EVERYBODY: &[PrincipalKind] =
    &[PrincipalKind::User, PrincipalKind::Group, PrincipalKind::Room, PrincipalKind::Resource];

impl PrincipalSearch {
    // Without a property-search, which the grammar wants, everybody is found: clients list so whom there is.
    // <!ELEMENT principal-property-search ((property-search+), prop?, apply-to-principal-collection-set?) >
    // <!ELEMENT property-search (prop, match) >
    pub(super) fn parse(body: &Element, depth: Option<Depth>, minimal: bool) -> Result<Self> {
        if !matches!(depth, None | Some(Depth::Zero)) {
            return Err(Error::bad_request(
                "principal-property-search is defined for Depth 0 only",
            ));
        }
        let terms: Vec<Term> =
            body.find_all(names::PROPERTY_SEARCH).map(Term::parse).collect::<Result<_>>()?;
        let any = body.attribute("test") == Some("anyof");
        let kinds = body.attribute("type").map_or(EVERYBODY, kinds_of);
        Self { terms, any, kinds, limit: None, wanted: Self::wanted(body)?, minimal }.checked()
    }

    // <!ELEMENT calendarserver-principal-search (search-token+, limit?, DAV:prop?) >
    pub(super) fn parse_tokens(body: &Element, minimal: bool) -> Result<Self> {
        let token = |element: &Element| Term {
            properties: Vec::new(),
            text: element.text().trim().to_lowercase(),
            how: How::Contains,
        };
        let terms = body.find_all(names::SEARCH_TOKEN).map(token).collect();
        let kinds = body.attribute("context").map_or(EVERYBODY, kinds_of);
        let limit = body.find(names::CS_LIMIT).and_then(|limit| limit.find(names::CS_NRESULTS));
        let limit = limit.and_then(|nresults| nresults.text().trim().parse().ok());
        Self { terms, any: false, kinds, limit, wanted: Self::wanted(body)?, minimal }.checked()
    }

    fn wanted(body: &Element) -> Result<PropRequest> {
        Ok(PropRequest::within(body)?.unwrap_or(PropRequest::Prop(Vec::new())))
    }

    fn checked(self) -> Result<Self> {
        if self.terms.len() > MAX_TERMS {
            return Err(Error::bad_request(format!(
                "a search for principals has at most {MAX_TERMS} terms"
            )));
        }
        Ok(self)
    }

    /// Answers about each principal that matches.
    pub(super) async fn answer(self, cx: &Arc<Context>) -> Result<Response<Body>> {
        let cx = Arc::clone(cx);
        multistatus::respond(move |out| self.write(cx, out)).await
    }

    async fn write(self, cx: Arc<Context>, mut out: Multistatus) -> Result<Multistatus> {
        let plan = Plan::new(&self.wanted, Kind::Principal, self.minimal);
        let needs = plan.needs().or(Needs { addresses: true, ..Needs::default() });
        let limit = cx.config.max_matches;
        let mut left = self.limit.unwrap_or(usize::MAX);
        let mut written = 0;
        let mut after: Option<String> = None;
        loop {
            let mut queries = cx.store.read().await?;
            let page_size = cx.config.page;
            let page =
                props::principals_page(&mut queries, after.as_deref(), page_size, needs).await?;
            // No connection is held while the client takes its time.
            drop(queries);
            for node in page.iter().filter(|node| self.finds(node)) {
                if left == 0 {
                    return Ok(out);
                }
                if written == limit {
                    let href = "/dav/principals/";
                    let unmet = Precondition::NumberOfMatchesWithinLimits;
                    out.status_response(href, StatusCode::INSUFFICIENT_STORAGE, Some(&unmet));
                    return Ok(out);
                }
                (left, written) = (left - 1, written + 1);
                plan.write_response(&View::of(&cx, node), &node.href, &mut out);
                out.pause().await;
            }
            match page.last().map(|node| &node.facts) {
                Some(Facts::Principal { principal, .. }) if page.len() >= page_size as usize => {
                    after = Some(principal.name.clone());
                }
                _ => return Ok(out),
            }
        }
    }

    fn finds(&self, node: &Node) -> bool {
        let Facts::Principal { principal, .. } = &node.facts else { return false };
        if !self.kinds.contains(&principal.kind) {
            return false;
        }
        let matches = |term: &Term| term.matches(node);
        if self.any { self.terms.iter().any(matches) } else { self.terms.iter().all(matches) }
    }
}

impl Term {
    fn parse(search: &Element) -> Result<Self> {
        let prop = search.find(names::PROP);
        let sought = search.find(names::MATCH);
        let (Some(prop), Some(sought)) = (prop, sought) else {
            return Err(Error::bad_request("a property-search has a prop and a match"));
        };
        let known = |name: QName<'_>| {
            SEARCHABLE.iter().map(|(known, _)| *known).find(|known| *known == name)
        };
        let properties: Vec<_> = prop.elements().map(|element| known(element.name())).collect();
        if properties.is_empty() || properties.len() > MAX_TERMS {
            return Err(Error::bad_request("a property-search names the properties to look at"));
        }
        let how = match sought.attribute("match-type") {
            Some("starts-with") => How::StartsWith,
            Some("equals") => How::Equals,
            _ => How::Contains,
        };
        Ok(Self { properties, text: sought.text().trim().to_lowercase(), how })
    }

    fn matches(&self, node: &Node) -> bool {
        if self.properties.is_empty() {
            return SEARCHABLE.iter().any(|(name, _)| self.is_in(*name, node));
        }
        // A property that no principal has holds nothing.
        self.properties.iter().all(|name| name.is_some_and(|name| self.is_in(name, node)))
    }

    fn is_in(&self, property: QName<'_>, node: &Node) -> bool {
        let Facts::Principal { principal, addresses, .. } = &node.facts else { return false };
        let holds = |value: &str| {
            let value = value.to_lowercase();
            match self.how {
                How::Contains => value.contains(&self.text),
                How::StartsWith => value.starts_with(&self.text),
                How::Equals => value == self.text,
            }
        };
        let without_scheme =
            |address: &str| holds(address.strip_prefix("mailto:").unwrap_or(address));
        match property {
            names::DISPLAYNAME => {
                let name = principal.display_name.as_deref().unwrap_or(&principal.name);
                // Both names of a person count as beginnings.
                holds(name) || name.split_whitespace().any(holds)
            }
            names::EMAIL_ADDRESS_SET => addresses
                .iter()
                .filter(|address| address.starts_with("mailto:"))
                .any(|address| without_scheme(address)),
            names::CALENDAR_USER_ADDRESS_SET => {
                addresses.iter().any(|address| holds(address) || without_scheme(address))
            }
            _ => holds(props::cutype(principal.kind)),
        }
    }
}

/// calendarserver.org's `context`, and the values of CUTYPE (RFC 5545 3.2.3).
fn kinds_of(context: &str) -> &'static [PrincipalKind] {
    match context.to_ascii_lowercase().as_str() {
        "user" | "individual" => &[PrincipalKind::User],
        "group" => &[PrincipalKind::Group],
        "location" | "room" => &[PrincipalKind::Room],
        "resource" => &[PrincipalKind::Resource],
        _ => EVERYBODY,
    }
}

/// Answers DAV:principal-search-property-set.
pub(super) fn search_properties() -> Response<Body> {
    let mut xml = Writer::new();
    xml.open_root(names::PRINCIPAL_SEARCH_PROPERTY_SET);
    for (name, description) in SEARCHABLE {
        xml.raw("<D:principal-search-property><D:prop>");
        xml.empty(*name);
        xml.raw("</D:prop><D:description xml:lang=\"en\">");
        xml.text(description);
        xml.raw("</D:description></D:principal-search-property>");
    }
    xml.close(names::PRINCIPAL_SEARCH_PROPERTY_SET);
    let mut response = Response::new(Body::from(bytes::Bytes::from(xml.take())));
    let value = http::HeaderValue::from_static("application/xml; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, value);
    response
}
