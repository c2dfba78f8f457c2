//! What stands in `<data_dir>/pg`, and the locks that keep several processes apart there.
//!
//! | file | what |
//! |---|---|
//! | `data` | the cluster; `data.new` while initdb makes it |
//! | `password`, `port`, `postgres.log` | of the server, kept between starts |
//! | `starting.lock` | held by whoever starts or stops: one at a time |
//! | `users.lock` | shared by every process that uses the server |
//! | `server.lock` | held by the server itself, see `launch` |
//!
//! As root only `data` and `password` belong to the server's account: it must not be able to put
//! links where root writes.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::Error;

/// A log longer than this starts anew, keeping one predecessor.
const LOG_BYTES_MAX: u64 = 16 << 20;

/// The folder, as an absolute path without links: the server's command line must name it exactly.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Makes what is missing. Root lets others pass through (not look around), because the server
    /// has another account.
    pub(super) fn create(data_dir: &Path) -> Result<Self, Error> {
        let mode = if geteuid().is_root() { 0o711 } else { 0o700 };
        if let Some(parent) = data_dir.parent() {
            fs::create_dir_all(parent).map_err(Error::io("make the folder", parent))?;
        }
        make_folder(data_dir, mode)?;
        let data_dir = fs::canonicalize(data_dir).map_err(Error::io("open the folder", data_dir))?;
        let root = data_dir.join("pg");
        make_folder(&root, mode)?;

        let owner = fs::metadata(&root).map_err(Error::io("look at", &root))?.uid();
        if owner == geteuid().as_raw() {
            let permissions = Permissions::from_mode(mode); // a restored copy may have lost them
            fs::set_permissions(&root, permissions).map_err(Error::io("change the mode of", &root))?;
        } else if !geteuid().is_root() {
            return Err(Error::OtherOwner { folder: root });
        }
        Ok(Self { root })
    }

    /// The folder of an earlier start, if there was one.
    pub(super) fn existing(data_dir: &Path) -> Option<Self> {
        let root = fs::canonicalize(data_dir.join("pg")).ok()?;
        Some(Self { root })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    pub(super) fn data_new(&self) -> PathBuf {
        self.root.join("data.new")
    }

    pub(super) fn password_path(&self) -> PathBuf {
        self.root.join("password")
    }

    pub(super) fn log_path(&self) -> PathBuf {
        self.root.join("postgres.log")
    }

    /// Waits until nobody else starts or stops a server here; released when dropped.
    pub(super) fn lock_starting(&self) -> Result<File, Error> {
        let (file, path) = self.open_lock("starting.lock")?;
        file.lock().map_err(Error::io("lock", &path))?;
        Ok(file)
    }

    /// Marks this process as a user of the server until dropped. Does not wait: the lock is taken
    /// exclusively only under [`Folder::lock_starting`], and for a moment.
    pub(super) fn lock_as_user(&self) -> Result<File, Error> {
        let (file, path) = self.open_lock("users.lock")?;
        file.lock_shared().map_err(Error::io("lock", &path))?;
        Ok(file)
    }

    /// Whether any process uses the server.
    pub(super) fn has_users(&self) -> Result<bool, Error> {
        Ok(self.try_lock("users.lock")?.is_none())
    }

    /// The lock that a server holds as long as any of its processes lives; `None` while one does.
    pub(super) fn try_lock_server(&self) -> Result<Option<File>, Error> {
        self.try_lock("server.lock")
    }

    /// The password of an existing cluster.
    pub(super) fn password(&self) -> Result<String, Error> {
        let path = self.password_path();
        match fs::read_to_string(&path) {
            Ok(password) => Ok(password.trim().to_owned()),
            Err(missing) if missing.kind() == ErrorKind::NotFound => Err(Error::PasswordMissing { path }),
            Err(source) => Err(Error::Io { doing: "read", path, source }),
        }
    }

    /// Makes a new random password, in place as a whole or not at all.
    pub(super) fn make_password(&self) -> Result<(), Error> {
        let (urandom, draft) = (Path::new("/dev/urandom"), self.root.join("password.new"));
        let mut bytes = [0; 24];
        File::open(urandom)
            .and_then(|mut source| source.read_exact(&mut bytes))
            .map_err(Error::io("read", urandom))?;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();

        let _ = fs::remove_file(&draft); // of an interrupted start, perhaps of another account
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)
            .and_then(|mut file| file.write_all(hex.as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&draft, self.password_path()))
            .map_err(Error::io("write", &draft))
    }

    /// The port of the last server, so that what remembers its URL finds it again.
    pub(super) fn remembered_port(&self) -> Option<u16> {
        fs::read_to_string(self.root.join("port")).ok()?.trim().parse().ok()
    }

    pub(super) fn remember_port(&self, port: u16) -> Result<(), Error> {
        let path = self.root.join("port");
        fs::write(&path, format!("{port}\n")).map_err(Error::io("write", &path))
    }

    /// The log, open at its end, which is returned with it.
    pub(super) fn open_log(&self) -> Result<(File, u64), Error> {
        let path = self.log_path();
        if fs::metadata(&path).is_ok_and(|log| log.len() > LOG_BYTES_MAX) {
            fs::rename(&path, path.with_extension("log.old")).map_err(Error::io("rename", &path))?;
        }
        // Statements that failed are logged, so others must not read it.
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        log.and_then(|log| Ok((log.try_clone()?, log.metadata()?.len()))).map_err(Error::io("open", &path))
    }

    /// Writes the folder's own entries out, so that a power cut does not undo a rename.
    pub(super) fn sync(&self) -> Result<(), Error> {
        File::open(&self.root)
            .and_then(|folder| folder.sync_all())
            .map_err(Error::io("write out", &self.root))
    }

    fn try_lock(&self, name: &str) -> Result<Option<File>, Error> {
        let (file, path) = self.open_lock(name)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(Error::Io { doing: "lock", path, source }),
        }
    }

    fn open_lock(&self, name: &str) -> Result<(File, PathBuf), Error> {
        let path = self.root.join(name);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        Ok((file, path))
    }
}

/// Makes one folder with this mode whatever the umask; one that is there keeps its own.
fn make_folder(path: &Path, mode: u32) -> Result<(), Error> {
    match DirBuilder::new().mode(mode).create(path) {
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(mode)),
        Err(there) if there.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
    .map_err(Error::io("make the folder", path))
}
