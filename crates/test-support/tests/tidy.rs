//! The house rules that a machine can check: arrows between crates, file length, nothing half-done.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Longest source file, in lines.
const LONGEST: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

/// Each crate of ours and which others of ours it may depend on: docs/ARCHITECTURE.md, "Crates and arrows".
fn arrows() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("hallway-domain", &[][..]),
        ("hallway-application", &["hallway-domain"]),
        ("hallway-hub", &["hallway-domain"]),
        ("hallway-protocol", &[]),
        ("hallway-migrations", &[]),
        ("hallway-bench", &["hallway-protocol"]),
        ("hallway-adapter-sql", &["hallway-domain", "hallway-migrations"]),
        ("hallway-adapter-local", &["hallway-domain"]),
        ("hallway-adapter-redis", &["hallway-domain"]),
        ("hallway-adapter-auth", &["hallway-domain"]),
        ("hallway-adapter-blobs", &["hallway-domain"]),
        ("hallway-test-support", &["hallway-domain", "hallway-migrations", "hallway-protocol"]),
        (
            "hallway-app",
            &[
                "hallway-adapter-auth",
                "hallway-adapter-blobs",
                "hallway-adapter-local",
                "hallway-adapter-redis",
                "hallway-adapter-sql",
                "hallway-application",
                "hallway-domain",
                "hallway-hub",
                "hallway-migrations",
                "hallway-protocol",
            ],
        ),
    ])
}

#[test]
fn crates_depend_only_where_the_arrows_point() {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec().expect("cargo metadata answers");
    let arrows = arrows();
    let mut seen = BTreeSet::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        let allowed = arrows.get(name).unwrap_or_else(|| panic!("{name} is not in the table of arrows: add it there"));
        seen.insert(name);
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
            let target = dependency.name.as_str();
            assert!(!target.starts_with("hallway-") || allowed.contains(&target), "{name} must not depend on {target}");
        }
    }
    assert_eq!(seen, arrows.keys().copied().collect(), "the table of arrows names crates that do not exist");
}

#[test]
fn the_domain_is_pure_and_the_hub_knows_no_wire() {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec().expect("cargo metadata answers");
    let bans: [(&str, &[&str]); 3] = [
        (
            "hallway-domain",
            &["serde", "serde_json", "tokio", "actix-web", "sea-orm", "sqlx", "fred", "reqwest", "rand"],
        ),
        ("hallway-application", &["serde", "serde_json", "actix-web", "sea-orm", "sqlx", "fred", "reqwest", "rand"]),
        ("hallway-hub", &["serde", "serde_json", "actix-web", "actix-ws", "sea-orm", "sqlx", "fred"]),
    ];
    for (name, banned) in bans {
        let package = metadata.packages.iter().find(|package| package.name.as_str() == name).expect("exists");
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
            assert!(!banned.contains(&dependency.name.as_str()), "{name} must not depend on {}", dependency.name);
        }
    }
}

/// Every file below `dir` whose name passes, but for what is built or fetched.
fn files(dir: &Path, wanted: &dyn Fn(&str) -> bool, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !matches!(name, "target" | "node_modules" | "dist" | "output" | "snapshots") && !name.starts_with('.') {
                files(&path, wanted, found)?;
            }
        } else if wanted(name) {
            found.push(path);
        }
    }
    Ok(())
}

fn sources() -> Vec<(PathBuf, String)> {
    let is_source = |name: &str| {
        let ours = [".rs", ".ts", ".vue", ".css"].iter().any(|ending| name.ends_with(ending));
        ours && !name.ends_with(".gen.ts")
    };
    let mut found = Vec::new();
    for part in ["crates", "migrations", "web"] {
        files(&root().join(part), &is_source, &mut found).expect("the tree can be read");
    }
    assert!(found.len() > 50, "found only {} sources: does the walk still work?", found.len());
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(path).expect("is text"))).collect()
}

#[test]
fn files_are_short_enough_to_hold_in_the_head() {
    let long: Vec<_> = (sources().iter())
        .map(|(path, text)| (text.lines().count(), path.display().to_string()))
        .filter(|(lines, _)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "split these by meaning, {LONGEST} lines are the most: {long:#?}");
}

#[test]
fn nothing_is_half_done() {
    // Put together here, so that this file does not find itself.
    let marks = [
        ["todo", "!("],
        ["unimplemented", "!("],
        ["FIX", "ME"],
        ["#[ign", "ore"],
        [".sk", "ip("],
        ["test.on", "ly("],
        ["describe.on", "ly("],
        ["it.on", "ly("],
    ]
    .map(|halves| halves.concat());
    let mut found = Vec::new();
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            // Iterators have a method of that name; only test runners' one is meant, and they pass text or nothing.
            let skips = line.contains(&marks[4]) && path.extension().is_some_and(|ending| ending == "rs");
            if marks.iter().any(|mark| line.contains(mark.as_str())) && !skips {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "finish or remove: {found:#?}");
}

#[test]
fn only_the_wiring_names_adapters() {
    let app = root().join("crates/app/src");
    let named: Vec<_> = (sources().into_iter())
        .filter(|(path, _)| path.starts_with(&app))
        .filter(|(path, _)| !path.ends_with("wiring.rs") && !path.starts_with(app.join("wiring")))
        .filter(|(_, text)| text.contains("hallway_adapter_"))
        .map(|(path, _)| path)
        .collect();
    assert!(named.is_empty(), "adapters are chosen in wiring.rs alone: {named:#?}");
}

#[test]
fn pages_do_not_fetch_and_components_do_not_open_sockets() {
    let web = root().join("web/src");
    let bans = [("fetch(", "api"), ("new WebSocket(", "realtime")];
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with(&web)) {
        let inside = path.strip_prefix(&web).expect("is inside").to_owned();
        let is_test = inside.components().any(|part| part.as_os_str() == "__tests__");
        for (word, home) in bans {
            let calls = text.lines().any(|line| line.split(word).count() > 1 && !line.contains(&format!("re{word}")));
            assert!(
                is_test || inside.starts_with(home) || !calls,
                "{}: {word} belongs into src/{home}",
                inside.display()
            );
        }
    }
}
