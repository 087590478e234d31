//! The data directory of the standalone server: made for its owner only, used by one process at a time.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::ConfigError;

/// Name of the database in a data directory.
pub(crate) const DATABASE: &str = "hallway.db";

/// A data directory that this process holds. The lock goes with it.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if it is not there, and locks it.
    ///
    /// # Errors
    /// When it cannot be made or written, or another process holds it.
    pub(crate) fn open(path: &Path) -> Result<Self, ConfigError> {
        let fail = |problem: String| {
            ConfigError::new(format!(
                "cannot use the data directory {}: {problem}. Choose another with --data-dir.",
                path.display()
            ))
        };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(path).map_err(|error| fail(reason(&error)))?;
        let lock = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join("lock"))
            .map_err(|error| fail(reason(&error)))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(fail("another hallway process is using it".to_owned())),
            Err(TryLockError::Error(error)) => Err(fail(reason(&error))),
        }
    }

    /// Where the database is.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// The secret kept here; made from `fresh` the first time.
    ///
    /// # Errors
    /// When it cannot be read or written, or is too short to be ours.
    pub(crate) fn secret(&self, fresh: [u8; 32]) -> Result<SecretString, ConfigError> {
        let path = self.path.join("secret");
        let fail =
            |problem: String| ConfigError::new(format!("cannot use the secret in {}: {problem}", path.display()));
        match fs::read_to_string(&path) {
            Ok(text) => {
                let text = text.trim();
                if text.len() < 32 {
                    return Err(fail(
                        "it has less than 32 bytes. Remove it to get a new one; everybody signs in again".to_owned(),
                    ));
                }
                fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(|error| fail(reason(&error)))?;
                Ok(SecretString::from(text))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = hex(&fresh);
                write_whole(&path, &text).map_err(|error| fail(reason(&error)))?;
                Ok(SecretString::from(text))
            }
            Err(error) => Err(fail(reason(&error))),
        }
    }
}

/// Writes beside and renames, so that a crash leaves no half of a secret.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0'))
        .collect()
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "it is not a directory".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn the_secret_is_made_once_and_is_for_its_owner_only() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let path = root.path().join("deep/data");
        let data = DataDir::open(&path).expect("a fresh directory opens");
        let first = data.secret([7; 32]).expect("a secret is made");
        assert_eq!(first.expose_secret().len(), 64);
        let again = data.secret([9; 32]).expect("the secret is read back");
        assert_eq!(first.expose_secret(), again.expose_secret());
        let mode = |path: &Path| fs::metadata(path).expect("exists").permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("secret")), 0o600);
    }

    #[test]
    fn a_second_process_is_told_so() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let held = DataDir::open(root.path()).expect("the first opens");
        let error = DataDir::open(root.path()).expect_err("the second does not").to_string();
        assert!(error.contains("another hallway process") && error.contains("--data-dir"), "{error}");
        drop(held);
        DataDir::open(root.path()).expect("free again");
    }

    #[test]
    fn a_cut_secret_is_not_used_and_a_file_is_no_directory() {
        let root = tempfile::tempdir().expect("a temporary directory");
        fs::write(root.path().join("secret"), "short").expect("written");
        let data = DataDir::open(root.path()).expect("opens");
        assert!(data.secret([1; 32]).expect_err("too short").to_string().contains("less than 32 bytes"));
        let file = root.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(DataDir::open(&file).expect_err("a file").to_string().contains("not a directory"));
    }
}
