//! PROPFIND and PROPPATCH (RFC 4918 9.1, 9.2).

use crate::harness::World;
use crate::harness::case::{Case, case};
use crate::harness::client::{Client, document};
use crate::harness::samples::event;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("PROPFIND by name says what is there and what is not", by_name),
        case("Depth says how far PROPFIND looks", depths),
        case(
            "allprop and an empty body give the standard's properties, not the costly ones",
            allprop,
        ),
        case("propname gives names without values", propname),
        case("an object has the properties that clients sync by", object_properties),
        case("PROPPATCH sets, replaces and removes dead properties", dead_properties),
        case("dead properties come back as they were written", dead_properties_keep_their_xml),
        case("PROPPATCH is all or nothing", proppatch_is_atomic),
        case("PROPPATCH follows the order of its instructions", proppatch_in_order),
        case(
            "a property change moves ctag, token and the home's ctag",
            property_changes_move_the_tags,
        ),
        case("an object change moves ctag and the home's ctag", object_changes_move_the_tags),
    ]
}

fn by_name(world: &World) {
    let alice = world.user("alice");
    let answer = alice
        .propfind(
            &alice.at("calendar/"),
            "0",
            &["D:displayname", "D:resourcetype", "X:none", "D:getetagx"],
        )
        .multistatus();
    let calendar = answer.only();
    assert_eq!(calendar.href, alice.at("calendar/"));
    assert!(calendar.property("D:resourcetype").child("C:calendar").is_some());
    assert_eq!(calendar.refused.get("{http://example.com/ns}none"), Some(&404));
    assert_eq!(calendar.refused.get("D:getetagx"), Some(&404));
    alice.propfind(&alice.at("nowhere/"), "0", &["D:displayname"]).expect(404);
    alice.propfind(&alice.at("calendar/none.ics"), "0", &["D:getetag"]).expect(404);
}

fn depths(world: &World) {
    let alice = world.user("alice");
    for name in ["a", "b"] {
        alice.put(&alice.at(&format!("calendar/{name}.ics")), &event(name, "E")).expect(201);
    }
    let hrefs = |path: &str, depth: &str| -> Vec<String> {
        let answer = alice.propfind(&alice.at(path), depth, &["D:resourcetype"]).multistatus();
        answer.hrefs().iter().map(|href| (*href).to_owned()).collect()
    };
    let all = ["calendar/", "calendar/a.ics", "calendar/b.ics"].map(|path| alice.at(path));
    assert_eq!(hrefs("calendar/", "0"), all[..1]);
    assert_eq!(hrefs("calendar/", "1"), all);
    assert_eq!(hrefs("calendar/a.ics", "1"), [alice.at("calendar/a.ics")]);
    // RFC 4918 9.1: a server may refuse infinity, and then says so with its precondition.
    alice
        .propfind(&alice.at(""), "infinity", &["D:resourcetype"])
        .expect_error(403, "D:propfind-finite-depth");
}

/// RFC 4918 14.2, 9.1; RFC 4791 5.2: CALDAV properties are not part of allprop.
fn allprop(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/");
    let body = document("D:propfind", "<D:allprop/>");
    let asked =
        alice.request("PROPFIND", &path).header("Depth", "0").xml(&body).send().multistatus();
    let empty = alice.request("PROPFIND", &path).header("Depth", "0").send().multistatus();
    for answer in [&asked, &empty] {
        let names: Vec<&String> = answer.only().found.keys().collect();
        assert!(answer.only().found.contains_key("D:resourcetype"), "{names:?}");
        assert!(!names.iter().any(|name| name.starts_with("C:")), "{names:?}");
        assert!(answer.only().refused.is_empty(), "{:?}", answer.only().refused);
    }
    let body = document("D:propfind", "<D:allprop/><D:include><C:max-resource-size/></D:include>");
    let more =
        alice.request("PROPFIND", &path).header("Depth", "0").xml(&body).send().multistatus();
    more.only().text("C:max-resource-size");
}

