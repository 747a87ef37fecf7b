//! The conformance harness: reads cases, runs them against the engine, and says what differs.
//!
//! `README.md` in the folder above says how a case is written. What a case asks for is read by
//! `case.rs` and kept as data; `exact.rs`, `theory.rs` and `protocol/` run the three kinds of cases there are.

pub(crate) mod case;
pub(crate) mod compare;
mod dialects;
mod exact;
mod lines;
pub(crate) mod protocol;
mod systems;
mod theory;

use std::path::{Path, PathBuf};

use case::{Case, Plan, ReadError, read_cases};
use compare::Difference;

/// Runs one case; it passed if nothing differs.
pub(crate) fn run(case: &Case) -> Vec<Difference> {
    match &case.plan {
        Plan::Exact(given, exact) => exact::run(given, exact),
        Plan::Theory(given, theory) => theory::run(given, theory),
        Plan::Protocol(protocol) => {
            let run = |version: &String| protocol.run(version, &mut systems::start, None);
            protocol.versions.iter().flat_map(run).collect()
        }
    }
}

/// The folder of the cases that belong to the engine.
pub(crate) fn own_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

/// The cases of a folder and of those in it, by path, and what could not be read.
pub(crate) fn read_folder(folder: &Path) -> (Vec<Case>, Vec<ReadError>) {
    let (mut cases, mut errors) = (Vec::new(), Vec::new());
    let mut files = Vec::new();
    if let Err(error) = find(folder, &mut files) {
        errors.push(ReadError::of_file(folder, format!("cannot be read: {error}")));
    } else if files.is_empty() {
        errors.push(ReadError::of_file(folder, "holds no file whose name ends in .case".into()));
    }
    for file in files {
        let shown = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&file).display().to_string();
        match std::fs::read_to_string(&file) {
            Ok(text) => match read_cases(&shown, &text) {
                Ok(read) => cases.extend(read),
                Err(error) => errors.push(error),
            },
            Err(error) => errors.push(ReadError::of_file(&file, format!("cannot be read: {error}"))),
        }
    }
    (cases, errors)
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    // The order in which a file system lists a folder is its own affair.
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            find(&entry, files)?;
        } else if entry.extension().is_some_and(|extension| extension == "case") {
            files.push(entry);
        }
    }
    Ok(())
}
