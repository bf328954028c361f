//! A catalogue that returns one table in the state in which it was loaded.

use async_trait::async_trait;
use iceberg::table::Table;
use iceberg::{Catalog, Namespace, NamespaceIdent, Result, TableCommit, TableCreation, TableIdent};
use std::collections::HashMap;
use std::sync::Arc;

/// A transaction reloads its table before it is committed, so it would apply to a state that was never checked. With
/// this catalogue, it applies to the checked state and conflicts if the table has changed since.
#[derive(Debug)]
pub struct Pinned {
    inner: Arc<dyn Catalog>,
    table: Table,
}

impl Pinned {
    pub fn new(inner: Arc<dyn Catalog>, table: Table) -> Self {
        Self { inner, table }
    }
}

#[async_trait]
impl Catalog for Pinned {
    async fn load_table(&self, table: &TableIdent) -> Result<Table> {
        match table == self.table.identifier() {
            true => Ok(self.table.clone()),
            false => self.inner.load_table(table).await,
        }
    }
    async fn update_table(&self, commit: TableCommit) -> Result<Table> {
        self.inner.update_table(commit).await
    }
    async fn list_namespaces(&self, parent: Option<&NamespaceIdent>) -> Result<Vec<NamespaceIdent>> {
        self.inner.list_namespaces(parent).await
    }
    async fn create_namespace(
        &self,
        name: &NamespaceIdent,
        with: HashMap<String, String>,
    ) -> Result<Namespace> {
        self.inner.create_namespace(name, with).await
    }
    async fn get_namespace(&self, name: &NamespaceIdent) -> Result<Namespace> {
        self.inner.get_namespace(name).await
    }
    async fn namespace_exists(&self, name: &NamespaceIdent) -> Result<bool> {
        self.inner.namespace_exists(name).await
    }
    async fn update_namespace(&self, name: &NamespaceIdent, with: HashMap<String, String>) -> Result<()> {
        self.inner.update_namespace(name, with).await
    }
    async fn drop_namespace(&self, name: &NamespaceIdent) -> Result<()> {
        self.inner.drop_namespace(name).await
    }
    async fn list_tables(&self, name: &NamespaceIdent) -> Result<Vec<TableIdent>> {
        self.inner.list_tables(name).await
    }
    async fn create_table(&self, name: &NamespaceIdent, creation: TableCreation) -> Result<Table> {
        self.inner.create_table(name, creation).await
    }
    async fn drop_table(&self, table: &TableIdent) -> Result<()> {
        self.inner.drop_table(table).await
    }
    async fn purge_table(&self, table: &TableIdent) -> Result<()> {
        self.inner.purge_table(table).await
    }
    async fn table_exists(&self, table: &TableIdent) -> Result<bool> {
        self.inner.table_exists(table).await
    }
    async fn rename_table(&self, from: &TableIdent, to: &TableIdent) -> Result<()> {
        self.inner.rename_table(from, to).await
    }
    async fn register_table(&self, table: &TableIdent, metadata: String) -> Result<Table> {
        self.inner.register_table(table, metadata).await
    }
}