fn propname(world: &World) {
    let alice = world.user("alice");
    alice
        .proppatch(&alice.at("calendar/"), "<D:set><D:prop><X:note>n</X:note></D:prop></D:set>")
        .expect(207);
    let body = document("D:propfind", "<D:propname/>");
    let answer = alice
        .request("PROPFIND", &alice.at("calendar/"))
        .header("Depth", "0")
        .xml(&body)
        .send()
        .multistatus();
    let found = &answer.only().found;
    for name in ["D:resourcetype", "{http://example.com/ns}note"] {
        let property = found.get(name).unwrap_or_else(|| panic!("{name} among {:?}", found.keys()));
        assert!(property.text.is_empty() && property.children.is_empty(), "{property:?}");
    }
}

fn object_properties(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let etag = alice.put(&path, &event("a", "A")).expect(201).etag();
    let names = [
        "D:getetag",
        "D:getcontenttype",
        "D:getcontentlength",
        "D:getlastmodified",
        "D:resourcetype",
    ];
    let answer = alice.propfind(&path, "0", &names).multistatus();
    let object = answer.only();
    assert_eq!(object.text("D:getetag"), etag);
    // clients/README.md: Thunderbird counts only items whose type starts like this.
    assert!(object.text("D:getcontenttype").starts_with("text/calendar"));
    assert_eq!(object.text("D:getcontentlength"), event("a", "A").len().to_string());
    assert!(object.text("D:getlastmodified").ends_with(" GMT"), "RFC 9110 5.6.7");
    assert!(object.property("D:resourcetype").children.is_empty());
    // RFC 4791 9.6: calendar-data is no property of PROPFIND.
    let answer = alice.propfind(&path, "0", &["C:calendar-data"]).multistatus();
    assert_eq!(answer.only().refused.get("C:calendar-data"), Some(&404));
}

fn text_of(client: &Client, path: &str, name: &str, key: &str) -> Option<String> {
    let answer = client.propfind(path, "0", &[name]).multistatus();
    answer.only().found.get(key).map(|property| property.text.clone())
}

fn dead_properties(world: &World) {
    let alice = world.user("alice");
    for path in [alice.at("calendar/"), alice.at("calendar/a.ics"), alice.at("")] {
        if path.ends_with(".ics") {
            alice.put(&path, &event("a", "A")).expect(201);
        }
        let note = || text_of(&alice, &path, "X:note", "{http://example.com/ns}note");
        assert_eq!(note(), None);
        let set = |value: &str| format!("<D:set><D:prop><X:note>{value}</X:note></D:prop></D:set>");
        let done = alice.proppatch(&path, &set("one")).multistatus();
        assert!(done.only().found.contains_key("{http://example.com/ns}note"), "{done:?}");
        assert_eq!(note().as_deref(), Some("one"));
        alice.proppatch(&path, &set("two")).multistatus();
        assert_eq!(note().as_deref(), Some("two"));
        let remove = "<D:remove><D:prop><X:note/></D:prop></D:remove>";
        let done = alice.proppatch(&path, remove).multistatus();
        assert!(done.only().found.contains_key("{http://example.com/ns}note"));
        assert_eq!(note(), None);
        // RFC 4918 14.23: removing what is not there is no error.
        let done = alice.proppatch(&path, remove).multistatus();
        assert!(done.only().found.contains_key("{http://example.com/ns}note"));
    }
}

/// RFC 4918 4.3, 4.4: elements, attributes, namespaces, text and language are kept.
fn dead_properties_keep_their_xml(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/");
    let value = "<X:author xml:lang=\"de\" role=\"a &amp; b\"><Y:name xmlns:Y=\"urn:y\">Jürgen &lt;3 &#x1F389;</Y:name>\
                 <X:empty/> tail</X:author>";
    alice.proppatch(&path, &format!("<D:set><D:prop>{value}</D:prop></D:set>")).expect(207);
    let answer = alice.propfind(&path, "0", &["X:author"]).multistatus();
    let author = answer.only().property("{http://example.com/ns}author");
    assert_eq!(author.attributes.get("xml:lang").map(String::as_str), Some("de"));
    assert_eq!(author.attributes.get("role").map(String::as_str), Some("a & b"));
    assert_eq!(author.child("{urn:y}name").map(|name| name.text.as_str()), Some("Jürgen <3 🎉"));
    assert!(author.child("{http://example.com/ns}empty").is_some());
    assert_eq!(author.text, "tail");
}

