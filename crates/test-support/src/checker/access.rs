//! Nobody sees what they have no right to, and a removed text is gone.

use std::collections::HashMap;
use std::time::Duration;

use super::history::{Entry, Event, Fact, Kind, Message, Moment, Source};
use super::index::Index;
use super::report::{Anomaly, Report};

/// How long what was on its way may still come after a revocation. What was sent after it may not at all.
pub(super) const GRACE: Duration = Duration::from_secs(1);

pub(super) fn check(index: &Index<'_>, report: &mut Report) {
    let mut erased: HashMap<Message, Moment> = HashMap::new();
    for entry in &index.entries {
        if let Event::Erased { message } = entry.event {
            erased.entry(message).or_insert(entry.at);
        }
    }
    for entry in &index.entries {
        match &entry.event {
            Event::Receive { fact, source } => {
                let asked = match source {
                    Source::Live => None,
                    Source::Resume { asked } => Some(*asked),
                };
                receive(entry, fact, asked, index, report);
                shown(entry, fact, asked, &erased, report);
            }
            Event::Read { asked, messages } => {
                read(entry, *asked, messages, index, report);
                for fact in messages {
                    shown(entry, fact, Some(*asked), &erased, report);
                }
            }
            _ => {}
        }
    }
}

fn receive(entry: &Entry, fact: &Fact, asked: Option<Moment>, index: &Index<'_>, report: &mut Report) {
    let Some(closed) = index.shut_out(entry.user, entry.room, entry.at) else { return };
    let Some(since) = closed.since else {
        report.add(Anomaly::NeverMember, || told(entry, fact));
        return;
    };
    if sent_after(fact, since, index) {
        report.add(Anomaly::SentAfterRevoke, || told(entry, fact));
    } else if asked.is_some_and(|asked| asked > since) {
        report.add(Anomaly::HistoryAfterRevoke, || told(entry, fact));
    } else if entry.at > since + GRACE {
        report.add(Anomaly::LiveAfterRevoke, || told(entry, fact));
    }
}

fn read(entry: &Entry, asked: Moment, messages: &[Fact], index: &Index<'_>, report: &mut Report) {
    if let Some(closed) = index.shut_out(entry.user, entry.room, asked) {
        let anomaly = if closed.since.is_none() { Anomaly::NeverMember } else { Anomaly::HistoryAfterRevoke };
        report.add(anomaly, || format!("{:?} read {} messages of {:?}", entry.user, messages.len(), entry.room));
    } else if let Some(since) = index.shut_out(entry.user, entry.room, entry.at).and_then(|closed| closed.since) {
        for fact in messages.iter().filter(|fact| sent_after(fact, since, index)) {
            report.add(Anomaly::SentAfterRevoke, || told(entry, fact));
        }
    }
}

fn sent_after(fact: &Fact, since: Moment, index: &Index<'_>) -> bool {
    fact.key.and_then(|key| index.sends.get(&key)).is_some_and(|sent| sent.at > since)
}

/// Whether a text that had been removed before it was asked for is shown.
fn shown(entry: &Entry, fact: &Fact, asked: Option<Moment>, erased: &HashMap<Message, Moment>, report: &mut Report) {
    let gone = erased.get(&Message(fact.subject)).filter(|_| matches!(fact.kind, Kind::Posted | Kind::Edited));
    if let (Some(gone), Some(asked), Some(_)) = (gone, asked, fact.text)
        && asked > *gone
    {
        report.add(Anomaly::ErasedText, || told(entry, fact));
    }
}

fn told(entry: &Entry, fact: &Fact) -> String {
    format!("{:?} ({:?}) in {:?} at {:?}: {fact:?}", entry.client, entry.user, entry.room, entry.at)
}
