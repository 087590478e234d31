//! Logins and their chains of refresh tokens.

use hallway_domain::{Order, PageRequest, RefreshToken, Session, SessionId, Timestamp, TokenId, User, UserRef};
use tokio::task::JoinSet;

use super::{World, at};

fn token(world: &World, session: &Session, parent: Option<TokenId>) -> RefreshToken {
    let id = world.uuid();
    let mut hash = [7; 32];
    hash[..16].copy_from_slice(id.as_bytes());
    RefreshToken {
        id: TokenId(id),
        session: session.id,
        parent,
        hash,
        created_at: at(1),
        expires_at: at(500),
        used_at: None,
    }
}

async fn insert(world: &World, token: &RefreshToken) {
    let mut unit = world.begin().await;
    unit.sessions().insert_refresh(token).await.expect("insert token");
    unit.commit().await.expect("commit token");
}

async fn live(world: &World, user: &UserRef, now: Timestamp) -> Vec<SessionId> {
    let page = world.queries().sessions_of(user.id, now, PageRequest::first(50)).await.expect("sessions");
    assert_eq!(page.total, page.items.len() as u64);
    page.items.into_iter().map(|session| session.id).collect()
}

pub async fn stores_and_finds(world: World) {
    let ann = world.insert_user(World::new_user("ann")).await;
    let full = world.session(&ann.to_ref(), |_| {}).await;
    let bare = world.session(&ann.to_ref(), |session| (session.user_agent, session.ip) = (None, None)).await;
    for session in [&full, &bare] {
        let found = world.queries().session(session.id).await.expect("session");
        assert_eq!(found, Some((session.clone(), ann.clone())));
        let mut unit = world.begin().await;
        assert_eq!(unit.sessions().find(session.id).await.expect("find"), Some(session.clone()));
    }
    let unknown = SessionId(world.uuid());
    assert_eq!(world.queries().session(unknown).await.expect("session"), None);
    let mut unit = world.begin().await;
    assert_eq!(unit.sessions().find(unknown).await.expect("find"), None);
}

pub async fn revokes_once(world: World) {
    let ann = world.user("ann").await;
    let session = world.session(&ann, |_| {}).await;
    let mut unit = world.begin().await;
    assert!(unit.sessions().revoke(session.id, at(10)).await.expect("revoke"));
    assert!(!unit.sessions().revoke(session.id, at(11)).await.expect("revoke again"));
    assert!(!unit.sessions().revoke(SessionId(world.uuid()), at(11)).await.expect("revoke an unknown one"));
    unit.commit().await.expect("commit");
    let (found, _) = world.queries().session(session.id).await.expect("session").expect("ended ones are found too");
    assert_eq!(found.revoked_at, Some(at(10)));
}

pub async fn revokes_all_but_one(world: World) {
    let (ann, bob) = (world.user("ann").await, world.user("bob").await);
    let keep = world.session(&ann, |_| {}).await;
    let mut others = [world.session(&ann, |_| {}).await.id, world.session(&ann, |_| {}).await.id];
    world.session(&ann, |session| session.revoked_at = Some(at(1))).await;
    let foreign = world.session(&bob, |_| {}).await;
    let mut unit = world.begin().await;
    let mut revoked = unit.sessions().revoke_all(ann.id, Some(keep.id), at(10)).await.expect("revoke all");
    revoked.sort_unstable();
    others.sort_unstable();
    assert_eq!(revoked, others);
    unit.commit().await.expect("commit");
    assert_eq!(live(&world, &ann, at(11)).await, [keep.id]);
    assert_eq!(live(&world, &bob, at(11)).await, [foreign.id]);
    let mut unit = world.begin().await;
    assert_eq!(unit.sessions().revoke_all(ann.id, None, at(12)).await.expect("revoke all"), [keep.id]);
    assert_eq!(unit.sessions().revoke_all(ann.id, None, at(13)).await.expect("revoke all"), []);
}

pub async fn lists_live_ones_last_used_first(world: World) {
    let ann = world.user("ann").await;
    let old = world.session(&ann, |session| session.last_used_at = at(5)).await;
    let new = world.session(&ann, |session| session.last_used_at = at(9)).await;
    let middle = world.session(&ann, |session| session.last_used_at = at(7)).await;
    world.session(&ann, |session| session.expires_at = at(20)).await;
    world.session(&ann, |session| session.revoked_at = Some(at(8))).await;
    world.session(&world.user("bob").await, |_| {}).await;
    assert_eq!(live(&world, &ann, at(20)).await, [new.id, middle.id, old.id]);
    let page = PageRequest { limit: 1, offset: 1, order: Order::Ascending };
    let second = world.queries().sessions_of(ann.id, at(20), page).await.expect("sessions");
    assert_eq!((second.items, second.total), (vec![middle], 3));
    let page = PageRequest { limit: 1, offset: 0, order: Order::Descending };
    let last = world.queries().sessions_of(ann.id, at(20), page).await.expect("sessions");
    assert_eq!((last.items, last.total), (vec![old], 3));
}