/// RFC 4918 9.2: one failure, and nothing is set; 9.2.1: 424 for the rest.
fn proppatch_is_atomic(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/");
    let done = alice
        .proppatch(
            &path,
            "<D:set><D:prop><X:note>n</X:note></D:prop></D:set>\
             <D:set><D:prop><D:getetag>\"x\"</D:getetag></D:prop></D:set>\
             <D:set><D:prop><D:displayname>Name</D:displayname></D:prop></D:set>",
        )
        .multistatus();
    let refused = &done.only().refused;
    assert_eq!(refused.get("D:getetag"), Some(&403));
    assert_eq!(refused.get("{http://example.com/ns}note"), Some(&424));
    assert_eq!(refused.get("D:displayname"), Some(&424));
    assert!(done.only().found.is_empty());
    assert_eq!(text_of(&alice, &path, "X:note", "{http://example.com/ns}note"), None);
    assert_ne!(text_of(&alice, &path, "D:displayname", "D:displayname").as_deref(), Some("Name"));
    for protected in
        ["D:resourcetype", "D:sync-token", "CS:getctag", "C:max-resource-size", "D:owner"]
    {
        let set = format!("<D:set><D:prop><{protected}>x</{protected}></D:prop></D:set>");
        let done = alice.proppatch(&path, &set).multistatus();
        assert_eq!(done.only().refused.get(protected), Some(&403), "{protected}");
    }
}

/// RFC 4918 9.2: "in document order".
fn proppatch_in_order(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/");
    let note = || text_of(&alice, &path, "X:note", "{http://example.com/ns}note");
    alice
        .proppatch(
            &path,
            "<D:remove><D:prop><X:note/></D:prop></D:remove><D:set><D:prop><X:note>set</X:note></D:prop></D:set>",
        )
        .multistatus();
    assert_eq!(note().as_deref(), Some("set"));
    alice
        .proppatch(
            &path,
            "<D:set><D:prop><X:note>again</X:note></D:prop></D:set><D:remove><D:prop><X:note/></D:prop></D:remove>",
        )
        .multistatus();
    assert_eq!(note(), None);
}

/// The tags of a calendar and of the home above it.
fn tags(client: &Client) -> [String; 3] {
    let calendar = client
        .propfind(&client.at("calendar/"), "0", &["CS:getctag", "D:sync-token"])
        .multistatus();
    let home = client.propfind(&client.at(""), "0", &["CS:getctag"]).multistatus();
    [
        calendar.only().text("CS:getctag").to_owned(),
        calendar.only().text("D:sync-token").to_owned(),
        home.only().text("CS:getctag").to_owned(),
    ]
}

/// Design section 2.5, pitfall Y14.
fn property_changes_move_the_tags(world: &World) {
    let alice = world.user("alice");
    let before = tags(&alice);
    assert_eq!(tags(&alice), before, "reading moves nothing");
    let set = "<D:set><D:prop><D:displayname>New name</D:displayname></D:prop></D:set>";
    alice.proppatch(&alice.at("calendar/"), set).expect(207);
    let after = tags(&alice);
    for (before, after) in before.iter().zip(&after) {
        assert_ne!(before, after);
    }
    // The old token is still good, and no member changed.
    let answer = alice.sync(&alice.at("calendar/"), &before[1]).multistatus();
    assert!(answer.responses.is_empty(), "{:?}", answer.hrefs());
    assert_eq!(answer.sync_token.as_deref(), Some(after[1].as_str()));
}

fn object_changes_move_the_tags(world: &World) {
    let alice = world.user("alice");
    let path = alice.at("calendar/a.ics");
    let mut last = tags(&alice);
    for write in ["create", "replace", "delete"] {
        match write {
            "create" => alice.put(&path, &event("a", "A")).expect(201),
            "replace" => alice.put(&path, &event("a", "B")).expect(204),
            _ => alice.delete(&path).expect(204),
        };
        let now = tags(&alice);
        for (before, after) in last.iter().zip(&now) {
            assert_ne!(before, after, "after {write}");
        }
        last = now;
    }
    // A new calendar moves the home's.
    alice.mkcalendar(&alice.at("work/")).expect(201);
    assert_ne!(tags(&alice)[2], last[2]);
}
