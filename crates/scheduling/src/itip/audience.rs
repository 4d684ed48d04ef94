//! Who is to be told what of an organizer's write (RFC 6638 sections 3.2.1, 3.2.6 and 3.2.7; design
//! rules 1, 2 and 5).
//!
//! Every attendee is looked at by himself, instance by instance. Those for whom the answer is the
//! same share one message: fifty attendees of one event make one REQUEST.

use std::collections::{BTreeMap, BTreeSet};

use calendar::{CalendarAddress, CalendarObject, InstanceId, Partstat};

use super::changes::Changes;
use super::participation::Participation;
use super::sight::{Listing, Sight, Standing};
use super::{Notice, Recipient, Route};
use crate::directory::Person;
use crate::{Reason, Verdict, tree};

/// Everybody who is to be told the same.
pub(super) struct Audience {
    pub(super) cancelled: Vec<InstanceId>,
    pub(super) cancel_to: Vec<Recipient>,
    pub(super) scope: Scope,
    /// The components of the new version that these attendees may see.
    pub(super) seen: Vec<InstanceId>,
    pub(super) request_to: Vec<Recipient>,
    /// Whether they hear of it for the first time.
    pub(super) is_new: bool,
    /// Everybody this is about, told or not.
    pub(super) members: Vec<CalendarAddress>,
    /// Those whose addresses mean nobody.
    pub(super) unknown: Vec<CalendarAddress>,
}

/// What a REQUEST has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// No REQUEST.
    #[default]
    Nothing,
    /// These overrides.
    Only(BTreeSet<InstanceId>),
    /// All that the attendee may see.
    Everything,
}

impl Scope {
    /// Whether a REQUEST of this scope holds a component that its recipients may see.
    pub(super) fn holds(&self, id: InstanceId) -> bool {
        match self {
            Self::Nothing => false,
            Self::Only(ids) => ids.contains(&id),
            Self::Everything => true,
        }
    }

    fn add(&mut self, id: InstanceId) {
        match self {
            Self::Everything => {}
            _ if id == InstanceId::Master => *self = Self::Everything,
            Self::Nothing => *self = Self::Only(BTreeSet::from([id])),
            Self::Only(ids) => drop(ids.insert(id)),
        }
    }
}

/// What one attendee has to hear.
#[derive(Default)]
struct News {
    cancelled: Vec<InstanceId>,
    scope: Scope,
    /// The instances because of which the REQUEST is sent.
    because: Vec<InstanceId>,
}

/// The two versions and what is known about their differences.
pub(super) struct View<'a> {
    pub(super) old: Option<&'a CalendarObject>,
    pub(super) new: Option<&'a CalendarObject>,
    pub(super) before: &'a Sight,
    pub(super) after: &'a Sight,
    pub(super) changes: &'a Changes,
    pub(super) participation: &'a Participation,
}

/// What was found out about all attendees.
#[derive(Default)]
pub(super) struct Audiences {
    pub(super) groups: Vec<Audience>,
    /// Instances whose list of people to be told changed.
    pub(super) concerned: BTreeSet<InstanceId>,
    /// Who is told of which instance for the first time.
    pub(super) first_told: Vec<(CalendarAddress, InstanceId)>,
    pub(super) reasons: Vec<Reason>,
}

type Key = (Vec<InstanceId>, Scope, Vec<InstanceId>, bool);

