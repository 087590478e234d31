//! The use cases over fakes.

mod accounts;
mod audit;
mod administration;
mod blocks;
mod devices;
mod direct;
mod erasure;
mod fastsock;
mod highlights;
mod guesses;
mod limits;
mod messages;
mod pace;
mod invites;
mod moderation;
mod moderation_verbs;
mod online;
mod presence;
mod review;
mod rooms;
mod second_factor;
mod sessions;
mod succession;
mod world;
mod writer;
