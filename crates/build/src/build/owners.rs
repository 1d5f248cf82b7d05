//! Owners by name: who they are, `/etc/passwd` and `/etc/group` of the rootfs say as it is at that point.

use super::Build;
use crate::error::Error;
use crate::recipe::NamedOwner;
use sealer_image::Store;
use sealer_image::layer::{Layer, NodeKind, Tree};
use sealer_model::image::Descriptor;
use sealer_model::kubefile::Mistake;
use std::collections::BTreeMap;
use std::path::Path;

/// Bytes of the longest list of users or groups.
const LONGEST: u64 = 1024 * 1024;

/// What a rootfs says of users and groups; nothing where it has no such file.
struct Lists {
    users: String,
    groups: String,
}

impl Build<'_> {
    /// User and group by their numbers, as these layers have them.
    pub(super) async fn owner(&self, named: NamedOwner, layers: Vec<Layer>) -> Result<(u64, u64), Error> {
        let store = self.store.clone();
        let layers = layers.into_iter().map(|layer| layer.descriptor).collect::<Vec<Descriptor>>();
        let lists = self.blocking(move || lists(&store, &layers)).await?;
        lists.owner(&named).map_err(|message| {
            let hint = "COPY the files that name it first, or write the numbers: --chown=1000:1000";
            self.explain(Mistake::new(named.position, message).hint(hint))
        })
    }
}

fn lists(store: &Store, layers: &[Descriptor]) -> Result<Lists, Error> {
    let tree = Tree::read(store, layers)?;
    Ok(Lists { users: text(store, layers, &tree, "etc/passwd")?, groups: text(store, layers, &tree, "etc/group")? })
}

fn text(store: &Store, layers: &[Descriptor], tree: &Tree, path: &str) -> Result<String, Error> {
    let node = tree.followed(Path::new(path)).and_then(|path| tree.get(&path));
    let Some(NodeKind::File(content)) = node.map(|node| &node.kind) else {
        return Ok(String::new());
    };
    let folder = tempfile::tempdir().map_err(|source| Error::write(&std::env::temp_dir(), source))?;
    let place = folder.path().join("list");
    Tree::bring(store, layers, &BTreeMap::from([(*content, place.clone())]))?;
    crate::read_text(&place, content.size, "a list of users", LONGEST)
}

impl Lists {
    fn owner(&self, named: &NamedOwner) -> Result<(u64, u64), String> {
        let user = fields(&self.users, &named.user);
        let number = named.user.parse().ok().or_else(|| number(user.as_deref()?, 2));
        let number = number.ok_or_else(|| format!("/etc/passwd of the rootfs has no user {}", named.user))?;
        let group = match &named.group {
            None => user.as_deref().and_then(|user| self::number(user, 3)).unwrap_or(number),
            Some(group) => {
                let listed = || self::number(&fields(&self.groups, group)?, 2);
                let found = group.parse().ok().or_else(listed);
                found.ok_or_else(|| format!("/etc/group of the rootfs has no group {group}"))?
            }
        };
        Ok((number, group))
    }
}

/// The line of a name, field by field.
fn fields<'a>(list: &'a str, name: &str) -> Option<Vec<&'a str>> {
    list.lines().map(|line| line.split(':').collect::<Vec<&str>>()).find(|fields| fields.first() == Some(&name))
}

fn number(fields: &[&str], place: usize) -> Option<u64> {
    fields.get(place)?.parse::<u32>().ok().map(u64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::kubefile::Position;

    #[test]
    fn names_are_those_of_the_lists_and_numbers_their_own() {
        let users = "root:x:0:0::/:/bin/sh\nweb:x:33:34:Web,,:/srv:/bin/false\nbroken:x\n".to_owned();
        let lists = Lists { users, groups: "root:x:0:\nstaff:x:50:web\n".to_owned() };
        let owner = |user: &str, group: Option<&str>| {
            let position = Position { line: 1, column: 1 };
            lists.owner(&NamedOwner { user: user.to_owned(), group: group.map(str::to_owned), position })
        };
        assert_eq!(owner("web", None), Ok((33, 34)));
        assert_eq!(owner("web", Some("staff")), Ok((33, 50)));
        assert_eq!(owner("7", Some("staff")), Ok((7, 50)));
        assert_eq!(owner("web", Some("8")), Ok((33, 8)));
        assert!(owner("none", None).unwrap_err().contains("no user none"));
        assert!(owner("broken", None).unwrap_err().contains("no user broken"));
        assert!(owner("web", Some("none")).unwrap_err().contains("no group none"));
    }
}
