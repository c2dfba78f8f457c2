//! Finds the folder of PostgreSQL's server programs, in the version that the data needs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use super::Error;

/// The oldest major version that the platform is tested with.
pub(super) const MAJOR_MIN: u32 = 14;

/// Folders with one folder per version in them: where, what precedes the number, what follows it.
/// Debian and Ubuntu, source builds, Postgres.app, Fedora's PGDG packages, Homebrew (ARM, Intel).
const VERSIONED: [(&str, &str, &str); 6] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr/local/lib/postgresql", "", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
];

pub(super) struct Programs {
    pub(super) bindir: PathBuf,
    pub(super) major: u32,
}

impl Programs {
    /// The programs of `bindir`, or of the first usual place that has the version `made_by` (any
    /// supported one, if there is no data yet).
    pub(super) fn find(bindir: Option<&Path>, made_by: Option<(PathBuf, u32)>) -> Result<Self, Error> {
        let places = bindir.map_or_else(usual_places, |bindir| vec![bindir.to_path_buf()]);
        let mut found: Vec<Self> = Vec::new();
        for programs in places.iter().filter_map(|place| Self::in_folder(place)) {
            let suits = match &made_by {
                Some((_, major)) => programs.major == *major,
                None => programs.major >= MAJOR_MIN,
            };
            if suits {
                return Ok(programs);
            }
            found.push(programs);
        }
        found.sort_by_key(|programs| programs.major);
        found.dedup_by_key(|programs| programs.major);
        match (found.last(), made_by) {
            (None, _) => Err(Error::ProgramsMissing { searched: searched(bindir) }),
            (Some(_), Some((data, made_by))) => {
                let found: Vec<String> = found.iter().map(|programs| programs.major.to_string()).collect();
                Err(Error::OtherVersion { data, made_by, found: found.join(", ") })
            }
            (Some(newest), None) => {
                Err(Error::ProgramsTooOld { bindir: newest.bindir.clone(), major: newest.major })
            }
        }
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.bindir.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.bindir.join("postgres")
    }

    /// Follows links, because initdb looks for postgres beside itself. A folder with only one of
    /// the two is a client installation.
    fn in_folder(place: &Path) -> Option<Self> {
        let initdb = fs::canonicalize(place.join("initdb")).ok()?;
        let bindir = initdb.parent()?.to_path_buf();
        let answer = Command::new(bindir.join("postgres")).arg("--version").output().ok()?;
        let major = major_of(&String::from_utf8_lossy(&answer.stdout))?;
        Some(Self { bindir, major })
    }
}

fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    let asked = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output();
    if let Ok(answer) = asked {
        places.push(String::from_utf8_lossy(&answer.stdout).trim().into());
    }
    if let Some(path) = env::var_os("PATH") {
        places.extend(env::split_paths(&path));
    }
    for (folder, prefix, tail) in VERSIONED {
        places.extend(newest_first(Path::new(folder), prefix).into_iter().map(|version| version.join(tail)));
    }
    // An empty entry of PATH means the current folder, whose programs nobody chose to run.
    places.retain(|place| place.is_absolute());
    places
}

fn newest_first(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            Some((leading_number(name.strip_prefix(prefix)?)?, entry.path()))
        })
        .collect();
    versions.sort_by(|left, right| right.cmp(left));
    versions.into_iter().map(|(_, path)| path).collect()
}

/// Of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, also of `18beta1`.
fn major_of(version: &str) -> Option<u32> {
    leading_number(version.split_whitespace().nth(2)?)
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

fn searched(bindir: Option<&Path>) -> String {
    match bindir {
        Some(bindir) => format!("PG_BINDIR={}", bindir.display()),
        None => {
            let beyond = VERSIONED.map(|(folder, prefix, tail)| format!("{folder}/{prefix}*/{tail}"));
            format!("PATH, {}", beyond.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{leading_number, major_of};

    #[test]
    fn versions_are_read_as_the_programs_print_them() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_of("postgres (PostgreSQL) 17devel"), Some(17));
        assert_eq!(major_of(""), None);
        assert_eq!(leading_number("9.6"), Some(9));
        assert_eq!(leading_number("latest"), None);
    }
}
