//! Everything that a database holds, to look for what must not be there.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, QueryResult, Statement};

/// All values of each table, one after another. Bytes are as they are in SQLite, and in hexadecimal digits in
/// PostgreSQL.
pub async fn dump(url: &str) -> Result<BTreeMap<String, Vec<u8>>, DbErr> {
    let database = Database::connect(url).await?;
    let is_sqlite = database.get_database_backend() == DbBackend::Sqlite;
    let list = if is_sqlite {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    } else {
        "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'"
    };
    let mut tables = BTreeMap::new();
    for row in ask(&database, list).await? {
        let table: String = row.try_get("", "name")?;
        let mut values = Vec::new();
        if is_sqlite {
            let columns = ask(&database, &format!("SELECT name FROM pragma_table_info('{table}')")).await?;
            for column in columns {
                let column: String = column.try_get("", "name")?;
                let select = format!(r#"SELECT CAST("{column}" AS BLOB) AS value FROM "{table}""#);
                for row in ask(&database, &select).await? {
                    values.extend(row.try_get::<Option<Vec<u8>>>("", "value")?.unwrap_or_default());
                    values.push(b'\n');
                }
            }
        } else {
            for row in ask(&database, &format!(r#"SELECT t::text AS value FROM "{table}" t"#)).await? {
                values.extend(row.try_get::<String>("", "value")?.into_bytes());
                values.push(b'\n');
            }
        }
        tables.insert(table, values);
    }
    database.close().await?;
    Ok(tables)
}

async fn ask(database: &DatabaseConnection, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    database.query_all_raw(Statement::from_string(database.get_database_backend(), sql)).await
}
