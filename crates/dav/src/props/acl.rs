//! RFC 3744 5: who a resource belongs to and what the caller may do; RFC 5397: who the caller is.
//!
//! Access is decided in `crate::access`, and shown here. There is no ACL method, so everything is
//! protected.

use super::node::{Facts, Kind, View};
use super::{Found, Row};
use crate::access::{self, Aggregate, Privilege};
use crate::target::principal_href;
use crate::xml::{Writer, names};

pub(super) const ROWS: &[Row] = &[
    Row::live(names::CURRENT_USER_PRINCIPAL, Kind::ALL, current_user_principal),
    Row::live(names::PRINCIPAL_COLLECTION_SET, Kind::ALL, principal_collection_set),
    Row::live(names::CURRENT_USER_PRIVILEGE_SET, Kind::ALL, current_user_privilege_set),
    Row::live(names::SUPPORTED_PRIVILEGE_SET, Kind::ALL, supported_privilege_set),
    Row::live(names::OWNER, Kind::OWNED, owner),
    Row::live(names::ACL, Kind::OWNED, acl),
    Row::live(names::ACL_RESTRICTIONS, Kind::OWNED, acl_restrictions),
    Row::live(names::PRINCIPAL_URL, &[Kind::Principal], principal_url),
    Row::live(names::ALTERNATE_URI_SET, &[Kind::Principal], |_, _| Found::Yes),
    Row::live(names::GROUP_MEMBER_SET, &[Kind::Principal], group_member_set),
    Row::live(names::GROUP_MEMBERSHIP, &[Kind::Principal], group_membership),
];

fn current_user_principal(view: &View<'_>, xml: &mut Writer) -> Found {
    xml.href(&principal_href(&view.cx.caller.name));
    Found::Yes
}

fn principal_collection_set(_: &View<'_>, xml: &mut Writer) -> Found {
    xml.raw("<D:href>/dav/principals/</D:href>");
    Found::Yes
}

fn current_user_privilege_set(view: &View<'_>, xml: &mut Writer) -> Found {
    // Privileges are the same for a collection and what is in it.
    for privilege in access::privileges(&view.cx.caller, &view.node.target).iter() {
        write_privilege(xml, privilege);
    }
    Found::Yes
}

fn write_privilege(xml: &mut Writer, privilege: Privilege) {
    xml.raw("<D:privilege>");
    xml.empty(privilege.name());
    xml.raw("</D:privilege>");
}

fn supported_privilege_set(_: &View<'_>, xml: &mut Writer) -> Found {
    write_supported(xml, &access::SUPPORTED);
    Found::Yes
}

fn write_supported(xml: &mut Writer, node: &Aggregate) {
    xml.raw("<D:supported-privilege>");
    write_privilege(xml, node.privilege);
    xml.raw("<D:description xml:lang=\"en\">");
    xml.text(node.description);
    xml.raw("</D:description>");
    for part in node.contains {
        write_supported(xml, part);
    }
    xml.raw("</D:supported-privilege>");
}

fn owner(view: &View<'_>, xml: &mut Writer) -> Found {
    let Some(home) = view.node.target.home() else { return Found::No };
    xml.href(&principal_href(home));
    Found::Yes
}

/// What the owner holds, and what everybody does.
fn acl(view: &View<'_>, xml: &mut Writer) -> Found {
    let Some(home) = view.node.target.home() else { return Found::No };
    xml.raw("<D:ace><D:principal>");
    xml.href(&principal_href(home));
    xml.raw("</D:principal>");
    write_grant(xml, access::grants_of_owner(&view.node.target));
    let others = access::grants_of_others(&view.node.target);
    if !others.is_empty() {
        xml.raw("<D:ace><D:principal><D:authenticated/></D:principal>");
        write_grant(xml, others);
    }
    Found::Yes
}

fn write_grant(xml: &mut Writer, privileges: &[Privilege]) {
    xml.raw("<D:grant>");
    for privilege in privileges {
        write_privilege(xml, *privilege);
    }
    xml.raw("</D:grant><D:protected/></D:ace>");
}

fn acl_restrictions(_: &View<'_>, xml: &mut Writer) -> Found {
    xml.raw("<D:grant-only/><D:no-invert/>");
    Found::Yes
}

fn principal_url(view: &View<'_>, xml: &mut Writer) -> Found {
    xml.href(&view.node.href);
    Found::Yes
}

fn group_member_set(view: &View<'_>, xml: &mut Writer) -> Found {
    let Facts::Principal { members, .. } = &view.node.facts else { return Found::No };
    write_principals(xml, members)
}

fn group_membership(view: &View<'_>, xml: &mut Writer) -> Found {
    let Facts::Principal { groups, .. } = &view.node.facts else { return Found::No };
    write_principals(xml, groups)
}

fn write_principals(xml: &mut Writer, principals: &[String]) -> Found {
    for name in principals {
        xml.href(&principal_href(name));
    }
    Found::Yes
}
