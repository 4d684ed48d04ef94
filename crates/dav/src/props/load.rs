//! Loading what properties are read from: a few statements for a resource, none for each member.

use std::collections::HashMap;

use store::{
    Collection, CollectionId, CollectionKind, ComponentKind, ObjectId, Principal, PrincipalId,
    Property, PropertyTarget, Queries,
};

use super::node::{Facts, Kind, Node};
use super::plan::Needs;
use crate::error::Result;
use crate::target::Target;

/// The resource at this place; `None`: there is none, or it is a calendar object.
pub(crate) async fn load(
    queries: &mut Queries,
    target: &Target,
    needs: Needs,
) -> Result<Option<Node>> {
    let fixed = |kind| Ok(Some(Node::new(target.clone(), kind, Facts::Fixed)));
    match target {
        Target::Site => fixed(Kind::Site),
        Target::Root => fixed(Kind::Root),
        Target::Principals => fixed(Kind::Principals),
        Target::Homes => fixed(Kind::Homes),
        Target::Principal { name } => match queries.find_principal(name).await? {
            Some(principal) => principal_node(queries, principal, needs).await.map(Some),
            None => Ok(None),
        },
        Target::Home { home } => match queries.find_principal(home).await? {
            Some(principal) => home_node(queries, principal, needs).await.map(Some),
            None => Ok(None),
        },
        Target::Collection { home, collection } => {
            match queries.find_collection(home, collection).await? {
                Some(found) => collection_node(queries, home, found, needs).await.map(Some),
                None => Ok(None),
            }
        }
        Target::Object { .. } | Target::WellKnown | Target::Nowhere => Ok(None),
    }
}

async fn principal_node(queries: &mut Queries, principal: Principal, needs: Needs) -> Result<Node> {
    let id = principal.id;
    let mut around = Around::load(queries, &[id], needs).await?;
    Ok(around.node(principal))
}

/// What stands about principals in other tables.
#[derive(Default)]
struct Around {
    addresses: HashMap<PrincipalId, Vec<String>>,
    members: HashMap<PrincipalId, Vec<String>>,
    groups: HashMap<PrincipalId, Vec<String>>,
}

impl Around {
    /// As many statements for many principals as for one.
    async fn load(queries: &mut Queries, ids: &[PrincipalId], needs: Needs) -> Result<Self> {
        let mut around = Self::default();
        if needs.addresses {
            for (id, address) in queries.list_addresses_of(ids).await? {
                around.addresses.entry(id).or_default().push(address);
            }
        }
        if needs.groups {
            for (group, member) in queries.list_group_members(ids).await? {
                around.members.entry(group).or_default().push(member.name);
            }
            for (member, group) in queries.list_groups_of(ids).await? {
                around.groups.entry(member).or_default().push(group.name);
            }
        }
        Ok(around)
    }

    fn node(&mut self, principal: Principal) -> Node {
        let id = principal.id;
        let target = Target::Principal { name: principal.name.to_lowercase() };
        let facts = Facts::Principal {
            principal: Box::new(principal),
            addresses: self.addresses.remove(&id).unwrap_or_default(),
            members: self.members.remove(&id).unwrap_or_default(),
            groups: self.groups.remove(&id).unwrap_or_default(),
        };
        Node::new(target, Kind::Principal, facts)
    }
}

async fn home_node(queries: &mut Queries, principal: Principal, needs: Needs) -> Result<Node> {
    let id = principal.id;
    let change = if needs.home_change { queries.home_change(id).await? } else { 0 };
    let target = Target::Home { home: principal.name.to_lowercase() };
    let facts = Facts::Home { principal: Box::new(principal), change };
    let mut node = Node::new(target, Kind::Home, facts);
    if needs.stored {
        node.stored = queries.list_properties(PropertyTarget::Principal(id)).await?;
    }
    Ok(node)
}

async fn collection_node(
    queries: &mut Queries,
    home: &str,
    collection: Collection,
    needs: Needs,
) -> Result<Node> {
    let id = collection.id;
    let default_calendar = default_calendar(queries, &collection, needs).await?;
    let mut node = Node::of_collection(home, collection, default_calendar);
    if needs.stored {
        node.stored = queries.list_properties(PropertyTarget::Collection(id)).await?;
    }
    Ok(node)
}

/// Of an inbox: where invitations to meetings go.
async fn default_calendar(
    queries: &mut Queries,
    collection: &Collection,
    needs: Needs,
) -> Result<Option<String>> {
    if !needs.default_calendar || collection.kind != CollectionKind::Inbox {
        return Ok(None);
    }
    let found = queries.list_default_collections(&[collection.owner], ComponentKind::Event).await?;
    Ok(found.into_iter().next().map(|(_, calendar)| calendar.name))
}

/// The collections in a home, in order of name.
pub(crate) async fn load_members_of_home(
    queries: &mut Queries,
    home: &Node,
    needs: Needs,
) -> Result<Vec<Node>> {
    let (Facts::Home { principal, .. }, Target::Home { home }) = (&home.facts, &home.target) else {
        return Ok(Vec::new());
    };
    let mut stored: HashMap<CollectionId, Vec<Property>> = HashMap::new();
    if needs.stored {
        for (id, property) in queries.list_properties_of_collections(principal.id).await? {
            stored.entry(id).or_default().push(property);
        }
    }
    let mut nodes = Vec::new();
    for collection in queries.list_collections(principal.id).await? {
        let id = collection.id;
        let default_calendar = default_calendar(queries, &collection, needs).await?;
        let mut node = Node::of_collection(home, collection, default_calendar);
        node.stored = stored.remove(&id).unwrap_or_default();
        nodes.push(node);
    }
    Ok(nodes)
}

/// A page of principals, in order of name.
pub(crate) async fn principals_page(
    queries: &mut Queries,
    after: Option<&str>,
    limit: u32,
    needs: Needs,
) -> Result<Vec<Node>> {
    let principals = queries.list_principals(after, limit).await?;
    let ids: Vec<PrincipalId> = principals.iter().map(|principal| principal.id).collect();
    let mut around = Around::load(queries, &ids, needs).await?;
    Ok(principals.into_iter().map(|principal| around.node(principal)).collect())
}

/// The properties that clients have set on these objects, in one statement.
pub(crate) async fn stored_of_objects(
    queries: &mut Queries,
    ids: impl IntoIterator<Item = ObjectId>,
    needs: Needs,
) -> Result<HashMap<ObjectId, Vec<Property>>> {
    let mut stored: HashMap<ObjectId, Vec<Property>> = HashMap::new();
    let ids: Vec<ObjectId> = if needs.stored { ids.into_iter().collect() } else { Vec::new() };
    if !ids.is_empty() {
        for (id, property) in queries.list_properties_of_objects(&ids).await? {
            stored.entry(id).or_default().push(property);
        }
    }
    Ok(stored)
}
