//! What this node itself knows of its connections. Redis may forget; this is what is entered again.

use std::collections::{BTreeMap, HashMap};

use hallway_domain::ports::Arrival;
use hallway_domain::{ConnectionId, NodeId, RoomId, Timestamp, UserId, UserRef};
use uuid::Uuid;

/// A connection in a room.
pub(super) type Place = (RoomId, UserId, ConnectionId);

/// Something that is to be taken out of Redis.
#[derive(Clone)]
pub(super) struct Parting {
    pub(super) user: UserRef,
    pub(super) owner: String,
    pub(super) due: Timestamp,
    /// Redis may or may not have done it already.
    pub(super) unsure: bool,
}

pub(super) struct Owned {
    node: NodeId,
    /// Entries belong to a life of this node. When the node was taken for dead, or Redis forgot, another life begins, and
    /// what is left of the one before is swept like that of any other dead node.
    life: u32,
    /// Lives whose lease is not ended yet.
    pub(super) past: Vec<String>,
    rooms: HashMap<RoomId, HashMap<ConnectionId, UserRef>>,
    connections: HashMap<ConnectionId, HashMap<RoomId, UserRef>>,
    pub(super) partings: BTreeMap<Place, Parting>,
    /// Not handed out yet.
    pub(super) arrivals: Vec<Arrival>,
}

impl Owned {
    pub(super) fn new(node: NodeId) -> Self {
        Self {
            node,
            life: 0,
            past: Vec::new(),
            rooms: HashMap::new(),
            connections: HashMap::new(),
            partings: BTreeMap::new(),
            arrivals: Vec::new(),
        }
    }

    /// Whom this node's entries belong to.
    pub(super) fn owner(&self) -> String {
        format!("{}.{}", self.node, self.life)
    }

    /// Another life.
    pub(super) fn begin_again(&mut self) {
        self.past.push(self.owner());
        self.life += 1;
        self.partings.values_mut().for_each(|parting| parting.unsure = true);
    }

    /// Those that somebody is in by this node.
    pub(super) fn rooms(&self) -> Vec<RoomId> {
        self.rooms.keys().copied().collect()
    }

    pub(super) fn insert(&mut self, room: RoomId, user: &UserRef, connection: ConnectionId) {
        // A leave that Redis has not heard of is taken back.
        self.partings.remove(&(room, user.id, connection));
        self.rooms.entry(room).or_default().insert(connection, user.clone());
        self.connections.entry(connection).or_default().insert(room, user.clone());
    }

    /// False if it was not there.
    pub(super) fn remove(&mut self, room: RoomId, connection: ConnectionId) -> bool {
        if let Some(rooms) = self.connections.get_mut(&connection) {
            rooms.remove(&room);
            if rooms.is_empty() {
                self.connections.remove(&connection);
            }
        }
        let Some(seats) = self.rooms.get_mut(&room) else { return false };
        let removed = seats.remove(&connection).is_some();
        if seats.is_empty() {
            self.rooms.remove(&room);
        }
        removed
    }

    /// Takes the connection out of all its rooms and remembers that Redis has to be told.
    pub(super) fn lose(&mut self, connection: ConnectionId, due: Timestamp) -> Vec<(RoomId, UserRef)> {
        let rooms: Vec<_> = self.connections.get(&connection).into_iter().flatten().collect();
        let rooms: Vec<_> = rooms.into_iter().map(|(room, user)| (*room, user.clone())).collect();
        for (room, user) in &rooms {
            self.remove(*room, connection);
            self.part((*room, user.id, connection), user.clone(), due);
        }
        rooms
    }

    pub(super) fn part(&mut self, place: Place, user: UserRef, due: Timestamp) {
        let owner = self.owner();
        self.partings.insert(place, Parting { user, owner, due, unsure: true });
    }

    /// Redis has counted the connection out, and only its grace is left.
    pub(super) fn is_lost(&mut self, place: Place) {
        if let Some(parting) = self.partings.get_mut(&place) {
            parting.unsure = false;
        }
    }

    /// The user came: graces that Redis knows of are over.
    pub(super) fn forgive(&mut self, room: RoomId, user: UserId) {
        let (first, last) = (ConnectionId(Uuid::nil()), ConnectionId(Uuid::max()));
        let over = self.partings.range((room, user, first)..=(room, user, last));
        let over: Vec<Place> = over.filter(|(_, parting)| !parting.unsure).map(|(place, _)| *place).collect();
        for place in over {
            self.partings.remove(&place);
        }
    }

    /// By room, those whose time has come.
    pub(super) fn due(&self, now: Timestamp) -> BTreeMap<RoomId, Vec<Place>> {
        let mut rooms: BTreeMap<RoomId, Vec<Place>> = BTreeMap::new();
        for (place, _) in self.partings.iter().filter(|(_, parting)| parting.due <= now) {
            rooms.entry(place.0).or_default().push(*place);
        }
        rooms
    }

    pub(super) fn seats(&self, room: RoomId) -> Vec<(ConnectionId, UserRef)> {
        let seats = self.rooms.get(&room).into_iter().flatten();
        seats.map(|(connection, user)| (*connection, user.clone())).collect()
    }

    /// Who is in the room by this node alone, by username.
    pub(super) fn users(&self, room: RoomId) -> Vec<UserRef> {
        let mut users: Vec<_> = self.rooms.get(&room).into_iter().flat_map(HashMap::values).cloned().collect();
        users.sort_by(|a, b| a.username.cmp(&b.username));
        users.dedup();
        users
    }

    /// Whether only this connection keeps the user in the room, as far as this node knows.
    pub(super) fn is_only(&self, room: RoomId, user: UserId, connection: ConnectionId) -> bool {
        let mut others = self.rooms.get(&room).into_iter().flatten();
        !others.any(|(other, who)| who.id == user && *other != connection)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rooms.is_empty() && self.partings.is_empty()
    }
}
