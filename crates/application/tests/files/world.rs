//! An application with a place for files, over a store in memory or SQLite.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use hallway_adapter_auth::HmacSigner;
use hallway_adapter_blobs::{DiskIntake, ImageLimits, IntakeOptions, ObjectBlobs};
use hallway_adapter_local::{LocalPresence, LocalRateLimiter, LocalTickets, SystemIds};
use hallway_application::{
    Application, CreateRoom, Device, FilePorts, FileSettings, Login, Ports, Register, Result, SendMessage, Settings,
    Variant,
};
use hallway_domain::ports::{BlobReader, BlobResult, BlobStore, Store};
use hallway_domain::{Actor, Attachment, AttachmentId, BlobKey, Body, FileName, Room, RoomName, Username};
use hallway_test_support::fakes::{FakeBus, FakeClock, FakeCodes, FakeHasher, FakeTokens};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// Something that happens once, at the next look whether a blob is there.
type Meddling = Box<dyn FnOnce() -> futures_util::future::BoxFuture<'static, ()> + Send>;

/// A place for files where something may come in between.
pub(crate) struct Blobs {
    inner: ObjectBlobs,
    meddling: Mutex<Option<Meddling>>,
}

impl Blobs {
    pub(crate) async fn meddle(&self, what: Meddling) {
        *self.meddling.lock().await = Some(what);
    }
}

#[async_trait]
impl BlobStore for Blobs {
    async fn put(&self, key: &BlobKey, file: &Path) -> BlobResult<()> {
        self.inner.put(key, file).await
    }

    async fn get(&self, key: &BlobKey, part: Option<Range<u64>>) -> BlobResult<Option<Box<dyn BlobReader>>> {
        self.inner.get(key, part).await
    }

    async fn exists(&self, key: &BlobKey) -> BlobResult<bool> {
        let there = self.inner.exists(key).await;
        if let Some(meddling) = self.meddling.lock().await.take() {
            meddling().await;
        }
        there
    }

    async fn delete(&self, key: &BlobKey) -> BlobResult<()> {
        self.inner.delete(key).await
    }
}

pub(crate) struct World {
    pub(crate) app: Application,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) blobs: Arc<Blobs>,
    pub(crate) directory: tempfile::TempDir,
    _tasks: JoinSet<()>,
}

pub(crate) fn small() -> FileSettings {
    FileSettings { max_bytes: 1000, quota_bytes: 2500, uploads_per_user: 2, ..FileSettings::default() }
}

impl World {
    pub(crate) fn over(store: Arc<dyn Store>, files: FileSettings) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let clock = Arc::new(FakeClock::default());
        let blobs = ObjectBlobs::disk(&directory.path().join("files")).expect("a place");
        let blobs = Arc::new(Blobs { inner: blobs, meddling: Mutex::default() });
        let images = ImageLimits { side: 1000, pixels: 1_000_000, alloc: 8_000_000, frames: 10 };
        let intake = IntakeOptions { images, parallel: 2, queue: 8 };
        let intake = DiskIntake::open(&directory.path().join("incoming"), intake).expect("a place");
        let secret = b"a secret of the tests, long enough".to_vec();
        let ports = Ports {
            store,
            bus: Arc::new(FakeBus::default()),
            presence: Arc::new(LocalPresence::default()),
            limiter: Arc::new(LocalRateLimiter::default()),
            tickets: Arc::new(LocalTickets::default()),
            lines: Arc::new(hallway_adapter_local::LocalCallLines::default()),
            hasher: Arc::new(FakeHasher::default()),
            codes: Arc::new(FakeCodes),
            tokens: Arc::new(FakeTokens),
            clock: Arc::<FakeClock>::clone(&clock),
            ids: Arc::new(SystemIds),
            files: Some(FilePorts {
                blobs: Arc::<Blobs>::clone(&blobs),
                intake: Arc::new(intake),
                signer: Arc::new(HmacSigner::new(&secret.into())),
            }),
        };
        let (app, writer) = Application::new(ports, Settings { rates: None, files, ..Settings::default() });
        let mut tasks = JoinSet::new();
        tasks.spawn(writer.run());
        Self { app, clock, blobs, directory, _tasks: tasks }
    }

    pub(crate) async fn user(&self, name: &str) -> Actor {
        let username = Username::parse(name).expect("valid");
        let password = "correct horse battery".to_owned();
        let account = Register { username, email: None, full_name: None, password: password.clone() };
        self.app.accounts().register(account, None).await.expect("register");
        let login = Login { username: name.to_owned(), password, code: None, device: Device::default() };
        let pair = self.app.accounts().login(login).await.expect("login");
        self.app.accounts().authenticate(&pair.access).await.expect("a fresh token").actor
    }

    pub(crate) async fn room(&self, owner: &Actor, private: bool) -> Room {
        let name = RoomName::parse("lobby").expect("valid");
        let command = CreateRoom { name, topic: None, private, members: Vec::new() };
        self.app.rooms().create(owner, command).await.expect("create")
    }

    pub(crate) async fn upload(&self, actor: &Actor, bytes: &[u8]) -> Result<Attachment> {
        let mut upload = self.app.attachments().begin(actor, None).await?;
        for piece in bytes.chunks(64) {
            upload.write(piece).await?;
        }
        self.app.attachments().finish(upload, FileName::clean("notes.bin")).await
    }

    /// What whoever asks gets.
    pub(crate) async fn download(&self, actor: &Actor, id: AttachmentId) -> Result<Vec<u8>> {
        let token = self.app.attachments().token(actor.id(), id, Variant::Content)?;
        self.fetch(id, &token).await
    }

    pub(crate) async fn fetch(&self, id: AttachmentId, token: &str) -> Result<Vec<u8>> {
        let opened = self.app.attachments().open(id, Variant::Content, token).await?;
        let mut reader = self.app.attachments().read(&opened, None).await?;
        let mut bytes = Vec::new();
        while let Some(piece) = reader.next().await.expect("a piece") {
            bytes.extend(piece);
        }
        Ok(bytes)
    }

    /// Files that are there, in any directory of the place called `name`.
    pub(crate) fn files(&self, name: &str) -> usize {
        fn count(path: &Path) -> usize {
            let entries = std::fs::read_dir(path).expect("a directory").map(|entry| entry.expect("an entry").path());
            entries.map(|path| if path.is_dir() { count(&path) } else { usize::from(!path.ends_with("lock")) }).sum()
        }
        count(&self.directory.path().join(name))
    }
}

pub(crate) fn message(room: &Room, text: &str, files: &[&Attachment]) -> SendMessage {
    let body = Body::parse_beside_files(text.to_owned(), 100).expect("valid");
    let attachments = files.iter().map(|file| file.id).collect();
    SendMessage { room: room.id, body, client_id: None, reply_to: None, attachments }
}

#[track_caller]
pub(crate) fn code<T: std::fmt::Debug>(outcome: Result<T>) -> &'static str {
    outcome.expect_err("this is refused").code()
}