pub async fn a_touch_moves_use_and_end(world: World) {
    let ann = world.user("ann").await;
    let session = world.session(&ann, |_| {}).await;
    let mut unit = world.begin().await;
    unit.sessions().touch(session.id, at(50), at(2000)).await.expect("touch");
    unit.commit().await.expect("commit");
    let (found, _) = world.queries().session(session.id).await.expect("session").expect("found");
    assert_eq!(found, Session { last_used_at: at(50), expires_at: at(2000), ..session });
}

pub async fn refresh_tokens_form_a_chain(world: World) {
    let ann = world.user("ann").await;
    let session = world.session(&ann, |_| {}).await;
    let first = token(&world, &session, None);
    let second = token(&world, &session, Some(first.id));
    let third = token(&world, &session, Some(second.id));
    for token in [&first, &second, &third] {
        insert(&world, token).await;
    }
    let mut unit = world.begin().await;
    let sessions = unit.sessions();
    assert_eq!(sessions.find_refresh(second.id).await.expect("find"), Some(second.clone()));
    assert_eq!(sessions.successor(first.id).await.expect("successor"), Some(second.clone()));
    assert_eq!(sessions.successor(second.id).await.expect("successor"), Some(third.clone()));
    assert_eq!(sessions.successor(third.id).await.expect("successor"), None);
    assert_eq!(sessions.find_refresh(TokenId(world.uuid())).await.expect("find"), None);
}

pub async fn a_refresh_token_is_claimed_once(world: World) {
    let ann = world.user("ann").await;
    let session = world.session(&ann, |_| {}).await;
    let token = token(&world, &session, None);
    insert(&world, &token).await;
    let mut unit = world.begin().await;
    assert!(unit.sessions().claim_refresh(token.id, at(5)).await.expect("claim"));
    assert!(!unit.sessions().claim_refresh(token.id, at(6)).await.expect("claim again"));
    assert!(!unit.sessions().claim_refresh(TokenId(world.uuid()), at(6)).await.expect("claim an unknown one"));
    unit.commit().await.expect("commit");
    let mut unit = world.begin().await;
    assert!(!unit.sessions().claim_refresh(token.id, at(7)).await.expect("claim later"));
    let found = unit.sessions().find_refresh(token.id).await.expect("find").expect("found");
    assert_eq!(found, RefreshToken { used_at: Some(at(5)), ..token });
}

pub async fn of_many_claims_one_wins(world: World) {
    let ann = world.user("ann").await;
    let session = world.session(&ann, |_| {}).await;
    let token = token(&world, &session, None);
    insert(&world, &token).await;
    let mut claims = JoinSet::new();
    for n in 0..12 {
        let (store, id) = (world.store(), token.id);
        claims.spawn(async move {
            let mut unit = store.begin().await.expect("begin");
            let won = unit.sessions().claim_refresh(id, at(n)).await.expect("claim");
            unit.commit().await.expect("commit");
            won
        });
    }
    let won = claims.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}

pub async fn tells_which_of_many_are_live(world: World) {
    let (ann, bob) = (world.user("ann").await, world.insert_user(World::new_user("bob")).await);
    let live = world.session(&ann, |_| {}).await;
    let short = world.session(&ann, |session| session.expires_at = at(20)).await;
    let revoked = world.session(&ann, |session| session.revoked_at = Some(at(1))).await;
    let disabled = world.session(&bob.to_ref(), |_| {}).await;
    let asked: Vec<SessionId> = [&live, &short, &revoked, &disabled].map(|session| session.id).into();
    let told = async |asked: &[SessionId], now| {
        let mut found = world.queries().live_sessions(asked, at(now)).await.expect("live sessions");
        found.sort();
        found
    };
    assert_eq!(told(&asked, 19).await, [live.id, short.id, disabled.id]);
    let mut unit = world.begin().await;
    assert!(unit.users().update(&User { disabled: true, ..bob }).await.expect("update"));
    unit.commit().await.expect("commit");
    assert_eq!(told(&asked, 19).await, [live.id, short.id]);
    assert_eq!(told(&asked, 20).await, [live.id], "over by the clock");
    assert_eq!(told(&[SessionId(world.uuid())], 20).await, []);
    assert_eq!(told(&[], 20).await, []);
    let many: Vec<_> = (0..700).map(|_| SessionId(world.uuid())).chain([live.id]).collect();
    assert_eq!(told(&many, 20).await, [live.id], "many, each by itself");
}
