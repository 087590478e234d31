use std::fs;

use secrecy::ExposeSecret;

use super::*;

type Environment<'a> = &'a [(&'a str, &'a str)];

fn environment(pairs: Environment<'_>) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn from(file: &str, pairs: Environment<'_>, overrides: Overrides) -> Result<Loaded, String> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("hallway.toml");
    fs::write(&path, file).expect("written");
    let overrides = Overrides { file: Some(path), ..overrides };
    load(&overrides, &environment(pairs)).map_err(|error| error.to_string())
}

fn refused(file: &str, pairs: Environment<'_>) -> String {
    let message = from(file, pairs, Overrides::default()).expect_err("refused");
    assert!(!message.contains('\n'), "one line: {message}");
    message
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn the_defaults_alone_are_a_standalone_server() {
    let loaded = load(&Overrides::default(), &BTreeMap::new()).expect("defaults are valid");
    assert!(loaded.config.is_standalone());
    assert_eq!(loaded.config.server.bind, "127.0.0.1:8000");
    assert_eq!((loaded.config.auth.access_seconds, loaded.config.auth.refresh_seconds), (900, 14 * 24 * 3600));
    assert!(allows_localhost(&loaded.config));
    assert!(loaded.warnings.is_empty());
}

#[test]
fn the_later_layer_wins() {
    let file = "[server]\nbind = \"127.0.0.1:1\"\ndata_dir = \"from-file\"\n[limits]\nchat_per_second = 3\n";
    let pairs = &[("HALLWAY_BIND", "127.0.0.1:2"), ("HALLWAY_LIMITS__RATES", "off")];
    let loaded = from(file, pairs, Overrides::default()).expect("valid");
    assert_eq!(loaded.config.server.bind, "127.0.0.1:2");
    assert_eq!(loaded.config.server.data_dir.to_str(), Some("from-file"));
    assert_eq!(loaded.config.limits.rates, OnOff::Off);
    assert!((loaded.config.limits.chat_per_second - 3.0).abs() < f64::EPSILON);
    let overrides = Overrides { bind: Some("127.0.0.1:3".to_owned()), ..Overrides::default() };
    assert_eq!(from(file, pairs, overrides).expect("valid").config.server.bind, "127.0.0.1:3");
}

#[test]
fn names_of_other_servers_are_honoured_and_the_full_name_counts_more() {
    let loaded = from(
        "",
        &[
            ("DATABASE_URL", "postgres://chat@db/chat"),
            ("FASTROOM_SECRET", SECRET),
            ("SECRET_KEY", "another secret of more than 32 bytes"),
            ("ACCESS_TOKEN_EXP_SECONDS", "60"),
            ("REFRESH_TOKEN_EXP_SECONDS", "7200"),
            ("LOG_LEVEL", "WARNING"),
            ("SERVER_ID", "7"),
            ("WS_HEARTBEAT_INTERVAL", "10"),
            ("WS_HEARTBEAT_TTL_MS", "20000"),
            ("HALLWAY_AUTH__ACCESS_SECONDS", "120"),
            ("HALLWAY_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
            ("HALLWAY_SERVICE_HOST", "10.0.0.1"),
            ("HALLWAY_WEB__APP", ""),
        ],
        Overrides::default(),
    )
    .expect("valid");
    let config = loaded.config;
    assert_eq!(config.auth.secret.expose_secret(), SECRET);
    assert_eq!((config.auth.access_seconds, config.auth.refresh_seconds), (120, 7200));
    assert_eq!((config.log.level.as_str(), config.server.id.as_str()), ("warn", "7"));
    assert_eq!((config.ws.heartbeat_seconds, config.ws.heartbeat_ttl_ms), (10, 20000));
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert!(config.web.app && !config.is_standalone() && !allows_localhost(&config));
}

#[test]
fn messages_name_the_key_the_value_the_source_and_the_fix() {
    let message = refused("", &[("ACCESS_TOKEN_EXP_SECONDS", "5")]);
    assert_eq!(
        message,
        "auth.access_seconds = 5 (environment ACCESS_TOKEN_EXP_SECONDS) must be from 60 to 86400. Seconds that an access \
         token is good for [60..86400]."
    );
    let message = refused("[server]\nbind = \"nonsense\"\n", &[]);
    assert!(message.starts_with("server.bind = \"nonsense\" (file "), "{message}");
    assert!(message.contains("such as 127.0.0.1:8000"), "{message}");
    for (pair, expected) in [
        (("HALLWAY_LIMITS__BODY_BYTES", "many"), "must be a whole number"),
        (("HALLWAY_LIMITS__CHAT_PER_SECOND", "NaN"), "must be a number"),
        (("HALLWAY_LIMITS__RATES", "maybe"), "must be one of on, off"),
        (("HALLWAY_WEB__APP", "maybe"), "must be true or false"),
        (("HALLWAY_LOG__LEVEL", "info,=,"), "is not understood"),
        (("HALLWAY_WS__HEARTBEAT_TTL_MS", "20000"), "must be more than ws.heartbeat_seconds"),
        (("HALLWAY_DATABASE__LOCK_TIMEOUT_MS", "3000"), "must be more than a third of database.idle_transaction_ms"),
        (("HALLWAY_DATABASE__LOCK_TIMEOUT_MS", "1000"), "must be more than a third of database.idle_transaction_ms"),
        (("HALLWAY_CORS__ORIGINS", "*"), "which is not an origin"),
        (("HALLWAY_CORS__ORIGINS", "https://a.example/"), "which is not an origin"),
        (("HALLWAY_SERVER__TRUSTED_PROXIES", "proxy"), "is not an address or network"),
        (("DATABASE_URL", "mysql://a/b"), "must begin with postgres://"),
        (("HALLWAY_DATABASE__URL", "sqlite::memory:"), "must name a file"),
    ] {
        let message = refused("", &[pair]);
        assert!(message.contains(expected), "{pair:?}: {message}");
    }
}

#[test]
fn unknown_keys_are_errors() {
    let message = refused("[server]\nbnd = \"127.0.0.1:1\"\n", &[]);
    assert!(message.contains("unknown key server.bnd"), "{message}");
    let message = refused("port = 1\n", &[]);
    assert!(message.contains("unknown key port"), "{message}");
    let message = refused("", &[("HALLWAY_LIMITS__MESSAGE_CHARACTERS", "1")]);
    assert!(message.contains("unknown key HALLWAY_LIMITS__MESSAGE_CHARACTERS"), "{message}");
    assert!(message.contains("Did you mean limits.message_chars"), "{message}");
    assert!(refused("[server\n", &[]).contains("is not valid TOML"));
    let missing = Overrides { file: Some("/nowhere/hallway.toml".into()), ..Overrides::default() };
    let error = load(&missing, &BTreeMap::new()).expect_err("no file").to_string();
    assert!(error.contains("cannot read the configuration file /nowhere/hallway.toml"), "{error}");
}

#[test]
fn postgresql_needs_a_secret_of_its_own() {
    let url = ("DATABASE_URL", "postgres://chat@db/chat");
    for (secret, expected) in [
        ("", "must be set when the database is PostgreSQL"),
        ("short", "must have at least 32 bytes"),
        ("dev-secret-change-me", "published default"),
    ] {
        let message = refused("", &[url, ("FASTROOM_SECRET", secret)]);
        assert!(message.contains(expected) && message.contains("openssl rand"), "{message}");
        assert!(secret.is_empty() || !message.contains(secret), "the secret is not repeated: {message}");
    }
    assert!(from("", &[url, ("SECRET_KEY", SECRET)], Overrides::default()).is_ok());
    assert!(refused("", &[("SECRET_KEY", "short")]).contains("at least 32 bytes"), "standalone too, once given");
}

#[test]
fn servers_of_calls_are_checked() {
    let servers = r#"[{"urls":"stun:stun.example.org"}]"#;
    let loaded = from("", &[("WEBRTC_ICE_SERVERS_JSON", servers)], Overrides::default()).expect("valid");
    assert_eq!(loaded.config.calls.ice_servers, servers);
    assert!(refused("", &[("WEBRTC_ICE_SERVERS_JSON", "stun:x")]).contains("calls.ice_servers"));
    assert!(refused("[calls]\nturn_urls = [\"turn:x\"]", &[]).contains("calls.turn_secrets"));
    assert!(refused("[calls]\nturn_urls = [\"x\"]", &[]).contains("turn: or turns:"));
    let problem = refused("[calls]\nturn_secrets = \"north\"\nring_seconds = 1", &[]);
    assert!(!problem.contains("north"), "{problem}");
}

#[test]
fn nodes_share_their_files() {
    let nodes =
        [("DATABASE_URL", "postgres://chat@db/chat"), ("SECRET_KEY", SECRET), ("REDIS_URL", "redis://cache:6379/0")];
    let loaded = from("", &nodes, Overrides::default()).expect("valid");
    assert!(loaded.warnings[0].contains("attachments.directory is empty"), "{:?}", loaded.warnings);
    let s3 = |more: &[(&'static str, &'static str)]| {
        [&nodes[..], &[("HALLWAY_ATTACHMENTS__STORE", "s3"), ("AWS_SECRET_ACCESS_KEY", "hunter2")], more].concat()
    };
    assert!(refused("", &s3(&[])).contains("attachments.s3_bucket"));
    let bucket = ("HALLWAY_ATTACHMENTS__S3_BUCKET", "files");
    assert!(refused("", &s3(&[bucket])).contains("attachments.s3_access_key_id"));
    let whole = s3(&[bucket, ("AWS_ACCESS_KEY_ID", "key")]);
    let loaded = from("", &whole, Overrides::default()).expect("valid");
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert!(!loaded.describe().contains("hunter2") && !format!("{:?}", loaded.config).contains("hunter2"));
    let odd = [&whole[..], &[("HALLWAY_ATTACHMENTS__S3_ENDPOINT", "minio:9000")]].concat();
    assert!(refused("", &odd).contains("must begin with https://"));
}

#[test]
fn bounds_of_files_fit_each_other() {
    let refused = |name, value| refused("", &[(name, value)]);
    assert!(refused("HALLWAY_ATTACHMENTS__GRACE_SECONDS", "60").contains("attachments.upload_seconds"));
    assert!(refused("HALLWAY_ATTACHMENTS__ALLOWED_TYPES", "png").contains("is not a type"));
    assert!(refused("HALLWAY_SERVER__PUBLIC_URL", "chat.example.org").contains("must be an address"));
    let fine = [("HALLWAY_ATTACHMENTS__ALLOWED_TYPES", "image/*, application/pdf")];
    let config = from("", &fine, Overrides::default()).expect("valid").config;
    assert_eq!(config.attachments.allowed_types, ["image/*", "application/pdf"]);
}

#[test]
fn redis_is_for_nodes_on_postgresql() {
    let postgres = [("DATABASE_URL", "postgres://chat@db/chat"), ("SECRET_KEY", SECRET)];
    let with = |url| [postgres[0], postgres[1], ("REDIS_URL", url), ("HALLWAY_ATTACHMENTS__DIRECTORY", "/shared")];
    let loaded = from("", &postgres, Overrides::default()).expect("valid");
    assert!(loaded.warnings[0].contains("for one node only"), "{:?}", loaded.warnings);
    for url in ["redis://:hunter2@cache:6379/0", "rediss://cache", "redis-cluster://a:1?node=b:2"] {
        let loaded = from("", &with(url), Overrides::default()).expect("valid");
        assert_eq!((loaded.config.redis.url.expose_secret(), loaded.warnings.len()), (url, 0));
        assert!(!loaded.describe().contains("hunter2"));
    }
    assert!(refused("", &with("http://:hunter2@cache")).contains("must begin with redis://"));
    assert!(!refused("", &with("http://:hunter2@cache")).contains("hunter2"));
    assert!(refused("", &[("REDIS_URL", "redis://cache")]).contains("the database is SQLite"));
    assert!(refused("", &[("HALLWAY_REDIS__PREFIX", "a{b}")]).contains("redis.prefix"));
}

#[test]
fn the_description_hides_secrets_and_names_sources() {
    let pairs = &[("DATABASE_URL", "postgres://chat:hun@ter/2@db:5432/chat?password=x"), ("SECRET_KEY", SECRET)];
    let text = from("[log]\nformat = \"json\"\n", pairs, Overrides::default()).expect("valid").describe();
    assert!(
        !text.contains(SECRET) && !text.contains("hun") && !text.contains("ter/2") && !text.contains("=x"),
        "{text}"
    );
    assert!(text.contains("# environment DATABASE_URL") && text.contains("# environment SECRET_KEY"), "{text}");
    assert!(text.contains("format = \"json\"") && text.contains("# file "), "{text}");
    text.parse::<toml::Table>().expect("the description is TOML");
}

#[test]
fn the_document_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/CONFIGURATION.md");
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == markdown(),
        "docs/CONFIGURATION.md differs from the settings: run `cargo run -- config docs > docs/CONFIGURATION.md`"
    );
}
