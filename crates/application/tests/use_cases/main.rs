//! The use cases over fakes.

mod accounts;
mod administration;
mod audit;
mod blocks;
mod devices;
mod direct;
mod erasure;
mod fastsock;
mod guesses;
mod highlights;
mod invites;
mod limits;
mod messages;
mod moderation;
mod moderation_verbs;
mod online;
mod pace;
mod presence;
mod review;
mod rooms;
mod second_factor;
mod sessions;
mod succession;
mod world;
mod writer;
