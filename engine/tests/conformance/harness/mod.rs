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

/// Runs one case against the model; it passed if nothing differs. One that is only listed is not run.
pub(crate) fn run(case: &Case) -> Vec<Difference> {
    match &case.plan {
        Plan::Exact(given, exact) => exact::run(given, exact),
        Plan::Theory(given, theory) => theory::run(given, theory),
        Plan::Protocol(protocol) => {
            let run = |version: &String| protocol.run(version, &mut systems::start, None);
            let versions = if case.listed().is_some() { &[][..] } else { &protocol.versions };
            versions.iter().flat_map(run).collect()
        }
    }
}

/// The folder of the cases that belong to the engine, from whichever package of the workspace this is built in.
pub(crate) fn own_folder() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let engine = package.ancestors().map(|folder| folder.join("engine")).find(|engine| engine.is_dir());
    engine.unwrap_or_else(|| package.to_owned()).join("tests/conformance")
}

/// The cases that the words of a command line ask for: folders, and ids or beginnings of ids; and what could not
/// be read. Without folders of the engine's own these are all of them. `QUEUESCOPE_CASES` names more.
pub(crate) fn asked_for(words: Vec<String>) -> (Vec<Case>, Vec<ReadError>) {
    let words = words.into_iter().filter(|word| !word.starts_with('-'));
    let (folders, ids): (Vec<String>, Vec<String>) = words.partition(|word| is_folder(word));
    let (mut cases, mut errors) = (Vec::new(), Vec::new());
    for folder in all_folders(folders) {
        let (more, wrong) = read_folder(&folder);
        cases.extend(more);
        errors.extend(wrong);
    }
    if !ids.is_empty() {
        cases.retain(|case| ids.iter().any(|id| case.id.starts_with(id.as_str())));
    }
    (cases, errors)
}

/// A word that looks like a path is one, so that a folder that is not there is not taken for an id.
fn is_folder(word: &str) -> bool {
    word.contains(['/', '\\', '.']) || Path::new(word).is_dir()
}

/// The engine's own folder, or those in it that are named; and besides, what is elsewhere.
fn all_folders(named: Vec<String>) -> Vec<PathBuf> {
    let own = own_folder();
    let is_own = |folder: &PathBuf| match (folder.canonicalize(), own.canonicalize()) {
        (Ok(folder), Ok(own)) => folder.starts_with(own),
        _ => false,
    };
    let (mut all, mut further): (Vec<PathBuf>, Vec<PathBuf>) =
        named.into_iter().map(PathBuf::from).partition(is_own);
    if let Some(more) = std::env::var_os("QUEUESCOPE_CASES") {
        further.extend(std::env::split_paths(&more).filter(|folder| !folder.as_os_str().is_empty()));
    }
    if all.is_empty() {
        all.push(own);
    }
    all.extend(further);
    all
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
    let root = own_folder().ancestors().nth(3).unwrap_or(Path::new("/")).to_owned();
    for file in files {
        let shown = file.strip_prefix(&root).unwrap_or(&file).display().to_string();
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
