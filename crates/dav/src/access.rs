//! The one place where caller, target and privilege are decided (RFC 3744, RFC 6638 6).
//!
//! Invariants: principals are readable by every user, so that people can find each other; a home
//! and what is in it belong to its owner alone; every user may deliver to every inbox.

use http::Method;

use crate::context::{Caller, Context};
use crate::error::{Error, Precondition, Result};
use crate::target::{INBOX, OUTBOX, Target};
use crate::xml::{QName, names};

/// A privilege of the tree that `DAV:supported-privilege-set` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    /// `DAV:all`.
    All,
    /// `DAV:read`.
    Read,
    /// `DAV:read-acl`.
    ReadAcl,
    /// `DAV:read-current-user-privilege-set`.
    ReadCurrentUserPrivilegeSet,
    /// `CALDAV:read-free-busy` (RFC 4791 6.1.1).
    ReadFreeBusy,
    /// `DAV:write`.
    Write,
    /// `DAV:write-properties`.
    WriteProperties,
    /// `DAV:write-content`.
    WriteContent,
    /// `DAV:bind`.
    Bind,
    /// `DAV:unbind`.
    Unbind,
    /// `CALDAV:schedule-deliver` (RFC 6638 6.1).
    ScheduleDeliver,
    /// `CALDAV:schedule-deliver-invite`.
    ScheduleDeliverInvite,
    /// `CALDAV:schedule-deliver-reply`.
    ScheduleDeliverReply,
    /// `CALDAV:schedule-query-freebusy`.
    ScheduleQueryFreebusy,
    /// `CALDAV:schedule-send` (RFC 6638 6.2).
    ScheduleSend,
    /// `CALDAV:schedule-send-invite`.
    ScheduleSendInvite,
    /// `CALDAV:schedule-send-reply`.
    ScheduleSendReply,
    /// `CALDAV:schedule-send-freebusy`.
    ScheduleSendFreebusy,
}

/// A node of the tree: holding a privilege is holding all below it.
#[derive(Debug)]
pub struct Aggregate {
    /// The privilege.
    pub privilege: Privilege,
    /// `DAV:description`, in English.
    pub description: &'static str,
    /// What it contains.
    pub contains: &'static [Self],
}

const fn leaf(privilege: Privilege, description: &'static str) -> Aggregate {
    Aggregate { privilege, description, contains: &[] }
}

/// RFC 3744 3, RFC 4791 6.1.1, RFC 6638 6.3. There is no ACL method, so no `write-acl`, and there
/// are no locks, so no `unlock`.
pub static SUPPORTED: Aggregate = Aggregate {
    privilege: Privilege::All,
    description: "Any operation",
    contains: &[
        Aggregate {
            privilege: Privilege::Read,
            description: "Read content and properties",
            contains: &[
                leaf(Privilege::ReadCurrentUserPrivilegeSet, "See one's own privileges"),
                leaf(Privilege::ReadFreeBusy, "See when the owner is busy"),
            ],
        },
        leaf(Privilege::ReadAcl, "See everybody's privileges"),
        Aggregate {
            privilege: Privilege::Write,
            description: "Write content and properties",
            contains: &[
                leaf(Privilege::WriteProperties, "Write properties"),
                leaf(Privilege::WriteContent, "Write content"),
                leaf(Privilege::Bind, "Add a member"),
                leaf(Privilege::Unbind, "Remove a member"),
            ],
        },
        Aggregate {
            privilege: Privilege::ScheduleDeliver,
            description: "Deliver scheduling messages to the owner",
            contains: &[
                leaf(Privilege::ScheduleDeliverInvite, "Deliver invitations"),
                leaf(Privilege::ScheduleDeliverReply, "Deliver answers"),
                leaf(Privilege::ScheduleQueryFreebusy, "Ask when the owner is busy"),
            ],
        },
        Aggregate {
            privilege: Privilege::ScheduleSend,
            description: "Send scheduling messages as the owner",
            contains: &[
                leaf(Privilege::ScheduleSendInvite, "Send invitations"),
                leaf(Privilege::ScheduleSendReply, "Send answers"),
                leaf(Privilege::ScheduleSendFreebusy, "Ask others when they are busy"),
            ],
        },
    ],
};

