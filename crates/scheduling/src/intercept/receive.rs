//! A message from elsewhere for somebody who has an account: what mail brings, and `convene deliver`.
//!
//! It is merged as one from here would be, rooms answer it, and answers to outsiders are queued. Who sent it is what
//! the caller says; whether he may say what the message says is decided here (RFC 5546 sections 1.4 and 6.1).

use calendar::{CalendarAddress, Method, Organizer};
use store::{Circle, LockKey, PrincipalId};

use super::board::Board;
use super::journal::{Delivered, Journal, JournalMessage};
use super::{Door, DoorError, Writing, retrying};
use crate::itip::{Message, Notice, Recipient, Route};
use crate::{Delivery, LocalUser, Reason, Summary, UserKind, Verdict, tree};

impl Door {
    /// Delivers a message from outside to a local recipient, in one transaction. One that speaks for somebody else than
    /// its sender is in the audit only. What came of it is in the first message of the journal.
    ///
    /// # Errors
    /// [`DoorError::UnknownRecipient`], or the database's.
    pub async fn deliver(
        &self,
        writing: &Writing<'_>,
        from: &CalendarAddress,
        to: &CalendarAddress,
        message: &calendar::Message,
    ) -> Result<Journal, DoorError> {
        retrying(|| self.try_deliver(writing, from, to, message)).await
    }

    async fn try_deliver(
        &self,
        writing: &Writing<'_>,
        from: &CalendarAddress,
        to: &CalendarAddress,
        message: &calendar::Message,
    ) -> Result<Journal, DoorError> {
        let tx = self.writer.begin(&[LockKey::Uid(message.uid().as_str())]).await?;
        let mut board = Board::new(self, tx, writing, None, message.content(), "deliver");
        let circle = Circle { address: Some(to.as_str()), ..Circle::default() };
        let involvements = board.survey([message.content()], [from, to], circle).await?;
        board.lay_out(involvements);
        let is_person = |user: &&LocalUser| user.kind != UserKind::Group;
        let Some(recipient) = board.directory.find(to).filter(is_person) else {
            return Err(DoorError::UnknownRecipient { address: to.as_str().to_owned() });
        };
        let recipient = recipient.principal;
        let sent = Message {
            itip: message.clone(),
            sender: from.clone(),
            recipients: vec![Recipient {
                address: to.clone(),
                route: Route::Local { principal: recipient, notice: Notice::Normal },
            }],
            summary: Summary::of_message(message),
        };
        match stranger(&board, from, message) {
            None => {
                board.deliver_all(vec![sent]).await?;
            }
            Some(why) => board.turn_away(&sent, to, PrincipalId::new(recipient), why),
        }
        let journal = board.journal.clone();
        let (tx, _) = board.flush().await?;
        tx.commit().await?;
        Ok(journal)
    }
}

impl Board<'_> {
    /// Notes a message that is not delivered. What lies in an inbox tells clients that something was done (RFC 6638
    /// section 4): they would show a cancellation that is none.
    fn turn_away(
        &mut self,
        message: &Message,
        to: &CalendarAddress,
        recipient: PrincipalId,
        why: &str,
    ) {
        let mut delivered = Delivered::new(to, Some(recipient), Delivery::NoPrivilege);
        let about = calendar::InstanceId::Master;
        delivered.reasons.push(Reason::of(&message.sender, about, Verdict::Ignored, why));
        let mut entry = JournalMessage::of(message);
        entry.deliveries.push(delivered);
        self.journal.messages.push(entry);
    }
}

/// Why the sender may not say this, if he may not: what the organizer says comes from him or somebody who sends for
/// him, what an attendee says from an attendee. Whom a REQUEST comes from is looked at where it is merged, since
/// attendees may send one to whom they delegate.
fn stranger(
    board: &Board<'_>,
    from: &CalendarAddress,
    message: &calendar::Message,
) -> Option<&'static str> {
    let is_sender = |address: &CalendarAddress| board.directory.is_same_person(address, from);
    let is_organizer = message.components().all(|component| {
        tree::organizer(component).is_some_and(|(address, line)| {
            let sent_by = Organizer::new(line).sent_by();
            is_sender(&address) || sent_by.is_some_and(|address| is_sender(&address))
        })
    });
    let is_attendee = message.components().all(|component| {
        tree::attendees(component).any(|(address, line)| {
            is_sender(&address) || line.sent_by().is_some_and(|address| is_sender(&address))
        })
    });
    match message.method() {
        Method::Request => (!is_organizer && !is_attendee)
            .then_some("it invites in the name of somebody else than its sender"),
        Method::Cancel | Method::Add | Method::Publish | Method::DeclineCounter => {
            (!is_organizer).then_some("it speaks for an organizer who is not its sender")
        }
        Method::Reply | Method::Counter | Method::Refresh => {
            (!is_attendee).then_some("it speaks for an attendee who is not its sender")
        }
    }
}