impl View<'_> {
    /// Sorts all attendees of both versions into audiences.
    pub(super) fn audiences(&self) -> Audiences {
        let mut found = Audiences::default();
        let mut groups: BTreeMap<Key, Audience> = BTreeMap::new();
        let people: BTreeSet<&Person> = self.before.keys().chain(self.after.keys()).collect();
        for person in people {
            let (old, new) = (self.before.get(person), self.after.get(person));
            let news = self.news(person, old, new, &mut found);
            self.address(person, old, new, news, &mut groups, &mut found.reasons);
        }
        found.groups = groups.into_values().collect();
        found
    }

    /// The table of RFC 6638 section 3.2.1.2 for one attendee, instance by instance.
    fn news(
        &self,
        person: &Person,
        old: Option<&Listing>,
        new: Option<&Listing>,
        found: &mut Audiences,
    ) -> News {
        let mut news = News::default();
        match (old, new) {
            (None, None) => {}
            (None, Some(new)) => {
                news.scope = Scope::Everything;
                news.because = new.ids();
            }
            (Some(old), None) => news.cancelled = off_everything(old),
            (Some(old), Some(new)) => self.compare(person, old, new, &mut news),
        }
        for id in &news.because {
            if let Some(new) =
                new.filter(|new| new.is_told(*id) && !old.is_some_and(|old| old.is_told(*id)))
            {
                found.first_told.push((new.address.clone(), *id));
                found.concerned.insert(*id);
            }
        }
        found.concerned.extend(news.cancelled.iter().copied());
        // What he is still in must not look older than the CANCEL of the series.
        if news.cancelled.contains(&InstanceId::Master) {
            found.concerned.extend(news.because.iter().copied());
        }
        news
    }

    fn compare(&self, person: &Person, old: &Listing, new: &Listing, news: &mut News) {
        let (was_in_series, is_in_series) =
            (old.sees(InstanceId::Master), new.sees(InstanceId::Master));
        if was_in_series && !is_in_series {
            // Off the series, but still in some of its instances: the CANCEL applies first.
            news.cancelled.push(InstanceId::Master);
            new.ids().into_iter().for_each(|id| news.because(id));
            return;
        }
        let saw = |id| self.saw(old, id);
        for (id, _) in &new.lines {
            let asked = self.participation.reinvited.contains_key(&(person.clone(), *id))
                || self.participation.forced.contains(&(person.clone(), *id));
            if !saw(*id) || self.changes.is_changed(*id) || asked {
                news.because(*id);
            }
        }
        for (id, _) in &old.lines {
            let is_gone = if is_in_series { self.is_hidden_from(new, *id) } else { !new.sees(*id) };
            if *id != InstanceId::Master && is_gone {
                news.cancelled.push(*id);
            }
        }
        if was_in_series && is_in_series {
            if self.changes_later_instances() {
                news.because(InstanceId::Master);
            }
            self.compare_instances_of_series(old, new, news);
        }
    }

    /// Instances that the attendee saw, or sees again, by the master alone.
    fn compare_instances_of_series(&self, old: &Listing, new: &Listing, news: &mut News) {
        let hidden = self.new.map(tree::parts).unwrap_or_default().into_iter().map(|(id, _)| id);
        let hidden = hidden.filter(|id| *id != InstanceId::Master && !new.sees(*id));
        for id in hidden.chain(self.changes.left_out.iter().copied()) {
            if self.saw(old, id) && !news.cancelled.contains(&id) {
                news.cancelled.push(id);
                self.renew_later(new, id, news);
            }
        }
        if !self.changes.given_back.is_empty() {
            news.because(InstanceId::Master);
        }
    }

    /// Later instances that he is still in are cancelled along with one that reaches them: he is told of them again.
    fn renew_later(&self, new: &Listing, cancelled: InstanceId, news: &mut News) {
        let part = self.new.and_then(|object| tree::part(object, cancelled));
        if part.is_some_and(calendar::Component::is_this_and_future) {
            let later = new.ids().into_iter().filter(|id| *id > cancelled);
            later.for_each(|id| news.because(id));
        }
    }

    /// Whether an override that reaches all later instances, or did, differs: it says nothing without the series, and
    /// who does not see it sees the series end before.
    fn changes_later_instances(&self) -> bool {
        let parts = [self.old, self.new].into_iter().flatten().flat_map(tree::parts);
        let mut reaching = parts.filter(|(_, part)| part.is_this_and_future());
        reaching.any(|(id, _)| self.changes.is_changed(id))
    }

    /// Whether an attendee saw an instance: by a component of its own, or by the series.
    fn saw(&self, old: &Listing, id: InstanceId) -> bool {
        let has_own = self.old.is_some_and(|object| tree::part(object, id).is_some());
        if has_own { old.sees(id) } else { old.sees(InstanceId::Master) }
    }

    /// Whether an instance is there but not for this attendee of the series, or not there at all.
    fn is_hidden_from(&self, new: &Listing, id: InstanceId) -> bool {
        let has_override = self.new.is_some_and(|object| tree::part(object, id).is_some());
        (has_override && !new.sees(id)) || self.changes.left_out.contains(&id)
    }

    /// Puts one attendee into the groups of those who get the same messages.
    fn address(
        &self,
        person: &Person,
        old: Option<&Listing>,
        new: Option<&Listing>,
        news: News,
        groups: &mut BTreeMap<Key, Audience>,
        reasons: &mut Vec<Reason>,
    ) {
        let Some(address) = new.or(old).map(|listing| listing.address.clone()) else { return };
        if news.cancelled.is_empty() && news.scope == Scope::Nothing {
            reasons.push(Reason::of(
                &address,
                InstanceId::Master,
                Verdict::NotTold,
                "nothing changed for him",
            ));
            return;
        }
        let cancel = self.cancel_notice(old, &news.cancelled);
        let request = new.and_then(|new| self.request_notice(person, old, new, &news));
        reasons.extend(self.explain(&address, &news, old, [cancel, request]));
        let seen = new.map(Listing::ids).unwrap_or_default();
        let key = (news.cancelled, news.scope, seen, old.is_none());
        let group =
            groups.entry(key).or_insert_with_key(|(cancelled, scope, seen, is_new)| Audience {
                cancelled: cancelled.clone(),
                cancel_to: Vec::new(),
                scope: scope.clone(),
                seen: seen.clone(),
                request_to: Vec::new(),
                is_new: *is_new,
                members: Vec::new(),
                unknown: Vec::new(),
            });
        if cancel.or(request).is_none() {
            group.unknown.push(address.clone());
        }
        group.members.push(address.clone());
        let recipient =
            |notice| Some(Recipient { address: address.clone(), route: route(person, notice)? });
        if !group.cancelled.is_empty() {
            group.cancel_to.extend(cancel.and_then(recipient));
        }
        if group.scope != Scope::Nothing {
            group.request_to.extend(request.and_then(recipient));
        }
    }

    /// What an attendee is told of each instance, by a CANCEL and by a REQUEST, and why.
    fn explain(
        &self,
        address: &CalendarAddress,
        news: &News,
        old: Option<&Listing>,
        [cancel, request]: [Option<Notice>; 2],
    ) -> Vec<Reason> {
        let nobody = (Verdict::NotTold, "nobody here has this address, and mail does not reach it");
        let cancelled = news.cancelled.iter().map(|id| {
            let (verdict, text) = match cancel {
                Some(Notice::Quiet) => {
                    (Verdict::Quiet, "it is cancelled for him; he had declined or was only listed")
                }
                Some(_) => (Verdict::Cancel, self.why_cancelled(*id)),
                None => nobody,
            };
            Reason::of(address, *id, verdict, text)
        });
        let asked = news.because.iter().map(|id| {
            let (verdict, text) = match request {
                Some(Notice::Quiet) => (
                    Verdict::Quiet,
                    "he declined or is only listed: a copy he has is kept up to date",
                ),
                Some(Notice::Normal | Notice::Asked) => {
                    (Verdict::Request, self.why_asked(old, *id))
                }
                Some(Notice::Reinvitation) => (Verdict::Request, "the organizer asks him again"),
                None => nobody,
            };
            Reason::of(address, *id, verdict, text)
        });
        cancelled.chain(asked).collect()
    }

    /// Why he gets a REQUEST about an instance.
    fn why_asked(&self, old: Option<&Listing>, id: InstanceId) -> &'static str {
        match old {
            None => "he is invited",
            Some(old) if self.saw(old, id) => "it changed",
            Some(_) => "he is new on this date",
        }
    }

    /// Why he gets a CANCEL of it.
    fn why_cancelled(&self, id: InstanceId) -> &'static str {
        let Some(new) = self.new else { return "the meeting is deleted" };
        if self.changes.left_out.contains(&id) {
            return "this date is left out";
        }
        match tree::part_for(new, id) {
            Some(part) if part.is_cancelled() => "it is cancelled",
            Some(_) => "he was taken off",
            None => "this date is no more",
        }
    }

    /// One who declined all that is cancelled is not told (design rule 2).
    fn cancel_notice(&self, old: Option<&Listing>, cancelled: &[InstanceId]) -> Option<Notice> {
        let old = old?;
        let lines: Vec<_> = if cancelled.contains(&InstanceId::Master) {
            old.lines.iter().map(|(_, line)| line).collect()
        } else {
            cancelled.iter().filter_map(|id| old.line_for(*id)).collect()
        };
        if lines.iter().all(|line| line.standing == Standing::Unknown) {
            return None;
        }
        let is_told = lines
            .iter()
            .any(|line| line.standing == Standing::Told && line.partstat != Partstat::Declined);
        Some(if is_told { Notice::Normal } else { Notice::Quiet })
    }

    /// How a REQUEST reaches an attendee, by the instance that makes it most urgent.
    fn request_notice(
        &self,
        person: &Person,
        old: Option<&Listing>,
        new: &Listing,
        news: &News,
    ) -> Option<Notice> {
        if new.lines.iter().all(|(_, line)| line.standing == Standing::Unknown) {
            return None;
        }
        let notice = |id: &InstanceId| {
            let Some(line) = new.line_for(*id).filter(|line| line.standing == Standing::Told)
            else {
                return Notice::Quiet;
            };
            if self.participation.reinvited.contains_key(&(person.clone(), *id)) {
                return Notice::Reinvitation;
            }
            let was_told = old
                .and_then(|old| old.line_for(*id))
                .filter(|line| line.standing == Standing::Told);
            if self.participation.forced.contains(&(person.clone(), *id)) {
                return Notice::Asked;
            }
            let stays_away = was_told.is_some_and(|line| line.partstat == Partstat::Declined)
                && line.partstat == Partstat::Declined;
            if stays_away && !self.changes.is_rescheduled(*id) {
                Notice::Quiet
            } else {
                Notice::Normal
            }
        };
        Some(news.because.iter().map(notice).max().unwrap_or(Notice::Quiet))
    }
}

impl News {
    fn because(&mut self, id: InstanceId) {
        self.scope.add(id);
        self.because.push(id);
    }
}

/// Off the whole object: a CANCEL of the series says it all, else one of each instance he was in.
fn off_everything(old: &Listing) -> Vec<InstanceId> {
    if old.sees(InstanceId::Master) { vec![InstanceId::Master] } else { old.ids() }
}

/// A quiet update is for copies here only.
fn route(person: &Person, notice: Notice) -> Option<Route> {
    match person {
        Person::Local(principal) => Some(Route::Local { principal: *principal, notice }),
        Person::External(_) => (notice != Notice::Quiet).then_some(Route::External),
    }
}