impl Privilege {
    /// The element inside `DAV:privilege`.
    pub fn name(self) -> QName<'static> {
        match self {
            Self::All => names::ALL,
            Self::Read => names::READ,
            Self::ReadAcl => names::READ_ACL,
            Self::ReadCurrentUserPrivilegeSet => names::READ_CURRENT_USER_PRIVILEGE_SET,
            Self::ReadFreeBusy => names::READ_FREE_BUSY,
            Self::Write => names::WRITE,
            Self::WriteProperties => names::WRITE_PROPERTIES,
            Self::WriteContent => names::WRITE_CONTENT,
            Self::Bind => names::BIND,
            Self::Unbind => names::UNBIND,
            Self::ScheduleDeliver => names::SCHEDULE_DELIVER,
            Self::ScheduleDeliverInvite => names::SCHEDULE_DELIVER_INVITE,
            Self::ScheduleDeliverReply => names::SCHEDULE_DELIVER_REPLY,
            Self::ScheduleQueryFreebusy => names::SCHEDULE_QUERY_FREEBUSY,
            Self::ScheduleSend => names::SCHEDULE_SEND,
            Self::ScheduleSendInvite => names::SCHEDULE_SEND_INVITE,
            Self::ScheduleSendReply => names::SCHEDULE_SEND_REPLY,
            Self::ScheduleSendFreebusy => names::SCHEDULE_SEND_FREEBUSY,
        }
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// The privileges somebody holds on a resource, aggregates and their parts alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrivilegeSet(u32);

impl PrivilegeSet {
    /// These privileges and all that they contain.
    pub fn granting(privileges: &[Privilege]) -> Self {
        let mut set = Self::default();
        set.add(&SUPPORTED, false, privileges);
        set
    }

    fn add(&mut self, node: &Aggregate, inherited: bool, granted: &[Privilege]) {
        let held = inherited || granted.contains(&node.privilege);
        if held {
            self.0 |= node.privilege.bit();
        }
        for part in node.contains {
            self.add(part, held, granted);
        }
    }

    /// Whether this privilege is held.
    pub fn holds(self, privilege: Privilege) -> bool {
        self.0 & privilege.bit() != 0
    }

    /// The privileges, in the order of the tree.
    pub fn iter(self) -> impl Iterator<Item = Privilege> {
        let mut tree = Vec::new();
        flatten(&SUPPORTED, &mut tree);
        tree.into_iter().filter(move |privilege| self.holds(*privilege))
    }
}

fn flatten(node: &Aggregate, tree: &mut Vec<Privilege>) {
    tree.push(node.privilege);
    for part in node.contains {
        flatten(part, tree);
    }
}

/// What the caller may do with the target, whether it exists or not.
pub fn privileges(caller: &Caller, target: &Target) -> PrivilegeSet {
    let owner = match target {
        Target::Principal { name } => Some(name.as_str()),
        target => target.home(),
    };
    let grants = match owner {
        Some(owner) if caller.is(owner) => grants_of_owner(target),
        _ => grants_of_others(target),
    };
    PrivilegeSet::granting(grants)
}

/// What is granted to the one whose home or principal it is.
pub fn grants_of_owner(target: &Target) -> &'static [Privilege] {
    use Privilege::{All, Read, ReadAcl, ScheduleDeliver, ScheduleSend, Unbind, WriteProperties};
    match (target.home(), scheduling_collection(target)) {
        (None, _) => grants_of_others(target),
        (Some(_), None) => &[All],
        // Nobody stores there: the server delivers (RFC 6638 2.2), the owner removes.
        (Some(_), Some(INBOX)) => &[Read, ReadAcl, WriteProperties, Unbind, ScheduleDeliver],
        (Some(_), Some(_)) => &[Read, ReadAcl, WriteProperties, ScheduleSend],
    }
}

/// What is granted to every user.
pub fn grants_of_others(target: &Target) -> &'static [Privilege] {
    match (target.home(), scheduling_collection(target)) {
        (None, _) => &[Privilege::Read],
        (Some(_), Some(INBOX)) => &[Privilege::ScheduleDeliver],
        (Some(_), _) => &[],
    }
}

/// Refuses a request whose method needs a privilege that the caller lacks: 403 with
/// `DAV:need-privileges`, or 404 where not even the owner of the home exists.
pub async fn authorize_method(cx: &Context, method: &Method, target: &Target) -> Result<()> {
    let needs = NEEDS.iter().find(|needs| needs.method == method.as_str());
    let Some(needs) = needs else {
        return Ok(());
    };
    match needs.on {
        On::Target => authorize(cx, target, needs.privilege).await,
        On::Parent => authorize(cx, &target.parent(), needs.privilege).await,
    }
}

/// Refuses a caller who lacks this privilege on this resource.
pub async fn authorize(cx: &Context, target: &Target, privilege: Privilege) -> Result<()> {
    if privileges(&cx.caller, target).holds(privilege) {
        return Ok(());
    }
    if let Some(home) = target.home()
        && !cx.caller.is(home)
        && !cx.principal_exists(home).await?
    {
        return Err(Error::not_found());
    }
    let href = target.href();
    let sentence = format!("you lack the privilege {} on {href}", privilege.name());
    Err(Error::unmet(Precondition::NeedPrivileges { href, privilege: privilege.name() }, sentence))
}

