//! Who may call whom. Whoever may not is told the same, whatever the reason.

/// What decides, read at the time of the invitation and again when it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Reach {
    pub is_self: bool,
    /// The account of the other side can be signed in to.
    pub is_active: bool,
    /// One of the two blocks the other.
    pub is_blocked: bool,
    /// Where the call names a room: both are members there, and neither is banned.
    pub shares_room: Option<bool>,
    /// Something was said between the two, by either of them.
    pub has_talked: bool,
}

impl Reach {
    #[must_use]
    pub fn may_call(self) -> bool {
        let known = self.shares_room.unwrap_or(self.has_talked);
        !self.is_self && self.is_active && !self.is_blocked && known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_knows_the_other_may_call() {
        let fine = Reach { is_self: false, is_active: true, is_blocked: false, shares_room: None, has_talked: true };
        assert!(fine.may_call());
        assert!(Reach { shares_room: Some(true), has_talked: false, ..fine }.may_call());
        for refused in [
            Reach { is_self: true, ..fine },
            Reach { is_active: false, ..fine },
            Reach { is_blocked: true, ..fine },
            Reach { has_talked: false, ..fine },
            Reach { shares_room: Some(false), ..fine },
        ] {
            assert!(!refused.may_call(), "{refused:?}");
        }
    }
}
