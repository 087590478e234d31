//! What every [`CallLines`] must do.

use std::sync::Arc;

use hallway_domain::call::{
    CallId, CallMedia, DeviceId, IceCandidate, Kept, MAX_KEPT, Party, Payload, SdpKind, SessionDescription, Side,
    Trickle,
};
use hallway_domain::ports::{CallLines, Line};
use hallway_domain::{ConnectionId, UserId};
use uuid::Uuid;

/// Makes one test per case. `$fresh` names an `async fn() -> Arc<dyn CallLines>` in scope that gives empty ones.
#[macro_export]
macro_rules! lines_contract {
    ($fresh:ident) => {
        $crate::contract_cases! { lines, $fresh;
            a_device_is_there_while_a_connection_of_it_is, users_are_apart, a_page_that_is_back_keeps_its_device,
            payloads_come_back_in_order, an_offer_takes_the_place_of_all, candidates_are_bounded, devices_and_calls_are_apart,
        }
    };
}

const fn line(user: i64, device: u128, connection: u128) -> Line {
    Line {
        user: UserId(user),
        device: DeviceId(Uuid::from_u128(device)),
        connection: ConnectionId(Uuid::from_u128(connection)),
    }
}

const fn party(device: u128) -> Party {
    Party { side: Side::Caller, device: DeviceId(Uuid::from_u128(device)) }
}

fn id(name: &str) -> CallId {
    CallId::parse(name).expect("an id")
}

fn description(kind: SdpKind, name: &str) -> Payload {
    let sdp = SessionDescription::parse(kind, format!("v=0\r\ns={name}\r\n")).expect("a description");
    Payload { sdp: Some(sdp), candidates: Vec::new(), media: Some(CallMedia { audio: true, video: false }) }
}

fn candidate(number: usize) -> Payload {
    let line = format!("candidate:{number} 1 udp 1 192.0.2.1 5000 typ host");
    let candidate = IceCandidate::parse(&line).expect("a candidate");
    let trickle = Trickle { candidate, mid: Some("0".to_owned()), line: Some(0), fragment: Some("abcd".to_owned()) };
    Payload { candidates: vec![trickle], ..Payload::default() }
}

async fn kept(lines: &dyn CallLines, call: &CallId, from: Party) -> Vec<(Kept, Payload)> {
    lines.kept(call, from).await.expect("kept")
}

pub async fn a_device_is_there_while_a_connection_of_it_is(fresh: impl AsyncFn() -> Arc<dyn CallLines>) {
    let lines = fresh().await;
    assert_eq!(lines.devices(UserId(1)).await.expect("devices"), []);
    lines.attach(line(1, 10, 100)).await.expect("attach");
    lines.attach(line(1, 11, 101)).await.expect("attach");
    lines.renew().await.expect("renew");
    let mut devices = lines.devices(UserId(1)).await.expect("devices");
    devices.sort_unstable();
    assert_eq!(devices, [party(10).device, party(11).device]);
    assert!(lines.detach(line(1, 10, 100)).await.expect("detach"));
    assert!(lines.detach(line(1, 10, 100)).await.expect("detach"), "again is fine");
    assert_eq!(lines.devices(UserId(1)).await.expect("devices"), [party(11).device]);
}

pub async fn users_are_apart(fresh: impl AsyncFn() -> Arc<dyn CallLines>) {
    let lines = fresh().await;
    lines.attach(line(1, 10, 100)).await.expect("attach");
    // The name of a device is its client's to choose.
    lines.attach(line(2, 10, 200)).await.expect("attach");
    assert!(lines.detach(line(2, 10, 200)).await.expect("detach"));
    assert_eq!(lines.devices(UserId(1)).await.expect("devices"), [party(10).device]);
    assert_eq!(lines.devices(UserId(2)).await.expect("devices"), []);
}

pub async fn a_page_that_is_back_keeps_its_device(fresh: impl AsyncFn() -> Arc<dyn CallLines>) {
    let lines = fresh().await;
    lines.attach(line(1, 10, 100)).await.expect("attach");
    lines.attach(line(1, 10, 101)).await.expect("attach");
    assert!(!lines.detach(line(1, 10, 100)).await.expect("detach"), "it speaks through another one");
    assert_eq!(lines.devices(UserId(1)).await.expect("devices"), [party(10).device]);
}

pub async fn payloads_come_back_in_order(fresh: impl AsyncFn() -> Arc<dyn CallLines>) {
    let lines = fresh().await;
    let call = id("one");
    let offer = description(SdpKind::Offer, "offer");
    lines.keep(&call, party(1), Kept::Offer, &offer).await.expect("keep");
    lines.keep(&call, party(1), Kept::Candidate, &candidate(1)).await.expect("keep");
    lines.keep(&call, party(1), Kept::Candidate, &candidate(2)).await.expect("keep");
    lines.keep(&call, party(1), Kept::Negotiation, &description(SdpKind::Offer, "old")).await.expect("keep");
    let later = description(SdpKind::Answer, "new");
    lines.keep(&call, party(1), Kept::Negotiation, &later).await.expect("keep");
    let expected = [
        (Kept::Offer, offer),
        (Kept::Negotiation, later),
        (Kept::Candidate, candidate(1)),
        (Kept::Candidate, candidate(2)),
    ];
    assert_eq!(kept(lines.as_ref(), &call, party(1)).await, expected);
}

pub async fn an_offer_takes_the_place_of_all(fresh: impl AsyncFn() -> Arc<dyn CallLines>) {
    let lines = fresh().await;
    let call = id("one");
    lines.keep(&call, party(1), Kept::Offer, &description(SdpKind::Offer, "old")).await.expect("keep");
    lines.keep(&call, party(1), Kept::Candidate, &candidate(1)).await.expect("keep");
    let offer = description(SdpKind::Offer, "new");
    lines.keep(&call, party(1), Kept::Offer, &offer).await.expect("keep");
    assert_eq!(kept(lines.as_ref(), &call, party(1)).await, [(Kept::Offer, offer)]);
}

pub async fn candidates_are_bounded(fresh: impl AsyncFn() -> Arc<dyn CallLines>) {
    let lines = fresh().await;
    let call = id("one");
    for number in 0..MAX_KEPT + 10 {
        lines.keep(&call, party(1), Kept::Candidate, &candidate(number)).await.expect("keep");
    }
    let kept = kept(lines.as_ref(), &call, party(1)).await;
    assert_eq!(kept.len(), MAX_KEPT);
    assert_eq!(kept[0].1, candidate(0));
}

pub async fn devices_and_calls_are_apart(fresh: impl AsyncFn() -> Arc<dyn CallLines>) {
    let lines = fresh().await;
    let (one, two) = (id("one"), id("two"));
    for (call, from) in [(&one, party(1)), (&one, party(2)), (&two, party(1))] {
        lines.keep(call, from, Kept::Candidate, &candidate(1)).await.expect("keep");
    }
    lines.forget(&one, party(1)).await.expect("forget");
    assert_eq!(kept(lines.as_ref(), &one, party(1)).await, []);
    assert_eq!(kept(lines.as_ref(), &one, party(2)).await.len(), 1);
    lines.close(&one).await.expect("close");
    assert_eq!(kept(lines.as_ref(), &one, party(2)).await, []);
    assert_eq!(kept(lines.as_ref(), &two, party(1)).await.len(), 1);
}
