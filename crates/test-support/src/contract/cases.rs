//! How a contract becomes tests with names.

/// Makes one test per case of `contract::$suite`. What `$fresh` gives is new for each.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_cases {
    ($suite:ident, $fresh:ident; $($case:ident),* $(,)?) => {
        mod $suite {$(
            #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::contract::$suite::$case(super::$fresh).await;
            }
        )*}
    };
}

#[cfg(test)]
mod tests {
    /// A case that its macro does not list would never run.
    #[test]
    fn every_case_is_listed() {
        for (suite, source) in [
            ("blobs", include_str!("blobs.rs")),
            ("bus", include_str!("bus.rs")),
            ("limits", include_str!("limits.rs")),
            ("lines", include_str!("lines.rs")),
            ("presence", include_str!("presence.rs")),
            ("tickets", include_str!("tickets.rs")),
        ] {
            let (list, cases) = source.split_once("};\n}\n").expect("the macro comes first");
            let list: Vec<&str> = list.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            let cases: Vec<&str> =
                cases.lines().filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next()).collect();
            assert!(cases.len() >= 4, "{suite}: does this test still read the cases?");
            for case in cases {
                assert!(list.contains(&case), "{case} is not in {suite}_contract!");
            }
        }
    }
}