struct Needs {
    method: &'static str,
    on: On,
    privilege: Privilege,
}

enum On {
    Target,
    Parent,
}

const fn needs(method: &'static str, on: On, privilege: Privilege) -> Needs {
    Needs { method, on, privilege }
}

/// What each method needs (RFC 3744, appendix B). OPTIONS needs nothing but an account. COPY and MOVE
/// also need `bind` at their destination. Privileges are the same in a whole collection, so who may
/// bind there may also replace content.
const NEEDS: &[Needs] = &[
    needs("GET", On::Target, Privilege::Read),
    needs("HEAD", On::Target, Privilege::Read),
    needs("PROPFIND", On::Target, Privilege::Read),
    needs("REPORT", On::Target, Privilege::Read),
    needs("PROPPATCH", On::Target, Privilege::WriteProperties),
    needs("POST", On::Target, Privilege::ScheduleSendFreebusy),
    needs("PUT", On::Parent, Privilege::Bind),
    needs("MKCOL", On::Parent, Privilege::Bind),
    needs("MKCALENDAR", On::Parent, Privilege::Bind),
    needs("DELETE", On::Parent, Privilege::Unbind),
    needs("COPY", On::Target, Privilege::Read),
    needs("MOVE", On::Parent, Privilege::Unbind),
];

/// `inbox` or `outbox`, if the target is in one. Every home has both, by these names.
fn scheduling_collection(target: &Target) -> Option<&'static str> {
    match target {
        Target::Collection { collection, .. } | Target::Object { collection, .. } => {
            [INBOX, OUTBOX].into_iter().find(|name| name == collection)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(caller: &str, path: &str, privilege: Privilege) -> bool {
        let caller = Caller::named(caller);
        privileges(&caller, &Target::parse(path).unwrap()).holds(privilege)
    }

    #[test]
    fn each_user_holds_what_is_his() {
        use Privilege::{
            All, Bind, Read, ReadFreeBusy, ScheduleDeliverReply, ScheduleQueryFreebusy,
            ScheduleSendFreebusy, Unbind, Write, WriteContent, WriteProperties,
        };
        for (caller, path, privilege, expected) in [
            ("alice", "/", Read, true),
            ("alice", "/dav/", Bind, false),
            ("alice", "/dav/principals/bob/", Read, true),
            ("alice", "/dav/principals/bob/", WriteProperties, false),
            ("alice", "/dav/principals/alice/", WriteProperties, false),
            ("alice", "/dav/calendars/", Bind, false),
            ("alice", "/dav/calendars/alice/", All, true),
            ("Alice", "/dav/calendars/ALICE/work/", WriteContent, true),
            ("alice", "/dav/calendars/alice/work/x.ics", Write, true),
            ("alice", "/dav/calendars/bob/", Read, false),
            ("alice", "/dav/calendars/bob/work/", ReadFreeBusy, false),
            // RFC 6638 6.1: everybody may send to everybody.
            ("alice", "/dav/calendars/bob/inbox/", ScheduleDeliverReply, true),
            ("alice", "/dav/calendars/bob/inbox/", ScheduleQueryFreebusy, true),
            ("alice", "/dav/calendars/bob/inbox/", Read, false),
            ("alice", "/dav/calendars/bob/outbox/", ScheduleSendFreebusy, false),
            ("alice", "/dav/calendars/alice/outbox/", ScheduleSendFreebusy, true),
            ("alice", "/dav/calendars/alice/inbox/", Bind, false),
            ("alice", "/dav/calendars/alice/inbox/", WriteContent, false),
            ("alice", "/dav/calendars/alice/inbox/", Unbind, true),
            ("alice", "/dav/calendars/alice/outbox/", Unbind, false),
        ] {
            assert_eq!(holds(caller, path, privilege), expected, "{caller} {path} {privilege:?}");
        }
    }

    #[test]
    fn an_aggregate_holds_its_parts() {
        let write = PrivilegeSet::granting(&[Privilege::Write]);
        let held: Vec<Privilege> = write.iter().collect();
        assert_eq!(
            held,
            [
                Privilege::Write,
                Privilege::WriteProperties,
                Privilege::WriteContent,
                Privilege::Bind,
                Privilege::Unbind
            ]
        );
        let mut tree = Vec::new();
        flatten(&SUPPORTED, &mut tree);
        assert_eq!(tree.len(), PrivilegeSet::granting(&[Privilege::All]).iter().count());
    }
}
